"""What programs are told, and may tell: no more than their person is told and allowed by the pages."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.posts import service as posts
from instance.posts.models import Mention, Post
from tests.city import PASSWORD, City, Someone
from tests.instance.accounts.conftest import limits
from tests.instance.posts.hearing import befriend, hear
from tests.instance.posts.writing import answer, write
from tests.mastodon.conftest import Programs
from tests.support.peer import ForeignActor, ForeignServer

__all__ = ["limits"]
NOTICES = "/api/v1/notifications"


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, here: str) -> Someone:
    return city.resident(here, "salma")


@pytest.fixture
def ada(elsewhere: ForeignServer) -> ForeignActor:
    return elsewhere.actor("ada")


def unsign(city: City, gone: Someone, quartier: str) -> None:
    """Somebody moves away and takes their name off the old wall."""
    with commit():
        posts.sign_off(gone.actor_id, city.quartier_id(quartier), nameless=True)


def test_words_left_unsigned_lead_to_nobody(city: City, here: str, salma: Someone, programs: Programs) -> None:
    gone = city.resident(here, "bruno_75")
    post = write(city, salma, here)
    reply = answer(city, gone, post, "Rue Ramey.")
    later = answer(city, salma, reply, "Merci !")
    city.work()
    program = programs.of(salma)
    assert "bruno_75" in str(program.get(NOTICES).json)

    unsign(city, gone, here)

    said = [program.get(path).json for path in (f"/api/v1/statuses/{reply}", f"/api/v1/statuses/{later}", NOTICES)]
    assert "Rue Ramey" in str(said[0]) and "Rue Ramey" in str(said[2])
    assert "bruno_75" not in str(said)
    assert str(gone.actor_id) not in str(said)


def test_what_a_block_hides_is_not_named_as_answered(city: City, here: str, salma: Someone, programs: Programs) -> None:
    blocked, other = city.resident(here), city.resident(here)
    post = write(city, salma, here)
    hidden = answer(city, blocked, post, "Non.")
    reply = answer(city, other, hidden, "Si.")
    program = programs.of(salma)
    assert program.get(f"/api/v1/statuses/{reply}").json["in_reply_to_id"] == str(hidden)

    with commit():
        accounts.block(salma.actor_id, blocked.actor_id)

    shown = program.get(f"/api/v1/statuses/{reply}").json
    assert (shown["in_reply_to_id"], shown["in_reply_to_account_id"]) == (None, None)


def test_people_whose_page_is_hidden_are_absent(city: City, here: str, salma: Someone, programs: Programs) -> None:
    far, visitor = city.resident(city.quartier("Montmartre")), city.visitor()
    near = city.resident(here, "odile")
    of_salma, of_visitor = programs.of(salma), programs.of(visitor)

    for program, other in ((of_salma, far), (of_salma, visitor), (of_visitor, salma), (of_visitor, far)):
        assert program.get(f"/api/v1/accounts/{other.actor_id}").status_code == 404
        assert program.get(f"/api/v1/accounts/lookup?acct={other.handle}").status_code == 404
        assert program.get(f"/api/v2/search?q={other.handle}").json["accounts"] == []
    found = of_salma.get(f"/api/v1/accounts/{near.actor_id}").json
    assert found["acct"] == "odile"
    assert found["created_at"].endswith("-01T00:00:00.000Z")  # no day tells when a letter came


def test_a_program_that_may_not_publish_outside_answers_edits_and_passes_on_nothing_there(
    city: City, here: str, salma: Someone, ada: ForeignActor, programs: Programs
) -> None:
    befriend(city, salma, ada)
    note = ada.note("Bonjour")
    assert hear(city, ada, ada.create(note)) == "kept"
    own = write(city, salma, here, scope="public", everywhere="1")
    inside, outside = programs.of(salma, outside=False), programs.of(salma)
    theirs = str(db.session.scalars(select(Post.id).where(Post.uri == note["id"])).one())

    said = {"status": "Bonjour Ada", "in_reply_to_id": theirs, "visibility": "public"}

    def tries(program: Any) -> list[int]:
        return [
            program.post("/api/v1/statuses", json=said).status_code,
            program.call("PUT", f"/api/v1/statuses/{own}", json={"status": "Autre chose"}).status_code,
            program.post(f"/api/v1/statuses/{theirs}/reblog").status_code,
        ]

    assert tries(inside) == [403, 403, 403]
    assert tries(outside) == [200, 200, 200]


def test_what_is_passed_on_by_a_program_is_signed_as_on_the_page(
    city: City, here: str, salma: Someone, programs: Programs
) -> None:
    post = write(city, city.resident(here), here, scope="public", everywhere="1")
    assert not db.session.get_one(Account, salma.account_id).spoke_outside

    assert programs.of(salma).post(f"/api/v1/statuses/{post}/reblog").status_code == 200

    db.session.rollback()
    assert db.session.get_one(Account, salma.account_id).spoke_outside


def test_other_servers_are_asked_for_residents_and_not_without_end(
    city: City, salma: Someone, limits: None, programs: Programs, elsewhere: ForeignServer
) -> None:
    def search(who: Someone, name: str) -> list[Any]:
        path = f"/api/v2/search?resolve=true&q=@{name}@{elsewhere.host}"
        found: list[Any] = programs.of(who).get(path).json["accounts"]
        return found

    for name in ("ada", "bob"):
        elsewhere.actor(name)

    assert search(city.visitor(), "ada") == []
    assert elsewhere.fetched == []
    assert len(search(salma, "ada")) == 1
    for _ in range(60):
        search(salma, "personne")
    assert search(salma, "bob") == []


def test_a_new_password_ends_the_programs_too(city: City, salma: Someone, programs: Programs) -> None:
    program = programs.of(salma)
    fields = {"old_password": PASSWORD, "password": "un autre mot de passe bien long"}

    assert city.post(salma.browser, "/reglages/mot-de-passe", **fields).status_code == 303

    assert program.get("/api/v1/accounts/verify_credentials").status_code == 401


def test_a_pin_gives_no_name_to_words_left_unsigned(city: City, here: str, salma: Someone, programs: Programs) -> None:
    gone = city.resident(here, "bruno_75")
    post = write(city, gone, here, scope="public", everywhere="1")
    assert programs.of(gone).post(f"/api/v1/statuses/{post}/pin").status_code == 200
    page = f"/api/v1/accounts/{gone.actor_id}/statuses?pinned=true"
    assert len(programs.of(salma).get(page).json) == 1

    unsign(city, gone, here)

    assert programs.of(salma).get(page).json == []


def test_a_name_in_words_tells_of_nobody_who_is_hidden(
    city: City, here: str, salma: Someone, programs: Programs
) -> None:
    """Neither in the quartier nor in public, where strangers and other servers read it too."""
    near, far, apart = city.resident(here, "odile"), city.resident(city.quartier("Montmartre")), city.resident(here)
    with commit():
        accounts.block(apart.actor_id, salma.actor_id)
    program, text = programs.of(salma), f"@{near.handle} @{far.handle} @{apart.handle} @personne"

    inside = program.post("/api/v1/statuses", json={"status": text}).json
    outside = program.post("/api/v1/statuses", json={"status": text, "visibility": "public"}).json

    assert [one["acct"] for one in inside["mentions"]] == ["odile"]
    with commit():  # as it was kept by older versions
        db.session.add(Mention(post_id=int(inside["id"]), actor_id=far.actor_id))
        db.session.get_one(Post, int(inside["id"])).version += 1
    assert [one["acct"] for one in program.get(f"/api/v1/statuses/{inside['id']}").json["mentions"]] == ["odile"]
    assert (outside["visibility"], outside["mentions"]) == ("public", [])
    asked = {"Accept": "application/activity+json"}
    note = city.browser().get(f"/p/{outside['id']}", headers=asked).json
    assert [one for one in note["tag"] if one["type"] == "Mention"] == []
    city.work()
    assert [one["status"]["id"] for one in programs.of(near).get(f"{NOTICES}?types[]=mention").json] == [
        outside["id"], inside["id"],
    ]  # fmt: skip
    assert programs.of(far).get(f"{NOTICES}?types[]=mention").json == []


def test_an_address_that_looks_like_a_signed_one_is_signed_for_nobody(
    city: City, here: str, salma: Someone, programs: Programs
) -> None:
    """It may lead to another server, which would then read pictures in the name of whoever follows it."""
    bait = f"https://evil.example/media/{'a' * 32}/large?v=0.1.{'b' * 43}"
    post = write(city, city.resident(here), here, text=bait)

    shown = programs.of(salma).get(f"/api/v1/statuses/{post}").get_data(as_text=True)

    assert f"?v={salma.actor_id}." not in shown
    assert "?v=0.1." in shown
