"""Reports from a client reach the moderators as those of the page do."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instance.core.db import commit, db
from instance.legal import service as legal
from instance.moderation.models import Report
from tests.city import City, Someone
from tests.mastodon.conftest import Programs

REPORTS = "/api/v1/reports"


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


def kept() -> list[tuple[int, str, str]]:
    rows = db.session.execute(select(Report.post_id, Report.reason, Report.text).order_by(Report.post_id)).all()
    db.session.rollback()
    return [(row[0], row[1], row[2]) for row in rows]


def write(programs: Programs, author: Someone, words: str) -> str:
    return str(programs.of(author).post("/api/v1/statuses", json={"status": words}).json["id"])


def test_each_message_of_a_report_is_one_report_with_its_reason_and_words(
    city: City, salma: Someone, programs: Programs
) -> None:
    bruno = city.resident("clignancourt")
    ids = [write(programs, bruno, words) for words in ("Achetez !", "Achetez encore !")]
    fields = {"account_id": str(bruno.actor_id), "status_ids[]": ids, "category": "spam", "comment": "Trop"}

    answer = programs.of(salma).post(REPORTS, data=fields)

    assert answer.status_code == 200, answer.json
    assert (answer.json["category"], answer.json["target_account"]["id"]) == ("spam", str(bruno.actor_id))
    assert kept() == [(int(one), "fraud", "Trop") for one in ids]


def test_a_rule_that_was_ticked_stands_for_words(city: City, salma: Someone, programs: Programs) -> None:
    bruno = city.resident("clignancourt")
    with commit():
        legal.write("regles", "fr", "## Les règles\n\n### 1. Vous êtes vous\n\nUn compte est une personne.")
    fields = {"account_id": str(bruno.actor_id), "status_ids": [write(programs, bruno, "Bof")]}
    reports = programs.of(salma)

    assert reports.post(REPORTS, json=fields).status_code == 422
    assert reports.post(REPORTS, json=fields | {"category": "violation", "rule_ids": ["1"]}).status_code == 200
    assert [text[:2] for _post, _reason, text in kept()] == ["1."]


def test_what_the_reporter_cannot_read_did_not_write_or_that_is_anothers_is_absent(
    city: City, salma: Someone, programs: Programs
) -> None:
    far = city.resident(city.quartier("Montmartre"))
    bruno = city.resident("clignancourt")
    reports = programs.of(salma)
    for author, post in (
        (far, write(programs, far, "Là-bas")),
        (salma, write(programs, salma, "De moi")),
        (far, write(programs, bruno, "D’un autre")),
    ):
        fields = {"account_id": str(author.actor_id), "status_ids": [post], "category": "spam"}
        assert reports.post(REPORTS, json=fields).status_code == 404
    assert reports.post(REPORTS, json={"account_id": str(bruno.actor_id)}).status_code == 422
    assert kept() == []
