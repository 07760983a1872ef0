"""A real Chromium, and what is asked of every page that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
FINGER_PX, POINTER_PX = 44, 24

_AXE = """(rules) => axe.run({runOnly: rules, resultTypes: ['violations'], elementRef: false}).then((found) =>
  found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`))"""
_TOO_WIDE = "() => document.documentElement.scrollWidth - innerWidth"
_STYLED = "() => [...document.querySelectorAll('[style]')].map((one) => one.outerHTML.slice(0, 120))"
# A link within a sentence is as high as its line (WCAG 2.5.8, inline); a box to tick counts with its label.
_SMALL = """(least) => [...document.querySelectorAll('a, button, input, select, textarea, summary')].filter((one) => {
  const seen = one.checkVisibility() && !one.matches('.skip, input[type=hidden]') && !one.closest('svg');
  const inText = one.matches('p:not(.links):not(.masthead) a, .prose a, .by a, .note-title a, dd a, .lines li a');
  const target = one.labels?.length && ['radio', 'checkbox'].includes(one.type) ? one.labels[0] : one;
  const box = target.getBoundingClientRect();
  return seen && !inText && (box.width < least - 0.1 || box.height < least - 0.1);
}).map((one) => one.outerHTML.slice(0, 120))"""


@contextmanager
def started() -> Iterator[Browser]:
    """A Chromium for one module: a second Playwright cannot run beside it."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Watched:
    """A page of which every console message, fault and foreign request is kept in `troubles`."""

    page: Page
    home: str  # scheme, host and port of the instance
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda fault: self.troubles.append(f"fault: {fault}"))
        self.page.on("request", lambda request: self._note(request.url))

    def _hear(self, said: ConsoleMessage) -> None:
        is_own_status = said.location.get("url") == self.page.url and "Failed to load resource" in said.text
        if not is_own_status:  # Chromium remarks on a page that is itself a 404
            self.troubles.append(f"console: {said.text}")

    def _note(self, url: str) -> None:
        if not url.startswith((f"{self.home}/", "data:", "blob:", "about:")):
            self.troubles.append(f"asked {urlsplit(url).netloc}")

    def faults(self) -> list[str]:
        """What is wrong with the page as it stands, on a phone and on a desk, in light and in dark."""
        page, found, self.troubles = self.page, list(self.troubles), []
        found += [f"style attribute: {one}" for one in page.evaluate(_STYLED)]
        page.evaluate(Axe().axe_script)
        for size, least in ((PHONE, FINGER_PX), (DESK, POINTER_PX)):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            found += self._too_wide(f"at {size['width']} px")
            found += [f"under {least} px: {one}" for one in page.evaluate(_SMALL, least)]
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                found += [f"axe, {size['width']} px, {scheme}: {one}" for one in page.evaluate(_AXE, RULES)]
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        with doubled(page):
            found += self._too_wide("at 320 px with letters of twice the size")
        return found

    def _too_wide(self, where: str) -> list[str]:
        over = self.page.evaluate(_TOO_WIDE)
        return [f"{over} px too wide {where}"] if over > 0 else []


@contextmanager
def doubled(page: Page) -> Iterator[None]:
    """Letters of twice the size, as set in the browser."""
    session: CDPSession = page.context.new_cdp_session(page)
    session.send("Page.enable")
    session.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") in {"32px", "44px"}
    yield
    session.send("Page.setFontSizes", {"fontSizes": {"standard": 16, "fixed": 13}})
    session.detach()


def watched(context: BrowserContext, home: str) -> Watched:
    """A new page of `context`."""
    return Watched(context.new_page(), home)


def log_in(context: BrowserContext, handle: str, password: str) -> None:
    """Log `context` in through the form."""
    page = context.new_page()
    page.goto("/connexion")
    page.get_by_label("Identifiant ou adresse e-mail").fill(handle)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(lambda url: not url.endswith("/connexion"))
    page.close()


def send(context: BrowserContext, form: str, path: str = "", **fields: Any) -> str:
    """Send the form that stands on the page `form`, to `path` or to the page itself; the path answered."""
    token = context.request.get(form).text().partition('name="csrf_token" value="')[2].partition('"')[0]
    assert token, f"no form at {form}"
    answer = context.request.post(path or form, form={"csrf_token": token, **fields}, max_redirects=0)
    assert answer.status == 303, answer.text()
    return str(answer.headers["location"])
