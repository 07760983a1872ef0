"""Where the association is found: its postal address and its desk, as the operator sets them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from instance.settings import Settings, load
from tests.city import City
from tests.instance.verification.applicants import Applicants, said


def test_where_post_and_people_find_the_association_stands_on_letters_pages_and_beside_the_desk(
    city: City, app: Flask, settings: Settings, applicants: Applicants, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = applicants.house(city.quartier("Clignancourt"), 30)
    nadia, salma = applicants.verifier(), applicants.applicant(house)
    typed = {"QL_POSTAL_ADDRESS": "2 rue Letort; 75018 Paris", "QL_DESK": "Salle Ramey;  le mercredi de 18 h à 20 h;"}
    told = load(typed | {"QL_DATA_DIR": str(settings.data_dir)})
    monkeypatch.setitem(
        app.extensions, "quartier", replace(settings, postal_address=told.postal_address, desk=told.desk)
    )
    desk = "Salle Ramey, le mercredi de 18 h à 20 h"

    assert desk in said(city.get(salma.browser, "/preuve"))
    city.post(salma.browser, "/preuve", method="desk")
    assert f"<dd>{desk}</dd>" in said(city.get(salma.browser, "/preuve"))
    assert desk in said(city.get(city.browser(), "/contact"))
    for path in ("/contact", "/mentions-legales"):
        assert "2 rue Letort, 75018 Paris" in said(city.get(city.browser(), path))
    assert "Salle Ramey" not in said(city.get(city.browser(), "/mentions-legales"))
    city.post(salma.browser, "/preuve", method="letter")
    assert "2 rue Letort" in said(city.get(nadia.browser, "/courriers/imprimer"))
