"""The client API as an app at work asks it: home at every depth, writing, notices, what is public."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Callable
from contextvars import Context
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import insert, select
from werkzeug.test import EnvironBuilder

from instance.accounts.models import Account, Actor, Follow, Identity, RemoteActor
from instance.core import clock, jobs, pieces
from instance.core.db import commit, db, new_id
from instance.mastodon import tokens
from instance.posts.models import Boost, Post
from tests.bench import measure
from tests.bench.scenes import Figure, Stage, ms
from tests.support.sql import statements

FAR_AUTHORS, NOTES_EACH, BOOSTS = 50, 120, 400
DAY_MS = 86_400_000
SETTLES_S = 8
HOME = "/api/v1/timelines/home?limit=20"


def lay_down(on: Stage) -> list[str]:
    """People elsewhere whom the readers follow, with 6,000 public notes and boosts; a token for each reader."""
    chance = random.Random(6)
    with on.app.app_context():
        authors = _authors()
        with commit():
            for account, _actor in on.places[0].people[: len(on.readers)]:
                db.session.add(Identity(account_id=account, first_name="Voisine", last_name="Berger"))
        readers = [actor_id for _account, actor_id in on.places[0].people[: len(on.readers)]]
        with commit():
            rows = [
                {"id": new_id(), "follower_id": reader, "followed_id": author, "state": "accepted",
                 "shows_boosts": True, "notifies": False, "since": clock.now()}
                for reader in readers for author in authors
            ]  # fmt: skip
            db.session.execute(insert(Follow), rows)
            notes = _notes(authors, chance)
            db.session.execute(insert(Post), notes)
            boosts = chance.sample(notes, BOOSTS)
            db.session.execute(
                insert(Boost),
                [{"id": note["id"] + 7, "actor_id": chance.choice(authors), "post_id": note["id"]} for note in boosts],
            )
        with commit():
            made = [
                tokens.make(db.session.get_one(Account, account), tokens.command_line(),
                            tokens.parse_scopes("read write follow"), may_publish_outside=True)
                for account, _actor in on.places[0].people[: len(on.readers)]
            ]  # fmt: skip
        _index()
        db.session.remove()
    return made


def _index() -> None:
    """The words of all posts, as they have them where they were written: else the server began by finding them."""
    with commit():
        jobs.put("index_missing", {})
    jobs.run_all()


def _authors() -> list[int]:
    found = [new_id() for _ in range(FAR_AUTHORS)]
    with commit():
        for number, actor_id in enumerate(found):
            uri = f"https://ailleurs.example/users/a{number}"
            who = Actor(
                id=actor_id, kind="person", handle=f"a{number}", host="ailleurs.example", uri=uri,
                shown_name=f"Ada {number}", created_at=clock.now(),
            )  # fmt: skip
            db.session.add(who)
            db.session.flush()
            db.session.add(
                RemoteActor(
                    actor_id=actor_id, type="Person", inbox=f"{uri}/inbox", url=uri, also_known_as=[], keys=[],
                    fetched_at=clock.now(), summary="<p>Des mots.</p>",
                )
            )  # fmt: skip
    return found


def _notes(authors: list[int], chance: random.Random) -> list[dict[str, Any]]:
    """Notes of the last thirty days, in turn by all authors."""
    number = FAR_AUTHORS * NOTES_EACH
    end_ms = int(clock.now().timestamp() * 1000)
    rows = []
    for place in range(number):
        post_id = (end_ms - 30 * DAY_MS + 30 * DAY_MS * place // number) << 16 | place & 0xFFFF
        words = " ".join(chance.choice(("cour", "marché", "brocante", "jeudi", "livres")) for _ in range(40))
        uri = f"https://ailleurs.example/notes/{place}"
        rows.append(
            {"id": post_id, "author_id": authors[place % len(authors)], "uri": uri, "url": uri, "kind": "note",
             "state": "published", "title": "", "text": words, "html": f"<p>{words}</p>", "language": "fr",
             "scope": "public", "is_public": True, "thread_id": post_id, "version": 1, "verdict": "visible",
             "media_count": 0, "is_nameless": False, "warning": "", "is_held": False}
        )  # fmt: skip
    return rows


class Asking:
    """Requests of the readers' programs, in turn; made before the clock runs."""

    def __init__(self, on: Stage, bearers: list[str]) -> None:
        self.on, self.bearers = on, bearers

    def request(self, path: str, reader: int = 0, fields: dict[str, Any] | None = None) -> dict[str, Any]:
        builder = EnvironBuilder(
            path.partition("?")[0], query_string=path.partition("?")[2],
            base_url=f"http://localhost:{self.on.tree.port}", method="GET" if fields is None else "POST",
            json=fields, headers=[("Authorization", f"Bearer {self.bearers[reader % len(self.bearers)]}")],
        )  # fmt: skip
        return builder.get_environ()

    def turns(self, requests: list[dict[str, Any]]) -> Callable[[], None]:
        turn = itertools.cycle(requests)

        def ask() -> None:
            request = dict(next(turn))
            if "wsgi.input" in request:
                request["wsgi.input"].seek(0)
            status, body = measure.ask(self.on.app, request)
            if status != 200:
                raise RuntimeError(f"answer {status}: {body[:200]!r}")

        return ask


def depths(on: Stage, number: int = 40) -> list[str]:
    """Pages of home at depths down to 6,000."""
    with on.app.app_context():
        ids = db.session.scalars(select(Post.id).where(Post.uri.is_not(None)).order_by(Post.id.desc())).all()
        db.session.remove()
    step = max(1, len(ids) // number)
    return [f"{HOME}&max_id={one}" for one in ids[20::step]]


def figures(on: Stage) -> list[Figure]:
    """What the client API costs: in this process, then through `quartier serve`."""
    bearers = lay_down(on)
    return [*_alone(on, Asking(on, bearers)), *_served(on, bearers)]


def _alone(on: Stage, asking: Asking) -> list[Figure]:
    readers = range(len(on.readers))
    newest = asking.turns([asking.request(HOME, reader) for reader in readers])
    deep = asking.turns([asking.request(path, place) for place, path in enumerate(depths(on))])
    notices = asking.turns([asking.request("/api/v1/notifications?limit=20", reader) for reader in readers])
    groups = asking.turns([asking.request("/api/v2/notifications?limit=20", reader) for reader in readers])
    public = asking.turns([asking.request("/api/v1/timelines/public?limit=20", reader) for reader in readers])
    posting = asking.turns([asking.request("/api/v1/statuses", number, _words(number)) for number in range(400)])
    lines = []
    for name, work, aim in (
        ("home, 20 items, newest page", newest, "≤ 3, aim 2"),
        ("home, 20 items, any depth to 6,000, posts kept", deep, "≤ 3, aim 2"),
        ("notices, 20", notices, ""),
        ("notices in groups, 20", groups, ""),
        ("public timeline, 20 items", public, ""),
    ):
        measure.each_ms([work] * 100)
        lines.append(Figure(name, ms(measure.cpu_ms(work, 100)), aim))

    def forgetful() -> None:
        pieces.forget_all()
        deep()

    lines.append(Figure("home, 20 items, any depth, no post kept", ms(measure.cpu_ms(forgetful, 40))))
    measure.each_ms([posting] * 20)
    lines.append(Figure("post a status", ms(measure.cpu_ms(posting, 50)), "≤ 8, aim 5"))
    with on.app.app_context():
        with statements() as found:
            Context().run(newest)
        db.session.remove()
    lines.append(Figure("SQL statements of a home page", str(len(found)), "≤ 6"))
    return lines


def _words(number: int) -> dict[str, str]:
    return {"status": f"Un mot {number}."}


def _served(on: Stage, bearers: list[str]) -> list[Figure]:
    on.tree.start()
    free = _serving(on, bearers)
    on.tree.stop()
    with measure.one_core():
        on.tree.start()
    pinned = _serving(on, bearers)
    on.tree.stop()
    return [replace(line, pinned=same.value) for line, same in zip(free, pinned, strict=True)]


def _serving(on: Stage, bearers: list[str]) -> list[Figure]:
    token = {reader.cookie: bearer for reader, bearer in zip(on.readers, bearers, strict=True)}

    def send(line: measure.Kept, path: str, fields: dict[str, str] | None = None) -> int:
        headers = {"Authorization": f"Bearer {token[line.browser.cookie]}", "Content-Type": "application/json"}
        body = None if fields is None else json.dumps(fields)
        line.connection.request("GET" if body is None else "POST", path, body, headers)
        answer = line.connection.getresponse()
        answer.read()
        return answer.status

    def home(line: measure.Kept, _number: int) -> int:
        return send(line, HOME)

    def post(line: measure.Kept, number: int) -> int:
        return send(line, "/api/v1/statuses", _words(number))

    run = partial(measure.served_ms, on.tree, on.readers)
    time.sleep(SETTLES_S)  # what the clock starts once a day or an hour is all due at the first start
    run(8, 400, home)  # every thread and connection has done its first work before the clock runs
    return [
        Figure("served: home, one at a time", ms(run(1, 400, home)), "≤ 3, aim 2"),
        Figure("served: home, 8 at once", ms(run(8, 800, home)), "≤ 3"),
        Figure("served: post a status and what follows it, one at a time", ms(run(1, 200, post)), "≤ 8, aim 5"),
        Figure("served: post a status and what follows it, 8 at once", ms(run(8, 400, post))),
        Figure("GoToSocial on such a machine, home / post", "1.4 to 2.4 ms / 11 to 29 ms"),
    ]
