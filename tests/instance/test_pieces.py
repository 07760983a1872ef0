"""What is made once for many readers stays right for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from flask import render_template_string
from jinja2.runtime import Macro
from markupsafe import Markup

from instance.core import pieces
from tests.city import City


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    pieces.forget_all()
    yield
    pieces.forget_all()


class Component:
    """Stands for a macro: counts how often it is made."""

    name = "say"
    made = 0

    def __call__(self, *words: Any) -> Markup:
        self.made += 1
        return Markup(render_template_string("{{ words[0] }}", words=words))


def test_a_component_is_made_once_for_the_same_values(city: City) -> None:
    component = Component()

    with city.app.test_request_context("/"):
        said = [pieces.kept(cast(Macro, component), word) for word in ("un", "deux", "un")]

    assert said == ["un", "deux", "un"]
    assert component.made == 2


def test_text_is_never_shown_as_the_markup_that_it_looks_like(city: City) -> None:
    component = Component()

    with city.app.test_request_context("/"):
        ours = pieces.kept(cast(Macro, component), Markup("<b>gras</b>"))
        typed = pieces.kept(cast(Macro, component), "<b>gras</b>")

    assert ours == "<b>gras</b>"
    assert typed == "&lt;b&gt;gras&lt;/b&gt;"


def test_what_was_not_asked_for_longest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "KEPT", 2)
    pieces.put("one", "1")
    pieces.put("two", "2")
    pieces.find("one")

    pieces.put("three", "3")

    assert [pieces.find(name) for name in ("one", "two", "three")] == ["1", None, "3"]


def test_menu_and_foot_follow_the_reader_s_language_role_and_quartier_at_once(city: City) -> None:
    here, there = city.quartier("Clignancourt"), city.quartier("Goutte d’Or")
    salma, bruno = city.resident(here), city.resident(there)
    assert f'href="/q/{here}"' in city.get(salma.browser, "/avis").text
    assert f'href="/q/{here}"' not in city.get(bruno.browser, "/avis").text
    assert "/travail" not in city.get(salma.browser, "/avis").text

    city.give_role(salma, "referent", here)
    assert "/travail" in city.get(salma.browser, "/avis").text
    city.move_away(salma)
    assert f'href="/q/{here}"' not in city.get(salma.browser, "/avis").text

    stranger = city.browser()
    french = city.get(stranger, "/regles").text
    city.get(stranger, "/langue/en")
    assert "Mentions légales" in french
    assert "Mentions légales" not in city.get(stranger, "/regles").text
