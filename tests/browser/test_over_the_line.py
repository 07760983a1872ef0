"""Two towns that signed an agreement, each in browsers of its own people: a lost cat, an enquiry, the end of it.

A server of our own writing follows both quartiers as anybody may, and keeps all that it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from deploy import neighbours
from deploy.two_cities import Town, two_cities
from tests.browser import chromium
from tests.browser.conftest import PATIENCE_MS
from tests.support import postgres
from tests.support.peer import ForeignServer
from tests.two_cities.conftest import at_rest, until
from tests.two_cities.strangers import Stranger

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HERE, THERE = "/q/la-tannerie", "/q/le-port-au-sel"
ALONE = ["La Tannerie", "Le Pont Vieux"]
BOTH = [*ALONE, "Le Port au Sel · Roncelles"]
CAT, TRAILER, BARGE = "Chat gris perdu", "Une remorque à prêter", "Une barque à repeindre"
PAGE = f"/pages/{neighbours.PAGE}"
ARTIST = 0x013B  # the EXIF tag of who took a picture


@dataclass
class Line:
    """Both towns; who looks at them, each in a browser of their own; and two servers' accounts that only listen."""

    browser: Browser
    towns: tuple[Town, Town]
    recorder: ForeignServer
    ears: list[Stranger]
    open: dict[tuple[int, str], BrowserContext] = field(default_factory=dict)

    def page(self, side: int, handle: str) -> Page:
        """The window of somebody in the first (0) or the second town (1), logged in once."""
        if (side, handle) not in self.open:
            town = self.towns[side]
            context = self.browser.new_context(base_url=town.url, locale="fr-FR", reduced_motion="reduce")
            context.set_default_timeout(PATIENCE_MS)
            chromium.log_in(context, handle, town.password)
            context.new_page()
            self.open[side, handle] = context
        return self.open[side, handle].pages[-1]

    def heard(self) -> bytes:
        """All that the listening server was told or asked, line by line."""
        seen = [*self.recorder.received, *self.recorder.fetched, *self.recorder.refused]
        return b"\n".join(f"{one.path}\n{one.headers}\n".encode() + one.body for one in seen)


@pytest.fixture(scope="module")
def line(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Line]:
    server = request.getfixturevalue("postgres_server") if postgres.chosen() else None
    url = server.create() if server else ""
    with closing(_Recorder()) as recorder, two_cities([recorder.host], linked=True, database_url=url) as towns:
        ears = [Stranger(recorder.actor(f"ear{side}"), town) for side, town in enumerate(towns)]
        for ear, wall in zip(ears, (HERE, THERE), strict=True):
            found = ear.finds(wall.removeprefix("/q/"))
            ear.hears_answer(ear.says(ear.actor.follow(found["id"]), found["inbox"]))
        line = Line(browser, towns, recorder, ears)
        yield line
        for context in line.open.values():
            context.close()
    if server:
        server.drop(url)


class _Recorder(ForeignServer):
    def close(self) -> None:
        self.stop()


def loaded(page: Page, path: str, found: Locator) -> Locator:
    """Load that page again until `found` stands on it: what travels needs a moment."""

    def look() -> bool:
        page.goto(path)
        return found.count() > 0

    until(look, f"{found} at {path}")
    return found


def gone(page: Page, path: str, found: Locator) -> None:
    """The same until it does not."""

    def look() -> bool:
        page.goto(path)
        return found.count() == 0

    until(look, f"{found} to leave {path}")


def compose(page: Page, wall: str, title: str, scope: str = "Quartier et voisins") -> None:
    page.goto(f"{wall}/ecrire")
    page.get_by_label("En une ligne").fill(title)
    page.get_by_label(scope).check()


def readers(page: Page) -> list[str]:
    """The quartiers that the page before sending names."""
    section = page.get_by_role("region", name="Vont pouvoir lire")
    expect(section).to_be_visible()
    return section.get_by_role("listitem").all_inner_texts()


def sheet(page: Page, title: str) -> Locator:
    """The note of that title on a wall or at the top of its thread."""
    return page.get_by_role("article", name=title)


def said(page: Page, words: str) -> Locator:
    """The last answer with these words."""
    return page.get_by_role("listitem").filter(has_text=words).last


def photo(folder: Path, name: str, artist: str = "") -> Path:
    file, exif = folder / name, Image.Exif()
    exif[ARTIST] = artist
    Image.new("RGB", (640, 480), "slategray").save(file, exif=exif)
    return file


def test_a_lost_cat_is_looked_for_and_found_on_both_sides(line: Line, tmp_path: Path) -> None:
    salma, ines = line.page(0, "salma"), line.page(1, "ines")
    salma.goto(HERE)
    expect(salma.get_by_role("complementary")).to_contain_text("Le Pont Vieux, Le Port au Sel · Roncelles.")
    compose(salma, HERE, CAT)
    salma.get_by_label("Perdu / trouvé").check()
    salma.get_by_label("Où").fill("Quai des Tanneurs")
    salma.get_by_label("Une photo").set_input_files(photo(tmp_path, "plume.jpg"))
    salma.get_by_label("Que voit-on sur la photo").fill("Un chat gris à collier rouge")
    salma.get_by_role("button", name="Publier").click()
    assert readers(salma) == BOTH
    salma.get_by_role("button", name="Publier dans 3 quartiers").click()
    expect(sheet(salma, CAT)).to_be_visible()
    cat = salma.url

    there = loaded(ines, f"{THERE}?tri=new", sheet(ines, CAT))
    expect(there.locator(".by")).to_contain_text("Salma B. · La Tannerie · Aubrive")
    expect(there.locator(".kind").first).to_have_text("Perdu / trouvé")
    there.get_by_role("link", name=CAT, exact=True).click()
    copy = ines.url
    picture = loaded(ines, copy, ines.get_by_alt_text("Un chat gris à collier rouge"))
    until(lambda: picture.evaluate("(one) => one.complete && one.naturalWidth > 0"), "the picture")
    expect(ines.get_by_text("Quai des Tanneurs")).to_be_visible()

    ines.get_by_label("Votre mot").fill("Je l’ai vu près de l’écluse.")
    ines.get_by_role("button", name="Répondre").click()
    answer = said(salma, "Je l’ai vu près de l’écluse.")
    loaded(salma, cat, answer)
    expect(answer.locator(".by")).to_contain_text("Inès D. · Le Port au Sel · Roncelles")

    salma.get_by_text("Plus").first.click()
    salma.get_by_role("button", name="Retrouvé").click()
    loaded(ines, copy, ines.get_by_text("c’est retrouvé"))


def test_an_enquiry_is_answered_in_each_quartier_and_a_protected_source_stays_unknown(
    line: Line, tmp_path: Path
) -> None:
    odile, ines, bruno = line.page(0, "odile"), line.page(1, "ines"), line.page(1, "bruno")
    noor = line.page(0, neighbours.EDITOR)
    for page, wall in ((odile, HERE), (ines, THERE), (bruno, THERE)):
        article = loaded(page, f"{wall}?tri=new", sheet(page, neighbours.ARTICLE))
        expect(article.locator(".masthead")).to_contain_text(neighbours.PAGE_NAME)
        article.get_by_role("link", name=neighbours.ARTICLE, exact=True).click()
        expect(page.get_by_label("Votre mot")).to_be_visible()

    ines.get_by_label("Votre mot").fill("Marjolaine : le notaire, à mon avis.")
    ines.get_by_role("button", name="Répondre").click()
    expect(said(ines, "Marjolaine")).to_be_visible()
    bruno.get_by_label("Votre mot").fill("J’ai vu les camions, je veux bien en parler.")
    bruno.get_by_label("Répondre publiquement").check()
    bruno.get_by_role("button", name="Répondre").click()
    bruno.get_by_role("button", name="Publier partout").click()
    expect(said(bruno, "J’ai vu les camions")).to_be_visible()
    expect(said(bruno, "Marjolaine")).to_be_visible()
    loaded(noor, f"{PAGE}/bureau", noor.get_by_text("J’ai vu les camions"))
    for page, path in ((noor, f"{PAGE}/bureau"), (odile, odile.url)):
        page.goto(path)
        expect(page.get_by_text("Marjolaine")).to_have_count(0)

    odile.goto(PAGE)
    odile.get_by_role("link", name="Écrire à cette page seule").click()
    odile.get_by_label("Ce que vous savez").fill("Hippocampe : l’adjoint a signé pour le hangar.")
    odile.get_by_label("Photos ou textes").set_input_files(photo(tmp_path, "acte.jpg", "Odile Marchand"))
    odile.get_by_label("Source à protéger").check()
    odile.get_by_role("button", name="Envoyer à cette page seule").click()
    expect(odile.get_by_text("Votre info est dans le bureau de la page.")).to_be_visible()

    _read_grade_and_ask(noor)
    odile.goto("/avis")
    odile.get_by_role("link", name="Une page a répondu à une de vos infos.").click()
    expect(odile.get_by_text("utile", exact=True)).to_be_visible()
    odile.get_by_role("link", name=f"Pour {neighbours.PAGE_NAME}").click()
    expect(odile.get_by_text("L’avez-vous vu signer ?")).to_be_visible()
    odile.get_by_label("Ajouter quelques mots").fill("Oursin : oui, au comptoir.")
    odile.get_by_role("button", name="Répondre à cette page seule").click()
    expect(said(odile, "Oursin")).to_be_visible()
    noor.reload()
    expect(noor.get_by_text("Oursin : oui, au comptoir.")).to_be_visible()
    _knows_nobody(noor)


def _read_grade_and_ask(noor: Page) -> None:
    """What the newsroom does with a tip, and what it does not learn."""
    noor.goto(f"{PAGE}/bureau")
    noor.get_by_role("link", name="Infos reçues").click()
    noor.get_by_role("link", name=re.compile("^Source ")).click()
    expect(noor.get_by_text("Hippocampe : l’adjoint a signé pour le hangar.")).to_be_visible()
    _knows_nobody(noor)
    picture = noor.get_by_alt_text("Photo 1 de l’info").get_attribute("src")
    assert picture is not None
    file = noor.context.request.get(picture)
    assert file.headers["content-type"].startswith("image/")
    with Image.open(BytesIO(file.body())) as seen:
        assert seen.size == (640, 480)
        assert dict(seen.getexif()) == {}
    noor.get_by_label("Ce qu’elle est devenue").select_option("useful")
    noor.get_by_role("button", name="Enregistrer l’état").click()
    expect(noor.locator(".tag")).to_have_text("utile")
    noor.get_by_label("Demander une précision").fill("L’avez-vous vu signer ?")
    noor.get_by_role("button", name="Écrire à cette source").click()
    expect(said(noor, "L’avez-vous vu signer ?")).to_be_visible()


def _knows_nobody(page: Page) -> None:
    assert not re.search("odile|marchand", page.content(), re.IGNORECASE)


def test_who_listens_from_elsewhere_has_what_is_public_and_nothing_else(line: Line) -> None:
    for side, (handle, wall) in enumerate((("salma", HERE), ("bruno", THERE))):
        page, title = line.page(side, handle), f"Bal public, rive {side}"
        compose(page, wall, title, "Visible partout")
        page.get_by_role("button", name="Publier").click()
        page.get_by_label("Visible partout, y compris hors de Quartier Libre").check()
        page.get_by_role("button", name="Publier partout").click()
        expect(sheet(page, title)).to_be_visible()
        line.ears[side].hears("Announce", page.url, 2)  # as Lemmy reads it, and as Mastodon
    for town in line.towns:
        at_rest(town)

    heard = line.heard()
    assert b"Bal public, rive 0" in heard
    assert b"Bal public, rive 1" in heard
    for words in ("Chat gris", "Plume", "écluse", "Marjolaine", "Hippocampe", "Oursin", "signer"):
        for form in (words, words.encode("unicode_escape").decode()):  # JSON may escape what is not ASCII
            assert form.encode() not in heard, words


def test_after_the_agreement_words_stay_at_home_and_copies_are_gone(line: Line) -> None:
    salma, bruno, admin = line.page(0, "salma"), line.page(1, "bruno"), line.page(0, neighbours.ADMIN)
    for page, wall, title in ((salma, HERE, TRAILER), (bruno, THERE, BARGE)):
        compose(page, wall, title)
        page.get_by_role("button", name="Publier").click()
        page.get_by_role("button", name="Publier dans 3 quartiers").click()
        expect(sheet(page, title)).to_be_visible()
    barge, trailer = sheet(salma, BARGE), sheet(bruno, TRAILER)
    loaded(salma, f"{HERE}?tri=new", barge)
    loaded(bruno, f"{THERE}?tri=new", trailer)
    trailer.get_by_role("link", name=TRAILER, exact=True).click()
    copy = bruno.url

    admin.goto(neighbours.ACCORDS)
    admin.locator(".lines").get_by_role("link", name="Roncelles").click()
    admin.get_by_role("link", name="Mettre fin à cet accord").click()
    admin.get_by_role("button", name="Mettre fin à l’accord").click()
    expect(admin.get_by_text("L’accord est terminé.")).to_be_visible()

    gone(salma, f"{HERE}?tri=new", barge)
    gone(bruno, f"{THERE}?tri=new", trailer)
    answer = bruno.goto(copy)
    assert answer is not None
    assert answer.status == 404
    expect(bruno.get_by_text(TRAILER)).to_have_count(0)
    for page, wall, named in ((salma, HERE, ALONE), (bruno, THERE, ["Le Port au Sel", "Les Vergers"])):
        compose(page, wall, "Qui lira ?")
        page.get_by_role("button", name="Publier").click()
        assert readers(page) == named
    salma.goto(f"{HERE}?tri=new")
    expect(sheet(salma, TRAILER)).to_be_visible()  # her own words, at home
