"""What comes in: kept for a reason, shown as what it is, and never by the word of somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from instance.accounts import follows
from instance.accounts.facts import ActorGone
from instance.accounts.models import Account, Actor, Block, HostBlock, Mute
from instance.core import clock
from instance.core.db import commit, db
from instance.core.facts import record
from instance.peers import rules
from instance.posts.models import Boost, Post, PostEdit, Thanks
from instance.quartiers import keyring
from instance.quartiers.models import Quartier
from tests.city import City, Someone
from tests.instance.posts.hearing import befriend, hear, here, mention, reply_to, sent
from tests.instance.posts.writing import answer, write
from tests.support.peer import PUBLIC, ForeignActor, ForeignServer, Json


@pytest.fixture
def clignancourt(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, clignancourt: str) -> Someone:
    return city.resident(clignancourt, "salma", name="Salma Berger")


@pytest.fixture
def ada(elsewhere: ForeignServer) -> ForeignActor:
    return elsewhere.actor("ada")


def public(city: City, author: Someone, quartier: str, **more: Any) -> int:
    post = write(city, author, quartier, scope="public", everywhere="1", **more)
    city.work()
    return post


def count(table: Any = Post) -> int:
    found = db.session.scalar(select(func.count()).select_from(table)) or 0
    db.session.rollback()
    return found


def stored(uri: str) -> Post:
    db.session.rollback()
    return db.session.scalars(select(Post).where(Post.uri == uri)).one()


def wish(someone: Someone, **wishes: Any) -> None:
    with commit():
        account = db.session.get_one(Account, someone.account_id)
        for name, value in wishes.items():
            setattr(account, name, value)


def settle(slug: str, **settings: Any) -> None:
    with commit():
        quartier = db.session.scalars(select(Quartier).where(Quartier.slug == slug)).one()
        for name, value in settings.items():
            setattr(quartier, name, value)


# Why something is kept


def test_a_post_for_nobody_here_is_not_kept(city: City, salma: Someone, ada: ForeignActor) -> None:
    assert hear(city, ada, ada.create(ada.note("Pour personne"))) == "note.not_for_us"
    assert count() == 0


def test_a_post_by_somebody_followed_is_kept_and_read_here_but_strangers_are_sent_to_its_own_server(
    city: City, salma: Someone, ada: ForeignActor
) -> None:
    befriend(city, salma, ada)
    note = ada.note("Bonjour <script>alert(1)</script>de loin", cc=[f"{ada.uri}/followers"])

    assert hear(city, ada, ada.create(note)) == "kept"

    post = stored(note["id"])
    page = city.get(salma.browser, f"/p/{post.id}").text
    assert "Bonjour de loin" in page
    assert "<script>alert" not in page
    assert f"@ada@{ada.server.host}" in page
    assert "hors quartier" in page
    stranger = city.get(city.browser(), f"/p/{post.id}")
    assert (stranger.status_code, stranger.location) == (303, note["url"])


def test_the_same_activity_twice_is_one_post(city: City, salma: Someone, ada: ForeignActor) -> None:
    befriend(city, salma, ada)
    create = ada.create(ada.note("Bonjour"))

    assert [hear(city, ada, create) for _ in range(2)] == ["kept", "kept"]
    assert count() == 1


def test_who_is_named_from_elsewhere_hears_of_it_without_a_moderator(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    note = ada.note("Bonjour @salma", cc=[here("/u/salma")], tag=[mention(here("/u/salma"), "@salma")])

    assert hear(city, ada, ada.create(note)) == "kept"
    city.work()

    assert "Ada" in city.get(salma.browser, "/avis").text


@pytest.mark.parametrize(
    ("reached_by", "follows", "code"),
    [
        ("nobody", False, "note.not_for_us"),
        ("followed", False, "note.not_for_us"),
        ("followed", True, "kept"),
        ("anyone", False, "kept"),
    ],
)
def test_each_resident_says_who_may_write_to_them_from_outside(
    city: City, salma: Someone, ada: ForeignActor, reached_by: str, follows: bool, code: str
) -> None:
    wish(salma, reached_by=reached_by)
    if follows:
        befriend(city, salma, ada)

    assert hear(city, ada, ada.create(ada.note("Bonjour", to=[here("/u/salma")]))) == code


def test_a_word_for_one_person_is_read_by_that_person_alone_in_a_conversation(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    bruno = city.resident(clignancourt)
    note = ada.note("Entre nous", to=[here("/u/salma")], tag=[mention(here("/u/salma"), "@salma")])
    hear(city, ada, ada.create(note))

    city.work()
    post = stored(note["id"])

    assert city.get(salma.browser, f"/p/{post.id}").location == f"/messages/{post.id}#r{post.id}"
    assert "Entre nous" in city.get(salma.browser, f"/messages/{post.id}").text
    assert city.get(salma.browser, f"/p/{post.id}/repondre").status_code == 404
    assert city.get(bruno.browser, f"/p/{post.id}").status_code == 404
    assert city.get(bruno.browser, f"/messages/{post.id}").status_code == 404
    assert city.get(city.browser(), f"/p/{post.id}").status_code == 404


def test_words_for_followers_are_read_by_each_accepted_follower_until_the_follow_ends(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    bruno = city.resident(clignancourt)
    befriend(city, salma, ada)
    note = ada.note("Entre amis", to=[f"{ada.uri}/followers"])

    assert hear(city, ada, ada.create(note)) == "kept"

    post = stored(note["id"]).id
    assert "Entre amis" in city.get(salma.browser, f"/p/{post}").text
    assert city.get(bruno.browser, f"/p/{post}").status_code == 404
    unfollow(city, salma, ada)  # at once: no worker had a turn
    assert city.get(salma.browser, f"/p/{post}").status_code == 404


def unfollow(city: City, someone: Someone, actor: ForeignActor) -> None:

    with commit():
        followed = db.session.scalars(select(Actor).where(Actor.uri == actor.uri)).one()
        follows.unfollow(db.session.get_one(Actor, someone.actor_id), followed)


@pytest.mark.parametrize("kind", ["person", "host", "mute"])
def test_whom_a_resident_does_not_want_is_neither_told_nor_shown(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor, kind: str
) -> None:
    post = public(city, salma, clignancourt, title="Une échelle")
    settle(clignancourt, holds_outsiders=False)
    note = reply_to(ada, post, "Je la prends", cc=[here("/u/salma")])
    bruno = city.resident(clignancourt)
    hear(city, ada, ada.create(note))
    with commit():
        author = stored(note["id"]).author_id
        row = {
            "person": Block(blocker_id=bruno.actor_id, blocked_id=author, since=clock.now()),
            "host": HostBlock(actor_id=bruno.actor_id, host=ada.server.host, since=clock.now()),
            "mute": Mute(muter_id=bruno.actor_id, muted_id=author, since=clock.now()),
        }[kind]
        db.session.add(row)

    assert "Je la prends" in city.get(salma.browser, f"/p/{post}").text
    assert "Je la prends" not in city.get(bruno.browser, f"/p/{post}").text
    assert "1 réponse" not in city.get(bruno.browser, f"/q/{clignancourt}").text


def test_a_server_kept_at_a_distance_reaches_only_who_follows(
    city: City, salma: Someone, ada: ForeignActor, elsewhere: ForeignServer
) -> None:
    with commit():
        rules.set_rule(elsewhere.host, "limit")
    eve = elsewhere.actor("eve")
    befriend(city, salma, eve)

    assert hear(city, ada, ada.create(ada.note("Bonjour", to=[here("/u/salma")]))) == "host.limited"
    assert hear(city, eve, eve.create(eve.note("Bonjour"))) == "kept"


# In public threads


def test_an_answer_waits_for_a_moderator_and_then_stands_in_the_thread_and_is_passed_on(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    moderator = city.resident(clignancourt, roles_here=("moderator",))
    post = public(city, salma, clignancourt, title="Une échelle")
    note = reply_to(ada, post, "Je la prends", cc=[here("/u/salma")])

    assert hear(city, ada, ada.create(note)) == "kept"
    city.work()

    assert "Je la prends" in city.get(salma.browser, f"/p/{post}").text  # it speaks to her
    assert "Je la prends" not in city.get(moderator.browser, f"/p/{post}").text
    assert "Je la prends" not in city.get(city.browser(), f"/p/{post}").text
    assert "attend" in city.get(moderator.browser, "/moderation").text
    assert "Je la prends" in city.get(moderator.browser, "/moderation/attente").text
    reply = stored(note["id"]).id
    assert city.post(salma.browser, f"/moderation/attente/{reply}/accepter").status_code == 404
    assert city.post(moderator.browser, f"/moderation/attente/{reply}/accepter").status_code == 303
    city.work()
    page = city.get(city.browser(), f"/p/{post}").text
    assert "Je la prends" in page
    assert "hors quartier" in page
    assert [one["object"] for one in sent("Announce")] == [here(f"/p/{post}"), note["id"]]


def test_a_moderator_of_another_quartier_decides_nothing_here(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    other = city.resident(city.quartier("Goutte d’Or"), roles_here=("moderator",))
    note = reply_to(ada, public(city, salma, clignancourt), "Je la prends")
    hear(city, ada, ada.create(note))
    reply = stored(note["id"]).id

    assert "Je la prends" not in city.get(other.browser, "/moderation/attente").text
    for act in ("accepter", "refuser"):
        assert city.post(other.browser, f"/moderation/attente/{reply}/{act}").status_code == 404
    assert stored(note["id"]).is_held


def test_what_a_moderator_refused_is_gone_and_stays_so(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    moderator = city.resident(clignancourt, roles_here=("moderator",))
    note = reply_to(ada, public(city, salma, clignancourt), "Achetez mes montres")
    hear(city, ada, ada.create(note))
    reply = stored(note["id"]).id

    city.post(moderator.browser, f"/moderation/attente/{reply}/refuser")
    hear(city, ada, ada.update(note | {"content": "<p>Mes montres !</p>", "updated": "2027-01-01T00:00:00Z"}))

    assert stored(note["id"]).text == ""
    assert city.get(salma.browser, f"/p/{reply}").status_code == 404


def test_a_private_post_here_cannot_be_answered_from_outside_and_says_no_more_than_an_absent_one(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    hidden = write(city, salma, clignancourt)

    answers = [hear(city, ada, ada.create(reply_to(ada, one, "Oui"))) for one in (hidden, hidden + 77)]

    assert answers[0] == answers[1]
    assert count() == 1


@pytest.mark.parametrize(
    ("choices", "code", "is_on_wall"),
    [
        ({}, "note.outsiders", False),
        ({"outsiders_post": True, "holds_outsiders": False}, "kept", True),
        ({"outsiders_post": True}, "kept", False),
    ],
)
def test_outsiders_begin_threads_only_where_the_quartier_says_so(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor, choices: Json, code: str, is_on_wall: bool
) -> None:
    settle(clignancourt, **choices)
    note = ada.note("Je cherche une échelle", to=[PUBLIC, here(f"/q/{clignancourt}")], name="Une échelle ?")

    assert hear(city, ada, ada.create(note)) == code
    city.work()

    assert ("Une échelle ?" in city.get(salma.browser, f"/q/{clignancourt}").text) is is_on_wall
    assert bool(sent("Announce")) is is_on_wall


def test_moderators_say_what_their_quartier_takes_from_outside_and_nobody_else_does(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    moderator = city.resident(clignancourt, roles_here=("moderator",))
    elsewhere = city.resident(city.quartier("Montmartre"), roles_here=("moderator",))
    rules = f"/moderation/attente/quartier/{clignancourt}"
    note = ada.note("Je cherche une échelle", to=[PUBLIC, here(f"/q/{clignancourt}")], name="Une échelle ?")

    for other in (salma.browser, elsewhere.browser):
        assert city.post(other, rules, posts="1").status_code == 404
    assert hear(city, ada, ada.create(note)) == "note.outsiders"
    assert city.post(moderator.browser, rules, posts="1").status_code == 303

    keyring.make_missing({})
    city.work()
    group = city.browser().get(f"/q/{clignancourt}", headers={"Accept": "application/activity+json"}).json
    assert group["postingRestrictedToMods"] is False
    assert "Ce que Clignancourt prend du dehors" in city.get(moderator.browser, "/moderation/attente").text
    second = ada.note("Je cherche un marteau", to=[PUBLIC, here(f"/q/{clignancourt}")], name="Un marteau ?")
    assert hear(city, ada, ada.create(second)) == "kept"
    city.work()
    assert "Un marteau ?" in city.get(salma.browser, f"/q/{clignancourt}").text


def test_an_answer_to_an_answer_finds_its_thread(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor, farther: ForeignServer
) -> None:
    settle(clignancourt, holds_outsiders=False)
    post = public(city, salma, clignancourt)
    bob = farther.actor("bob")
    first = reply_to(ada, post, "Je la prends")
    hear(city, ada, ada.create(first))
    second = bob.note("Moi aussi", inReplyTo=first["id"])

    assert hear(city, bob, bob.create(second)) == "kept"

    assert stored(second["id"]).thread_id == post
    assert "Moi aussi" in city.get(city.browser(), f"/p/{post}").text
    assert "2 réponses" in city.get(salma.browser, f"/q/{clignancourt}").text


def test_what_stands_above_an_answer_is_fetched_and_both_stand_in_one_thread(
    city: City, salma: Someone, ada: ForeignActor, farther: ForeignServer
) -> None:
    bob = farther.actor("bob")
    befriend(city, salma, ada)
    root = bob.note("Au commencement")
    middle = bob.note("Puis", inReplyTo=root["id"])
    note = ada.note("Enfin", inReplyTo=middle["id"])

    hear(city, ada, ada.create(note))
    city.work()

    threads = {stored(one["id"]).thread_id for one in (root, middle, note)}
    assert threads == {stored(root["id"]).id}
    assert stored(note["id"]).reply_to_id == stored(middle["id"]).id


def test_a_circle_of_answers_without_end_is_left_after_a_few_fetches(
    city: City, salma: Someone, ada: ForeignActor, farther: ForeignServer
) -> None:
    bob = farther.actor("bob")
    befriend(city, salma, ada)
    chain = [bob.note(str(number)) for number in range(60)]
    for note, above in zip(chain, [*chain[1:], chain[0]], strict=True):
        farther.put(note["id"].removeprefix(farther.base_url), note | {"inReplyTo": above["id"]})

    hear(city, ada, ada.create(ada.note("Enfin", inReplyTo=chain[0]["id"])))
    city.work()

    assert count() == 31


# Who speaks for whom


def test_nobody_changes_or_deletes_what_somebody_else_wrote(
    city: City, salma: Someone, ada: ForeignActor, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    befriend(city, salma, ada)
    note = ada.note("Bonjour")
    hear(city, ada, ada.create(note))
    forged = note | {"content": "<p>Achetez</p>", "updated": "2027-01-01T00:00:00Z"}

    for eve in (elsewhere.actor("eve"), farther.actor("eve")):
        for said in (eve.update(forged), eve.update(forged | {"attributedTo": eve.uri}),
                     eve.activity("Delete", note["id"])):  # fmt: skip
            hear(city, eve, said)

    assert stored(note["id"]).text == "Bonjour"
    assert stored(note["id"]).deleted_at is None


def test_a_post_of_another_host_or_by_another_author_is_not_taken_from_this_one(
    city: City, salma: Someone, ada: ForeignActor, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    bob, eve = farther.actor("bob"), elsewhere.actor("eve")
    befriend(city, salma, ada)
    befriend(city, salma, bob)

    for note in (bob.note("Pas de moi"), eve.note("Pas de moi")):
        hear(city, ada, ada.create(note | {"content": "<p>Falsifié</p>"}))
        city.work()

    texts = set(db.session.scalars(select(Post.text)))
    assert "Falsifié" not in texts


def test_our_own_posts_never_come_from_elsewhere(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    befriend(city, salma, ada)
    post = public(city, salma, clignancourt, title="Une échelle")
    forged = ada.note("Falsifié") | {"id": here(f"/p/{post}")}

    hear(city, ada, ada.create(forged | {"attributedTo": here("/u/salma")}))
    hear(city, ada, ada.update(forged))
    hear(city, ada, ada.activity("Delete", here(f"/p/{post}")))

    page = city.get(city.browser(), f"/p/{post}").text
    assert "Une échelle" in page
    assert "Falsifié" not in page


def test_a_group_speaks_for_its_own_server_only(
    city: City, salma: Someone, ada: ForeignActor, farther: ForeignServer
) -> None:
    group = farther.actor("jardins", "Group")
    befriend(city, salma, group)
    note = ada.note("Vrai")
    forged = ada.create(note | {"content": "<p>Falsifié</p>"})

    hear(city, group, group.announce(forged))
    city.work()

    assert stored(note["id"]).text == "Vrai"
    assert count(Boost) == 1


def test_a_group_that_nobody_follows_brings_nothing(city: City, salma: Someone, farther: ForeignServer) -> None:
    group, bob = farther.actor("jardins", "Group"), farther.actor("bob")

    assert hear(city, group, group.announce(bob.create(bob.note("Bonjour")))) == "announce.not_followed"
    assert hear(city, group, group.announce(bob.note("Bonjour")["id"])) == "announce.not_for_us"
    assert count() == 0


def test_a_followed_group_brings_the_posts_of_its_members_once(
    city: City, salma: Someone, farther: ForeignServer
) -> None:
    group, bob = farther.actor("jardins", "Group"), farther.actor("bob")
    befriend(city, salma, group)
    hear(city, bob, bob.like(here("/p/1")))
    page = bob.note("Des semis", kind="Page", name="Semis", to=[PUBLIC, group.uri], audience=group.uri)

    hear(city, group, group.announce(bob.create(page)))
    hear(city, group, group.announce(page["id"]))
    city.work()

    post = stored(page["id"])
    assert (post.kind, post.title) == ("page", "Semis")
    assert (post.details or {})["groups"] == [group.uri]
    assert count(Boost) == 1


# Edits, deletions, thanks, boosts


def test_an_edit_keeps_the_words_before_and_an_older_one_loses(city: City, salma: Someone, ada: ForeignActor) -> None:
    befriend(city, salma, ada)
    note = ada.note("Un")
    hear(city, ada, ada.create(note))
    with commit():
        db.session.add(Boost(actor_id=salma.actor_id, post_id=stored(note["id"]).id))
    later = (clock.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    sooner = (clock.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert hear(city, ada, ada.update(note | {"content": "<p>Trois</p>", "updated": later})) == "kept"
    assert hear(city, ada, ada.update(note | {"content": "<p>Deux</p>", "updated": sooner})) == "kept"

    post = stored(note["id"])
    assert post.text == "Trois"
    history = list(db.session.scalars(select(PostEdit.html).order_by(PostEdit.version)))
    assert history == ["<p>Un</p>", "<p>Deux</p>"]
    city.work()
    page = city.get(salma.browser, "/avis").text
    assert page.count("a changé un mot que vous avez fait suivre") == 1


def test_an_edit_that_came_first_wins_over_the_words_before_it(city: City, salma: Someone, ada: ForeignActor) -> None:
    befriend(city, salma, ada)
    note = ada.note("Un")
    later = (clock.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")

    hear(city, ada, ada.update(note | {"content": "<p>Deux</p>", "updated": later}))
    hear(city, ada, ada.create(note))

    assert stored(note["id"]).text == "Deux"
    assert list(db.session.scalars(select(PostEdit.html))) == ["<p>Un</p>"]


def test_a_deleted_post_is_gone_and_its_late_twin_is_refused(city: City, salma: Someone, ada: ForeignActor) -> None:
    befriend(city, salma, ada)
    known, late = ada.note("Bonjour", summary="Attention"), ada.note("Trop tard")
    hear(city, ada, ada.create(known))

    assert hear(city, ada, ada.activity("Delete", {"id": known["id"], "type": "Tombstone"})) == "kept"
    assert hear(city, ada, ada.activity("Delete", late["id"])) == "kept"

    post = stored(known["id"])
    assert (post.text, post.html, post.warning) == ("", "", "")
    assert hear(city, ada, ada.create(known)) == "post.deleted"
    assert hear(city, ada, ada.create(late)) == "post.deleted"


def test_thanks_from_elsewhere_are_kept_once_for_public_posts_only_and_taken_back(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    post, hidden = public(city, salma, clignancourt), write(city, salma, clignancourt)
    like = ada.like(here(f"/p/{post}"))

    assert [hear(city, ada, one) for one in (like, ada.like(here(f"/p/{post}")))] == ["kept", "kept"]
    assert count(Thanks) == 1
    assert hear(city, ada, ada.like(here(f"/p/{hidden}"))) == hear(city, ada, ada.like(here("/p/77")))
    assert count(Thanks) == 1
    assert "merci" not in city.get(city.browser(), f"/p/{post}").text.lower()
    assert hear(city, ada, ada.undo(like)) == "kept"
    assert count(Thanks) == 0


def test_an_undo_that_came_first_wins(city: City, clignancourt: str, salma: Someone, ada: ForeignActor) -> None:
    like = ada.like(here(f"/p/{public(city, salma, clignancourt)}"))

    assert hear(city, ada, ada.undo(like)) == "kept"
    assert hear(city, ada, like) == "like.undone"
    assert count(Thanks) == 0


def test_nobody_takes_back_what_somebody_else_did(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    like = ada.like(here(f"/p/{public(city, salma, clignancourt)}"))
    hear(city, ada, like)

    for eve in (elsewhere.actor("eve"), farther.actor("eve")):
        hear(city, eve, eve.undo(like))

    assert count(Thanks) == 1


def test_a_boost_by_somebody_followed_brings_the_post_from_its_own_server(
    city: City, salma: Someone, ada: ForeignActor, farther: ForeignServer
) -> None:
    bob = farther.actor("bob")
    befriend(city, salma, ada)
    note, secret = bob.note("Lu ailleurs"), bob.note("Secret", to=[f"{bob.uri}/followers"])

    for one in (note, secret):
        assert hear(city, ada, ada.announce(one["id"])) == "kept"
    city.work()

    assert stored(note["id"]).text == "Lu ailleurs"
    assert count() == count(Boost) == 1
    boost = ada.announce(note["id"])
    hear(city, ada, boost)
    assert count(Boost) == 1


def test_when_an_author_is_gone_so_are_all_their_words(city: City, salma: Someone, ada: ForeignActor) -> None:

    befriend(city, salma, ada)
    notes = [ada.note(word) for word in ("Un", "Deux")]
    for note in notes:
        hear(city, ada, ada.create(note))

    with commit():
        record(ActorGone(stored(notes[0]["id"]).author_id))
    city.work()

    assert [stored(note["id"]).text for note in notes] == ["", ""]


# What it is


def test_an_event_shows_its_day_and_place(city: City, salma: Someone, ada: ForeignActor) -> None:
    befriend(city, salma, ada)
    event = ada.note(
        "Apportez un plat", kind="Event", name="Repas de rue", startTime="2027-05-02T12:00:00Z",
        location={"type": "Place", "name": "Place du marché",
                  "address": {"type": "PostalAddress", "streetAddress": "2 rue Letort", "addressLocality": "Paris"}},
    )  # fmt: skip

    hear(city, ada, ada.create(event))

    page = city.get(salma.browser, f"/p/{stored(event['id']).id}").text
    for word in ("Événement", "Repas de rue", "Place du marché, 2 rue Letort, Paris", "2027", "Apportez un plat"):
        assert word in page


def test_a_poll_shows_its_totals_and_follows_them(city: City, salma: Someone, ada: ForeignActor) -> None:
    befriend(city, salma, ada)

    def options(yes: int) -> list[Json]:
        return [{"type": "Note", "name": word, "replies": {"type": "Collection", "totalItems": votes}}
                for word, votes in (("Oui", yes), ("Non", 1))]  # fmt: skip

    poll = ada.note("Une fontaine ?", kind="Question", oneOf=options(3), votersCount=4)
    hear(city, ada, ada.create(poll))
    hear(city, ada, ada.update(poll | {"oneOf": options(41)}))

    page = city.get(salma.browser, f"/p/{stored(poll['id']).id}").text
    assert "41 voix" in page
    assert "modifié" not in page


@pytest.mark.parametrize(("kind", "word"), [("Article", "Article"), ("Video", "Vidéo"), ("Chair", "Lien")])
def test_longer_and_unknown_things_are_cards_that_lead_to_their_own_server(
    city: City, salma: Someone, ada: ForeignActor, kind: str, word: str
) -> None:
    befriend(city, salma, ada)
    thing = ada.note("…", kind=kind, name="Le quartier en images", summary="En deux mots")

    hear(city, ada, ada.create(thing))

    page = city.get(salma.browser, f"/p/{stored(thing['id']).id}").text
    for part in (word, "Le quartier en images", "En deux mots", f'href="{thing["url"]}"'):
        assert part in page


def test_an_address_that_leads_elsewhere_is_not_followed_from_here(
    city: City, salma: Someone, ada: ForeignActor
) -> None:
    befriend(city, salma, ada)
    note = ada.note("Cliquez", url="https://piege.example/")
    hear(city, ada, ada.create(note))

    assert city.get(city.browser(), f"/p/{stored(note['id']).id}").location == note["id"]


def test_a_warning_and_a_quote_are_shown_as_such(city: City, salma: Someone, ada: ForeignActor) -> None:
    befriend(city, salma, ada)
    note = ada.note("La fin", summary="Dévoile la fin <b>du film</b>", quote="https://autre.example/notes/1")

    hear(city, ada, ada.create(note))

    page = city.get(salma.browser, f"/p/{stored(note['id']).id}").text
    assert "<summary>Dévoile la fin du film</summary>" in page
    assert "https://autre.example/notes/1" in page


def test_far_too_many_words_are_refused_and_many_are_cut(city: City, salma: Someone, ada: ForeignActor) -> None:

    befriend(city, salma, ada)
    long = ada.note("mot " * 40_000)
    hear(city, ada, ada.create(long))
    assert len(stored(long["id"]).html) <= 100_010

    assert hear(city, ada, ada.create(ada.note("mot " * 130_000))) == "note.size"


def test_a_resident_answers_from_outside_in_the_thread_too(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    settle(clignancourt, holds_outsiders=False)
    post = public(city, salma, clignancourt)
    note = reply_to(ada, post, "Je la prends")
    hear(city, ada, ada.create(note))

    reply = answer(city, salma, stored(note["id"]).id, "Elle est à vous", scope="public", everywhere="1")

    assert "Elle est à vous" in city.get(city.browser(), f"/p/{post}").text
    assert db.session.get_one(Post, reply).thread_id == post


def test_a_public_post_may_be_quoted_by_whoever_asks_and_nothing_else_may(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    post, hidden = public(city, salma, clignancourt), write(city, salma, clignancourt)
    quoting = ada.note("Voyez")["id"]

    for one in (post, hidden):
        hear(city, ada, ada.activity("QuoteRequest", here(f"/p/{one}"), instrument=quoting))

    (accept,) = sent("Accept QuoteRequest")
    address = accept["result"].removeprefix(here(""))
    leave = city.get(city.browser(), address)
    assert leave.json["interactingObject"] == quoting
    assert leave.json["interactionTarget"] == here(f"/p/{post}")
    for forged in (address.replace("par=http", "par=https"), address.replace(f"/{post}/", f"/{hidden}/"), address[:-1]):
        assert city.get(city.browser(), forged).status_code == 404


def test_an_edit_and_a_deletion_from_elsewhere_are_passed_on_unchanged(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    settle(clignancourt, holds_outsiders=False)
    note = reply_to(ada, public(city, salma, clignancourt), "Je la prends")
    update = ada.update(note | {"content": "<p>Je la prends samedi</p>", "updated": "2027-01-01T00:00:00Z"})
    gone = ada.activity("Delete", {"id": note["id"], "type": "Tombstone"}, to=[PUBLIC])

    passed = []
    for said in (ada.create(note), update, gone):
        assert hear(city, ada, said) == "kept"
        city.work()
        passed.append([one["object"] for one in sent("Announce %") if one["object"]["actor"] == ada.uri][-1])

    assert passed[1:] == [update, gone]
