"""200 browsers send a post in the same second; processes die while posts are written. Nothing is lost or doubled."""

from __future__ import annotations

import http.client
import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from instance.core.db import db
from instance.posts.models import Post
from tests.running.served import Answer, Browser, Tree, browsers, inside, instance, jobs_end, residents

pytestmark = pytest.mark.slow
FULL = os.environ.get("QL_CHAOS") == "full"
BROWSERS = 200
KILLS = 20 if FULL else 3
PATIENCE_S = 60  # that of a browser


def test_200_browsers_post_in_the_same_second(tmp_path: Path, own_database: str) -> None:
    with instance(tmp_path, QL_DATABASE_URL=own_database) as (tree, settings):
        tree.start()
        with inside(settings) as (app, city):
            here = city.quartier("Clignancourt")
            crowd = browsers(app, tree.port, residents(city, here, BROWSERS))
            gate = threading.Barrier(BROWSERS)

            def send(number: int) -> tuple[Answer, float]:
                gate.wait()
                started = time.monotonic()
                return _write(crowd[number], here, f"Message {number}"), time.monotonic() - started

            with ThreadPoolExecutor(BROWSERS) as pool:
                answers = list(pool.map(send, range(BROWSERS)))

            assert Counter(answer.status for answer, _ in answers) == {303: BROWSERS}
            assert max(spent for _, spent in answers) < PATIENCE_S
            titles = db.session.scalars(db.select(Post.title)).all()
            assert sorted(titles) == sorted(f"Message {number}" for number in range(BROWSERS))


def test_posts_outlive_kill_nine_of_the_whole_tree(tmp_path: Path, own_database: str) -> None:
    chance = random.Random(20261122)
    acknowledged: list[str] = []
    with instance(tmp_path, QL_DATABASE_URL=own_database) as (tree, settings):
        tree.start()
        with inside(settings) as (app, city):
            here = city.quartier("Clignancourt")
            crowd = browsers(app, tree.port, residents(city, here, 4))
            db.session.remove()
            for round_ in range(KILLS):
                acknowledged += _write_until_killed(tree, crowd, here, round_, chance.uniform(0.2, 1.5))
                tree.start()
            jobs_end()

            kept = Counter(db.session.scalars(db.select(Post.title)).all())
            assert [title for title in acknowledged if kept[title] != 1] == []
            assert max(kept.values()) == 1
            assert acknowledged
            assert tree.stop() == 0


def _write_until_killed(tree: Tree, crowd: list[Browser], here: str, round_: int, after_s: float) -> list[str]:
    """Titles that were acknowledged before the tree died. Each form is sent again once, as people do."""
    done: list[str] = []
    is_dead = threading.Event()

    def writer(who: int) -> None:
        number = 0
        while not is_dead.is_set():
            title = f"{round_}-{who}-{number}"
            number += 1
            try:
                for _twice in range(2):
                    if _write(crowd[who], here, title, once=title).status == 303:
                        done.append(title)
            except (OSError, http.client.HTTPException):
                continue

    threads = [threading.Thread(target=writer, args=(who,)) for who in range(len(crowd))]
    for thread in threads:
        thread.start()
    time.sleep(after_s)
    tree.kill()
    is_dead.set()
    for thread in threads:
        thread.join(60)
    return done


def _write(browser: Browser, here: str, title: str, once: str = "") -> Answer:
    fields = {"title": title, "text": "", "kind": "news", "scope": "quartier", "act": "send"}
    return browser.post(f"/q/{here}/ecrire", **fields, **({"once": once} if once else {}))
