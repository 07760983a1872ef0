"""What operators see of other servers: commands, doctor, metrics; what is thrown away, and who stops following."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from click.testing import Result
from sqlalchemy import update

from instance import upkeep
from instance.accounts import follows, remote
from instance.accounts.models import Actor, Follow
from instance.cli import main
from instance.core import clock as clocks
from instance.core import fed
from instance.core.db import commit, db
from instance.peers import rules, tidying, traffic
from instance.peers.models import Delivery, Outgoing, Peer
from tests.city import City, Someone
from tests.instance.peers.conftest import Post, inbox
from tests.instance.posts.hearing import meet
from tests.support.peer import ForeignActor, ForeignServer


def run(city: City, *words: str) -> Result:
    db.session.remove()
    return city.app.test_cli_runner().invoke(main.get_command(None, words[0]), list(words[1:]))  # type: ignore[arg-type]


def _peers(*offsets: int, **columns: Any) -> None:
    with commit():
        for number, off_s in enumerate(offsets):
            db.session.add(Peer(host=f"h{number}.example", clock_off_s=off_s, **columns))


def _finding(city: City, name: str) -> tuple[bool, str] | None:
    with city.app.test_request_context():
        found = {one.name: (one.is_fine, one.text) for one in upkeep.examine()}
    db.session.rollback()
    return found.get(name)


def test_jobs_counts_deliveries_and_puts_failed_ones_back(city: City, post: Post, there: ForeignServer) -> None:
    there.manners.inbox_status = 404
    post.queue([inbox(there)])
    post.work()

    counts = json.loads(run(city, "jobs", "--json").output)
    failed = json.loads(run(city, "jobs", "--failed", "--json").output)

    assert counts["deliveries"]["failed"] == counts["failed"] == 1
    assert set(counts) >= {"jobs", "deliveries", "incoming", "pending", "done"}
    assert [(one["lane"], one["kind"], one["error"]) for one in failed] == [("deliveries", inbox(there), "HTTP 404")]
    there.manners.inbox_status = 202
    assert run(city, "jobs", "retry", failed[0]["id"]).output.strip() == "1"
    post.work()
    assert post.states() == ["done"]


def test_peer_blocks_allows_and_lists(city: City, post: Post) -> None:
    post.queue(["https://a.example/inbox"])

    assert run(city, "peer", "block", "https://Bad.Example/", "--reason", "spam").exit_code == 0
    assert rules.severity("www.bad.example") == "block"
    listed = {one["host"]: one for one in json.loads(run(city, "peer", "list", "--json").output)}
    assert listed["bad.example"]["severity"] == "block"
    assert listed["bad.example"]["reason"] == "spam"
    assert run(city, "peer", "allow", "www.bad.example").exit_code == 0
    assert (rules.severity("www.bad.example"), rules.severity("bad.example")) == (None, "block")
    assert run(city, "peer", "allow", "bad.example").exit_code == 0
    assert rules.severity("bad.example") is None
    assert run(city, "peer", "block", "pas un nom").exit_code == 1


def test_doctor_doubts_the_clock_when_others_agree_against_it(city: City) -> None:
    now = clocks.now()
    _peers(0, 1, answered_at=now)
    assert _finding(city, "clock") is None  # two are too few
    _peers_more(now, 90, 95, 400)

    fine, said = _finding(city, "clock") or (True, "")

    assert not fine
    assert "NTP" in said


def _peers_more(now: Any, *offsets: int) -> None:
    with commit():
        for number, off_s in enumerate(offsets):
            db.session.add(Peer(host=f"more{number}.example", clock_off_s=off_s, answered_at=now))


def test_doctor_says_when_nothing_gets_out_and_when_letters_are_lost(city: City, post: Post) -> None:
    assert _finding(city, "outside") is None
    assert (_finding(city, "deliveries") or (False,))[0]
    _peers(0, 0, 0, failures=4)
    post.queue(["https://a.example/inbox", "https://dead.example/inbox"])
    with commit():
        db.session.execute(update(Delivery).values(state="failed", last_error="host.dead"))
    assert (_finding(city, "deliveries") or (False,))[0]  # given up with their server: known, not lost

    with commit():
        db.session.execute(update(Delivery).where(Delivery.host == "a.example").values(last_error="HTTP 404"))

    assert not (_finding(city, "outside") or (True,))[0]
    assert not (_finding(city, "deliveries") or (True,))[0]


def test_metrics_count_deliveries_and_incoming(city: City, post: Post) -> None:
    post.queue(["https://a.example/inbox"])
    _peers(0, is_dead=True)

    text = city.get(city.browser(), "/metrics").get_data(as_text=True)

    assert 'quartier_deliveries{state="pending"} 1' in text
    assert 'quartier_incoming{state="pending"} 0' in text
    assert "quartier_dead_servers 1" in text


def test_what_waits_for_a_worker_makes_the_instance_unready_but_a_slow_server_does_not(
    city: City, post: Post, clock: Any
) -> None:
    post.queue(["https://a.example/inbox", "https://b.example/inbox"])
    assert traffic.stuck_since(timedelta(minutes=10)) is None
    clock.forward(minutes=11)
    assert traffic.stuck_since(timedelta(minutes=10)) is not None

    with commit():
        done = {"state": "done", "done_at": clocks.now()}
        db.session.execute(update(Delivery).where(Delivery.host == "b.example").values(done))

    assert traffic.stuck_since(timedelta(minutes=10)) is None


def test_what_was_sent_is_forgotten_but_not_who_was_told_of_what_still_stands(post: Post, clock: Any) -> None:
    there = ["https://a.example/inbox"]
    post.queue(there)
    post.queue(there, "Like", "https://a.example/1")
    post.queue(there, "Create", fed.uri_of("/p/2"))
    post.queue(there, "Delete", fed.uri_of("/p/2"))
    with commit():
        db.session.execute(update(Delivery).values(state="done"))
    clock.forward(days=8)
    post.queue(there, "Like", "https://a.example/2")

    tidying.forget_sent({})
    assert _kinds() == ["Create Note", "Create Note", "Delete Note", "Like Note"]
    clock.forward(days=31)
    tidying.forget_sent({})

    assert _kinds() == ["Create Note"]
    assert db.session.scalar(db.select(db.func.count()).select_from(Delivery)) == 1


def _kinds() -> list[str]:
    found = list(db.session.scalars(db.select(Outgoing.kind).order_by(Outgoing.id)))
    db.session.rollback()
    return found


def _pair(city: City, ada: ForeignActor) -> Someone:
    """Ada follows Salma and Salma her."""
    salma = city.resident(city.quartier("Clignancourt"), "salma")
    number = meet(ada)
    with commit():
        ours, theirs = db.session.get_one(Actor, salma.actor_id), db.session.get_one(Actor, number)
        follows.accept(follows.add(theirs, ours))
        follows.accept(follows.add(ours, theirs))
    db.session.rollback()
    return salma


def _follows() -> int:
    found = db.session.scalar(db.select(db.func.count()).select_from(Follow)) or 0
    db.session.rollback()
    return found


def test_a_follower_whose_inbox_is_gone_follows_no_more(city: City, post: Post, there: ForeignServer) -> None:
    ada = there.actor("ada")
    _pair(city, ada)
    there.manners.gone.add(urlsplit(ada.inbox).path)

    post.queue([ada.inbox], "Create", fed.uri_of("/p/9"))
    post.work()

    assert _follows() == 1
    assert remote.find(ada.uri) is not None


def test_no_follow_outlives_a_block_of_its_server(city: City, there: ForeignServer) -> None:
    _pair(city, there.actor("ada"))

    with commit():
        rules.set_rule(there.host, "block")
    city.work()

    assert _follows() == 0
