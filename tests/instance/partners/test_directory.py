"""The directory: cities and quartiers with outlines, nobody in it; what others answer is bounded and cleaned."""

from __future__ import annotations

import gzip
import json
import random
import re
from math import cos, pi, sin
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from instance.core import jobs
from instance.core.db import commit, db
from instance.core.facts import record
from instance.core.jobs import Job
from instance.core.paths import PACKAGE
from instance.partners.facts import AgreementSigned
from instance.partners.models import Agreement, KnownCity
from tests.city import City, Someone
from tests.conftest import Clock
from tests.instance.quartiers.places import Town
from tests.support.partner import PartnerCity, known, our_application, sign_agreement, square
from tests.support.sql import statements

STYLES = gzip.compress((PACKAGE / "static" / "css" / "quartier.css").read_bytes())
WEIGHT = 60_000  # bytes of a first visit, packed
Ring = list[tuple[float, float]]


def page(city: City, path: str = "/annuaire") -> str:
    found = city.get(city.browser(), path)
    assert found.status_code == 200, path
    return str(found.text)


def admin_adds(city: City, host: str) -> Someone:
    admin = city.admin()
    assert city.post(admin.browser, "/admin/annuaire", host=host).status_code == 303
    city.work()
    return admin


def kept(host: str) -> KnownCity:
    found = db.session.scalars(select(KnownCity).where(KnownCity.host == host)).one()
    db.session.rollback()
    return found


def entries(text: str) -> list[tuple[str, str]]:
    """Name and what is said of it, of each line of the lists."""
    plain = text.replace("\u00a0", " ")
    lists = "".join(re.findall(r'<ol class="quartiers">(.*?)</ol>', plain, re.S))
    return re.findall(r"<b>(.*?)</b> <small>(.*?)</small>", lists)


def wavy(west: float, south: float, corners: int, chance: random.Random) -> Ring:
    """An outline without a straight line in it."""
    ring = []
    for step in range(corners):
        turn, far = 2 * pi * step / corners, 0.004 * (1 + 0.2 * chance.random())
        ring.append((round(west + far * cos(turn), 7), round(south + far * sin(turn), 7)))
    return [*ring, ring[0]]


def test_it_shows_our_quartiers_and_those_of_a_city_that_an_admin_added_as_a_map_and_as_a_list(
    city: City, partner: PartnerCity
) -> None:
    city.quartier("Clignancourt")
    city.quartier("Montmartre", state="pilot")
    group = partner.group("Saint-Georges", square(2.02, 48.0))
    partner.group("Rochechouart", square(2.03, 48.0))
    partner.group("Faubourg", square(2.04, 48.0))  # on the second page of what the city lists
    our_application(city)

    admin = admin_adds(city, f"http://{partner.host}/")
    shown = page(city)

    assert entries(shown) == [
        ("Clignancourt", "ouvert · Quartier Libre d’essai"), ("Montmartre", "pilote · Quartier Libre d’essai"),
        ("Saint-Georges", f"ouvert · {partner.name}"), ("Rochechouart", f"ouvert · {partner.name}"),
        ("Faubourg", f"ouvert · {partner.name}"),
    ]  # fmt: skip
    assert shown.count('<svg class="map') == 1  # they lie side by side: one drawing
    assert [shown.count(f'class="q q-{role}"') for role in ("self", "far", "near")] == [1, 1, 3]
    assert f'href="{group.uri}"' in shown
    assert 'href="/q/clignancourt"' in shown
    assert 'href="/q/montmartre"' not in shown
    assert admin.handle not in shown
    assert 'href="/annuaire"' in page(city, "/connexion")


def test_pilots_are_told_between_cities_as_places_that_are_nobody_s_address_yet(
    city: City, partner: PartnerCity
) -> None:
    city.quartier("Clignancourt")
    city.quartier("Montmartre", state="pilot")
    application = our_application(city)
    read = {"accept": "application/activity+json"}
    told = json.loads(city.browser().get("/actor", headers=read).text)
    listed = json.loads(city.browser().get("/actor/pilots?page=1", headers=read).text)["orderedItems"]
    assert told["ql:pilots"] == f"{application}/pilots"
    assert [(one["type"], one["name"], "id" in one) for one in listed] == [("Place", "Montmartre", False)]
    assert "Clignancourt" not in str(listed)

    places = f"{partner.uri}/pilots"
    there = listed[0] | {"name": "Faubourg", "id": f"{partner.server.base_url}/q/faubourg"}
    pages = {"id": places, "type": "OrderedCollection", "orderedItems": [there]}
    partner.server.put(urlsplit(places).path, pages)
    partner.application.describe(**{"ql:pilots": places})
    admin_adds(city, partner.host)

    assert ("Faubourg", f"pilote · {partner.name}") in entries(page(city))
    assert "q/faubourg" not in page(city)


def test_its_drawings_are_made_once_for_what_is_known_and_it_speaks_english(city: City) -> None:
    city.quartier("Clignancourt")
    page(city)
    with statements() as asked:
        page(city)
    assert asked
    assert not any("outline" in one for one, _values in asked)

    in_english = city.browser().get("/annuaire", headers={"Accept-Language": "en"}).text
    assert '<html lang="en"' in in_english
    city.quartier("Goutte-d’Or")
    assert [name for name, _said in entries(page(city))] == ["Clignancourt", "Goutte-d’Or"]
    assert city.get(city.browser(), "/annuaire?page=2").status_code == 404
    assert city.get(city.browser(), "/annuaire?page=99999").status_code == 404


def test_partners_of_agreements_are_in_it_by_themselves_and_are_read_again_every_week(
    city: City, partner: PartnerCity, clock: Clock
) -> None:
    slug = city.quartier("Clignancourt")
    group = partner.group("Saint-Georges", square(2.02, 48.0))
    sign_agreement(city, partner, slug, group)
    agreement_id = db.session.scalars(select(Agreement.id)).one()

    with commit():
        record(AgreementSigned(agreement_id))  # as signing.enter_force does
    city.work()
    assert "Saint-Georges" in page(city)
    partner.group("Rochechouart", square(2.03, 48.0))
    clock.forward(days=8)
    with commit():
        jobs.put("read_cities", {})
    city.work()

    assert "Rochechouart" in page(city)
    admin = city.admin()
    assert city.post(admin.browser, "/admin/annuaire/retirer", host=partner.host).status_code == 404
    assert "accord en vigueur" in city.get(admin.browser, "/admin/annuaire").text


def test_a_city_that_does_not_answer_is_told_to_admins_kept_as_it_was_and_read_when_they_say_so(
    city: City, partner: PartnerCity, clock: Clock
) -> None:
    partner.group("Saint-Georges", square(2.02, 48.0))
    our_application(city)
    admin = admin_adds(city, partner.host)
    partner.group("Rochechouart", square(2.03, 48.0))

    partner.server.manners.is_down = True
    city.post(admin.browser, "/admin/annuaire/relire", host=partner.host)
    city.work()
    shown = city.get(admin.browser, "/admin/annuaire").text
    assert "ne répond pas" in shown
    assert "read_city" in city.get(admin.browser, "/admin/taches").text
    assert "Cette ville ne répond pas" in page(city)
    assert "Saint-Georges" in page(city)

    partner.server.manners.is_down = False
    city.post(admin.browser, "/admin/annuaire/relire", host=partner.host)  # now, and not when the errand's wait is over
    city.work()
    assert "ne répond pas" not in page(city)
    assert "Rochechouart" in page(city)
    assert db.session.scalars(select(Job.state).where(Job.kind == "read_city")).all() == ["done", "done"]

    partner.server.manners.is_down = True
    clock.forward(days=100)
    assert "Saint-Georges" not in page(city)
    city.post(admin.browser, "/admin/annuaire/retirer", host=partner.host)
    assert partner.host not in city.get(admin.browser, "/admin/annuaire").text


def test_only_admins_have_the_page_and_an_address_that_is_none_or_blocked_is_refused(
    city: City, partner: PartnerCity
) -> None:
    slug = city.quartier("Clignancourt")
    moderator = city.resident(slug, roles_here=("moderator",))
    for path in ("", "/relire", "/retirer"):
        assert city.post(moderator.browser, f"/admin/annuaire{path}", host=partner.host).status_code == 404
    assert city.get(moderator.browser, "/admin/annuaire").status_code == 404

    admin = city.admin()
    own = city.settings.base_url
    for typed in ("", "pas une adresse", own):
        assert city.post(admin.browser, "/admin/annuaire", host=typed).status_code == 422
    city.post(admin.browser, "/admin/serveurs/regle", host=partner.host, severity="block", reason="")
    assert city.post(admin.browser, "/admin/annuaire", host=partner.host).status_code == 422
    assert db.session.scalars(select(KnownCity.host)).all() == []


def test_what_is_no_city_is_said_to_be_none(city: City, partner: PartnerCity) -> None:
    our_application(city)
    partner.application.describe(**{"ql:quartiers": "http://127.0.0.2:1/actor/quartiers"})

    admin = admin_adds(city, partner.host)

    assert kept(partner.host).reason == "city.quartiers"
    assert "il ne montre pas de quartiers" in city.get(admin.browser, "/admin/annuaire").text
    assert partner.host not in page(city)


def test_a_hostile_city_costs_little_and_shows_only_what_is_its_own_and_sound(city: City, partner: PartnerCity) -> None:
    chance = random.Random(4)
    our_application(city)
    partner.group("Gras", square(2.02, 48.0), name="<b>Gras</b> ✅\u202e Vérifié")
    partner.group("Croise", [(2, 48), (2.01, 48.01), (2.01, 48), (2, 48.01), (2, 48)])
    partner.group("Immense", square(-60, -30, 50))
    partner.group("Long", wavy(2.1, 48.0, 2_100, chance))
    partner.group("Ailleurs", square(2.05, 48.0), id="https://victime.example/q/ailleurs")
    partner.group("Script", square(2.06, 48.0), id="javascript:alert(1)")
    partner.group("Xxl", square(2.07, 48.0), name="x" * 500)
    partner.group("Faux")
    partner.groups[list(partner.groups)[-1]].describe(location={"type": "Place", "ql:outline": [[[1, "a"]]]})
    partner.application.describe(name="Ville\u202e ✔ d’en face")
    partner._list()

    admin_adds(city, partner.host)
    found, shown = kept(partner.host), page(city)

    assert found.name == "Ville d’en face"
    drawn = {one["name"]: one["outline"] is not None for one in found.quartiers}
    assert {name: drawn[name] for name in ("Croise", "Immense", "Long", "Faux")} == dict.fromkeys(
        ("Croise", "Immense", "Long", "Faux"), False
    )
    assert drawn["<b>Gras</b> Vérifié"]
    assert {"Ailleurs", "Script"}.isdisjoint(drawn)
    assert max(map(len, drawn)) == 80
    assert "<b>Gras" not in shown
    assert "javascript:" not in shown
    assert shown.count('class="q q-near"') == 2


def test_a_thousand_quartiers_are_five_hundred_and_a_page_stays_light(city: City, partner: PartnerCity) -> None:
    chance = random.Random(8)
    city.quartier("Clignancourt")
    our_application(city)
    path = "/quartiers/all"
    items = [
        {
            "id": f"{partner.server.base_url}/q/{number}", "type": "Group", "name": f"Quartier n° {number}",
            "location": {
                "type": "Place",
                "ql:outline": {
                    "type": "Polygon",
                    "coordinates": [wavy(2 + number % 30 * 0.01, 48 + number // 30 * 0.01, 55, chance)],
                },
            },
        }
        for number in range(1_000)
    ]  # fmt: skip
    base = partner.server.base_url + path
    for start in range(0, 1_000, 250):
        following = {"next": f"{base}/{start + 250}"} if start < 750 else {}
        part = {"id": f"{base}/{start}", "type": "OrderedCollectionPage", "orderedItems": items[start : start + 250]}
        partner.server.put(f"{path}/{start}", part | following)
    partner.server.put(path, {"id": base, "type": "OrderedCollection", "first": f"{base}/0"})
    partner.application.describe(**{"ql:quartiers": base})

    admin_adds(city, partner.host)

    assert len(kept(partner.host).quartiers) == 500
    assert [name for name, _said in entries(page(city))] == ["Clignancourt"]
    heavy = page(city, "/annuaire?page=2")
    assert len(entries(heavy)) == 500
    assert 400 < heavy.count('class="q q-near"') <= 500
    assert len(gzip.compress(heavy.encode())) + len(STYLES) < WEIGHT
    assert json.dumps(kept(partner.host).quartiers).count("[") < 40_000


def test_a_blocked_city_is_not_in_it(city: City, partner: PartnerCity) -> None:
    partner.group("Saint-Georges", square(2.02, 48.0))
    our_application(city)
    known(city, partner.application)
    admin = admin_adds(city, partner.host)
    assert "Saint-Georges" in page(city)

    city.post(admin.browser, "/admin/serveurs/regle", host=partner.host, severity="block", reason="")

    assert "Saint-Georges" not in page(city)


@pytest.mark.shared
def test_the_eighty_quartiers_of_paris_with_those_of_lyon_and_nantes_are_one_light_page(
    city: City, app: Flask, tmp_path: Path, shared: Path
) -> None:
    town = Town(app, tmp_path)
    for name in ("paris", "lyon", "nantes"):
        assert town.bring((shared / "data" / f"{name}-quartiers.geojson").read_bytes()).exit_code == 0

    shown = page(city)

    assert len(entries(shown)) == shown.count('class="q q-far"') == 127
    assert len(gzip.compress(shown.encode())) + len(STYLES) < WEIGHT
