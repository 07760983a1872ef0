"""From the inbox to the rows: what is taken is understood once, alone, and leaves a reason when it is not."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select

from federation.documents import Activity
from federation.errors import Ignored, Missing
from instance.accounts.facts import ActorGone
from instance.accounts.models import Actor, Block, Follow, Mute
from instance.core import fed, jobs
from instance.core.db import commit, db
from instance.core.facts import record
from instance.peers import incoming, tombstones
from instance.peers.models import Incoming, Peer, Tombstone
from instance.posts.models import Boost, Post, Thanks
from tests.instance.fediverse.conftest import Wire
from tests.support.peer import PUBLIC, ForeignActor, ForeignServer, Json

Handler = Callable[[Activity], None]


@contextmanager
def handling(kind: str, handler: Handler) -> Iterator[None]:
    """For a while the table has one more line."""
    table: Any = fed.engine()._inbox._table
    table[(kind, "*")] = handler
    try:
        yield
    finally:
        del table[(kind, "*")]


def row_of(activity: Json) -> Incoming:
    return db.session.scalars(select(Incoming).where(Incoming.uri == activity["id"])).one()


def test_a_first_word_of_somebody_unknown_is_stored_with_who_said_it(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada", name="Ada Lovelace")
    follow = ada.follow(wire.group)

    status = wire.say(ada, follow, works=False)

    row = row_of(follow)
    assert (status, row.state, row.kind, row.host, row.actor_uri) == (
        202, "pending", "Follow", elsewhere.host, ada.uri,
    )  # fmt: skip
    assert db.session.scalars(select(Actor.shown_name).where(Actor.uri == ada.uri)).one() == "Ada Lovelace"
    wire.city.work()
    assert wire.outcome(follow) == ("done", None)
    assert db.session.get_one(Peer, elsewhere.host).heard_at is not None


def test_what_nobody_understands_is_dropped_and_counted(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    dance = ada.activity("Dance", wire.sam_uri)

    assert wire.say(ada, dance) == 202
    assert wire.outcome(dance) == ("ignored", "unsupported")
    assert row_of(dance).body == ""


def test_one_that_fails_takes_nothing_of_its_batch_with_it(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    first, bad, last = ada.follow(wire.group), ada.activity("Dance", "x"), ada.follow(wire.sam_uri)

    def stumble(_activity: Activity) -> None:
        with_rows()
        raise ValueError("les mots privés de quelqu’un")

    with handling("Dance", stumble):
        for activity in (first, bad, last):
            wire.say(ada, activity, works=False)
        wire.city.work()

    states = [wire.outcome(one)[0] for one in (first, bad, last)]
    reason = wire.outcome(bad)[1] or ""
    assert states == ["done", "pending", "done"]
    assert reason.startswith("ValueError (test_inbox.py:")
    assert "privés" not in reason
    assert db.session.scalars(select(Tombstone.uri)).all() == []
    assert db.session.scalars(select(jobs.Job.id).where(jobs.Job.kind == "fact:ActorGone")).all() == []


def with_rows() -> None:
    """Write a row and record a fact, as a handler does before something goes wrong."""
    tombstones.lay("https://gone.example/1")
    record(ActorGone(1))


@pytest.mark.parametrize("error", [Ignored("dance.floor"), Missing("https://nowhere.invalid/x", "actor")])
def test_what_is_not_kept_leaves_no_row_and_no_fact(wire: Wire, elsewhere: ForeignServer, error: Exception) -> None:
    ada = elsewhere.actor("ada")

    def stumble(_activity: Activity) -> None:
        with_rows()
        raise error

    with handling("Dance", stumble):
        wire.say(ada, ada.activity("Dance", "x"), works=False)
        assert incoming.run_batch() == 1

    assert db.session.scalars(select(Tombstone.uri)).all() == []
    assert db.session.scalars(select(jobs.Job.id).where(jobs.Job.kind == "fact:ActorGone")).all() == []


def test_an_error_of_ours_is_tried_again_and_then_stays_with_its_words(
    wire: Wire, elsewhere: ForeignServer, clock: Any
) -> None:
    ada = elsewhere.actor("ada")
    dance = ada.activity("Dance", "x")
    tries = []

    def stumble(_activity: Activity) -> None:
        tries.append(1)
        raise ValueError

    with handling("Dance", stumble):
        wire.say(ada, dance)
        for _ in range(8):
            clock.forward(hours=13)
            wire.city.work()

    assert (wire.outcome(dance)[0], len(tries)) == ("failed", len(incoming.WAITS_S) + 1)
    assert "Dance" in row_of(dance).body
    with handling("Dance", lambda _activity: None):
        with commit():
            incoming.leases.retry(Incoming, [row_of(dance).id])
        wire.city.work()
    assert wire.outcome(dance) == ("done", None)


def test_what_needs_an_actor_waits_until_it_is_fetched_outside_of_the_batch(
    wire: Wire, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    ada, bob = elsewhere.actor("ada"), farther.actor("bob")
    dance = ada.activity("Dance", bob.uri)
    partners = []

    def dancing(activity: Activity) -> None:
        found = db.session.scalar(select(Actor.handle).where(Actor.uri == activity.object_id))
        if found is None:
            raise Missing(activity.object_id or "", "actor")
        partners.append(found)

    with handling("Dance", dancing):
        wire.say(ada, dance, works=False)
        incoming.run_batch()
        waiting, fetched = wire.outcome(dance), len(farther.fetched)
        wire.city.work()

    assert (waiting, fetched) == (("waiting", "waits.actor"), 0)
    assert partners == ["bob"]
    assert wire.outcome(dance) == ("done", None)
    assert row_of(dance).fetches >= 1


def test_what_needs_somebody_who_is_not_there_is_dropped(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    dance = ada.activity("Dance", f"{elsewhere.base_url}/users/nobody")

    def dancing(activity: Activity) -> None:
        raise Missing(activity.object_id or "", "actor")

    with handling("Dance", dancing):
        wire.say(ada, dance)

    state, reason = wire.outcome(dance)
    assert (state, (reason or "").startswith("fetch") or reason) == ("ignored", True)


def test_one_activity_causes_no_more_than_fifty_fetches(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    dance, asked = ada.activity("Dance", "x"), []

    def dancing(_activity: Activity) -> None:
        asked.append(elsewhere.actor(f"x{len(asked)}").uri)
        raise Missing(asked[-1], "actor")

    with handling("Dance", dancing):
        wire.say(ada, dance)

    assert wire.outcome(dance) == ("ignored", "fetch.budget")
    assert len(asked) == incoming.BUDGET + 1


def test_a_server_that_is_down_is_asked_again_later(
    wire: Wire, elsewhere: ForeignServer, farther: ForeignServer, clock: Any
) -> None:
    ada, bob = elsewhere.actor("ada"), farther.actor("bob")
    dance = ada.activity("Dance", bob.uri)

    def dancing(activity: Activity) -> None:
        if db.session.scalar(select(Actor.id).where(Actor.uri == activity.object_id)) is None:
            raise Missing(activity.object_id or "", "actor")

    with handling("Dance", dancing):
        farther.manners.is_down = True
        wire.say(ada, dance)
        down = wire.outcome(dance)[0]
        farther.manners.is_down = False
        clock.forward(minutes=2)
        wire.city.work()

    assert (down, wire.outcome(dance)[0]) == ("waiting", "done")


def test_private_words_stay_in_no_second_place_and_public_ones_a_week(
    wire: Wire, elsewhere: ForeignServer, clock: Any
) -> None:
    ada = elsewhere.actor("ada")
    mention = {"type": "Mention", "href": wire.sam_uri}
    private = ada.create(ada.note("entre nous", to=[wire.sam_uri], tag=[mention]))
    public = ada.create(ada.note("à tous", to=[PUBLIC], cc=[wire.sam_uri], tag=[mention]))
    for activity in (private, public):
        wire.say(ada, activity)
    bodies = [row_of(one).body != "" for one in (private, public)]

    clock.forward(days=8)
    incoming.forget_old({})
    emptied = row_of(public).body
    clock.forward(days=23)
    incoming.forget_old({})

    assert (bodies, emptied) == ([False, True], "")
    assert db.session.scalars(select(Incoming.id)).all() == []


def test_what_was_taken_back_is_remembered_for_ninety_days(wire: Wire, elsewhere: ForeignServer, clock: Any) -> None:
    ada = elsewhere.actor("ada")
    follow = ada.follow(wire.group)

    wire.say(ada, ada.undo(follow))
    wire.say(ada, follow)
    clock.forward(days=91)
    tombstones.forget_old({})

    assert wire.outcome(follow) == ("ignored", "undone")
    assert wire.follow(ada.uri, wire.group) is None
    assert db.session.scalars(select(Tombstone.uri)).all() == []


def test_a_batch_takes_few_statements_for_each_note(wire: Wire, elsewhere: ForeignServer) -> None:
    """The worker's half is bounded per batch, not per row: claims and results are one statement each."""
    ada = elsewhere.actor("ada")
    for _ in range(10):
        wire.say(ada, ada.activity("Dance", "x"), works=False)

    assert incoming.run_batch() == 10
    assert db.session.scalar(select(func.count()).where(Incoming.state == "ignored")) == 10


def story(
    wire: Wire, people: list[ForeignActor], unfriendly: list[ForeignActor], length: int
) -> list[tuple[ForeignActor, Json]]:
    """What happens in a while between a few people elsewhere and this city, in its order.

    Who blocks does nothing else: whether a follow came before or after a block, nobody can tell once they are mixed.
    """
    dice, told = random.Random(7), []
    notes: list[tuple[ForeignActor, Json]] = []
    mention = {"type": "Mention", "href": wire.sam_uri, "name": "@sam"}
    while len(told) < length:
        one = dice.choice(people)
        turn = dice.random()
        if turn < 0.45 or not notes:
            note = one.note(f"n° {len(told)}", to=[PUBLIC], cc=[wire.sam_uri], tag=[mention])
            notes.append((one, note))
            told.append((one, one.create(dict(note))))
        elif turn < 0.6:
            follow = one.follow(dice.choice([wire.group, wire.sam_uri]))
            told.append((one, follow))
            if dice.random() < 0.5:
                told.append((one, one.undo(follow)))
        elif turn < 0.75:
            author, note = dice.choice(notes)
            edits = note.get("edits", 0) + 1
            at = f"2026-11-23T{edits // 60:02}:{edits % 60:02}:00Z"
            note.update(content=f"<p>édité {edits}</p>", updated=at, edits=edits)
            told.append((author, author.update(dict(note))))
        elif turn < 0.85:
            author, note = notes.pop(dice.randrange(len(notes)))
            told.append((author, author.delete({"id": note["id"], "type": "Tombstone"})))
        else:
            one = dice.choice(unfriendly)
            block = one.block(wire.sam_uri)
            told += [(one, block), (one, one.undo(block))]
    return told


def state_of_the_city() -> dict[str, Any]:
    """What stands in the end, without the numbers and moments that each run draws anew."""
    follower, followed = (select(Actor).subquery() for _ in range(2))
    pairs = select(follower.c.uri, followed.c.path, Follow.state).join(follower, follower.c.id == Follow.follower_id)
    queries = {
        "follows": pairs.join(followed, followed.c.id == Follow.followed_id),
        # Of what is deleted nothing can be read: whether it ever stood here makes no difference.
        "posts": select(Post.uri, Post.html, Post.scope, Post.is_public, Post.is_held).where(Post.deleted_at.is_(None)),
        "tombstones": select(Tombstone.uri),
        "blocks": select(func.count()).select_from(Block),
        "mutes": select(func.count()).select_from(Mute),
        "boosts": select(Boost.uri),
        "thanks": select(Thanks.uri),
        "seen": select(Incoming.host, Incoming.uri),
        "left": select(Incoming.state, func.count())
        .where(Incoming.state.not_in(["done", "ignored"]))
        .group_by("state"),
        "actors": select(Actor.uri, Actor.handle, Actor.shown_name, Actor.host).where(Actor.uri.is_not(None)),
    }
    found = {name: sorted(map(repr, db.session.execute(query).all())) for name, query in queries.items()}
    db.session.rollback()
    return found


def empty_of_remote(wire: Wire) -> None:
    """As before anybody spoke: rows about people elsewhere go."""
    with commit():
        for table in reversed(db.metadata.sorted_tables):
            if table.name in {"incoming", "tombstone", "job", "peer", "block", "follow", "mention", "thanks", "boost",
                              "notification", "post_circle", "wall_entry", "post_edit", "circle_member", "delivery",
                              "outgoing", "post_link", "link_card"}:  # fmt: skip
                db.session.execute(table.delete())
        db.session.execute(Post.__table__.delete())
        db.session.execute(Actor.__table__.delete().where(Actor.uri.is_not(None)))
    db.session.expunge_all()


def test_doubled_and_reordered_activities_leave_what_one_ordered_run_leaves(
    wire: Wire, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    length = 10_000 if os.environ.get("QL_CHAOS") == "full" else 600
    people = [server.actor(name) for server in (elsewhere, farther) for name in ("ada", "bob", "cleo")]
    unfriendly = [server.actor("dora") for server in (elsewhere, farther)]
    told = story(wire, people, unfriendly, length // 2)
    dice = random.Random(11)

    def run(order: list[tuple[ForeignActor, Json]]) -> dict[str, Any]:
        browser = wire.city.browser()
        for number, (actor, activity) in enumerate(order):
            assert actor.post(browser, wire.inbox, activity).status_code == 202
            if number % 40 == 39:
                wire.city.work()
        wire.city.work()
        return state_of_the_city()

    in_order = run(told)
    empty_of_remote(wire)
    shuffled = told * 2
    dice.shuffle(shuffled)
    disordered = run(shuffled)

    assert len(in_order["posts"]) > length // 8
    for name, rows in in_order.items():
        assert disordered[name] == rows, name
