"""A program in a browser, of another origin: it opens our page in a window of its own and hears the code from there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Ormevielle

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# As Phanpy does it: the window that comes back tells the one that opened it, and is closed.
PROGRAM = """<!doctype html><title>Un programme</title><button>Se connecter</button><output></output>
<img alt="" crossorigin="anonymous"><script>
const code = new URLSearchParams(location.search).get("code");
if (code && opener) { opener.postMessage(code, location.origin); close(); }
document.querySelector("button").onclick = () => open(location.hash.slice(1), "sign-in", "popup");
addEventListener("message", (event) => { document.querySelector("output").textContent = "code : " + event.data; });
const picture = document.querySelector("img");
picture.onload = () => { picture.alt = "vue"; };
</script>"""


class Pages(BaseHTTPRequestHandler):
    """Gives the one page of the program at every address."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PROGRAM.encode())

    def log_message(self, *_words: object) -> None:
        """Nothing: the test tells what failed."""


@pytest.fixture
def program() -> Iterator[str]:
    """The address of the program, on an origin that is not ours."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_program_hears_its_code_from_the_window_that_it_opened(
    ormevielle: Ormevielle, browser: Browser, program: str
) -> None:
    context = ormevielle.context(browser)
    app = context.request.post(
        "/api/v1/apps", form={"client_name": "Un programme", "redirect_uris": program, "scopes": "read write"}
    ).json()
    handle, password = next(iter(ormevielle.passwords.items()))
    page = context.new_page()
    asked = f"response_type=code&client_id={app['client_id']}&redirect_uri={program}&scope=read"
    page.goto(f"{program}#{ormevielle.url}/oauth/authorize?{asked}")

    with page.expect_popup() as opened:
        page.get_by_role("button", name="Se connecter").click()
    window = opened.value
    window.get_by_label("Identifiant ou adresse e-mail").fill(handle)
    window.get_by_label("Mot de passe", exact=True).fill(password)
    window.get_by_role("button", name="Se connecter").click()
    window.get_by_role("button", name="Autoriser").click()

    expect(page.locator("output")).to_contain_text("code : ")


def test_a_program_may_show_the_portrait_of_who_has_none(
    ormevielle: Ormevielle, browser: Browser, program: str
) -> None:
    page = ormevielle.context(browser).new_page()
    page.goto(program)

    page.evaluate(
        "address => { document.querySelector('img').src = address; }", f"{ormevielle.url}/static/icon-192.png"
    )

    expect(page.get_by_alt_text("vue")).to_have_count(1)
