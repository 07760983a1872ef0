"""Health, figures, headers and the files of the installable app."""

from __future__ import annotations

import json
from typing import Any

import pytest

from instance.core import jobs
from instance.core.db import commit
from instance.core.web import local_path
from instance.watch import metrics_token
from tests.city import City


def test_ready_says_that_all_is_well(city: City) -> None:
    answer = city.browser().get("/health/ready")

    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_ready_turns_red_when_jobs_wait_for_nobody(city: City, clock: Any) -> None:
    with commit():
        jobs.put("forget_done", {})
    clock.forward(minutes=11)

    answer = city.browser().get("/health/ready")

    assert answer.status_code == 503
    assert answer.text.startswith("queue:")


def test_a_forwarded_request_without_a_trusted_proxy_turns_ready_red(city: City) -> None:
    answer = city.browser().get("/health/ready", headers={"X-Forwarded-For": "203.0.113.9"})

    assert answer.status_code == 503
    assert "QL_PROXY_HOPS" in answer.text


def test_figures_are_for_this_machine_or_for_who_has_the_token(city: City) -> None:
    near = city.browser().get("/metrics")
    forwarded = city.browser().get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    far = city.browser().get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    known = city.browser().get(
        "/metrics",
        headers={"Authorization": f"Bearer {metrics_token()}"},
        environ_base={"REMOTE_ADDR": "203.0.113.9"},
    )

    assert near.status_code == known.status_code == 200
    assert 'quartier_jobs{state="failed"} 0' in near.text
    assert forwarded.status_code == far.status_code == 404


@pytest.mark.parametrize("path", ["/", "/connexion", "/nulle-part", "/health"])
def test_every_answer_is_closed_to_other_hosts(city: City, path: str) -> None:
    headers = city.browser().get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_what_is_shown_to_somebody_is_kept_by_no_cache(city: City) -> None:
    salma = city.resident(city.quartier("Clignancourt"))

    for path in ("/q/clignancourt", "/avis", "/mes-donnees", "/reglages"):
        headers = city.get(salma.browser, path).headers

        assert headers["Cache-Control"] == "private, no-store", path
        assert "Cookie" in headers["Vary"], path


def test_the_pages_can_be_installed_and_keep_no_page(city: City) -> None:
    manifest = city.browser().get("/manifest.webmanifest")
    worker = city.browser().get("/sw.js")
    offline = city.browser().get("/offline")

    assert json.loads(manifest.text)["start_url"]
    assert manifest.mimetype == "application/manifest+json"
    assert worker.mimetype == "text/javascript"
    assert worker.headers["Cache-Control"] == "no-cache"
    assert offline.status_code == 200
    assert "<form" not in offline.text


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", None, "q/x"]
)
def test_no_redirect_leaves_the_house(target: str | None) -> None:
    assert local_path(target) == "/"


def test_a_redirect_within_the_house_keeps_its_anchor() -> None:
    assert local_path("/p/12?tri=new#r3") == "/p/12?tri=new#r3"
