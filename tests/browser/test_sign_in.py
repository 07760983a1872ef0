"""A person lets programs in, in a real Chromium: it holds form-action against the redirect that follows a form."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import log_in, watched
from tests.city import PASSWORD, City
from tests.mastodon.signing_in import OOB, registered
from tests.support.peer import ForeignServer

pytestmark = pytest.mark.browser


def test_the_answer_reaches_the_program_and_the_pages_are_in_order(
    browser: Browser, served: str, city: City, elsewhere: ForeignServer
) -> None:
    salma = city.resident(city.quartier("Clignancourt"), "salma")
    phanpy = registered(city, f"http://{elsewhere.host}/back?a=b")
    toot = registered(city, OOB)
    tusky = registered(city)
    context = browser.new_context(base_url=served, locale="fr-FR", reduced_motion="reduce")
    log_in(context, salma.handle, PASSWORD)
    shown = watched(context, served)
    ask = "/oauth/authorize?"

    for client, answer, back in (
        (phanpy, "Autoriser", f"http://{elsewhere.host}/back?a=b&code="),
        (phanpy, "Refuser", f"http://{elsewhere.host}/back?a=b&error=access_denied"),
        (tusky, "Autoriser", "oauth2redirect://com.keylesspalace.tusky/?code="),  # Chromium looks for such a program
    ):
        page = context.new_page()
        page.goto(ask + urlencode(client.asks(state="7")))
        with page.expect_request(lambda request, back=back: request.url.startswith(back)):
            page.get_by_role("button", name=answer, exact=True).click()
        page.close()

    shown.page.goto(ask + urlencode(toot.asks()))
    assert shown.faults() == []
    shown.page.get_by_role("button", name="Autoriser", exact=True).click()
    code = shown.page.locator(".copy").inner_text()
    assert toot.exchange(code).status_code == 200
    context.close()
