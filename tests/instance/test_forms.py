"""A form whose page grew stale: refused, and what was typed is shown again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.city import City


@pytest.fixture
def guarded(app: Flask) -> Iterator[None]:
    """The application with its protection on, as residents meet it."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


def test_a_form_without_its_sign_is_refused_and_its_words_come_back(city: City, request: pytest.FixtureRequest) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)
    request.getfixturevalue("guarded")
    words = "Un long récit que personne ne veut taper deux fois."

    answer = city.post(
        salma.browser,
        f"/q/{here}/ecrire",
        title="Bonjour",
        text=words,
        kind="news",
        scope="quartier",
        password="x" * 30,
    )

    assert answer.status_code == 400
    assert words in answer.text
    assert "Rien n’est parti" in answer.text
    assert "x" * 30 not in answer.text
