"""Markers: how far a timeline was read, the same for every program of a person, nobody else's."""

from __future__ import annotations

from tests.city import City
from tests.mastodon.conftest import Programs

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
