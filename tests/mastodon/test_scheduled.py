"""Posts that go later: at their hour, once, with the rights of that hour."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select, update

from instance.accounts.models import Account
from instance.core import clock as now
from instance.core.db import commit, db
from instance.mastodon.models import Token
from instance.media import service as media
from instance.notifications.models import Notification
from instance.posts import scheduled
from instance.posts.models import Post, Scheduled
from tests.city import City, Someone
from tests.conftest import Clock
from tests.instance.media.samples import phone_jpeg
from tests.mastodon.conftest import Program, Programs

POST, LATER = "/api/v1/statuses", "/api/v1/scheduled_statuses"


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


def plan(program: Program, *, hours: float = 1, **said: Any) -> Any:
    at = (now.now() + timedelta(hours=hours)).isoformat()
    headers = said.pop("headers", {})
    return program.post(POST, json={"status": "Bonjour", "scheduled_at": at} | said, headers=headers)


def posts(city: City) -> list[str]:
    city.work()
    return list(db.session.scalars(select(Post.text).where(Post.deleted_at.is_(None))))


def test_it_goes_at_its_hour_and_not_before_with_its_pictures(
    city: City, salma: Someone, programs: Programs, clock: Clock
) -> None:
    program = programs.of(salma)
    photo = program.post("/api/v2/media", data={"file": (BytesIO(phone_jpeg()), "a.jpg")}).json["id"]

    made = plan(program, hours=50, media_ids=[photo], spoiler_text="Attention", visibility="unlisted").json
    assert made["params"]["visibility"] == "unlisted"
    assert made["media_attachments"][0]["id"] == photo
    clock.forward(hours=49)
    media.sweep({})
    assert posts(city) == []
    clock.forward(hours=2)

    assert posts(city) == ["Bonjour"]
    assert program.get(LATER).json == []
    post = program.get("/api/v1/timelines/home").json[0]
    assert (post["spoiler_text"], post["quartier"]["audience"]) == ("Attention", "quartier")
    assert post["media_attachments"][0]["id"] == photo
    assert post["application"]["name"] == "quartier token"


def test_it_is_moved_cancelled_and_listed_for_its_writer_alone(
    city: City, salma: Someone, programs: Programs, clock: Clock
) -> None:
    program, other = programs.of(salma), programs.of(city.resident("clignancourt", "bruno"))
    first, second = (plan(program, hours=hour).json["id"] for hour in (1, 2))
    assert [one["id"] for one in program.get(LATER).json] == [second, first]
    for method in ("GET", "PUT", "DELETE"):
        assert other.call(method, f"{LATER}/{first}", json={}).data == other.call(method, f"{LATER}/1", json={}).data
        assert other.call(method, f"{LATER}/{first}", json={}).status_code == 404

    at = (now.now() + timedelta(hours=5)).isoformat()
    assert program.call("PUT", f"{LATER}/{first}", json={"scheduled_at": at}).status_code == 200
    assert program.call("PUT", f"{LATER}/{first}", json={}).status_code == 422
    assert "Annonces programmées" in city.get(salma.browser, "/brouillons").text
    stranger = city.browser()
    city.log_in(Someone("bruno", 0, 0, stranger))
    assert city.post(stranger, f"/brouillons/programmees/{second}/annuler").status_code == 404
    assert city.post(salma.browser, f"/brouillons/programmees/{second}/annuler").status_code == 303
    clock.forward(hours=3)
    assert posts(city) == []
    clock.forward(hours=3)
    assert posts(city) == ["Bonjour"]


@pytest.mark.parametrize(
    "said",
    [
        {"hours": 0.05},
        {"hours": 24 * 400},
        {"status": " "},
        {"scheduled_at": "demain"},
        {"status": "a" * 5001},
        {"media_ids": ["1"]},
        {"in_reply_to_id": "1"},
    ],
)
def test_what_could_not_go_now_is_not_kept_for_later(said: dict[str, Any], salma: Someone, programs: Programs) -> None:
    assert plan(programs.of(salma), **said).status_code in {404, 422}
    assert db.session.scalar(select(Scheduled.id)) is None


def test_pictures_of_others_are_not_kept_for_later(city: City, salma: Someone, programs: Programs) -> None:
    other = programs.of(city.resident("clignancourt", "bruno"))
    theirs = other.post("/api/v2/media", data={"file": (BytesIO(phone_jpeg()), "a.jpg")}).json["id"]

    assert plan(programs.of(salma), media_ids=[theirs]).json == plan(programs.of(salma), media_ids=["1"]).json
    assert db.session.scalar(select(Scheduled.id)) is None


def test_a_person_has_so_many_waiting_and_no_more(
    salma: Someone, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduled, "MOST", 1)
    program = programs.of(salma)

    assert [plan(program).status_code for _ in "ab"] == [200, 422]


def test_the_same_key_plans_it_once(salma: Someone, programs: Programs) -> None:
    program = programs.of(salma)

    assert len({plan(program, headers={"Idempotency-Key": "k"}).json["id"] for _ in "ab"}) == 1


@pytest.mark.parametrize("what", ["moved out", "moved on", "suspended", "revoked", "leave withdrawn"])
def test_what_the_rights_of_its_hour_forbid_stays_with_its_reason(
    what: str, city: City, salma: Someone, programs: Programs, clock: Clock
) -> None:
    plan(programs.of(salma), visibility="public")
    with commit():
        if what == "suspended":
            db.session.get_one(Account, salma.account_id).state = "suspended"
        elif what == "revoked":
            db.session.execute(update(Token).values(revoked_at=now.now()))
        elif what == "leave withdrawn":
            db.session.execute(update(Token).values(may_publish_outside=False))
    if what.startswith("moved"):
        city.move_away(salma)
    if what == "moved on":
        city.settle(salma, city.quartier("Montmartre"))

    clock.forward(hours=2)

    assert posts(city) == []
    row = db.session.scalars(select(Scheduled)).one()
    assert (row.state, len(row.reason) > 10) == ("failed", True)
    if what != "suspended":
        assert "unsent" in db.session.scalars(select(Notification.kind)).all()
        assert row.reason in city.get(salma.browser, "/brouillons").text


def test_a_planned_public_post_of_a_program_without_leave_stays_in_the_quartier(
    city: City, salma: Someone, programs: Programs, clock: Clock
) -> None:
    plan(programs.of(salma, outside=False), visibility="public")
    with commit():
        db.session.execute(update(Token).values(may_publish_outside=True))  # too late for what was asked before

    clock.forward(hours=2)

    assert posts(city) == ["Bonjour"]
    assert db.session.scalars(select(Post.scope)).one() == "quartier"
