"""What is queued arrives: signed, in order, again after failures, and never held up by the servers of others."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError

from instance.core import clock as clocks
from instance.core import fed, leases
from instance.core.db import commit, db
from instance.peers import breaker, deliveries
from instance.peers.models import Delivery, Peer
from tests.city import City
from tests.instance.peers.conftest import Post, inbox, told
from tests.support.peer import ForeignServer


def _peer(server: ForeignServer) -> Any:
    columns = Peer.failures, Peer.rests_until, Peer.is_dead, Peer.scheme, Peer.clock_off_s
    found = db.session.execute(db.select(*columns).where(Peer.host == server.host)).first()
    db.session.rollback()
    return found


def _due_in_s() -> list[float]:
    found = db.session.scalars(db.select(Delivery.due_at).order_by(Delivery.id)).all()
    db.session.rollback()
    return [(due_at - clocks.now()).total_seconds() for due_at in found]


def test_each_inbox_gets_the_activity_once_and_its_row_is_done(
    post: Post, there: ForeignServer, elsewhere: ForeignServer
) -> None:
    uri = post.queue([inbox(there), inbox(elsewhere)])

    post.work()
    post.work()

    assert told(there) == told(elsewhere) == [uri]
    assert post.rows() == [("done", 1, 202, None)] * 2
    assert there.received[0].headers["signature"].count(fed.uri_of("/u/sam#main-key")) == 1


def test_rows_of_one_object_go_in_their_order_each_after_the_one_before(post: Post, there: ForeignServer) -> None:
    there.manners.slow_s = 0.05
    sent = [post.queue([inbox(there)], kind) for kind in ("Create", "Update", "Update", "Like")]

    post.work()

    assert told(there) == sent


def test_a_row_waits_for_an_earlier_one_that_must_be_tried_again(post: Post, there: ForeignServer, clock: Any) -> None:
    there.manners.inbox_status = 500
    first = post.queue([inbox(there)])
    post.work()
    there.manners.inbox_status = 202
    second = post.queue([inbox(there)], "Update")
    other = post.queue([inbox(there)], "Create", fed.uri_of("/p/2"))

    post.work()
    assert told(there) == [other]
    clock.forward(minutes=2)
    post.work()
    assert told(there) == [other, first, second]


def test_a_failure_is_tried_again_after_longer_and_longer_then_the_row_stays_as_failed(
    post: Post, there: ForeignServer, clock: Any
) -> None:
    there.manners.inbox_status = 404
    post.queue([inbox(there)])
    post.work()
    assert post.rows() == [("failed", 1, 404, "HTTP 404")]

    there.reset()
    there.manners.inbox_status = 500
    post.queue([inbox(there)], "Create", fed.uri_of("/p/2"))
    post.work()
    assert post.rows()[1] == ("pending", 1, 500, "HTTP 500")
    assert 48 <= _due_in_s()[1] <= 72
    clock.forward(minutes=2)
    post.work()
    assert post.rows()[1][1] == 2
    assert 96 <= _due_in_s()[1] <= 144


def test_a_refused_signature_is_tried_three_times_in_all(post: Post, there: ForeignServer, clock: Any) -> None:
    there.manners.inbox_status = 403
    post.queue([inbox(there)])

    for _day in range(5):
        post.work()
        clock.forward(days=1)

    assert post.rows() == [("failed", 3, 403, "HTTP 403")]


def test_a_server_that_asks_for_time_gets_it(post: Post, there: ForeignServer) -> None:
    there.manners.inbox_status = 429
    there.manners.inbox_headers = {"Retry-After": "3600"}
    post.queue([inbox(there)])
    post.work()
    post.queue([inbox(there)], "Create", fed.uri_of("/p/2"))
    post.work()

    assert post.rows() == [("pending", 1, 429, "HTTP 429"), ("pending", 0, None, None)]
    assert all(3590 <= left <= 3601 for left in _due_in_s())


def test_an_inbox_that_is_gone_gets_nothing_any_more(post: Post, there: ForeignServer) -> None:
    there.manners.gone.add("/users/ada/inbox")
    post.queue([inbox(there, "ada")])
    post.queue([inbox(there, "ada")], "Update")
    post.queue([inbox(there, "bob")])

    post.work()

    assert sorted(post.states()) == ["cancelled", "cancelled", "done"]
    assert _peer(there)[0] == 0


def test_a_delete_cancels_what_failed_before_it_so_that_nothing_rises_again(
    post: Post, there: ForeignServer, clock: Any
) -> None:
    there.manners.inbox_status = 503
    post.queue([inbox(there)])
    post.work()
    there.manners.inbox_status = 202
    gone = post.queue([inbox(there)], "Delete")
    post.work()
    clock.forward(days=1)
    post.work()

    assert told(there) == [gone]
    assert post.states() == ["cancelled", "done"]


def test_the_scheme_that_a_server_took_is_remembered(post: Post, there: ForeignServer) -> None:
    there.manners.refuses_cavage = True
    for number in range(3):
        post.queue([inbox(there)], "Create", fed.uri_of(f"/p/{number}"))
        post.work()

    assert _peer(there)[3] == "rfc9421"
    assert all("signature-input" in one.headers for one in there.received)
    assert len(there.received) == 3


def test_ten_failures_in_a_row_and_a_server_rests_twice_as_long_each_time(
    post: Post, there: ForeignServer, elsewhere: ForeignServer, clock: Any
) -> None:
    there.manners.is_down = True
    for number in range(breaker.FAILURES + 5):
        post.queue([inbox(there), inbox(elsewhere)], "Create", fed.uri_of(f"/p/{number}"))

    post.work()

    assert len(told(elsewhere)) == breaker.FAILURES + 5
    failures, rests_until, _dead, _scheme, _off = _peer(there)
    assert failures == breaker.FAILURES
    assert 590 < (rests_until - clocks.now()).total_seconds() <= 600
    tried = sum(row[1] for row in post.rows() if row[0] == "pending")
    clock.forward(minutes=11)
    post.work()  # one letter only, to see
    assert sum(row[1] for row in post.rows() if row[0] == "pending") == tried + 1
    assert 1190 < (_peer(there)[1] - clocks.now()).total_seconds() <= 1200

    there.manners.is_down = False
    clock.forward(minutes=21)
    post.work()
    assert set(post.states()) == {"done"}
    assert sorted(told(there)) == sorted(told(elsewhere))
    assert _peer(there)[:3] == (0, None, False)


def test_a_server_that_fails_for_a_week_is_given_up_until_it_speaks(
    post: Post, there: ForeignServer, clock: Any
) -> None:
    there.manners.is_down = True
    post.queue([inbox(there)])
    for _half_day in range(20):
        post.work()
        clock.forward(hours=12)
    late = post.queue([inbox(there)], "Create", fed.uri_of("/p/2"))
    post.work()
    assert _peer(there)[2] is True
    assert [row[3] for row in post.rows()] == ["host.dead", "host.dead"]

    there.manners.is_down = False
    with commit():
        breaker.heard(there.host)
    post.work()

    assert late in told(there)
    assert post.states() == ["done", "done"]


def test_a_server_that_rests_and_speaks_is_tried_at_once(post: Post, there: ForeignServer) -> None:
    there.manners.is_down = True
    for number in range(breaker.FAILURES):
        post.queue([inbox(there)], "Create", fed.uri_of(f"/p/{number}"))
    post.work()
    there.manners.is_down = False
    with commit():
        breaker.heard(there.host)
    post.work()

    assert len(told(there)) == breaker.FAILURES


def test_one_slow_server_holds_two_connections_and_nobody_up(
    post: Post, there: ForeignServer, elsewhere: ForeignServer
) -> None:
    there.manners.slow_s = 1.5
    most, end = [0], threading.Event()

    def watch() -> None:
        while not end.wait(0.005):
            most[0] = max(most[0], deliveries._desk.carriers._under_way[there.host])

    threading.Thread(target=watch, daemon=True).start()
    for number in range(6):
        post.queue([inbox(there)], "Create", fed.uri_of(f"/p/{number}"))
    for number in range(60):
        post.queue([inbox(elsewhere)], "Create", fed.uri_of(f"/p/{number}"))
    began = time.monotonic()
    while len(told(elsewhere)) < 60 and time.monotonic() - began < 10:
        deliveries.run()
    spent = time.monotonic() - began
    deliveries.settle()
    end.set()

    assert spent < 1.5
    assert most[0] == 2


def test_what_is_under_way_is_awaited_and_the_rest_handed_back_when_the_worker_turns_away(
    post: Post, there: ForeignServer
) -> None:
    there.manners.slow_s = 0.4
    for number in range(10):
        post.queue([inbox(there)], "Create", fed.uri_of(f"/p/{number}"))

    deliveries.run()
    deliveries.settle()

    assert sorted(set(post.states())) == ["done", "pending"]
    assert post.states().count("done") == len(there.received) <= 4
    assert {row[1] for row in post.rows() if row[0] == "pending"} == {0}


def test_rows_of_a_process_that_died_are_sent_again_with_the_same_id(post: Post, there: ForeignServer) -> None:
    uri = post.queue([inbox(there)])
    with commit():
        dead = {"state": "running", "worker": f"{leases.me().split(':')[0]}:999999:1.00"}
        db.session.execute(update(Delivery).values(dead | {"lease_until": clocks.now() + timedelta(hours=1)}))
    post.work()
    assert told(there) == []

    leases.give_back_dead([Delivery])
    post.work()

    assert told(there) == [uri]


def test_an_actor_without_key_waits_for_it_and_no_server_is_blamed(
    post: Post, there: ForeignServer, clock: Any
) -> None:
    keys = fed.engine().keys
    private = keys.private.copy()  # type: ignore[attr-defined]  # the port of these tests is in memory
    keys.private.clear()  # type: ignore[attr-defined]
    uri = post.queue([inbox(there)])
    post.work()
    assert post.rows() == [("pending", 1, None, "no key")]
    assert _peer(there) is None

    keys.private.update(private)  # type: ignore[attr-defined]
    clock.forward(minutes=2)
    post.work()

    assert told(there) == [uri]


def test_a_row_may_be_put_back_by_hand(city: City, post: Post, there: ForeignServer) -> None:
    there.manners.inbox_status = 404
    post.queue([inbox(there)])
    post.work()
    there.manners.inbox_status = 202

    with commit():
        leases.retry(Delivery, list(db.session.scalars(db.select(Delivery.id))))
    post.work()

    assert post.states() == ["done"]


def test_an_end_that_could_not_be_written_down_is_written_later_and_not_sent_again(
    post: Post, there: ForeignServer
) -> None:
    uri = post.queue([inbox(there)])

    def break_down(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO peer"):
            raise OperationalError(statement, {}, Exception("database is locked"))

    event.listen(db.engine, "before_cursor_execute", break_down)
    try:
        with pytest.raises(OperationalError):
            while deliveries.run():
                continue
    finally:
        event.remove(db.engine, "before_cursor_execute", break_down)
    post.work()

    assert told(there) == [uri]
    assert post.states() == ["done"]
