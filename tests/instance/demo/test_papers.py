"""The legal pages and the guide of the demonstration are whole; their models show what is left to write."""

import json
import re

import pytest

from instance.core import markup
from instance.demo import papers
from instance.legal.models import KINDS


@pytest.mark.parametrize("language", papers.LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_blank_is_left_in_the_demonstration(kind: str, language: str) -> None:
    page = papers.of_ormevielle(kind, language)

    assert not re.search(r"[\[\]]", page)
    assert markup.from_page(page).count("<h2>") >= 3


@pytest.mark.parametrize("language", papers.LANGUAGES)
def test_every_answer_of_ormevielle_fills_a_blank(language: str) -> None:
    answers = json.loads((papers.FOLDER / "ormevielle.json").read_text("utf-8"))[language]

    asked = {words for kind in KINDS for words in papers.BLANK.findall(papers.model(kind, language))}

    assert set(answers) == asked


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_ask_for_the_same_number_of_answers(kind: str) -> None:
    french, english = (papers.model(kind, language) for language in papers.LANGUAGES)

    assert len(papers.BLANK.findall(french)) == len(papers.BLANK.findall(english))
    assert french.count("\n#") == english.count("\n#")
    assert french.count("\n- ") == english.count("\n- ")


def test_the_notices_name_what_the_law_asks_for() -> None:
    blanks = " ".join(papers.BLANK.findall(papers.model("mentions", "fr")))

    for word in ("nom de l’association", "siège", "téléphone", "représentant légal", "nom de l’hébergeur",
                 "adresse de l’hébergeur", "téléphone de l’hébergeur"):  # fmt: skip
        assert word in blanks
