"""Tokens: who may speak, for what, and for how long."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from instance.accounts.models import Account
from instance.cli import main
from instance.core.db import commit, db
from instance.mastodon import tokens
from instance.mastodon.models import Token
from tests.city import City
from tests.mastodon.conftest import Program, Programs

ME = "/api/v1/accounts/verify_credentials"


def test_the_command_prints_one_token_alone_on_its_line_that_opens_the_api(city: City, app: Flask) -> None:
    city.resident(city.quartier("Clignancourt"), "salma")

    token = app.test_cli_runner().invoke(main, ["token", "salma"]).output.strip()

    answer = Program(city, token).get(ME)
    assert answer.status_code == 200
    assert answer.json["acct"] == "salma"
    assert answer.json["source"]["privacy"] == "private"


def test_a_token_is_stored_as_a_digest_with_its_application_scopes_and_end(city: City, programs: Programs) -> None:
    salma = city.visitor("salma")

    program = programs.of(salma, "read")

    row = db.session.scalars(select(Token)).one()
    assert program.token not in (row.digest, row.scopes)
    assert (row.scopes, row.application.name) == ("read", "quartier token")
    assert row.expires_at > row.created_at


def test_without_a_token_with_a_wrong_one_or_with_a_cookie_alone_nobody_speaks(city: City) -> None:
    salma = city.resident(city.quartier("Clignancourt"), "salma")

    for answer in (
        city.get(city.browser(), ME),
        city.browser().get(ME, headers={"Authorization": "Bearer nothing"}),
        city.get(salma.browser, ME),
    ):
        assert answer.status_code == 401
        assert answer.json["error"]


def test_a_cookie_writes_nothing_through_the_api(city: City) -> None:
    salma = city.resident(city.quartier("Clignancourt"), "salma")

    answer = city.post(salma.browser, "/api/v1/statuses", status="Bonjour")

    assert answer.status_code == 401


def test_a_token_opens_what_its_scopes_cover_and_no_more(city: City, programs: Programs) -> None:
    salma = city.resident(city.quartier("Clignancourt"), "salma")
    reads, posts = programs.of(salma, "read"), programs.of(salma, "write:statuses")

    assert reads.get(ME).status_code == 200
    assert reads.post("/api/v1/statuses", json={"status": "Bonjour"}).status_code == 403
    assert posts.post("/api/v1/statuses", json={"status": "Bonjour"}).status_code == 200
    assert posts.get(ME).status_code == 403


def test_a_token_ends_with_its_time_its_revocation_and_its_account(city: City, programs: Programs, clock: Any) -> None:
    salma = city.resident(city.quartier("Clignancourt"), "salma")
    revoked = programs.of(salma)

    with commit():
        tokens.end_all(salma.account_id)
    assert revoked.get(ME).status_code == 401

    suspended = programs.of(salma)
    with commit():
        db.session.get_one(Account, salma.account_id).state = "suspended"
    assert suspended.get(ME).status_code == 401

    over = programs.of(city.resident(city.quartier("Montmartre")))
    clock.forward(days=366)
    assert over.get(ME).status_code == 401


def test_a_visitor_reads_the_own_account_and_is_told_how_to_write(city: City, programs: Programs) -> None:
    program = programs.of(city.visitor("visiteur"))

    assert program.get(ME).status_code == 200
    refused = program.post("/api/v1/statuses", json={"status": "Bonjour"})
    assert refused.status_code == 403
    assert "/preuve" in refused.json["error"]


def test_unknown_calls_and_programs_of_other_origins_get_answers_that_a_program_can_read(city: City) -> None:
    unknown = city.get(city.browser(), "/api/v1/nothing")
    asked = city.browser().options("/api/v1/statuses")

    assert (unknown.status_code, unknown.json) == (404, {"error": unknown.json["error"]})
    assert unknown.headers["Access-Control-Allow-Origin"] == "*"
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
