"""What one post costs in deliveries: queued for many inboxes, signed and sent, by the worker's own hands."""

from __future__ import annotations

import time
from pathlib import Path

from federation.signatures import sign_cavage
from federation.wire import Request
from instance.accounts import keys
from instance.accounts.models import Actor
from instance.core import clock, fed
from instance.core.db import commit, db, new_id
from instance.core.schema import upgrade
from instance.peers import deliveries, outbox
from instance.peers.models import Delivery
from instance.settings import load
from tests.bench import measure
from tests.bench.scenes import Figure, ms
from tests.bench.sink import sink
from tests.running.served import inside

SERVERS = 100
POSTS = 20
ROUNDS = 3
MANY = 1000
PATH = "/u/sam"
NOTE = {"type": "Note", "content": "<p>" + "Le mot du jour. " * 60 + "</p>"}


def figures(folder: Path, database: str) -> list[Figure]:
    """In this process; the servers that take the letters are another one, whose work is not counted."""
    with sink() as port:
        chosen = {
            "QL_DATA_DIR": str(folder / "data"), "QL_DATABASE_URL": database, "QL_FETCH_ALLOW": f"127.0.0.0/8:{port}",
        }  # fmt: skip
        with inside(load(chosen)):
            upgrade()
            _somebody()
            hosts = [f"127.0.{number // 250}.{number % 250 + 1}:{port}" for number in range(MANY)]
            inboxes = [f"http://{host}/inbox" for host in hosts]
            rounds = [_round(inboxes[:SERVERS]) for _ in range(ROUNDS)]
            queued_s = _queue(inboxes, 1)
            while deliveries.run():
                pass
            sign_ms = measure.cpu_ms(_sign, 200)
            lost = db.session.scalar(db.select(db.func.count()).where(Delivery.state != "done"))
    if lost:
        raise RuntimeError(f"{lost} deliveries did not arrive")
    spent_ms, per_s = min(rounds)
    return [
        Figure(f"delivery, {POSTS} posts to {SERVERS} servers: CPU, all of it", ms(spent_ms), "≤ 3, aim 2"),
        Figure("of which: signature and digest", ms(sign_ms)),
        Figure("deliveries per second, one worker process", f"{per_s:.0f}", "≥ 50, aim 300"),
        Figure(f"one post queued for {MANY:,} inboxes, wall clock", ms(queued_s * 1000), "< 1,000"),
    ]


def _somebody() -> None:
    number = new_id()
    with commit():
        db.session.add(
            Actor(id=number, kind="person", handle="sam", path=PATH, shown_name="Sam", created_at=clock.now())
        )
    keys.make(number)


def _queue(inboxes: list[str], posts: int) -> float:
    """Seconds on the clock."""
    began = time.monotonic()
    for _post in range(posts):
        with commit():
            sam = db.session.scalars(db.select(Actor).where(Actor.path == PATH)).one()
            number, uri = outbox.new_uri()
            activity = {"id": uri, "type": "Create", "actor": fed.uri_of(PATH), "object": NOTE | {"id": f"{uri}#note"}}
            outbox.send(
                activity, outgoing_id=number, sender=sam, inboxes=inboxes, object_uri=f"{uri}#note", is_public=True
            )
    return time.monotonic() - began


def _round(inboxes: list[str]) -> tuple[float, float]:
    """CPU ms of one delivery, and how many go out in a second."""
    _queue(inboxes, POSTS)
    number = len(inboxes) * POSTS
    cpu, wall = time.process_time(), time.monotonic()
    while deliveries.run():
        pass
    return (time.process_time() - cpu) * 1000 / number, number / (time.monotonic() - wall)


def _sign() -> None:
    key = keys.signing_at(PATH)
    sign_cavage(Request("POST", "https://elsewhere.example/inbox", {}, b"x" * 1500), key, clock.now())
