"""Letters to other servers while processes die: each inbox gets each activity, under its one id, and none is lost."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func

from instance.accounts import keys
from instance.accounts.models import Actor
from instance.core import clock
from instance.core.db import commit, db, new_id
from instance.core.schema import upgrade
from instance.peers import outbox
from instance.peers.models import Delivery, Peer
from tests.running.served import inside, instance
from tests.support import redis
from tests.support.peer import ForeignServer

pytestmark = pytest.mark.slow
FULL = os.environ.get("QL_CHAOS") == "full"
KILLS = 50 if FULL else 5
SERVERS = 10
PER_ROUND = 6  # activities queued before each kill, for every inbox
PATIENCE_S = 60


@pytest.fixture
def sinks() -> Iterator[list[ForeignServer]]:
    made = [ForeignServer() for _ in range(SERVERS)]
    yield made
    for one in made:
        one.stop()


@pytest.fixture
def options(request: pytest.FixtureRequest, own_database: str, sinks: list[ForeignServer]) -> dict[str, str]:
    """Settings of an instance that may reach the sinks; with Redis where the suite runs so."""
    server = request.getfixturevalue("redis_server") if redis.chosen() else None
    return {
        "QL_DATABASE_URL": own_database, "QL_FAST_RETRY": "1",
        "QL_FETCH_ALLOW": ",".join(one.host for one in sinks),
        "QL_REDIS_URL": f"unix://{server.unix_socket_path}" if server else "",
    }  # fmt: skip


def somebody(app: Flask) -> int:
    """An actor of ours with its key; the id."""
    upgrade()
    number = new_id()
    with commit():
        db.session.add(
            Actor(id=number, kind="person", handle="sam", path="/u/sam", shown_name="Sam", created_at=clock.now())
        )
    keys.make(number)
    return number


def say(actor_id: int, inboxes: list[str], number: int) -> list[str]:
    """Queue `number` activities about one object each, one of three in two steps; their ids."""
    ids = []
    for each in range(number):
        with commit():
            sam = db.session.get_one(Actor, actor_id)
            outgoing_id, uri = outbox.new_uri()
            outbox.send(
                {"id": uri, "type": "Create" if each % 3 else "Update", "object": {"id": uri, "type": "Note"}},
                outgoing_id=outgoing_id, sender=sam, inboxes=inboxes, object_uri=f"{uri}#{each // 3}", is_public=True,
            )  # fmt: skip
        ids.append(uri)
    return ids


def resting(number: int) -> list[str]:
    """Wait until so many servers are left in peace and nothing waits for another; their hosts."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        hosts = list(db.session.scalars(db.select(Peer.host).where(Peer.failures >= 10)))
        waits = db.select(Delivery.id).where(Delivery.state != "done", Delivery.host.not_in(hosts)).limit(1)
        is_reached = db.session.scalar(waits) is None
        db.session.rollback()
        if len(hosts) >= number and is_reached:
            break
        time.sleep(0.1)
    return hosts


def all_sent(seconds: float = PATIENCE_S) -> Counter[str]:
    """Wait until no letter waits or is under way; the states."""
    end = time.monotonic() + seconds
    states: Counter[str] = Counter()
    while time.monotonic() < end:
        rows = db.session.execute(db.select(Delivery.state, func.count()).group_by(Delivery.state))
        states = Counter({row[0]: row[1] for row in rows})
        db.session.rollback()
        if not states["pending"] + states["running"]:
            break
        time.sleep(0.1)
    return states


def took(sink: ForeignServer) -> Counter[str]:
    """How often each activity came in whole: a sender that dies leaves half a request behind."""
    whole = [one for one in sink.received if len(one.body) == int(one.headers.get("content-length", "0"))]
    return Counter(one.json["id"] for one in whole)


def test_killing_everything_during_delivery_loses_no_letter(
    tmp_path: Path, options: dict[str, str], sinks: list[ForeignServer]
) -> None:
    chance = random.Random(20261122)
    inboxes = [f"{sink.base_url}/inbox" for sink in sinks]
    queued: list[str] = []
    for sink in sinks:
        sink.manners.slow_s = 0.02
    with instance(tmp_path, **options) as (tree, settings), inside(settings) as (app, _city):
        sam = somebody(app)
        tree.start()
        for _round in range(KILLS):
            queued += say(sam, inboxes, PER_ROUND)
            time.sleep(chance.uniform(0.0, 0.5))
            tree.kill()
            tree.start()
        states = all_sent()
        tree.stop()

    assert states == {"done": len(queued) * SERVERS}
    for sink in sinks:
        got = took(sink)
        assert set(got) == set(queued)
    again = sum(took(sink).total() for sink in sinks) - len(queued) * SERVERS
    assert again <= KILLS * 200  # only what was in the dead process's hands can come twice


def test_a_clean_stop_sends_nothing_twice(tmp_path: Path, options: dict[str, str], sinks: list[ForeignServer]) -> None:
    inboxes = [f"{sink.base_url}/inbox" for sink in sinks]
    for sink in sinks:
        sink.manners.slow_s = 0.05
    queued: list[str] = []
    with instance(tmp_path, **options) as (tree, settings), inside(settings) as (app, _city):
        sam = somebody(app)
        for _round in range(3):
            tree.start()
            queued += say(sam, inboxes, PER_ROUND)
            time.sleep(0.3)
            assert tree.stop() == 0
        tree.start()
        states = all_sent()
        tree.stop()

    assert states == {"done": len(queued) * SERVERS}
    assert all(took(sink) == Counter(queued) for sink in sinks)


def test_a_server_that_is_down_for_an_hour_gets_everything_when_it_is_back(
    tmp_path: Path, options: dict[str, str], sinks: list[ForeignServer]
) -> None:
    inboxes = [f"{sink.base_url}/inbox" for sink in sinks]
    down = sinks[:3]
    for sink in down:
        sink.manners.is_down = True
    with instance(tmp_path, **options) as (tree, settings), inside(settings) as (app, _city):
        sam = somebody(app)
        tree.start()
        queued = say(sam, inboxes, 15)
        time.sleep(6)  # an hour, divided by 600
        rested = resting(len(down))
        reached = [took(sink) for sink in sinks[3:]]
        for sink in down:
            sink.manners.is_down = False
        states = all_sent()
        tree.stop()

    assert sorted(rested) == sorted(sink.host for sink in down)
    assert all(got == Counter(queued) for got in reached)
    assert states == {"done": len(queued) * SERVERS}
    assert all(set(took(sink)) == set(queued) for sink in down)
