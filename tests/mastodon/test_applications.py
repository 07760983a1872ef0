"""The settings page of applications, and everything that ends their tokens (threats.md G3)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from instance.accounts import closing
from instance.accounts.models import Account
from instance.admin import people
from instance.cli import main
from instance.core import bus
from instance.core.db import commit, db
from instance.mastodon import grants, tokens
from instance.mastodon.models import Application, AuthCode, Token
from instance.posts.models import Post
from tests.city import PASSWORD, City, Someone
from tests.instance.posts.writing import write
from tests.mastodon.conftest import Program, Programs
from tests.mastodon.signing_in import Client, registered

ME, PAGE = "/api/v1/accounts/verify_credentials", "/reglages/applications"
POST = "/api/v1/statuses"


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


@pytest.fixture
def tusky(city: City) -> Client:
    return registered(city)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, int]]]:
    """What the bus says, by Redis or not (that way has its own tests)."""
    monkeypatch.setattr(bus._wire, "url", "")
    events: list[dict[str, int]] = []
    stop = bus.hear(events.append)
    yield events
    stop()


def words(answer: Any) -> str:
    return html.unescape(answer.text).replace("\u00a0", " ").replace("\u202f", " ")


def the_token() -> Token:
    db.session.rollback()
    return db.session.scalars(select(Token).order_by(Token.id.desc())).first()


def test_each_application_is_listed_with_what_it_may_and_ended_by_a_button(
    city: City, salma: Someone, tusky: Client, heard: list[dict[str, int]]
) -> None:
    program = tusky.sign_in(salma)
    page = city.get(salma.browser, PAGE)
    way = re.search(r'action="(/reglages/applications/\d+/terminer)"', page.text)[1]

    assert "Tusky" in page.text and "tusky.app" in page.text
    assert "écrire et agir en votre nom" in words(page) and "Dernier usage" in words(page)
    stranger = city.visitor()
    assert city.post(stranger.browser, way).status_code == 404
    assert program.get(ME).status_code == 200

    token_id = the_token().id
    assert city.post(salma.browser, way).status_code == 303
    assert program.get(ME).status_code == 401
    assert {"revoked": token_id} in heard
    assert "Tusky" not in city.get(city.browser(), PAGE).text
    assert "tusky.app" not in city.get(salma.browser, PAGE).text
    assert city.post(salma.browser, way).status_code == 404


def test_an_application_publishes_outside_only_where_its_person_ticked_it(
    city: City, salma: Someone, tusky: Client
) -> None:
    plain = tusky.sign_in(salma)
    assert not the_token().may_publish_outside
    tusky.sign_in(salma, outside="1")
    assert the_token().may_publish_outside
    reader = registered(city, scopes="read")
    reader.sign_in(salma, scope="read", outside="1")
    assert not the_token().may_publish_outside

    first = next(one for one in tokens.of(salma.account_id) if not one.may_publish_outside and "write" in one.scopes)
    way = f"{PAGE}/{first.id}/dehors"
    for value, kept in (("1", True), ("0", False)):
        city.post(salma.browser, way, outside=value)
        db.session.rollback()
        assert db.session.get_one(Token, first.id).may_publish_outside is kept
    assert city.post(city.visitor().browser, way, outside="1").status_code == 404
    assert plain.get(ME).status_code == 200


def test_tokens_of_the_command_line_are_listed_too(city: City, salma: Someone, app: Flask) -> None:
    with commit():  # anybody may register the name; their application gets no token of the operator's
        db.session.add(Application(name=tokens.COMMAND_LINE, client_id="evil", created_at=grants.clock.now()))
    token = app.test_cli_runner().invoke(main, ["token", "salma"]).output.strip()

    assert Program(city, token).get(ME).status_code == 200
    assert the_token().application.client_id is None
    assert "quartier token" in city.get(salma.browser, PAGE).text


@pytest.mark.parametrize("end", ["password", "suspension", "closing"])
def test_a_new_password_a_suspension_and_the_end_of_an_account_end_tokens_and_codes(
    end: str, city: City, salma: Someone, tusky: Client, heard: list[dict[str, int]]
) -> None:
    program, code = tusky.sign_in(salma), tusky.code(salma)
    token_id, by = the_token().id, city.visitor().account_id
    with commit():
        account = db.session.get_one(Account, salma.account_id)
        if end == "suspension":
            people.suspend(account, "Menaces", by=by)
        elif end == "closing":
            closing.close(account)
    if end == "password":
        fields = {"old_password": PASSWORD, "password": "une autre phrase bien longue"}
        assert city.post(salma.browser, "/reglages/mot-de-passe", **fields).status_code == 303

    assert {"revoked": token_id} in heard
    assert program.get(ME).status_code == 401
    assert tusky.exchange(code).json["error"] == "invalid_grant"
    if end == "suspension":
        with commit():
            db.session.get_one(Account, salma.account_id).state = "active"
        assert program.get(ME).status_code == 401


def test_a_token_in_use_lives_on_and_tells_its_day(city: City, salma: Someone, tusky: Client, clock: Any) -> None:
    program = tusky.sign_in(salma)
    before = the_token().used_on
    clock.forward(days=300)
    assert program.get(ME).status_code == 200
    assert (the_token().used_on - before).days == 300
    clock.forward(days=300)

    assert program.get(ME).status_code == 200


def test_who_speaks_is_found_by_one_statement(city: City, salma: Someone, tusky: Client) -> None:
    """It is asked at every call (performance.md)."""
    program = tusky.sign_in(salma)
    said: list[str] = []
    hear = lambda *given: said.append(given[2])  # noqa: E731
    db.session.rollback()
    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        found = tokens.find(program.token)
        assert found is not None and found.account.actor.handle == "salma"
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)
        db.session.rollback()
    assert len([one for one in said if one.startswith("SELECT")]) == 1


def test_what_nobody_uses_is_forgotten(city: City, salma: Someone, tusky: Client, clock: Any) -> None:
    registered(city)
    tusky.sign_in(salma)
    clock.forward(days=31)

    grants.forget_old({})

    names = list(db.session.scalars(select(Application.id)))
    assert names == [int(tusky.app["id"])]
    assert db.session.scalar(select(AuthCode.digest)) is None


def test_who_reads_all_that_is_kept_reads_the_applications(city: City, salma: Someone, tusky: Client) -> None:
    tusky.sign_in(salma)

    assert "Tusky" in city.get(salma.browser, "/mes-donnees").text


def test_by_which_program_it_was_written_its_author_reads_and_of_public_words_everybody(
    city: City, salma: Someone, tusky: Client, programs: Programs
) -> None:
    program, neighbour = tusky.sign_in(salma, outside="1"), programs.of(city.resident("clignancourt"))
    ours = program.post(POST, json={"status": "Entre nous"}).json
    public = program.post(POST, json={"status": "Pour tous", "visibility": "public"}).json
    by_page = write(city, salma, "clignancourt")

    def told(reader: Program, post_id: object) -> Any:
        return reader.get(f"{POST}/{post_id}").json["application"]

    known = {"name": "Tusky", "website": "https://tusky.app"}
    assert ours["application"] == told(program, ours["id"]) == known
    assert told(neighbour, public["id"]) == known
    assert city.browser().get(f"{POST}/{public['id']}").json["application"] == known
    assert told(neighbour, ours["id"]) is told(program, by_page) is None
    with commit():
        db.session.get_one(Post, int(public["id"])).is_nameless = True
    assert told(neighbour, public["id"]) is None  # who left no name left no trace of their program either
    with commit():
        db.session.get_one(Post, int(public["id"])).is_nameless = False
    assert told(neighbour, public["id"]) == known
    with commit():
        db.session.delete(db.session.scalars(select(Application).where(Application.name == "Tusky")).one())
    assert neighbour.get(f"{POST}/{public['id']}").json["application"] is None
