"""Polls across servers: Question and Updates of totals out, votes in, a resident's vote to who asks alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from instance.accounts.models import Actor
from instance.core.db import commit, db
from instance.core.jobs import Job
from instance.peers.models import Incoming
from instance.posts import wire
from instance.posts.models import PollOption, PollVote, Post, PostCircle
from instance.quartiers.models import CircleMember
from tests.city import City, Someone
from tests.conftest import Clock
from tests.instance.posts.hearing import befriend, gain, hear, here, inboxes_of, meet, sent
from tests.instance.posts.test_polls import ask, totals, vote
from tests.support.peer import PUBLIC, ForeignActor, ForeignServer, Json


@pytest.fixture
def slug(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, slug: str) -> Someone:
    return city.resident(slug)


@pytest.fixture
def ada(elsewhere: ForeignServer) -> ForeignActor:
    return elsewhere.actor("ada")


def ballot(actor: ForeignActor, post: int, name: str, **members: Any) -> Json:
    """A vote as Mastodon says it: a Note with a name and no words, to the author alone."""
    wish = {"to": [here("/u/x")], "cc": [], "inReplyTo": here(f"/p/{post}"), "name": name} | members
    note = actor.note("", **wish)
    note.pop("content", None)
    return actor.create(note)


def public_poll(city: City, author: Someone, slug: str, **more: Any) -> int:
    return ask(city, author, slug, scope="public", everywhere="1", **more)


def test_a_public_poll_leaves_as_a_question_and_its_totals_follow_in_a_while_and_at_the_end(
    city: City, slug: str, salma: Someone, ada: ForeignActor, clock: Clock
) -> None:
    gain(city, f"/u/{salma.handle}", ada)
    bruno = city.resident(slug)
    post = public_poll(city, salma, slug, multiple="1")
    city.work()

    question = sent("Create%")[-1]["object"]
    assert question["type"] == "Question"
    assert [one["name"] for one in question["anyOf"]] == ["Un bac à fleurs", "Un range-vélos", "Un banc"]
    assert "Devant l’école ?" in question["content"]
    assert "name" not in question
    assert "closed" not in question
    vote(city, bruno, post, 0, 1)
    city.work()
    vote(city, city.resident(slug), post, 0)
    city.work()
    assert sent("Update Question") == []
    clock.forward(minutes=4)
    city.work()
    told = sent("Update Question")
    assert len(told) == 1
    assert [one["replies"]["totalItems"] for one in told[0]["object"]["anyOf"]] == [2, 1, 0]
    assert told[0]["object"]["votersCount"] == 2
    assert "updated" not in told[0]["object"]
    assert bruno.handle not in str(told)
    clock.forward(days=1)
    city.work()
    last = sent("Update Question")[-1]["object"]
    assert last["closed"] == last["endTime"]


def test_votes_from_elsewhere_count_once_for_each_person_and_their_words_are_not_kept(
    city: City, slug: str, salma: Someone, ada: ForeignActor, elsewhere: ForeignServer, clock: Clock
) -> None:
    eve = elsewhere.actor("eve")
    post = public_poll(city, salma, slug)
    city.work()

    assert hear(city, ada, ballot(ada, post, "Un banc")) == "kept"
    assert hear(city, ada, ballot(ada, post, "Un banc")) == "poll.voted"
    assert hear(city, ada, ballot(ada, post, "Un range-vélos")) == "poll.voted"
    assert hear(city, eve, ballot(eve, post, "Une fontaine")) == "poll.choice"
    assert hear(city, eve, ballot(eve, post, "Un banc", to=[PUBLIC])) == "kept"  # as nobody should say it

    assert totals(post) == [0, 0, 2]
    assert "banc" not in str(db.session.scalars(select(Incoming.body)).all())
    assert db.session.scalars(select(Post.id).where(Post.uri.is_not(None))).all() == []
    city.work()
    clock.forward(minutes=4)
    city.work()
    assert ada.document["endpoints"]["sharedInbox"] in inboxes_of(sent("Update Question")[-1])  # who voted is told
    clock.forward(days=2)
    assert hear(city, elsewhere.actor("max"), ballot(elsewhere.actor("max"), post, "Un banc")) == "poll.closed"


def test_nobody_votes_from_elsewhere_on_what_is_not_for_everybody_or_against_a_block(
    city: City, slug: str, salma: Someone, ada: ForeignActor
) -> None:
    inside, outside = ask(city, salma, slug), public_poll(city, salma, slug)
    city.work()
    before = sent()
    vote(city, city.resident(slug), inside, 0)
    city.work()
    assert sent() == before  # of a vote among neighbours nothing leaves

    assert db.session.scalars(select(Job.id).where(Job.kind == "tell_totals")).all() == []

    known = meet(ada)
    with commit():  # somebody of elsewhere who reads along
        circle = db.session.scalars(select(PostCircle.circle_id).where(PostCircle.post_id == inside)).one()
        db.session.add(CircleMember(circle_id=circle, actor_id=known))
    assert hear(city, ada, ballot(ada, inside, "Un banc")) == "poll.vote"
    befriend(city, salma, ada)
    city.post(salma.browser, f"/comptes/{_id_of(ada)}/bloquer")
    assert hear(city, ada, ballot(ada, outside, "Un banc")) == "poll.vote"
    assert (totals(inside)[2], totals(outside)) == (0, [0, 0, 0])


def _id_of(actor: ForeignActor) -> int:
    return db.session.scalars(select(Actor.id).where(Actor.uri == actor.uri)).one()


def test_a_residents_vote_goes_to_who_asks_and_the_totals_come_back_by_their_update(
    city: City, salma: Someone, ada: ForeignActor, clock: Clock
) -> None:
    befriend(city, salma, ada)

    def options(yes: int) -> list[Json]:
        return [{"type": "Note", "name": word, "replies": {"type": "Collection", "totalItems": votes}}
                for word, votes in (("Oui", yes), ("Non", 1))]  # fmt: skip

    poll = ada.note("Une fontaine ?", kind="Question", oneOf=options(3), votersCount=4, endTime="2099-01-01T00:00:00Z")
    assert hear(city, ada, ada.create(poll)) == "kept"
    post = db.session.scalars(select(Post.id).where(Post.uri == poll["id"])).one()

    page = vote(city, salma, post, 0)
    city.work()

    assert "votre choix" in page
    ballots = [one for one in sent("Create Note") if one["object"].get("name")]
    assert [(one["object"]["name"], one["object"]["inReplyTo"], one["object"]["to"]) for one in ballots] == [
        ("Oui", poll["id"], [ada.uri])
    ]
    assert "content" not in ballots[0]["object"]
    assert inboxes_of(ballots[0]) == [ada.document["endpoints"]["sharedInbox"]]
    assert "3 voix" in page
    hear(city, ada, ada.update(poll | {"oneOf": options(4), "votersCount": 5}))
    assert "4 voix" in city.get(salma.browser, f"/p/{post}").text
    assert db.session.scalars(select(PollVote.position)).all() == [0]
    assert db.session.scalars(select(PollOption.title)).all() == []


def test_to_a_partner_city_a_poll_for_neighbours_is_a_note_with_its_choices_in_words(
    city: City, slug: str, salma: Someone
) -> None:
    city.adjoin(slug, city.quartier("Goutte d’Or"))
    post = ask(city, salma, slug, scope="neighbours", **{"option-1": "<b>Samedi</b>"})
    city.work()

    note = wire.far_note(db.session.get_one(Post, post))

    assert (note["type"], note["ql:kind"], note["name"]) == ("Note", "poll", "Devant l’école ?")
    assert "<li>&lt;b&gt;Samedi&lt;/b&gt;</li><li>Un range-vélos</li>" in note["content"]
    assert not {"oneOf", "anyOf", "votersCount"} & set(note)
    assert sent() == []
