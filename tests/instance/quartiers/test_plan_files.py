"""Plan files over HTTP."""

from __future__ import annotations

import pytest
from flask import Flask

from instance.quartiers import plan_web, plans
from tests.instance.quartiers.places import Town, four


@pytest.fixture
def site(town: Town) -> Flask:
    """The plan pages over a town with drawings."""
    if "plans" in town.app.blueprints:
        return town.app
    site = Flask("plans", static_folder=None)
    site.extensions["quartier"] = town.app.extensions["quartier"]
    site.register_blueprint(plan_web.bp)
    return site


def test_a_plan_is_a_picture_that_browsers_keep(site: Flask, town: Town) -> None:
    town.bring(four())
    with site.test_request_context():
        url = plan_web.url_of(plans.file_of("goutte-d-or"))

    answer = site.test_client().get(url)

    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert b'<symbol id="qB"' in answer.data
    assert answer.cache_control.max_age == plan_web.DAY_S
    again = site.test_client().get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    again.close()
    answer.close()


def test_an_import_gives_it_another_address(site: Flask, town: Town) -> None:
    urls = set()
    for _ in range(2):
        town.bring(four())
        with site.test_request_context():
            urls.add(plan_web.url_of(plans.CITY))

    assert len(urls) == 2


@pytest.mark.parametrize("name", ["none.svg", "../city.db", "..%2Fsecret", "%2e%2e/secret", ""])
def test_nothing_else_of_the_data_folder_is_served(site: Flask, town: Town, name: str) -> None:
    town.bring(four())

    assert site.test_client().get(f"/plans/{name}").status_code == 404


def test_a_machine_without_plans_has_no_address_for_them(site: Flask) -> None:
    with site.test_request_context():
        assert plan_web.url_of("plan-nowhere.svg") == ""
