"""The components: every one in every state on one page, which is then read by machines and by axe."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, Route, sync_playwright
from pypdf import PdfReader

from instance.core.paths import PACKAGE, shipped

STATIC = PACKAGE / "static"
TEMPLATES = shipped("templates")
UI = TEMPLATES / "ui"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SITE = "http://look.test"
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'"
ERRORS = (400, 403, 404, 413, 429, 500, 503, 507)
CARD = {
    "id": "n", "href": "#", "title": "T", "kind_icon": "news", "kind_word": "Actualité", "scope": "public",
    "place": "", "name": "N", "iso": "", "body": "",
}  # fmt: skip
AROUND: dict[str, Any] = {
    "site_name": "Quartier Libre Paris Nord-Est", "site_operator": "l’association Les Voisins", "locale": "fr",
    "help_need_url": "#besoin", "help_can_url": "#offre", "simple_url": "/simple", "help_phone": "01 99 00 12 34",
    "menu_entries": (
        ("wall", "wall", "Le mur", "#mur", 0), ("news", "bell", "Avis", "#avis", 2),
        ("mine", "write", "Mes messages", "#miens", 0), ("me", "me", "Moi", "#moi", 0),
        ("work", "desk", "Travail", "#travail", 120),
    ),
    "foot_links": (("Contact", "#contact"), ("Mentions légales", "#mentions")),
    "site_languages": [("fr", "Français", "#fr"), ("en", "English", "#en")],
}  # fmt: skip


class Reader(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def bare() -> Flask:
    """An application that knows the templates and nothing else."""
    app = Flask("look", template_folder=str(TEMPLATES), static_folder=str(STATIC), static_url_path="/static")
    app.secret_key = "look"
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        csrf_token=lambda: "token-of-this-page", kept=lambda component, *values: component(*values)
    )
    return app


def drawn(name: str, app: Flask, **values: Any) -> str:
    with app.test_request_context("/"):
        return app.jinja_env.get_template(name).render(AROUND | values)


def all_states(app: Flask, **values: Any) -> str:
    return drawn("ui/_all_states.html", app, icons=sorted(icon_names()), **values)


def icon_names() -> set[str]:
    return set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))


@pytest.mark.parametrize("simple", [False, True])
def test_nothing_in_a_page_needs_a_looser_policy(bare: Flask, simple: bool) -> None:
    pages = [all_states(bare, simple=simple), drawn("offline.html", bare)]
    pages += [drawn(f"errors/{status}.html", bare) for status in ERRORS]

    for tag, attributes in (found for page in pages for found in Reader(page).tags):
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert tag != "style"
        assert tag != "script" or str(attributes["src"]).startswith("/static/")
        for name in ("src", "href", "action", "formaction"):
            assert "//" not in str(attributes.get(name) or ""), (tag, attributes)


def test_every_component_of_the_folder_is_on_the_page_and_in_ui() -> None:
    gathered, shown = (UI / "ui.html").read_text(), (UI / "_all_states.html").read_text()
    other = "".join(path.read_text() for path in [*UI.glob("[!_]*.html"), TEMPLATES / "base.html"])

    for path in sorted(UI.glob("[!_]*.html")):
        if path.name == "ui.html":
            continue
        text, name = path.read_text(), path.stem
        assert text.startswith("{# "), f"{path.name} does not say what it is for"
        assert re.findall(r"{% macro (\w+)", text) == [name]
        assert f"_{name}.{name}" in gathered
        assert re.search(rf"ui\.{name}[(,]|import {name}\b", shown + other), f"{name} is never shown"


def test_every_icon_that_is_named_exists(bare: Flask) -> None:
    as_value = r"""(?:icon|icon_name|kind_icon|reply_icon)['"]?\s*[=:]\s*['"]([a-z-]+)['"]"""
    as_drawing = r"""\b(?:icon|drawing|kind)\(['"]([a-z-]+)['"]\s*[,)]"""
    sources = [path for folder in (TEMPLATES, PACKAGE) for path in folder.rglob("*") if path.suffix in {".html", ".py"}]
    texts = [path.read_text() for path in sources]
    named = {name for text in texts for rule in (as_value, as_drawing) for name in re.findall(rule, text)}
    named |= set(re.findall(r"icons\.svg#([a-z-]+)", all_states(bare)))

    assert len(named) > 30
    assert named <= icon_names()


def test_the_style_sheet_weighs_ten_kilobytes_at_most() -> None:
    sheet = (STATIC / "css" / "quartier.css").read_bytes()

    assert len(gzip.compress(sheet, 9)) <= 10 * 1024
    assert b"http" not in sheet
    assert b"@import" not in sheet


def test_every_class_of_a_component_has_a_style() -> None:
    sheet = (STATIC / "css" / "quartier.css").read_text()
    used = {
        word
        for path in [*UI.glob("*.html"), TEMPLATES / "base.html"]
        for names in re.findall(r'class="([^"]*)"', path.read_text())
        for word in re.sub(r"{%.*?%}|{{.*?}}", " ", names).split()
        if not word.endswith("-")
    }

    assert {word for word in used if not re.search(rf"\.{word}\b", sheet)} == set()


def test_a_password_is_never_written_back(bare: Flask) -> None:
    assert "never shown" not in all_states(bare)


def test_text_from_people_is_escaped(bare: Flask) -> None:
    nasty = "<script>'\"&"
    post = CARD | dict.fromkeys(("name", "title", "place", "where", "body", "kind_word"), nasty)
    with bare.test_request_context("/"):
        ui: Any = bare.jinja_env.get_template("ui/ui.html").module
        pieces = [
            ui.note_card(post),
            ui.reply({"id": "r", "iso": ""} | dict.fromkeys(("name", "body", "to"), nasty)),
            ui.note_strip("#", nasty, nasty, nasty),
            ui.field("a", nasty, nasty, hint=nasty, error=nasty),
            ui.textarea("a", nasty, nasty),
            ui.errors({"a": nasty}),
            ui.table(nasty, [nasty], [[nasty], [nasty]]),
            ui.chips([(nasty, nasty, True)], nasty),
        ]

    for piece in map(str, pieces):
        assert "<script>" not in piece
        assert "&lt;script&gt;" in piece


def test_a_card_is_the_same_for_all_and_a_strip_carries_no_token(bare: Flask) -> None:
    pin = {"label": "Épingler", "url": "/p/1", "post": True}
    with bare.test_request_context("/"):
        ui: Any = bare.jinja_env.get_template("ui/ui.html").module
        card = str(ui.note_card(CARD))
        strip = str(ui.note_strip("#", "T", thanks_url="/p/1/merci", more=[pin]))

    assert [card.count(f"<!--{name}-->") for name in ("when", "seen", "strip")] == [1, 1, 1]
    assert "token" not in card + strip
    assert strip.count('form="act"') == 2
    assert 'id="act"' in all_states(bare)


def test_help_comes_first_after_the_way_home(bare: Flask) -> None:
    stops = [attributes.get("href") for tag, attributes in Reader(all_states(bare)).tags if tag == "a"]

    assert stops[:4] == ["#contenu", "/", "#besoin", "#offre"]


def test_affichage_simple_drops_the_aside_and_offers_the_way_back(bare: Flask) -> None:
    page, plain = all_states(bare, simple=True), all_states(bare)

    assert '<html lang="fr" class="simple"' in page
    assert "<aside" in plain
    assert "<aside" not in page
    assert "Affichage complet" in page
    assert "01 99 00 12 34" in page


def test_a_frame_without_anything_around_it_still_stands(bare: Flask) -> None:
    with bare.test_request_context("/"):
        page = bare.jinja_env.get_template("errors/404.html").render()

    assert "Impasse" in page
    assert "<nav" not in page
    assert "Quartier Libre" in page


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_page_is_one_plate_one_sentence_and_the_way_out(bare: Flask, status: int) -> None:
    page = drawn(f"errors/{status}.html", bare)

    assert page.count("<h1") == 1
    assert page.count('class="lead"') == 1
    assert "csrf_token" not in page
    assert 'class="button"' in page
    assert "Une phrase à elle." in drawn(f"errors/{status}.html", bare, sentence="Une phrase à elle.")


def test_the_offline_page_holds_nothing_of_a_reader(bare: Flask) -> None:
    page = drawn("offline.html", bare)

    assert 'class="menu"' not in page
    assert "csrf_token" not in page


def test_the_manifest_names_the_instance_and_drawings_that_exist(bare: Flask) -> None:
    with bare.test_request_context("/"):
        manifest = bare.json.loads(bare.jinja_env.get_template("manifest.webmanifest").render(site_name='Chez "nous"'))

    assert manifest["name"] == 'Chez "nous"'
    for icon in manifest["icons"]:
        assert (STATIC / icon["src"].removeprefix("/static/")).is_file()


# ---------- in a browser ----------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("chromium: not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


def open_page(browser: Browser, html: str, **context: Any) -> Page:
    """`html` served under the strict policy, static files beside it, nothing else."""

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path == "/":
            route.fulfill(
                body=html, headers={"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": CSP}
            )
            return
        file = STATIC / path.removeprefix("/static/").partition("?")[0]
        if file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(status=404)

    page = browser.new_context(service_workers="block", **context).new_page()
    page.route("**/*", serve)
    page.goto(SITE + "/")
    return page


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_nothing_overflows(browser: Browser, bare: Flask, width: int, scheme: Any) -> None:
    page = open_page(browser, all_states(bare), viewport={"width": width, "height": 800}, color_scheme=scheme)

    report = Axe().run(page, options=AXE)
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert report.violations_count == 0, report.generate_report()
    assert too_wide <= 0
    page.context.close()


LETTERS = """
{% extends 'base.html' %}{% import 'ui/ui.html' as ui %}{% set body_class = 'prints-letters' %}
{% block main %}<div class="stack-l">{% for name in ['UN', 'DEUX'] %}
{% call ui.letter(['Nous'], ['MME ' ~ name, '75018 PARIS'], name) %}<p>Bonjour {{ name }}</p>{% endcall %}
{% endfor %}</div>{% endblock %}"""

WINDOW = """() => {
  const [sheet, to] = ['.letter', '.letter-to'].map((name) => document.querySelector(name).getBoundingClientRect());
  return [to.left - sheet.left, to.top - sheet.top].map((pixels) => Math.round(pixels / 96 * 25.4));
}"""

SMALL = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary, .pick')].filter((one) => {
  const seen = one.checkVisibility() && !one.matches('.skip, input[type=hidden]') && !one.closest('svg');
  const inText = one.matches('p:not(.links):not(.masthead) a, .by a, .note-title a, dd a');
  const target = one.labels?.length && ['radio', 'checkbox'].includes(one.type) ? one.labels[0] : one;
  const box = target.getBoundingClientRect();
  return seen && !inText && (box.width < 43.9 || box.height < 43.9);
}).map((one) => one.outerHTML.slice(0, 120))"""


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("simple", [False, True])
def test_every_target_on_a_phone_is_a_finger_wide(browser: Browser, bare: Flask, simple: bool) -> None:
    page = open_page(browser, all_states(bare, simple=simple), viewport={"width": 320, "height": 640})

    assert page.evaluate(SMALL) == []
    page.context.close()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 640, 1280])
def test_text_of_twice_the_size_fits_the_screen(browser: Browser, bare: Flask, width: int) -> None:
    page = open_page(browser, all_states(bare), viewport={"width": width, "height": 800})
    session = page.context.new_cdp_session(page)
    session.send("Page.enable")
    session.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    page.reload()

    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.context.close()


@pytest.mark.browser
@pytest.mark.slow
def test_who_will_read_follows_the_choice_without_scripts(browser: Browser, bare: Flask) -> None:
    page = open_page(browser, all_states(bare), java_script_enabled=False)

    assert page.locator("#scope .for-neighbours").is_visible()
    page.locator('label[for="scope-quartier"]').click()

    assert page.locator("#scope .for-quartier").is_visible()
    assert not page.locator("#scope .for-neighbours").is_visible()
    page.context.close()


@pytest.mark.browser
@pytest.mark.slow
def test_scripts_run_under_the_strict_policy_and_arrows_walk_the_suggestions(browser: Browser, bare: Flask) -> None:
    page = open_page(browser, all_states(bare))
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    asked: list[str] = []

    def suggest(route: Route) -> None:
        asked.append(f"{route.request.method} {route.request.post_data}")
        route.fulfill(body='<ul class="suggest"><li><button name="pick" value="7">7 rue Ramey</button></li></ul>')

    page.route("**/suggestions", suggest)
    page.reload()
    page.locator("#address").fill("7 rue ramey")
    page.locator("button[value='7']").wait_for()
    page.keyboard.press("ArrowDown")

    assert page.evaluate("document.activeElement.value") == "7"
    assert page.evaluate("typeof htmx") == "object"
    assert len(asked) == 1
    assert "POST" in asked[0]
    assert "7 rue ramey" in asked[0]
    assert "token-of-this-page" in asked[0]
    assert troubles == []
    page.context.close()


@pytest.mark.browser
@pytest.mark.slow
def test_each_letter_prints_on_a_sheet_of_its_own(browser: Browser, bare: Flask) -> None:
    with bare.test_request_context("/"):
        html = bare.jinja_env.from_string(LETTERS).render(AROUND)
    page = open_page(browser, html)

    sheets = [sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages]

    page.emulate_media(media="print")
    window = page.evaluate(WINDOW)

    assert window == [108, 50]
    assert [("MME UN" in sheet, "MME DEUX" in sheet) for sheet in sheets] == [(True, False), (False, True)]
    page.context.close()
