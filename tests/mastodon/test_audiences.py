"""Nothing leaks because a program does not know our audiences: every way in, and what refuses to go further."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from instance.accounts.models import Account, Actor, Follow, RemoteActor
from instance.core import clock
from instance.core.db import commit, db, new_id
from instance.groups import service as groups
from instance.messages import persons
from instance.notifications.models import Notification
from instance.posts.models import Post, PostCircle
from instance.quartiers import service as quartiers
from tests.city import City, Someone
from tests.instance.posts.writing import write
from tests.mastodon.conftest import Program, Programs

POST = "/api/v1/statuses"


@pytest.fixture
def salma(city: City) -> Someone:
    here, there = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or")
    city.adjoin(here, there)
    return city.resident(here, "salma")


@pytest.fixture
def bruno(city: City, salma: Someone) -> Someone:
    return city.resident("clignancourt", "bruno")


def audience_of(answer: Any) -> tuple[str, str]:
    assert answer.status_code == 200, answer.json
    return answer.json["visibility"], answer.json["quartier"]["audience"]


def say(program: Program, **said: Any) -> str:
    answer = program.post(POST, json={"status": "Bonjour"} | said)
    assert answer.status_code == 200, answer.json
    return str(answer.json["id"])


def from_elsewhere(city: City, reader: Someone, scope: str) -> int:
    """Words of somebody of another server, whom `reader` follows."""
    with commit():
        ada = Actor(
            id=new_id(), kind="person", handle="ada", host="ailleurs.example", uri="https://ailleurs.example/ada",
            shown_name="Ada", created_at=clock.now(),
        )  # fmt: skip
        db.session.add(ada)
        db.session.flush()
        circle = quartiers.new_circle().id
        db.session.add(
            RemoteActor(
                actor_id=ada.id, type="Person", inbox="https://ailleurs.example/inbox", circle_id=circle,
                fetched_at=clock.now(), summary="", url="https://ailleurs.example/@ada", also_known_as=[], keys=[],
            )
        )  # fmt: skip
        db.session.add(
            Follow(follower_id=reader.actor_id, followed_id=ada.id, state="accepted", since=clock.now())
        )  # fmt: skip
        quartiers.put_in(circle, reader.actor_id)
        post = Post(
            id=new_id(), author_id=ada.id, uri="https://ailleurs.example/1", kind="note", text="Salut", html="Salut",
            scope=scope, is_public=scope == "public", thread_id=0,
        )  # fmt: skip
        post.thread_id = post.id
        db.session.add(post)
        db.session.flush()
        if scope == "followers":
            db.session.add(PostCircle(post_id=post.id, circle_id=circle))
        return post.id


def test_public_stays_in_the_quartier_without_leave_and_the_person_is_told_once_per_program(
    city: City, salma: Someone, programs: Programs
) -> None:
    program = programs.of(salma, outside=False)

    kept = [program.post(POST, json={"status": "Pour tous", "visibility": "public"}) for _ in "ab"]
    say(programs.of(salma, outside=False), visibility="public")

    assert {audience_of(one) for one in kept} == {("private", "quartier")}
    assert not any(db.session.scalars(select(Post.is_public)))
    told = db.session.scalars(select(Notification.path).where(Notification.kind == "kept_in")).all()
    assert len(told) == 2
    assert f"/p/{kept[0].json['id']}" in told
    assert "Une application voulait publier partout" in city.get(salma.browser, "/avis").text


def test_unlisted_names_the_quartiers_that_got_it_and_is_the_quartier_where_it_has_no_neighbour(
    city: City, salma: Someone, programs: Programs
) -> None:
    alone = city.resident(city.quartier("Île"), "noe")

    answer = programs.of(salma).post(POST, json={"status": "Aux voisins", "visibility": "unlisted"})

    assert audience_of(answer) == ("private", "voisins")
    assert answer.json["quartier"]["recipients"] == ["Clignancourt", "Goutte-d'Or"]
    assert audience_of(programs.of(alone).post(POST, json={"status": "Oh", "visibility": "unlisted"}))[1] == "quartier"
    assert programs.of(alone).post(POST, json={"status": "Oh", "quartier_audience": "voisins"}).status_code == 422


@pytest.mark.parametrize(
    "sent", [{"visibility": "local"}, {"quartier_audience": "ville"}, {"quartier_audience": "groupe"}]
)
def test_an_audience_that_is_not_known_is_refused_rather_than_guessed(
    sent: dict[str, str], salma: Someone, programs: Programs
) -> None:
    assert programs.of(salma).post(POST, json={"status": "Bonjour"} | sent).status_code == 422
    assert db.session.scalar(select(Post.id)) is None


def test_direct_goes_to_those_named_alone_and_to_nobody_else_whatever_else_was_sent(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    program, other = programs.of(salma), programs.of(city.resident("clignancourt", "karim"))
    sent = {"status": "@bruno entre nous", "visibility": "direct", "quartier_audience": "quartier"}

    answer = program.post(POST, json=sent)

    assert audience_of(answer) == ("direct", "message")
    assert programs.of(bruno).get(f"{POST}/{answer.json['id']}").status_code == 200
    assert other.get(f"{POST}/{answer.json['id']}").status_code == 404
    assert program.post(POST, json={"status": "À personne", "visibility": "direct"}).status_code == 422


def test_an_answer_is_never_wider_than_what_it_answers(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    program, near = programs.of(bruno), programs.of(city.resident("goutte-d-or", "odile"))
    here, both = say(programs.of(salma)), say(programs.of(salma), visibility="unlisted")
    wide = ("public", "unlisted", "private", None)

    def heard(by: Program, post_id: str, wished: str | None) -> str:
        said = {"status": "Oui", "in_reply_to_id": post_id} | ({"visibility": wished} if wished else {})
        return audience_of(by.post(POST, json=said))[1]

    assert {heard(program, here, one) for one in wide} == {"quartier"}
    assert {heard(near, both, one) for one in wide} == {"voisins"}
    assert heard(program, both, "private") == "quartier"
    private = say(programs.of(salma), status="@bruno chut", visibility="direct")
    assert {heard(program, private, one) for one in wide} == {"message"}


def test_under_public_words_only_an_explicit_public_is_public_and_only_with_leave(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    first = write(city, salma, "clignancourt", scope="public", everywhere="1")
    may, may_not = programs.of(bruno), programs.of(bruno, outside=False)

    def heard(by: Program, **said: str) -> str:
        return audience_of(by.post(POST, json={"status": "Oui", "in_reply_to_id": str(first)} | said))[1]

    assert heard(may, visibility="public") == "public"
    assert heard(may) == heard(may, visibility="private") == heard(may, visibility="unlisted") == "quartier"
    assert heard(may_not, visibility="public") == "quartier"
    assert db.session.scalars(select(Notification.kind).where(Notification.account_id == bruno.account_id)).all() == [
        "kept_in"
    ]


def test_under_public_words_from_elsewhere_nothing_is_public_that_was_not_asked_to_be(
    city: City, salma: Someone, programs: Programs
) -> None:
    first = from_elsewhere(city, salma, "public")
    said = {"status": "Oui", "in_reply_to_id": str(first)}

    assert programs.of(salma).post(POST, json=said).status_code == 422
    assert programs.of(salma).post(POST, json=said | {"visibility": "private"}).status_code == 422
    assert programs.of(salma, outside=False).post(POST, json=said | {"visibility": "public"}).status_code == 403
    assert not db.session.scalars(select(Post.id).where(Post.author_id == salma.actor_id)).all()
    assert audience_of(programs.of(salma).post(POST, json=said | {"visibility": "public"})) == ("public", "public")


@pytest.mark.parametrize("wished", ["public", "private", None])
def test_an_answer_to_words_for_followers_elsewhere_goes_to_their_author_alone(
    wished: str | None, city: City, salma: Someone, programs: Programs
) -> None:
    first = from_elsewhere(city, salma, "followers")
    said = {"status": "Merci", "in_reply_to_id": str(first)} | ({"visibility": wished} if wished else {})

    refused = programs.of(salma).post(POST, json=said)
    assert refused.status_code == 422  # the server of the author is not confirmed yet
    assert "ailleurs.example" in refused.json["error"]
    with commit():
        persons.confirm(salma.account_id, ["ailleurs.example"])
    assert audience_of(programs.of(salma).post(POST, json=said)) == ("direct", "message")


def test_a_group_is_written_to_by_its_handle_or_its_number_and_by_its_members_alone(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    with commit():
        account = db.session.get_one(Account, salma.account_id)
        wish = groups.Wish(name="Compost", summary="Le bac")
        group = groups.found(account, quartiers.by_slug("clignancourt"), wish)
        slug, number = group.slug, group.id
    program = programs.of(salma)

    by_name = program.post(POST, json={"status": f"@{slug} le bac est plein", "visibility": "public"})
    by_number = program.post(
        POST, json={"status": "Encore", "quartier_audience": "groupe", "quartier_group_id": str(number)}
    )

    assert audience_of(by_name) == audience_of(by_number) == ("private", "groupe")
    assert programs.of(bruno).get(f"{POST}/{by_name.json['id']}").status_code == 404
    away = programs.of(bruno).post(POST, json={"status": f"@{slug} bonjour"})
    assert away.status_code == 422
    assert "Rejoignez" in away.json["error"]
    hidden = programs.of(city.resident(city.quartier("Montmartre"), "odile")).post(POST, json={"status": f"@{slug} ?"})
    assert audience_of(hidden)[1] == "quartier"
    stolen = {"status": "Moi", "quartier_audience": "groupe", "quartier_group_id": str(number)}
    assert programs.of(bruno).post(POST, json=stolen).status_code == 404
    reply = program.post(POST, json={"status": "Oui", "visibility": "public", "in_reply_to_id": by_name.json["id"]})
    assert audience_of(reply)[1] == "groupe"


def test_what_is_not_public_is_neither_passed_on_nor_quoted_nor_pinned(
    salma: Someone, bruno: Someone, programs: Programs
) -> None:
    program = programs.of(salma)
    closed, theirs = say(program, visibility="unlisted"), say(programs.of(bruno), visibility="public")

    for path in ("reblog", "pin"):
        refused = program.post(f"{POST}/{closed}/{path}")
        assert (refused.status_code, len(refused.json["error"]) > 10) == (422, True), path
    assert program.post(POST, json={"status": "Voyez", "quoted_status_id": closed}).status_code == 422
    assert program.post(f"{POST}/{theirs}/pin").status_code == 422
    assert program.post(f"{POST}/{theirs}/reblog", json={"visibility": "private"}).status_code == 422
    assert programs.of(salma, outside=False).post(f"{POST}/{theirs}/reblog").status_code == 403
    assert program.post(f"{POST}/{theirs}/reblog").json["reblog"]["id"] == theirs


@pytest.mark.parametrize("path", ["", "/1/favourite", "/1/bookmark", "/1/pin", "/1/mute"])
def test_a_visitor_is_told_how_to_get_verified(path: str, city: City, programs: Programs) -> None:
    refused = programs.of(city.visitor("paul")).post(f"{POST}{path}", json={"status": "Bonjour"})

    assert refused.status_code == 403
    assert "/preuve" in refused.json["error"]
