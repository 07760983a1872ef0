"""The main journeys by keyboard alone, and without any script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.chromium import PHONE, send
from tests.browser.conftest import Ormevielle
from tests.browser.lived_in import HERE, PASSWORD, REFERENT, RESIDENT, let_in, say

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TABS_MAX = 160


@pytest.fixture
def stranger(browser: Browser, ormevielle: Ormevielle) -> Iterator[BrowserContext]:
    context = ormevielle.context(browser)
    yield context
    context.close()


@pytest.fixture
def resident(browser: Browser, ormevielle: Ormevielle) -> Iterator[BrowserContext]:
    context = ormevielle.context(browser, RESIDENT)
    yield context
    context.close()


@pytest.fixture
def without_scripts(browser: Browser, ormevielle: Ormevielle) -> Iterator[BrowserContext]:
    context = ormevielle.context(browser, RESIDENT, java_script_enabled=False)
    yield context
    context.close()


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus, and see that the focus shows."""
    for _press in range(TABS_MAX):
        page.keyboard.press("Tab")
        if wanted.evaluate("(one) => one === document.activeElement"):
            assert wanted.evaluate("(one) => one.matches(':focus-visible')")
            return
    raise AssertionError(f"{wanted} is not reached by the Tab key")


def type_into(page: Page, label: str, words: str) -> None:
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(words)


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    tab_to(page, wanted)
    page.keyboard.press(key)


@pytest.mark.parametrize("path", ["/", "/connexion", "/guide", f"/q/{HERE}", "/reglages", "/avis"])
def test_help_is_two_and_three_steps_after_the_skip_link(path: str, resident: BrowserContext) -> None:
    page = resident.new_page()
    page.goto(path)

    stops = []
    for _press in range(4):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.className"))

    assert [stop.split()[-1] for stop in stops] == ["skip", "brand", "help-need", "help-can"]


@pytest.mark.parametrize(
    ("button", "begun"), [("J’ai besoin d’aide", "J’ai besoin d’aide : "), ("Je peux aider", "Je peux aider : ")]
)
def test_help_leads_to_a_question_with_its_first_words(button: str, begun: str, resident: BrowserContext) -> None:
    page = resident.new_page()
    page.goto("/guide")

    page.get_by_role("link", name=button).click()

    expect(page.get_by_label("Une question")).to_be_checked()
    title = page.get_by_label("En une ligne").input_value()
    assert title.replace("\N{NO-BREAK SPACE}", " ") == begun


def test_the_skip_link_leads_past_the_menu(resident: BrowserContext) -> None:
    page = resident.new_page()
    page.goto(f"/q/{HERE}")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_sign_up_by_keyboard_to_the_proof(stranger: BrowserContext) -> None:
    page = stranger.new_page()
    page.goto("/")

    press(page, page.get_by_role("link", name="Trouver mon quartier"))
    page.wait_for_url("**/inscription")
    type_into(page, "Numéro et rue", "8 place du boeuf")
    page.get_by_role("button", name="8 Place du Bœuf Couronné").wait_for()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent").startswith("8 Place")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Oui, c’est chez moi").wait_for()
    press(page, page.get_by_role("link", name="Oui, c’est chez moi"))
    page.wait_for_url("**/inscription/vous")
    for label, words in (("Prénom", "Ysé"), ("Nom", "Galland")):
        type_into(page, label, words)
    type_into(page, "Adresse e-mail", "yse@ormevielle.example")
    type_into(page, "Mot de passe", PASSWORD)
    press(page, page.get_by_label("J’ai 15 ans ou plus"), " ")
    press(page, page.get_by_role("button", name="Créer mon compte"))

    page.wait_for_url("**/preuve")
    tab_to(page, page.get_by_label("Recevoir un courrier"))
    page.keyboard.press("ArrowDown")
    press(page, page.get_by_role("button", name="Choisir ce moyen"))
    expect(page.get_by_role("heading", name="Votre numéro de guichet")).to_be_visible()


def test_words_typed_before_the_script_arrives_are_answered_too(stranger: BrowserContext) -> None:
    page = stranger.new_page()
    late: list[Route] = []
    page.route("**/suggest.js*", lambda route: late.append(route))
    page.goto("/inscription")

    type_into(page, "Numéro et rue", "8 place du boeuf")
    page.wait_for_timeout(500)
    for one in late:
        one.continue_()

    expect(page.get_by_role("button", name="8 Place du Bœuf Couronné")).to_be_visible()


def test_the_faults_of_a_form_take_the_focus_and_lead_to_the_fields(stranger: BrowserContext) -> None:
    page = stranger.new_page()
    page.goto("/connexion")

    type_into(page, "Identifiant ou adresse e-mail", "personne")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()

    assert page.evaluate("document.activeElement.closest('[role=alert]') !== null")
    press(page, page.get_by_role("alert").get_by_role("link"))
    assert page.evaluate("document.activeElement.name") == "login"
    assert page.get_by_label("Identifiant ou adresse e-mail").input_value() == "personne"


def test_a_post_a_reply_a_thank_you_and_a_deletion_by_keyboard(
    stranger: BrowserContext, ormevielle: Ormevielle, browser: Browser
) -> None:
    page = stranger.new_page()
    page.goto("/connexion")
    type_into(page, "Identifiant ou adresse e-mail", RESIDENT)
    type_into(page, "Mot de passe", ormevielle.passwords[RESIDENT])
    page.keyboard.press("Enter")
    page.wait_for_url("**/q/**")

    press(page, page.get_by_role("link", name="Écrire au quartier"))
    page.wait_for_url("**/ecrire")
    type_into(page, "En une ligne", "Écrit sans souris")
    press(page, page.get_by_role("button", name="Publier"))
    expect(page.get_by_role("heading", name="Écrit sans souris")).to_be_visible()
    post = page.url

    neighbour = ormevielle.context(browser, REFERENT)
    other = neighbour.new_page()
    other.goto(post)
    press(other, other.get_by_role("button", name="Merci"))
    expect(other.get_by_role("button", name="Merci")).to_have_attribute("aria-pressed", "true")
    type_into(other, "Votre mot", "Répondu sans souris")
    press(other, other.get_by_role("button", name="Répondre"))
    expect(other.get_by_text("Répondu sans souris")).to_be_visible()
    neighbour.close()

    page.reload()
    press(page, page.locator("article summary, .note summary").first)
    press(page, page.get_by_role("link", name="Supprimer").first)
    page.wait_for_url("**/supprimer")
    press(page, page.get_by_role("button", name="Supprimer pour de bon"))
    expect(page.get_by_text("Le message est supprimé.")).to_be_visible()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_who_is_quoted_takes_their_words_back_by_keyboard(
    has_scripts: bool, browser: Browser, ormevielle: Ormevielle
) -> None:
    own = ormevielle.context(browser, RESIDENT, java_script_enabled=has_scripts, viewport=PHONE)
    neighbour = ormevielle.context(browser, REFERENT)
    writing = {"title": "Le marché déménage", "text": "Place du Bœuf.", "kind": "news", "scope": "public"}
    quoted = send(own, f"/q/{HERE}/ecrire", act="send", confirmed="1", everywhere="1", **writing)
    _asking, token = let_in(neighbour)
    quoting = say(neighbour, token, status="Voyez", quoted_status_id=quoted.rpartition("/")[2])
    page = own.new_page()
    page.goto(quoting)

    press(page, page.get_by_role("link", name="Retirer mes mots de ce message"))
    page.wait_for_url("**/retirer-mes-mots")
    press(page, page.get_by_role("button", name="Retirer mes mots"))

    expect(page.get_by_text("Vos mots n’apparaissent plus dans ce message.")).to_be_in_viewport()
    assert page.url.endswith(quoting)
    expect(page.get_by_text("Le marché déménage")).to_have_count(0)
    own.close()
    neighbour.close()


def test_sign_up_without_scripts(browser: Browser, ormevielle: Ormevielle) -> None:
    context = ormevielle.context(browser, java_script_enabled=False)
    page = context.new_page()

    page.goto("/inscription")
    page.get_by_label("Numéro et rue").fill("place du boeuf couronne")
    page.get_by_role("button", name="Chercher cette adresse").click()
    page.get_by_role("button", name="Place du Bœuf Couronné").first.click()
    page.get_by_role("link", name="Oui, c’est chez moi").click()
    for label, words in (("Prénom", "Ode"), ("Adresse e-mail", "ode@ormevielle.example"), ("Mot de passe", PASSWORD)):
        page.get_by_label(label).fill(words)
    page.get_by_label("Nom", exact=True).fill("Galland")
    page.get_by_label("J’ai 15 ans ou plus").check()
    page.get_by_role("button", name="Créer mon compte").click()
    page.get_by_label("Demander à deux voisins").check()
    page.get_by_role("button", name="Choisir ce moyen").click()

    expect(page.get_by_role("heading", name="0 voisin sur 2")).to_be_visible()
    context.close()


def test_a_post_and_a_reply_without_scripts(without_scripts: BrowserContext) -> None:
    page = without_scripts.new_page()
    page.goto(f"/q/{HERE}/ecrire")

    page.get_by_label("Une question").check()
    page.get_by_label("En une ligne").fill("Qui a une échelle sans script")
    page.get_by_label("Quartier et voisins").check()
    page.get_by_role("button", name="Publier").click()
    expect(page.get_by_role("heading", name="Relire avant d’envoyer")).to_be_visible()
    page.get_by_role("button", name="Publier dans 5 quartiers").click()
    page.get_by_label("Votre mot").fill("Moi")
    page.get_by_role("button", name="Répondre").click()

    expect(page.get_by_role("heading", name="1 réponse")).to_be_visible()


def test_notices_and_settings_without_scripts(without_scripts: BrowserContext) -> None:
    page = without_scripts.new_page()
    page.goto("/avis")

    page.get_by_role("button", name="Tout marquer comme lu").click()
    expect(page.get_by_role("heading", name="Avis")).to_be_visible()
    page.goto("/reglages")
    page.get_by_label("Ne pas déranger à partir de").select_option("22")
    page.get_by_label("Ne pas déranger jusqu’à").select_option("7")
    page.get_by_role("button", name="Garder ces choix").click()

    expect(page.get_by_text("C’est noté.")).to_be_visible()
    expect(page.get_by_label("Ne pas déranger à partir de")).to_have_value("22")


def test_affichage_simple_stays_with_the_account(browser: Browser, ormevielle: Ormevielle) -> None:
    here = ormevielle.context(browser, REFERENT)
    page = here.new_page()
    page.goto("/avis")
    page.get_by_role("button", name="Affichage simple").click()
    page.get_by_role("button", name="Affichage complet").wait_for()

    elsewhere = ormevielle.context(browser, REFERENT)
    other = elsewhere.new_page()
    other.goto(f"/q/{HERE}")

    assert other.evaluate("document.documentElement.className") == "simple"
    assert other.locator("nav.menu a, .menu a").count() == 3
    expect(other.get_by_role("contentinfo").get_by_role("link", name="Réglages")).to_be_visible()
    other.get_by_role("button", name="Affichage complet").click()
    other.get_by_role("button", name="Affichage simple").wait_for()
    page.reload()
    assert page.evaluate("document.documentElement.className") == ""
    here.close()
    elsewhere.close()
