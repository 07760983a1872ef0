"""What one post for a quartier and its neighbours costs, eight of them in partner cities; and the one indicator."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy import insert, select

from federation.documents import Document
from instance.accounts import remote
from instance.accounts.models import Actor
from instance.core import clock, jobs
from instance.core.db import commit, db, new_id
from instance.core.schema import upgrade
from instance.desk import intensity
from instance.partners.models import Agreement
from instance.peers.models import Delivery
from instance.posts.models import Post
from instance.quartiers import keyring
from instance.quartiers.models import Passage
from instance.settings import load
from tests.bench import measure
from tests.bench.scenes import Figure, ms
from tests.bench.sink import sink
from tests.city import City
from tests.running.served import Browser, browsers, inside
from tests.support.peer import AS

PARTNERS = 8
ROUNDS = 8  # the first is not counted: every thread and key has its first work then
REPLIES = 10_000
SPEAKERS = 400
TEXT = "Il est gris, il a peur du bruit et répond à Plume. " * 10


def figures(folder: Path, database: str) -> list[Figure]:
    """In this process; the partner cities are another one, whose work is not counted."""
    with sink() as port:
        chosen = {
            "QL_DATA_DIR": str(folder / "data"), "QL_DATABASE_URL": database, "QL_FETCH_ALLOW": f"127.0.0.0/8:{port}",
            "QL_RATE_LIMITS": "off",
        }  # fmt: skip
        with inside(load(chosen)) as (app, city):
            upgrade()
            slug = city.quartier("Clignancourt")
            account_id = city.resident(slug).account_id
            keyring.make_missing({})
            for number in range(1, PARTNERS + 1):
                _sign(city, slug, f"127.0.0.{number}:{port}")
            jobs.run_all()
            (browser,) = browsers(app, 80, [account_id])
            rounds = [_round(app, browser, slug, number) for number in range(ROUNDS)][1:]
            whole, asked, follows = min(rounds)
            page_id = _talk(city, slug)
            shown = measure.cpu_ms(partial(_ask, app, page_id), 5)
            d, r = intensity.of_post(page_id)
    return [
        Figure(f"a post for a quartier and its neighbours, {PARTNERS} of them elsewhere: all of it", ms(whole), "≤ 40"),
        Figure("of which: the form that sends it", ms(asked)),
        Figure(f"of which: what follows and {PARTNERS} signed deliveries", ms(follows)),
        Figure(f"intensity of a post with {REPLIES:,} replies (D {d:,}, R {r:,})", ms(shown), "≤ 100"),
    ]


def _sign(city: City, slug: str, host: str) -> None:
    """A live agreement with a city at `host`, and an open passage to its one quartier: rows alone."""
    documents = [
        {
            "@context": AS, "id": f"http://{host}/{path}", "type": kind, "preferredUsername": path.rpartition("/")[2],
            "name": f"{path} {host}", "inbox": f"http://{host}/{path}/inbox",
            "endpoints": {"sharedInbox": f"http://{host}/inbox"},
        }
        for path, kind in (("actor", "Application"), ("q/voisin", "Group"))
    ]  # fmt: skip
    now = clock.now()
    with commit():
        application, group = (remote.store(Document(one)) for one in documents)
        agreement = Agreement(
            id=new_id(), uri=f"http://{host}/accords/1", offer_uri=f"http://{host}/a/1", partner_id=application.id,
            host=host, partner_name=host, state="live", audiences=["public", "neighbours"],
            pairs=[{"ours": f"/q/{slug}", "theirs": group.uri, "border_m": 100.0, "name": group.shown_name}],
            published=now, expires=now + timedelta(days=300), since=now,
        )  # fmt: skip
        db.session.add(agreement)
        db.session.add(
            Passage(
                id=new_id(), agreement_id=agreement.id, quartier_id=city.quartier_id(slug), far_id=group.id,
                border_m=100.0, state="joined", is_open=True, until=agreement.expires, joined_at=now,
                lets_public=True, lets_neighbours=True,
            )
        )  # fmt: skip


def _round(app: Flask, browser: Browser, slug: str, number: int) -> tuple[float, float, float]:
    """CPU ms of one post: all, the request, and what the worker does until the last partner has it."""
    path = f"/q/{slug}/ecrire"
    fields = {
        "title": f"Chat perdu {number}", "text": TEXT, "kind": "news", "scope": "neighbours", "act": "send",
        "once": f"bench-{number}",
    }  # fmt: skip
    _status, shown = measure.ask(app, measure.environ(browser, path, fields))
    named = re.search(r'name="named" value="([^"]*)"', shown.decode())
    if named is None:
        raise RuntimeError("the page of readers names nobody")
    request = measure.environ(browser, path, fields | {"confirmed": "1", "named": named[1]})
    status, spent_ms = _timed(lambda: measure.ask(app, request)[0])
    if status != 303:
        raise RuntimeError(f"answer {status}")
    before = _delivered()
    _rows, follows_ms = _timed(jobs.run_all)
    if _delivered() - before != PARTNERS:
        raise RuntimeError(f"{_delivered() - before} of {PARTNERS} deliveries arrived")
    return spent_ms + follows_ms, spent_ms, follows_ms


def _timed(work: Callable[[], int]) -> tuple[int, float]:
    began = time.process_time()
    result = work()
    return result, (time.process_time() - began) * 1000


def _delivered() -> int:
    number = db.session.scalar(select(db.func.count()).select_from(Delivery).where(Delivery.state == "done")) or 0
    db.session.rollback()
    return number


def _ask(app: Flask, post_id: int) -> None:
    with app.app_context():
        intensity.of_post(post_id)
        db.session.remove()


def _talk(city: City, slug: str) -> int:
    """A page's post with its many replies, half of them to the page and half to each other; the post's id."""
    home_id, now, chance = city.quartier_id(slug), clock.now(), random.Random(22)
    page_id, post_id = new_id(), new_id()
    people = [new_id() for _ in range(SPEAKERS)]
    row = {
        "acted_by_id": None, "kind": "news", "state": "published", "title": "", "text": "Oui.", "html": "<p>Oui.</p>",
        "language": "fr", "scope": "quartier", "is_public": False, "verdict": "visible", "thread_id": post_id,
        "is_nameless": False, "version": 1, "media_count": 0,
    }  # fmt: skip
    replies = [new_id() for _ in range(REPLIES)]
    with commit():
        db.session.execute(
            insert(Actor),
            [
                {"id": one, "kind": "person", "handle": f"h{one}", "path": f"/u/h{one}", "shown_name": "Voisine",
                 "version": 1, "created_at": now}
                for one in people
            ] + [{"id": page_id, "kind": "organization", "handle": "venelle", "path": "/pages/venelle",
                  "shown_name": "La Venelle", "version": 1, "created_at": now}],
        )  # fmt: skip
        first = row | {"id": post_id, "author_id": page_id, "reply_to_id": None, "home_id": None, "is_public": True}
        db.session.execute(insert(Post), [first | {"scope": "public"}])
        for start in range(0, REPLIES, 1_000):
            db.session.execute(
                insert(Post),
                [
                    row | {
                        "id": replies[number], "author_id": chance.choice(people), "home_id": home_id,
                        "reply_to_id": post_id if number % 2 == 0 else replies[chance.randrange(number)],
                    }
                    for number in range(start, start + 1_000)
                ],
            )  # fmt: skip
    return post_id
