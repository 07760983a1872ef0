"""What goes out is queued with its cause: one row per inbox of others, and nothing that a Delete has overtaken."""

from __future__ import annotations

import time

import pytest

from instance.core import fed
from instance.core.db import commit, db
from instance.peers import outbox, rules
from instance.peers.models import Delivery, Outgoing
from tests.city import City
from tests.instance.peers.conftest import Post, Sam
from tests.support.peer import ForeignServer


def _inboxes() -> list[str]:
    found = list(db.session.scalars(db.select(Delivery.inbox).order_by(Delivery.inbox)))
    db.session.rollback()
    return found


def test_each_inbox_of_others_gets_a_row_once_and_we_get_none(city: City, post: Post) -> None:
    uri = post.queue(
        ["https://a.example/inbox", "https://a.example/inbox", "https://b.example/inbox", fed.uri_of("/u/sam/inbox"),
         city.settings.base_url + "/inbox", "not an address"]
    )  # fmt: skip

    assert _inboxes() == ["https://a.example/inbox", "https://b.example/inbox"]
    assert db.session.scalars(db.select(Outgoing.body)).one().count(uri) == 1
    assert uri == fed.uri_of(f"/a/{db.session.scalars(db.select(Outgoing.id)).one()}")


def test_nothing_is_queued_when_its_cause_is_undone(post: Post) -> None:
    with pytest.raises(ZeroDivisionError), commit():
        number, uri = outbox.new_uri()
        outbox.send(
            {"id": uri, "type": "Like"}, outgoing_id=number, sender=Sam(), inboxes=["https://a.example/inbox"],
            object_uri="https://a.example/1", is_public=False,
        )  # fmt: skip
        _ = 1 / 0

    assert _inboxes() == []


def test_nothing_goes_to_a_blocked_server_nor_to_those_below_it(post: Post) -> None:
    with commit():
        rules.set_rule("bad.example", "block")
        rules.set_rule("good.bad.example", "allow")
        rules.set_rule("dull.example", "limit")

    post.queue([f"https://{host}/inbox" for host in (
        "bad.example", "www.bad.example", "good.bad.example", "notbad.example", "dull.example", "bad.example:8443"
    )])  # fmt: skip

    assert _inboxes() == [
        "https://dull.example/inbox", "https://good.bad.example/inbox", "https://notbad.example/inbox"
    ]  # fmt: skip


def test_a_block_drops_what_waits_to_go_there(post: Post) -> None:
    post.queue(["https://bad.example/inbox", "https://m.bad.example:81/inbox", "https://other.example/inbox"])

    with commit():
        rules.set_rule("bad.example", "block")

    assert sorted(row[0] for row in post.rows()) == ["cancelled", "cancelled", "pending"]


def test_a_delete_cancels_what_was_to_tell_of_the_object_and_goes_itself(post: Post) -> None:
    there = ["https://a.example/inbox"]
    post.queue(there)
    post.queue(there, "Update")
    post.queue(there, "Announce", object={"id": "x", "type": "Create"}, object_uri=fed.uri_of("/p/1"))
    post.queue(there, "Create", fed.uri_of("/p/2"))
    post.queue(there, "Like")

    post.queue(there, "Delete", object={"id": fed.uri_of("/p/1"), "type": "Tombstone"}, object_uri=fed.uri_of("/p/1"))

    assert post.states() == ["cancelled", "cancelled", "cancelled", "pending", "pending", "pending"]


def test_kinds_say_what_is_inside() -> None:
    assert outbox.kind_of({"type": "Create", "object": {"type": "Note"}}) == "Create Note"
    assert outbox.kind_of({"type": "Announce", "object": "https://a.example/1"}) == "Announce"
    assert outbox.kind_of({"type": "Announce", "object": {"type": ["Create", "X"]}}) == "Announce Create"


def test_a_thousand_inboxes_are_queued_within_a_second(post: Post) -> None:
    inboxes = [f"https://host{number}.example/inbox" for number in range(1000)]
    began = time.process_time()

    post.queue(inboxes)

    assert time.process_time() - began < 1
    assert len(_inboxes()) == 1000


def test_those_who_were_told_of_an_object_are_known(post: Post, there: ForeignServer) -> None:
    post.queue(["https://a.example/inbox", "https://b.example/inbox"])
    post.queue(["https://c.example/inbox"], "Create", fed.uri_of("/p/2"))

    assert outbox.inboxes_told(fed.uri_of("/p/1")) == {"https://a.example/inbox", "https://b.example/inbox"}
