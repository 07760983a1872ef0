"""Markers: how far a timeline was read, the same for every program of a person, nobody else's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from instance.core.db import db
from instance.notifications import service
from instance.notifications.models import Notification
from tests.city import City
from tests.mastodon.conftest import Program, Programs
from tests.mastodon.test_notifications import tell

MARKERS = "/api/v1/markers"


def test_markers_count_their_versions_and_are_their_owners(city: City, programs: Programs) -> None:
    here = city.quartier("Clignancourt")
    mine, theirs = programs.of(city.resident(here)), programs.of(city.resident(here))
    assert mine.get(f"{MARKERS}?timeline[]=home").json == {}

    assert mine.post(MARKERS, data={"home[last_read_id]": "12"}).json["home"]["version"] == 1
    mine.post(MARKERS, json={"home": {"last_read_id": "34"}, "notifications": {"last_read_id": "5"}})

    found = mine.get(f"{MARKERS}?timeline[]=home").json
    assert set(found) == {"home"}
    assert (found["home"]["last_read_id"], found["home"]["version"]) == ("34", 2)
    assert theirs.get(f"{MARKERS}?timeline[]=home&timeline[]=notifications").json == {}
    assert mine.post(MARKERS, json={}).status_code == 422
    assert mine.post(MARKERS, json={"notifications": {"last_read_id": str(2**63 - 1)}}).status_code == 200


def marker(program: Program) -> tuple[Any, ...]:
    found = program.get(f"{MARKERS}?timeline[]=notifications").json.get("notifications", {})
    return found.get("last_read_id"), found.get("version")


def test_what_a_program_read_is_read_in_the_page_and_the_other_way_round(city: City, programs: Programs) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno, odile = (city.resident(here, name) for name in ("salma", "bruno", "odile"))
    mine = programs.of(salma)
    city.work()  # « Votre adresse est vérifiée », for which programs have no word
    for kind in ("follow", "follow_request"):
        for one in (bruno, odile):
            tell(salma, kind, one)
    newest, third, second, first = (one["id"] for one in mine.get("/api/v1/notifications").json)
    before = service.unread(salma.account_id, salma.actor_id)

    rounded = str(int(first) - 9)  # a number of eighteen digits, as JavaScript reads and writes it
    mine.post(MARKERS, json={"notifications": {"last_read_id": rounded}})

    assert before == 5
    assert service.unread(salma.account_id, salma.actor_id) == 4
    assert programs.of(bruno).get("/api/v1/notifications/unread_count").json == {"count": 0}
    waiting = db.session.scalars(select(Notification.kind).where(Notification.read_at.is_(None)))
    assert "verified" in set(waiting)
    db.session.rollback()

    city.get(salma.browser, f"/avis/{third}")
    assert marker(mine) == (first, 1)  # one below it waits
    city.get(salma.browser, f"/avis/{second}")
    assert marker(mine) == (third, 2)
    city.post(salma.browser, "/avis/lus")
    assert marker(mine) == (newest, 3)
    mine.post(MARKERS, json={"notifications": {"last_read_id": "9" * 18}})
    city.post(salma.browser, "/avis/lus")
    assert marker(mine) == ("9" * 18, 4)  # it never goes back by itself
    city.post(bruno.browser, "/avis/lus")
    assert marker(programs.of(bruno)) == (None, None)
