"""Passkeys at the edge: how many are kept, and what setting one up ends. A browser's own part: tests/browser."""

from __future__ import annotations

import html
import json
import re
from functools import partial

import pytest
from sqlalchemy import func, select

from instance.accounts.models import Passkey
from instance.core.db import db
from tests.city import PASSWORD
from tests.instance.accounts.conftest import plain
from tests.instance.accounts.test_second_factor import PAGE, hidden, set_up
from tests.instance.verification.applicants import at_once
from tests.mastodon.conftest import Programs
from tests.support import authenticator


def begun_key(city, someone, name="clé"):
    """The page on which a browser makes a key: its hidden field, and the challenge to sign."""
    shown = city.post(someone.browser, f"{PAGE}/cles", password=PASSWORD, name=name)
    options = json.loads(html.unescape(re.search(r'data-options="([^"]*)"', shown.text)[1]))
    return hidden(shown, "setup"), options["challenge"]


def keep_key(city, someone, begun, **more):
    setup, challenge = begun
    said = authenticator.made(city.settings.base_url, challenge)
    return city.post(someone.browser, f"{PAGE}/cles/garder", setup=setup, credential=said, **more)


class TestKeys:
    def test_neither_pages_opened_before_nor_posts_at_once_bring_an_eleventh_key_or_one_twice(self, city, app):
        salma = city.visitor("salma")
        opened = [begun_key(city, salma) for _ in range(12)]
        setup, challenge = opened[0]
        clicked = {"setup": setup, "credential": authenticator.made(city.settings.base_url, challenge)}
        assert city.post(salma.browser, f"{PAGE}/cles/garder", **clicked).status_code == 200
        assert city.post(salma.browser, f"{PAGE}/cles/garder", **clicked).status_code == 422
        for one in opened[1:9]:
            assert keep_key(city, salma, one).status_code == 303

        raced = at_once(app, [partial(keep_key, city, salma, one) for one in opened[9:11]])
        refused = keep_key(city, salma, opened[11])

        assert sorted(answer.status_code for answer in raced) == [303, 422]
        assert refused.status_code == 422
        assert "Retirez d’abord une de vos clés : dix suffisent." in plain(refused)
        assert db.session.scalar(select(func.count()).select_from(Passkey)) == 10

    @pytest.mark.parametrize("ends", [True, False])
    @pytest.mark.parametrize("means", ["a key", "a telephone"])
    def test_applications_outlast_a_new_second_step_unless_their_person_ends_them_there(self, city, means, ends):
        salma = city.visitor("salma")
        program, more = Programs(city).of(salma), {"programs": "1"} if ends else {}

        if means == "a key":
            done = keep_key(city, salma, begun_key(city, salma), **more)
        else:
            _secret, _codes, done = set_up(city, salma, **more)

        assert done.status_code == 200
        assert program.get("/api/v1/accounts/verify_credentials").status_code == (401 if ends else 200)
