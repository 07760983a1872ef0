"""A passkey in a real Chromium, with its virtual authenticator: the first hour of an admin, who needs a second step."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium
from tests.running.served import instance

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HANDLE, PASSWORD = "lea_admin", "la cour de la rue Letort"
PAGE = "/reglages/deuxieme-etape"
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def url(tmp_path: Path, own_database: str) -> Iterator[str]:
    """A new instance with its first admin, as docs/operate.md makes them."""
    with instance(tmp_path, QL_DATABASE_URL=own_database, QL_ROLES_NEED_SECOND_FACTOR="on") as (tree, settings):
        words = ["resident", "add", HANDLE, "--name", "Léa Martin", "--password", PASSWORD, "--role", "admin"]
        for command in (["migrate"], words):
            subprocess.run([sys.executable, "-m", "instance.cli", *command], env=tree.env, check=True)
        tree.start()
        yield settings.base_url


def give_password(page: Page, target: str = "/") -> None:
    page.goto(f"/connexion?next={target}")
    page.get_by_label("Identifiant ou adresse e-mail").fill(HANDLE)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def name_a_key(page: Page, name: str) -> None:
    form = page.locator(f"form[action='{PAGE}/cles']")
    form.get_by_label("Nom de la clé").fill(name)
    form.get_by_label("Votre mot de passe").fill(PASSWORD)
    form.get_by_role("button", name="Ajouter une clé").click()


def test_an_admin_is_led_to_a_key_which_is_asked_for_at_the_next_log_in_and_can_be_lost(
    url: str, browser: Browser
) -> None:
    context = browser.new_context(base_url=url, locale="fr-FR", reduced_motion="reduce")
    seen = chromium.watched(context, url)
    page = seen.page
    give_password(page, "/admin")
    expect(page.get_by_role("heading", name="Deuxième étape de connexion")).to_be_visible()
    page.goto("/admin")
    expect(page.get_by_role("heading", name="Votre rôle demande une deuxième étape")).to_be_visible()
    page.get_by_role("link", name="La mettre en place").click()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    name_a_key(page, "mon téléphone")
    expect(page.get_by_text("Cette étape demande un navigateur")).to_be_hidden()
    page.get_by_role("button", name="Créer la clé").click()
    expect(page.get_by_role("heading", name="Vos codes de secours")).to_be_visible()
    code = page.locator("li.copy").first.inner_text()
    page.get_by_role("link", name="C’est noté, continuer").click()
    expect(page).to_have_url(f"{url}/admin")

    context.clear_cookies()
    give_password(page, "/admin")
    page.get_by_role("button", name="Utiliser ma clé").click()
    expect(page).to_have_url(f"{url}/admin")
    context.clear_cookies()
    give_password(page)
    expect(page.get_by_role("button", name="Utiliser ma clé")).to_be_visible()
    assert seen.faults() == []  # it ends sessions of DevTools, and the authenticator with them

    # Elsewhere and without script the key is not offered, and a code from paper is enough; then the key is taken away.
    plain = browser.new_context(base_url=url, locale="fr-FR", java_script_enabled=False)
    page = plain.new_page()
    give_password(page)
    expect(page.get_by_role("button", name="Utiliser ma clé")).to_be_hidden()
    page.get_by_label(re.compile("Code de secours")).fill(code)
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_text("il vous en reste 9")).to_be_visible()
    page.goto(PAGE)
    name_a_key(page, "une autre")
    expect(page.get_by_text("Cette étape demande un navigateur")).to_be_visible()
    page.goto(PAGE)
    page.get_by_text("Retirer « mon téléphone »").click()
    away = page.locator("form[action$='/retirer']")
    away.get_by_label("Votre mot de passe").fill(PASSWORD)
    away.get_by_role("button", name="Retirer cette clé").click()
    expect(page.get_by_text("Cette clé ne compte plus.")).to_be_visible()
    assert page.goto("/admin").status == 403  # type: ignore[union-attr]
    plain.close()
    context.close()
