"""Both languages are whole: no sentence without English, no placeholder lost, French set as French is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from instance.cli import main
from instance.core.console import Command, Group
from instance.core.paths import PACKAGE
from instance.core.typography import french
from tests.city import City

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("fr", "en")
# What must stand in a translation as often as in its source: %(name)s, {name}, tags, options, variables.
FIXED = re.compile(r"%\(\w+\)[sd]|\{\w+\}|<[^>]+>|(?<!\S)--[a-z]+|QL_[A-Z_]+")
# %(of_name)s is « du Port », « d’Aubervilliers »: only French joins a name to the word before it.
JOINED = re.compile(r"(?<=%\()(?:of|at)_(?=\w+\)s)")
NARROW, WIDE = "\u202f", "\u00a0"


def catalogue(language: str) -> Catalog:
    with (PACKAGE / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Every source sentence with its translation; both numbers of a plural."""
    for message in catalogue(language):
        if isinstance(message.id, tuple) and isinstance(message.string, tuple):
            yield from zip(message.id, message.string, strict=True)
        elif message.id:
            yield str(message.id), str(message.string)


def fixed(text: str) -> list[str]:
    """The placeholders, tags and names of `text`, in one order."""
    return sorted(FIXED.findall(JOINED.sub("", text)))


def run(*words: str, locale: str) -> str:
    """The standard output of a command in a process of its own, under `locale`."""
    kept = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "LC_MESSAGES")}
    kept |= {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "LC_ALL": locale}
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=kept, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.stdout


def ordinary(text: str) -> str:
    """`text` on one line, with ordinary spaces."""
    return " ".join(text.split())


def test_the_catalogues_are_those_that_deploy_would_make_and_no_sentence_lacks_its_english() -> None:
    # In a process of its own: helps shown earlier in this one are translated already.
    assert run("deploy/catalogue.py", "--check", locale="C") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_keeps_the_placeholders_and_tags_of_its_source(language: str) -> None:
    lost = []
    for source, text in pairs(language):
        if fixed(source) != fixed(text):
            lost.append((source, text))

    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_begins_and_ends_with_a_space_where_its_source_does(language: str) -> None:
    edges = re.compile(r"\A\s?|\s?\Z")

    assert [text for source, text in pairs(language) if edges.findall(source) != edges.findall(text)] == []


def test_the_french_catalogue_is_the_source_with_its_no_break_spaces() -> None:
    assert [source for source, text in pairs("fr") if text != french(source)] == []
    assert [text for _source, text in pairs("fr") if re.search(r" [?!;:»]|« ", text)] == []


def test_english_names_places_bare() -> None:
    assert [text for _source, text in pairs("en") if JOINED.search(text)] == []


def test_english_is_set_as_english_is_printed_and_never_raises_its_voice() -> None:
    assert [text for _source, text in pairs("en") if re.search(f"[«»!'\"{NARROW}{WIDE}]| [?;:]", text)] == []


def test_a_browser_that_asks_for_english_reads_an_english_welcome(city: City) -> None:
    city.quartier("Les Tilleuls", state="pilot")

    answer = city.browser().get("/", headers={"Accept-Language": "en-GB,en;q=0.9,fr;q=0.5"})
    page = answer.get_data(as_text=True)

    assert '<html lang="en"' in page
    assert "Your neighbours, with nobody in between" in page
    assert "0 neighbours out of " in page  # English counts nought among the many
    assert "Vos voisins" not in page
    assert NARROW not in page


def test_a_browser_that_asks_for_french_reads_it_with_no_break_spaces(city: City) -> None:
    city.quartier("Les Tilleuls", state="pilot")
    browser = city.browser()

    welcome = browser.get("/", headers={"Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5"}).get_data(as_text=True)
    address = browser.get("/inscription", headers={"Accept-Language": "fr"}).get_data(as_text=True)

    assert '<html lang="fr"' in welcome
    assert f"0{WIDE}voisin sur " in welcome  # French counts nought with one
    assert f"Quelle est votre adresse{NARROW}?" in address


def test_a_browser_that_asks_for_neither_language_reads_french(city: City) -> None:
    page = city.browser().get("/", headers={"Accept-Language": "br,cy;q=0.8"}).get_data(as_text=True)

    assert '<html lang="fr"' in page


def test_the_language_chosen_at_the_foot_outlives_what_the_browser_asks_for(city: City) -> None:
    browser = city.browser()

    browser.get("/langue/en")
    page = browser.get("/", headers={"Accept-Language": "fr"}).get_data(as_text=True)

    assert '<html lang="en"' in page


def test_the_language_of_an_account_goes_before_the_browsers_and_its_pages_offer_no_other_at_their_foot(
    city: City,
) -> None:
    city.quartier("Les Tilleuls")
    odile = city.resident("les-tilleuls", language="en")

    page = odile.browser.get("/reglages", headers={"Accept-Language": "fr"}).get_data(as_text=True)

    assert '<html lang="en"' in page
    assert "My proof of address" in page
    assert "/langue/fr" not in page


def test_letters_are_printed_in_french_by_a_neighbour_who_reads_english(city: City) -> None:
    city.quartier("Les Tilleuls")
    karim = city.resident("les-tilleuls", language="en", roles_here=("verifier",))

    on_screen = karim.browser.get("/courriers").get_data(as_text=True)
    on_paper = karim.browser.get("/courriers/imprimer").get_data(as_text=True)

    assert "0 letters to print." in on_screen
    assert '<html lang="fr"' in on_paper
    assert "0 lettre à imprimer" in on_paper


IN_FRENCH = ("Quartier Libre : une instance, une ville, ses quartiers.", "Les pages seules.", "Port d’écoute.")
IN_ENGLISH = ("Quartier Libre: one instance, one city, its quartiers.", "The pages alone.", "Port to listen on.")


HELPS = """
from instance.cli import main
for words in (["--help"], ["serve", "--help"]):
    main(words, prog_name="quartier", standalone_mode=False)
"""


@pytest.mark.parametrize(("locale", "words"), [("fr_FR.UTF-8", IN_FRENCH), ("C", IN_ENGLISH)])
def test_the_command_line_helps_in_the_operators_language(locale: str, words: tuple[str, str, str]) -> None:
    helps = ordinary(run("-c", HELPS, locale=locale))

    assert [sentence for sentence in words if sentence not in helps] == []


def test_every_command_is_of_the_kind_that_speaks_both_languages() -> None:
    waiting: list[tuple[str, click.Command]] = [("quartier", main)]
    mute = []
    while waiting:
        name, command = waiting.pop()
        if not isinstance(command, Command | Group) or not command.help:
            mute.append(name)
        if isinstance(command, click.Group):
            waiting += [(f"{name} {word}", one) for word, one in command.commands.items()]

    assert mute == []


FAULT = """
import click
from instance.core.console import Command
from instance.settings import BadSetting

@click.command(cls=Command)
def start():
    raise BadSetting("Aucune tâche en échec n’a ce numéro.")

try:
    start.main(prog_name="quartier", args=[], standalone_mode=False)
except click.ClickException as fault:
    print(fault)
"""


def test_a_fault_that_only_the_operator_can_mend_is_said_in_the_operators_language() -> None:
    said = {locale: run("-c", FAULT, locale=locale) for locale in ("fr_FR.UTF-8", "C")}

    assert ordinary(said["fr_FR.UTF-8"]) == "Aucune tâche en échec n’a ce numéro."
    assert ordinary(said["C"]) == ordinary(english_of("Aucune tâche en échec n’a ce numéro."))


def english_of(source: str) -> str:
    """The English of one sentence."""
    message = catalogue("en").get(source)
    assert message is not None
    return str(message.string)
