"""A day on the web with what programs know too: a private message, a poll, a group, a search, the programs let in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import PHONE, log_in
from tests.city import PASSWORD, City, Someone
from tests.mastodon.signing_in import registered

pytestmark = pytest.mark.browser


def test_two_neighbours_speak_vote_found_a_group_search_and_end_a_program(
    browser: Browser, served: str, city: City
) -> None:
    slug = city.quartier("Clignancourt")
    salma, karim = city.resident(slug, "salma", name="Salma Berger"), city.resident(slug, "karim", name="Karim Dupré")
    program = registered(city, client_name="Tusky").sign_in(salma)

    def enter(someone: Someone) -> Page:
        context = browser.new_context(base_url=served, locale="fr-FR", reduced_motion="reduce", viewport=PHONE)  # type: ignore[arg-type]
        log_in(context, someone.handle, PASSWORD)
        return context.new_page()

    hers, his = enter(salma), enter(karim)

    # A private message, begun on a neighbour's page; what was typed stays when something is missing.
    hers.goto("/u/karim")
    hers.get_by_role("link", name="Écrire un message privé").click()
    expect(hers.get_by_label("À qui")).to_have_value("@karim")
    hers.get_by_label("À qui").fill("@karim @personne_ici")
    hers.get_by_label("Votre mot").fill("La pompe est derrière le garage")
    hers.get_by_role("button", name="Envoyer ce message privé").click()
    hers.get_by_role("alert").wait_for()
    expect(hers.get_by_label("Votre mot")).to_have_value("La pompe est derrière le garage")
    hers.get_by_label("À qui").fill("@karim")
    hers.get_by_role("button", name="Envoyer ce message privé").click()
    expect(hers.get_by_role("heading", name="Karim D.", level=1)).to_be_visible()

    his.goto(f"/q/{slug}")
    his.get_by_role("navigation", name="Menu principal").get_by_role("link", name="Messages").click()
    his.get_by_role("link", name="Salma B.").click()
    expect(his.get_by_text("La pompe est derrière le garage")).to_be_visible()
    his.get_by_label("Votre mot").fill("Je la rends jeudi")
    his.get_by_role("button", name="Répondre").click()
    hers.reload()
    expect(hers.get_by_text("Je la rends jeudi")).to_be_visible()

    # A poll: one choice is too few, and nothing that was typed is lost.
    hers.goto(f"/q/{slug}/ecrire")
    hers.get_by_label("Un sondage").check()
    hers.get_by_label("En une ligne").fill("Quel jour pour la fête ?")
    hers.get_by_label("Choix 1").fill("Samedi")
    hers.get_by_role("button", name="Publier").click()
    hers.get_by_role("alert").wait_for()
    expect(hers.get_by_label("Choix 1")).to_have_value("Samedi")
    hers.get_by_label("Choix 2").fill("Dimanche")
    hers.get_by_role("button", name="Publier").click()
    expect(hers.get_by_role("heading", name="Quel jour pour la fête", level=1)).to_be_visible()

    his.goto(f"/q/{slug}")
    his.get_by_label("Dimanche").check()
    his.get_by_role("button", name="Voter").click()
    expect(his.get_by_text("1 personne a voté.")).to_be_visible()

    # A group, reached from the wall.
    hers.goto(f"/q/{slug}")
    hers.get_by_label("Où lire").get_by_role("link", name="Groupes").click()
    hers.get_by_role("link", name="Fonder un groupe").click()
    hers.get_by_label("Nom du groupe").fill("Compost de la rue")
    hers.get_by_role("button", name="Fonder le groupe").click()
    his.goto("/groupes")
    his.get_by_role("link", name="Compost de la rue").click()
    his.get_by_role("button", name="Rejoindre").click()
    his.get_by_label("Votre mot").fill("Qui garde la clef du bac aux épluchures ?")
    his.get_by_role("button", name="Publier").click()
    expect(his.get_by_text("la clef du bac")).to_be_visible()

    # Each finds what was said to them, with other accents and another number.
    for page, words, found in ((hers, "épluchure clefs", "la clef du bac"), (hers, "rends jeudi", "Je la rends jeudi"),
                               (his, "FETES", "Quel jour pour la fête")):  # fmt: skip
        page.goto(f"/q/{slug}")
        page.get_by_label("Où lire").get_by_role("link", name="Rechercher").click()
        page.get_by_label("Mots, nom ou #mot").fill(words)
        page.get_by_role("button", name="Rechercher").click()
        expect(page.locator(".note", has_text=found)).to_have_count(1)
    his.goto("/recherche?q=xylophone")
    expect(his.get_by_role("heading", name="Rien ne correspond")).to_be_visible()

    # What she let in speaks for her until she ends it.
    assert program.get("/api/v1/accounts/verify_credentials").status_code == 200
    hers.goto("/reglages")
    hers.get_by_role("link", name="Mes applications").click()
    hers.get_by_role("button", name="Retirer Tusky").click()
    expect(hers.get_by_text("Aucune application pour l’instant.")).to_be_visible()
    assert program.get("/api/v1/accounts/verify_credentials").status_code == 401
    for page in (hers, his):
        page.context.close()
