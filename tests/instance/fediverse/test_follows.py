"""Follows between people here and elsewhere: asked, accepted, refused, ended, each side believing only the other."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select

from instance.accounts import follows, service
from instance.accounts.models import Actor, HostBlock, RemoteActor
from instance.core import clock as city_clock
from instance.core.db import commit, db
from instance.quartiers.models import CircleMember
from tests.city import City
from tests.instance.fediverse.conftest import Wire
from tests.support.peer import ForeignActor, ForeignServer, Json


def ask(wire: Wire, ada: ForeignActor, followed: str) -> Json:
    follow = ada.follow(followed)
    assert wire.say(ada, follow) == 202
    return follow


def follow_out(wire: Wire, ada: ForeignActor) -> Json:
    """Sam follows somebody elsewhere; the Follow as it came there."""
    wire.known(ada)
    with commit():
        follows.follow(db.session.get_one(Actor, wire.sam.actor_id), wire_actor(ada))
    wire.city.work()
    return ada.server.inbox_of(ada)[-1]


def wire_actor(ada: ForeignActor) -> Actor:
    return db.session.scalars(select(Actor).where(Actor.uri == ada.uri)).one()


def kinds(ada: ForeignActor) -> list[str]:
    return [one["type"] for one in ada.server.inbox_of(ada)]


def readers(ada: ForeignActor) -> list[int]:
    circle = select(RemoteActor.circle_id).join(Actor).where(Actor.uri == ada.uri).scalar_subquery()
    found = list(db.session.scalars(select(CircleMember.actor_id).where(CircleMember.circle_id == circle)))
    db.session.rollback()
    return found


def test_a_quartier_accepts_at_once_and_says_so_signed(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")

    follow = ask(wire, ada, wire.group)

    (accept,) = elsewhere.inbox_of(ada)
    assert wire.follow(ada.uri, wire.group) == "accepted"
    assert (accept["type"], accept["actor"], accept["object"]["id"]) == ("Accept", wire.group, follow["id"])
    browser = wire.city.browser()
    signer = elsewhere.received[0].signer(
        lambda uri: browser.get(uri, headers={"accept": "application/activity+json"}).json
    )
    assert signer == wire.group


def test_a_person_says_yes_themselves(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")

    follow = ask(wire, ada, wire.sam_uri)
    before = wire.follow(ada.uri, wire.sam_uri), kinds(ada), len(follows.pending_for(wire.sam.actor_id))
    with commit():
        follows.accept(follows.pending_for(wire.sam.actor_id)[0][0])
    wire.city.work()

    assert before == ("pending", [], 1)
    assert wire.follow(ada.uri, wire.sam_uri) == "accepted"
    assert [(one["type"], one["object"]["id"]) for one in elsewhere.inbox_of(ada)] == [("Accept", follow["id"])]


def test_a_person_who_asks_for_no_approval_is_followed_at_once(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    wire.wish(wire.sam, approves_followers=False)

    ask(wire, ada, wire.sam_uri)

    assert wire.follow(ada.uri, wire.sam_uri) == "accepted"


def test_a_refusal_is_sent_and_nothing_stays(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    ask(wire, ada, wire.sam_uri)

    with commit():
        follows.reject(follows.pending_for(wire.sam.actor_id)[0][0])
    wire.city.work()

    assert wire.follow(ada.uri, wire.sam_uri) is None
    assert kinds(ada) == ["Reject"]


def test_a_follow_said_twice_is_one_and_answered_again(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")

    ask(wire, ada, wire.group)
    again = ask(wire, ada, wire.group)

    assert [one["object"]["id"] for one in elsewhere.inbox_of(ada)][-1] == again["id"]
    assert len(elsewhere.inbox_of(ada)) == 2
    assert wire.follow(ada.uri, wire.group) == "accepted"


@pytest.mark.parametrize("embeds", [True, False])
def test_undo_ends_a_follow(wire: Wire, elsewhere: ForeignServer, embeds: bool) -> None:
    ada = elsewhere.actor("ada")
    follow = ask(wire, ada, wire.group)

    wire.say(ada, ada.activity("Undo", follow if embeds else follow["id"]))

    assert wire.follow(ada.uri, wire.group) is None
    assert follows.follower_inboxes(wire.actor_id(wire.group) or 0) == set()


def test_follow_undo_follow_ends_the_same_in_every_order(wire: Wire, elsewhere: ForeignServer) -> None:
    outcomes = set()
    for number, order in enumerate(itertools.permutations(range(3))):
        ada = elsewhere.actor(f"ada{number}")
        first, second = ada.follow(wire.group), ada.follow(wire.group)
        said = [first, ada.undo(first), second]
        for turn in order:
            wire.say(ada, said[turn])
        outcomes.add(wire.follow(ada.uri, wire.group))

    assert outcomes == {"accepted"}


def test_a_blocked_person_and_a_blocked_server_are_refused(wire: Wire, elsewhere: ForeignServer) -> None:
    ada, bea = elsewhere.actor("ada"), elsewhere.actor("bea")
    ada_id = wire.known(ada).id
    with commit():
        service.block(wire.sam.actor_id, ada_id)
    ask(wire, ada, wire.sam_uri)
    with commit():
        db.session.add(HostBlock(actor_id=wire.sam.actor_id, host=elsewhere.host, since=city_clock.now()))
    ask(wire, bea, wire.sam_uri)

    assert (wire.follow(ada.uri, wire.sam_uri), wire.follow(bea.uri, wire.sam_uri)) == (None, None)
    assert [one.json["type"] for one in elsewhere.received] == ["Reject", "Reject"]


def test_nobody_follows_a_pilot_the_instance_or_who_is_not_here(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    wire.city.quartier("Pilote", state="pilot")
    targets = [f"{wire.base_url}/q/pilote", f"{wire.base_url}/actor", f"{wire.base_url}/u/nobody", ada.uri]

    outcomes = [wire.outcome(ask(wire, ada, target)) for target in targets]

    assert outcomes == [("ignored", "follow.not_ours")] * 4
    assert kinds(ada) == []


def test_our_follow_counts_once_that_very_actor_accepts(
    wire: Wire, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    ada, mallory = elsewhere.actor("ada"), farther.actor("mallory")
    follow = follow_out(wire, ada)

    forged = mallory.accept(follow)
    wire.say(mallory, forged)
    before = wire.follow(wire.sam_uri, ada.uri), wire.outcome(forged)
    wire.say(ada, ada.accept(follow))

    assert (follow["type"], follow["actor"], follow["object"]) == ("Follow", wire.sam_uri, ada.uri)
    assert before == ("pending", ("ignored", "follow.unasked"))
    assert wire.follow(wire.sam_uri, ada.uri) == "accepted"
    assert readers(ada) == [wire.sam.actor_id]


@pytest.mark.parametrize("form", ["embedded", "address", "without id"])
def test_an_answer_is_matched_in_each_form(wire: Wire, elsewhere: ForeignServer, form: str) -> None:
    ada = elsewhere.actor("ada")
    follow = follow_out(wire, ada)
    said = {"embedded": follow, "address": follow["id"], "without id": follow | {"id": None}}[form]

    wire.say(ada, ada.accept(said))

    assert wire.follow(wire.sam_uri, ada.uri) == "accepted"


def test_an_accept_of_what_nobody_asked_does_nothing(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    wire.known(ada)
    forged = ada.accept({"type": "Follow", "actor": wire.sam_uri, "object": ada.uri})

    wire.say(ada, forged)

    assert wire.outcome(forged) == ("ignored", "follow.unasked")
    assert wire.follow(wire.sam_uri, ada.uri) is None


def test_a_reject_ends_it_even_later_and_the_reader_is_out(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    follow = follow_out(wire, ada)
    wire.say(ada, ada.accept(follow))

    wire.say(ada, ada.reject(follow))

    assert wire.follow(wire.sam_uri, ada.uri) is None
    assert readers(ada) == []
    assert kinds(ada) == ["Follow"]


def test_unfollowing_sends_the_undo_after_the_follow(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    follow = follow_out(wire, ada)

    with commit():
        follows.unfollow(db.session.get_one(Actor, wire.sam.actor_id), wire_actor(ada))
    wire.city.work()

    undo = elsewhere.inbox_of(ada)[-1]
    assert (undo["type"], undo["object"]["id"]) == ("Undo", follow["id"])


def test_somebody_elsewhere_who_blocks_is_not_met_any_more(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    follow = follow_out(wire, ada)
    wire.say(ada, ada.accept(follow))
    block = ada.block(wire.sam_uri)

    wire.say(ada, block)
    blocked = wire.follow(wire.sam_uri, ada.uri), follows.is_apart(*both(wire, ada))
    wire.say(ada, ada.undo(block))

    assert blocked == (None, True)
    assert not follows.is_apart(*both(wire, ada))
    assert kinds(ada) == ["Follow"]


def both(wire: Wire, ada: ForeignActor) -> tuple[Actor, Actor]:
    return db.session.get_one(Actor, wire.sam.actor_id), wire_actor(ada)


def test_blocking_ends_follows_both_ways_and_tells_the_other_server(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    follow = follow_out(wire, ada)
    wire.say(ada, ada.accept(follow))
    ask(wire, ada, wire.sam_uri)

    with commit():
        service.block(wire.sam.actor_id, wire_actor(ada).id)
    wire.city.work()

    assert (wire.follow(wire.sam_uri, ada.uri), wire.follow(ada.uri, wire.sam_uri)) == (None, None)
    assert sorted(kinds(ada)) == ["Follow", "Reject", "Undo"]


def test_local_people_follow_each_other_without_the_wire(wire: Wire, elsewhere: ForeignServer) -> None:
    bea = wire.city.resident(wire.slug, "bea")
    with commit():
        me, other = (db.session.get_one(Actor, one.actor_id) for one in (wire.sam, bea))
        follows.follow(me, other)
    wire.city.work()

    assert wire.follow(wire.sam_uri, wire.uri(bea)) == "pending"
    assert elsewhere.received == []


def test_the_inboxes_of_followers_are_shared_ones_each_once(city: City, elsewhere: ForeignServer) -> None:
    wire = Wire(city)
    for name in ("ada", "bea"):
        ask(wire, elsewhere.actor(name), wire.group)
    ask(wire, elsewhere.actor("cleo", endpoints=None), wire.group)

    inboxes = follows.follower_inboxes(wire.actor_id(wire.group) or 0)

    assert inboxes == {f"{elsewhere.base_url}/inbox", f"{elsewhere.place('cleo')}/inbox"}
