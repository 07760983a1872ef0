"""The main job, whole: somebody types an address, gets a letter, opens the quartier, writes; others see nothing.

Played in the real Clignancourt where the real data lies beside the project, and in a quartier of Ormevielle always.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pypdf import PdfReader

from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.core.paths import PACKAGE
from instance.quartiers import roles
from instance.settings import Settings
from instance.verification.resident_commands import Wish, settle
from tests.browser.conftest import PATIENCE_MS
from tests.browser.lived_in import words_of
from tests.running.served import Browser as Reader
from tests.running.served import Tree, browsers, inside, instance

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "un thé au palier du troisième"
TITLE, ALT = "Le figuier de la cour", "Un figuier en pot devant une porte verte"


@dataclass(frozen=True)
class Place:
    """Where the story happens, in files and in words."""

    quartiers: Path
    addresses: Path
    numbers: tuple[int, int]  # quartiers and addresses of the files
    here: str  # code
    slug: str
    name: str
    elsewhere: str  # code of a quartier beside
    homes: tuple[str, ...]  # four addresses of the nine, as the address file names them
    typed: str
    picked: str


@pytest.fixture
def paris(shared: Path) -> Place:
    return Place(
        shared / "data" / "paris-quartiers.geojson", shared / "data" / "ban-paris-nord-est.csv.gz", (80, 33_427),
        "7511802", "clignancourt", "Clignancourt", "7511803",
        ("75118_8014_00001", "75118_8014_00002", "75118_8014_00003", "75118_8014_00004"),
        "30 rue ramey", "30 Rue Ramey",
    )  # fmt: skip


@pytest.fixture
def ormevielle_map() -> Place:
    demo = PACKAGE / "demo"
    return Place(
        demo / "quartiers.geojson", demo / "addresses.csv.gz", (6, 4_027), "9980101", "boeuf-couronne", "Bœuf-Couronné",
        "9980102", ("99801_0040_00001", "99801_0040_00002", "99801_0040_00003", "99801_0040_00004"),
        "8 place du boeuf couronne", "8 Place du Bœuf Couronné",
    )  # fmt: skip


@pytest.fixture(params=["ormevielle_map", pytest.param("paris", marks=pytest.mark.shared)])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def served(tmp_path: Path, own_database: str, place: Place) -> Iterator[tuple[Tree, Settings]]:
    """The city imported by the command line, then served."""
    with instance(tmp_path, QL_DATABASE_URL=own_database) as (tree, settings):
        _run(tree, "migrate")
        quartiers = _run(tree, "import", "quartiers", str(place.quartiers), "--json")
        addresses = _run(tree, "import", "addresses", str(place.addresses), "--json")
        assert f'"added": {place.numbers[0]}' in quartiers
        assert f'"rows": {place.numbers[1]}' in addresses
        tree.start()
        yield tree, settings


def _run(tree: Tree, *words: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "instance.cli", *words], env=tree.env, capture_output=True, text=True, check=True
    ).stdout


class People:
    """Who is there before the story begins: nine residents of four addresses, and those who must see nothing."""

    def __init__(self, settings: Settings, place: Place, port: int) -> None:
        with inside(settings) as (app, _city):
            wishes = [Wish(place.here, "strong", place.homes[number % 4], ()) for number in range(9)]
            wishes += [Wish(place.elsewhere, "strong", "", ()), Wish("", "", "", ("admin",))]
            wishes += [Wish(place.elsewhere, "strong", "", ("verifier",))]
            handles = [f"voisine_{number}" for number in range(9)] + ["d_a_cote", "administre", "verifie"]
            ids = [self._settle(handle, wish, settings) for handle, wish in zip(handles, wishes, strict=True)]
            with commit():
                roles.give(db.session.get_one(Account, ids[-1]), "verifier", None, by=None)
            readers = browsers(app, port, ids)
        self.nine, (self.beside, self.admin, self.verifier) = readers[:9], readers[9:]

    @staticmethod
    def _settle(handle: str, wish: Wish, settings: Settings) -> int:
        with commit():
            new = accounts.NewAccount(handle, "Voisine", "Berger", PASSWORD, f"{handle}@example.org")
            account = accounts.create(new)
            settle(account, wish, settings)
            return account.id


@pytest.fixture
def people(served: tuple[Tree, Settings], place: Place) -> People:
    tree, settings = served
    return People(settings, place, tree.port)


@pytest.fixture
def enter(browser: Browser, served: tuple[Tree, Settings]) -> Iterator[Callable[..., BrowserContext]]:
    """A browser window, with the session of a reader if one is given."""
    opened = []

    def made(reader: Reader | None = None) -> BrowserContext:
        context = browser.new_context(base_url=served[1].base_url, locale="fr-FR", reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        if reader is not None:
            context.add_cookies([{"name": "ql_session", "value": reader.cookie, "url": served[1].base_url}])
        opened.append(context)
        return context

    yield made
    for context in opened:
        context.close()


def test_from_the_address_to_a_wall_that_nobody_else_sees(
    place: Place, served: tuple[Tree, Settings], people: People, enter: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    newcomer, mails = enter().new_page(), served[1].data_dir / "mail"

    sign_up(newcomer, place)
    confirm_the_email(newcomer, mails)
    code = print_and_send_the_letter(enter(people.verifier).new_page())
    type_code(newcomer, code, place)

    tenth = Reader(served[0].port, *_session(newcomer.context))
    for reader in [*people.nine, tenth]:
        until(lambda reader=reader: f"Le mur de {place.name} est ouvert." in plain(reader.get("/avis").text))
    told = {f"voisine_{number}@example.org" for number in range(9)} | {"nine@example.org"}
    until(lambda: told == told_by_mail(mails, "Votre quartier est ouvert"))

    post, photo = write_with_photo(newcomer, place, tmp_path)
    reply(enter(people.nine[0]).new_page(), post)
    until(lambda: "vous a répondu" in plain(tenth.get("/avis").text))
    see_the_reply_and_the_photo(newcomer, post, photo)

    for reader in (people.beside, people.admin, Reader(served[0].port)):
        answers_as_if_it_were_not(reader, post, photo)


def sign_up(page: Page, place: Place) -> None:
    page.goto("/inscription")
    page.get_by_label("Numéro et rue").press_sequentially(place.typed, delay=15)
    page.get_by_role("button", name=re.compile(f"^{place.picked} ")).click()
    expect(page.get_by_role("heading", name=place.name)).to_be_visible()
    expect(page.get_by_text("9 voisins sur 10")).to_be_visible()
    page.get_by_role("link", name="Oui, c’est chez moi").click()
    page.get_by_label("Prénom").fill("Nine")
    page.get_by_label("Nom", exact=True).fill("Oriol")
    page.get_by_label("Identifiant").fill("nine_o")
    page.get_by_label("Adresse e-mail").fill("nine@example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_label("J’ai 15 ans ou plus").check()
    page.get_by_role("button", name="Créer mon compte").click()
    page.get_by_label("Recevoir un courrier").check()
    page.get_by_role("button", name="Choisir ce moyen").click()
    expect(page.get_by_role("heading", name="Votre courrier va partir")).to_be_visible()


def confirm_the_email(page: Page, mails: Path) -> None:
    links: list[str] = []

    def came() -> bool:
        texts = (words_of(path) for path in mails.glob("*.eml"))
        links[:] = [found[0] for one in texts if (found := re.search(r"http\S+/reglages/courriel/\S+", one))]
        return bool(links)

    until(came)
    page.goto(links[0])
    page.locator("main").get_by_role("button").click()
    expect(page.get_by_text("Votre nouvelle adresse e-mail est notée.")).to_be_visible()


def print_and_send_the_letter(page: Page) -> str:
    """The code, read from the sheet of paper."""
    page.goto("/courriers")
    expect(page.get_by_text("Lettre à Nine Oriol")).to_be_visible()
    sheet = page.context.request.get("/courriers/lettres.pdf")
    text = PdfReader(io.BytesIO(sheet.body())).pages[0].extract_text()
    assert "ORIOL" in text.upper()
    page.get_by_label("Lettre à Nine Oriol").check()
    page.get_by_role("button", name="Noter les lettres cochées comme envoyées").click()
    expect(page.get_by_text("0 lettre à imprimer")).to_be_visible()
    code = re.search(r"à cette adresse :\s*(\w{4}[ -]\w{4})", text)
    assert code is not None, text
    return code[1]


def type_code(page: Page, code: str, place: Place) -> None:
    page.goto("/preuve")
    page.get_by_label("Code de la lettre").fill(code.lower())
    page.get_by_role("button", name=re.compile("code")).click()
    expect(page.get_by_text("Votre adresse est vérifiée")).to_be_visible()
    page.goto(f"/q/{place.slug}")
    expect(page.get_by_role("heading", name=place.name, level=1)).to_be_visible()
    expect(page.get_by_text("Le mur vous attend")).to_be_visible()


def write_with_photo(page: Page, place: Place, folder: Path) -> tuple[str, str]:
    """Path of the post, and of its photo without the size."""
    file = folder / "figuier.jpg"
    Image.new("RGB", (1600, 1200), "seagreen").save(file)
    page.get_by_role("link", name="Écrire au quartier").click()
    page.get_by_label("En une ligne").fill(TITLE)
    page.get_by_label("Une photo").set_input_files(file)
    page.get_by_label("Que voit-on sur la photo").fill(ALT)
    page.get_by_role("button", name="Publier").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    source = page.get_by_alt_text(ALT).get_attribute("src")
    assert source is not None
    return page.url.removeprefix(page.url.partition("/p/")[0]), re.sub(r"/(small|large).*", "", source)


def reply(page: Page, post: str) -> None:
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Le mur")).first.click()
    page.get_by_role("link", name=TITLE, exact=True).click()
    expect(page).to_have_url(re.compile(f"{post}$"))
    page.get_by_label("Votre mot").fill("Il a soif, je l’arrose ce soir.")
    page.get_by_role("button", name="Répondre").click()
    expect(page.get_by_role("heading", name="1 réponse")).to_be_visible()


def see_the_reply_and_the_photo(page: Page, post: str, photo: str) -> None:
    page.goto(post)
    expect(page.get_by_text("Il a soif, je l’arrose ce soir.")).to_be_visible()
    for size in ("small", "large"):
        assert page.context.request.get(f"{photo}/{size}").headers["content-type"].startswith("image/")


def answers_as_if_it_were_not(reader: Reader, post: str, photo: str) -> None:
    nothing = "/media/AAAAAAAAAAAAAAAAAAAAAA"
    for there, absent in (
        (post, "/p/1"),
        (f"{photo}/large", f"{nothing}/large"),
        (f"{photo}/small", f"{nothing}/small"),
    ):
        found, missing = reader.get(there), reader.get(absent)
        assert (found.status, missing.status) == (404, 404), there
        assert found.text == missing.text, there
        assert TITLE not in found.text


def _session(context: BrowserContext) -> tuple[str]:
    return (next(one["value"] for one in context.cookies() if one["name"] == "ql_session"),)


def plain(text: str) -> str:
    """`text` with ordinary spaces."""
    return text.replace("&nbsp;", " ").replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def told_by_mail(folder: Path, subject: str) -> set[str]:
    """Who was written to under that subject."""
    mails = [words_of(path).split("\n") for path in folder.glob("*.eml")]
    return {to for to, about, *_rest in mails if about == subject}


def until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)
