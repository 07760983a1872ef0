"""Every page of the application, seen by axe and by a ruler, in light and dark, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Iterator
from gzip import compress

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Response
from werkzeug.exceptions import HTTPException

from tests.browser import lived_in
from tests.browser.chromium import PHONE, watched
from tests.browser.conftest import Ormevielle
from tests.browser.lived_in import LivedIn
from tests.browser.newsroom import Newsroom

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READERS = (
    lived_in.STRANGER, lived_in.RESIDENT, lived_in.REFERENT, lived_in.MODERATOR, lived_in.VERIFIER, lived_in.ADMIN,
    lived_in.PILOT, lived_in.NEWCOMER,
)  # fmt: skip
LEAVER = "heron_cendre"  # goes on no tour: a second step ends all other sessions
# What answers a GET without being a page to look at: files, machines' questions, and what only leads on.
NO_PAGES = {
    "static", "media.show", "plans.file", "house.health", "house.ready", "house.metrics", "house.manifest",
    "house.service_worker", "accounts.my_data_file", "moderation.case_photo", "moderation.appeal_photo",
    "verification.letters_file", "verification.short_code", "notifications.follow", "quartiers.choose_language",
    "timelines.public_feed", "accounts.list_file", "posts.own_public_posts",
    "pages.feed", "pages.letters_file", "desk.file", "desk.figures_file",
}  # fmt: skip
# Rooms without a page: other servers and clients ask there.
MACHINES = {"accords", "attest", "documents", "discovery", "inbox", "mastodon", "oauth", "quotes"}
# Pages that stand only in the middle of a way; the journeys of test_sign_up_page_by_page walk it.
# To stop one exchange with another city is asked on the page on which the switch of a quartier is.
# The second step of log-in is looked at by test_passkeys.
ON_THE_WAY = {
    "accounts.second_step",
    "verification.about_you",
    "verification.desk_account_form",
    "moderation.leave_passage",
}


@pytest.fixture(scope="module")
def city(browser: Browser, ormevielle: Ormevielle) -> Iterator[LivedIn]:
    def enter(who: str) -> BrowserContext:
        return ormevielle.context(browser, who if who in ormevielle.passwords else "", viewport=PHONE)

    found = LivedIn(ormevielle.mails, ormevielle.passwords, enter)
    found.meet_somebody_elsewhere(ormevielle.peer, ormevielle.url)
    found.hear_from_another_city(ormevielle.peer, ormevielle.url)
    newsroom = Newsroom(ormevielle.tree.env, found.context, ormevielle.peer)
    found.also = newsroom.visits()
    yield found
    found.close()


def test_no_page_is_left_out(city: LivedIn, whole_app: Flask) -> None:
    adapter = whole_app.url_map.bind("localhost")
    seen = set()
    for _who, path in city.visits():
        try:
            seen.add(adapter.match(path.partition("?")[0])[0])
        except HTTPException:
            assert path == "/rien", path
    asked = {str(rule.endpoint) for rule in whole_app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages = {one for one in asked if one.partition(".")[0] not in MACHINES}

    assert pages - NO_PAGES - ON_THE_WAY - seen == set()


@pytest.mark.parametrize("who", READERS, ids=[who or "stranger" for who in READERS])
def test_nothing_is_wrong_with_the_pages_of(who: str, city: LivedIn, ormevielle: Ormevielle) -> None:
    seen = watched(city.context(who), ormevielle.url)
    found = {}
    for reader, path in city.visits():
        if reader != who:
            continue
        seen.page.set_viewport_size(PHONE)
        answer = seen.page.goto(path)
        assert answer is not None
        assert answer.status in (200, 404), path
        assert (answer.status == 404) == (path == "/rien" or path in city.closed_to(who)), path
        if faults := seen.faults():
            found[path] = faults

    assert found == {}
    seen.page.close()


def test_sign_up_page_by_page(browser: Browser, ormevielle: Ormevielle, city: LivedIn) -> None:
    newcomer = ormevielle.context(browser, viewport=PHONE)
    seen, found = watched(newcomer, ormevielle.url), {}

    def look(step: str) -> None:
        seen.page.set_viewport_size(PHONE)
        if faults := seen.faults():
            found[step] = faults

    seen.page.goto("/inscription")
    seen.page.get_by_label("Numéro et rue").fill("10 place du boeuf")
    seen.page.get_by_role("button", name="10 Place du Bœuf Couronné").click()
    seen.page.get_by_role("link", name="Oui, c’est chez moi").wait_for()
    look("the address")
    seen.page.get_by_role("link", name="Oui, c’est chez moi").click()
    seen.page.get_by_role("button", name="Créer mon compte").click()
    seen.page.get_by_role("alert").wait_for()
    look("what is missing")
    seen.page.close()
    desk = watched(city.context(lived_in.VERIFIER), ormevielle.url)
    desk.page.goto("/guichet/nouveau")
    desk.page.get_by_label("Numéro et rue").fill("10 place du boeuf couronne")
    desk.page.get_by_role("button", name="Chercher cette adresse").click()
    desk.page.goto("/guichet/nouveau/compte")
    assert desk.page.url.endswith("/guichet/nouveau/compte")
    if faults := desk.faults():
        found["an account made at the desk"] = faults
    desk.page.goto("/guichet")
    desk.page.get_by_text("Donner un nouveau mot de passe").click()
    desk.page.get_by_label("Identifiant de la personne").fill("belote")
    desk.page.get_by_role("button", name="Trouver ce compte").click()
    desk.page.get_by_label("J’ai vu un document à ce nom.").check()
    if faults := desk.faults():
        found["a new password at the desk"] = faults
    desk.page.get_by_role("button", name="Donner un nouveau mot de passe").click()
    desk.page.get_by_role("heading", name="Le mot de passe est changé").wait_for()
    if faults := desk.faults():
        found["the password, shown once"] = faults

    assert found == {}
    newcomer.close()


def test_a_second_step_page_by_page(browser: Browser, ormevielle: Ormevielle) -> None:
    own, password = ormevielle.context(browser, LEAVER, viewport=PHONE), ormevielle.passwords[LEAVER]
    seen, found = watched(own, ormevielle.url), {}

    def look(step: str) -> None:
        if faults := seen.faults():
            found[step] = faults

    def begin(button: str, label: str = "Votre mot de passe") -> None:
        seen.page.goto("/reglages/deuxieme-etape")
        form = seen.page.locator("form", has=seen.page.get_by_role("button", name=button))
        if button == "Ajouter une clé":
            form.get_by_label("Nom de la clé").fill("mon téléphone")
        if not form.get_by_label(label).is_visible():
            seen.page.locator("summary", has_text=button).click()
        form.get_by_label(label).fill(password)
        form.get_by_role("button", name=button).click()

    begin("Ajouter une clé")
    seen.page.get_by_role("heading", name="Ajouter une clé").wait_for()
    look("a key")
    begin("Utiliser une application")
    secret = seen.page.locator(".copy").inner_text().replace(" ", "")
    look("the drawing")
    seen.page.get_by_label("Code affiché par l’application").fill("12")
    seen.page.get_by_role("button", name="Valider ce code").click()
    seen.page.get_by_role("alert").wait_for()
    look("a wrong code")
    seen.page.get_by_label("Code affiché par l’application").fill(pyotp.TOTP(secret).now())
    seen.page.get_by_role("button", name="Valider ce code").click()
    seen.page.get_by_role("heading", name="Vos codes de secours").wait_for()
    look("the codes on paper")
    seen.page.goto("/reglages/deuxieme-etape")
    look("a second step in place")
    begin("Retirer l’application")
    seen.page.get_by_role("button", name="Utiliser une application").wait_for()

    assert found == {}
    own.close()


def test_what_is_read_again_before_it_goes_wider_than_the_quartier(city: LivedIn, ormevielle: Ormevielle) -> None:
    seen = watched(city.context(lived_in.RESIDENT), ormevielle.url)
    seen.page.goto(f"/q/{lived_in.HERE}/ecrire")
    seen.page.get_by_label("En une ligne").fill("Je cherche quelqu’un pour arroser")
    seen.page.get_by_label("Le détail").fill("Je suis en vacances, le code de la porte est 1234A.")
    seen.page.locator("input[name=scope][value=neighbours]").check()
    seen.page.get_by_role("button", name="Publier").click()
    seen.page.get_by_role("heading", name="Relire avant d’envoyer", level=1).wait_for()
    seen.page.get_by_text("Ce message ira plus loin que votre quartier").wait_for()

    assert seen.faults() == []
    seen.page.close()


@pytest.mark.parametrize(("who", "path"), [(lived_in.STRANGER, "/"), (lived_in.RESIDENT, f"/q/{lived_in.HERE}")])
def test_a_first_visit_weighs_sixty_kilobytes_at_most(
    who: str, path: str, browser: Browser, ormevielle: Ormevielle
) -> None:
    context = ormevielle.context(browser, who, viewport=PHONE)
    answers: list[Response] = []
    page = context.new_page()
    page.on("response", lambda answer: answers.append(answer))
    page.goto(path, wait_until="networkidle")

    weights = {one.url: len(compress(one.body(), 9)) for one in answers if one.ok and "/media/" not in one.url}

    assert len(weights) >= 5
    assert sum(weights.values()) <= 60 * 1024, weights
    context.close()
