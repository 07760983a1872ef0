"""Takes the README's pictures: `python -m deploy.picture`.

Serves a fresh Ormevielle on loopback and writes docs/wall.png and docs/wall-phone.png; then the two towns of `make
two-cities`, with a lost cat on both walls, and writes docs/two-walls.png. Needs Chromium and the tools of development.
"""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from deploy.neighbours import until
from deploy.two_cities import Town, two_cities

DOCS = Path(__file__).resolve().parents[1] / "docs"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--hide-scrollbars"]
READER, WALL = "heron_cendre", "/q/l-ecluse-aux-herons"
PICTURES = {"wall.png": (1280, 1140), "wall-phone.png": (390, 844)}
TWO_WALLS, HALF, BETWEEN = "two-walls.png", (640, 1400), 16
CAT = Path(__file__).resolve().parents[1] / "instance/demo/pictures/cat.webp"
LOST = "Chatte rousse perdue"
COLOURS = 256
START_S = 60
_LOG_IN = re.compile(rf"^  {READER} +(\S+)", re.MULTILINE)


@contextmanager
def ormevielle() -> Iterator[tuple[str, str]]:
    """Address of a running demonstration, and the reader's password."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        url = f"http://localhost:{port}"
        env = {name: value for name, value in os.environ.items() if not name.startswith("QL_")} | {
            "QL_DATA_DIR": f"{folder}/data", "QL_BASE_URL": url, "QL_NAME": "Quartier Libre Ormevielle",
            "QL_OPERATOR": "Les Voisins d’Ormevielle", "QL_ROLES_NEED_SECOND_FACTOR": "off",
        }  # fmt: skip
        command = [sys.executable, "-m", "instance.cli", "serve", "--demo", "--port", str(port)]
        with log.open("wb") as file:
            process = subprocess.Popen(command, env=env, stdout=file, stderr=file)
        try:
            yield url, _password(log, port)
        finally:
            process.terminate()
            process.wait(30)


def _password(log: Path, port: int) -> str:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        printed = _LOG_IN.search(log.read_text())
        with socket.socket() as probe:
            if printed and probe.connect_ex(("127.0.0.1", port)) == 0:
                return printed[1]
        time.sleep(0.2)
    raise SystemExit(f"The demonstration did not start: {log.read_text()}")


def take(browser: Browser, url: str, password: str, size: tuple[int, int]) -> bytes:
    """The top of the wall as the reader sees it, every picture of the page loaded."""
    page = enter(browser, url, READER, password, size)
    page.goto(WALL)
    taken = _top(page)
    page.context.close()
    return taken


def enter(browser: Browser, url: str, handle: str, password: str, size: tuple[int, int]) -> Page:
    """A window of that size in which somebody is logged in and has read the guide."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="fr-FR", reduced_motion="reduce", base_url=url
    )
    page = context.new_page()
    page.goto("/connexion")
    page.get_by_label("Identifiant ou adresse e-mail").fill(handle)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(lambda found: not found.endswith("/connexion"))
    page.goto("/guide")
    if (read := page.get_by_role("button", name="J’ai lu le guide")).is_visible():
        read.click()
    return page


def _top(page: Page) -> bytes:
    """What stands first on the page, every picture of it loaded."""
    for picture in page.locator("main img").all():
        picture.scroll_into_view_if_needed()
    page.evaluate("() => Promise.all([...document.images].map((one) => one.decode().catch(() => null)))")
    page.evaluate("() => scrollTo(0, 0)")
    return page.screenshot()


def take_both(browser: Browser, towns: tuple[Town, Town]) -> bytes:
    """The walls of two quartiers that touch, side by side, with a cat on both that is looked for in one of them."""
    salma, ines = (
        enter(browser, town.url, handle, town.password, HALF)
        for town, handle in zip(towns, ("salma", "ines"), strict=True)
    )
    for page, town, title, words in (
        (salma, towns[0], "Le robinet de la cour fuit", "J’ai appelé. Quelqu’un passe jeudi matin."),
        (ines, towns[1], "Qui a une grande échelle ?", "Pour une gouttière, samedi. Je la rends le soir."),
    ):
        _write(page, town, title, words)
    _write(salma, towns[0], LOST, "Médaille jaune. Elle vient quand on l’appelle.", is_cat=True)

    def cat() -> bool:
        ines.goto(towns[1].home_wall)
        return ines.get_by_role("link", name=LOST, exact=True).is_visible()

    until(cat, "the cat on the other wall")
    ines.get_by_role("link", name=LOST, exact=True).click()
    ines.get_by_label("Votre mot").fill("Elle dort sur une barque, près de l’écluse.")
    ines.get_by_role("button", name="Répondre").click()

    def answered() -> bool:
        salma.goto(towns[0].home_wall)
        return salma.get_by_text("1 réponse").is_visible()

    until(answered, "the answer")
    until(lambda: ines.goto(towns[1].home_wall) and ines.locator("main .note img").count(), "the picture")
    return _side_by_side([_top(salma), _top(ines)])


def _write(page: Page, town: Town, title: str, words: str, *, is_cat: bool = False) -> None:
    page.goto(f"{town.home_wall}/ecrire")
    page.get_by_label("En une ligne").fill(title)
    page.get_by_label("Le détail").fill(words)
    if is_cat:
        page.get_by_label("Perdu / trouvé").check()
        page.get_by_text("Perdu / trouvé : où, quand").click()
        page.get_by_label("Où").fill("Quai des Tanneurs")
        page.get_by_label("Quand").fill("Hier soir")
        page.get_by_label("Une photo").set_input_files(CAT)
        page.get_by_label("Que voit-on sur la photo").fill("Une chatte rousse entre deux pots de géraniums")
        page.get_by_label("Quartier et voisins").check()
    page.get_by_role("button", name="Publier").click()
    if is_cat:
        page.get_by_role("button", name="Publier dans 3 quartiers").click()
    page.get_by_role("article", name=title).wait_for()


def _side_by_side(taken: list[bytes]) -> bytes:
    from PIL import Image  # heavy, and only this tool needs it here

    halves, out = [Image.open(io.BytesIO(one)).convert("RGB") for one in taken], io.BytesIO()
    whole = Image.new("RGB", (2 * HALF[0] + BETWEEN, HALF[1]), "white")
    for number, half in enumerate(halves):
        whole.paste(half, (number * (HALF[0] + BETWEEN), 0))
    whole.save(out, "PNG")
    return out.getvalue()


def slim(picture: bytes) -> bytes:
    """The same PNG with a palette."""
    from PIL import Image  # heavy, and only this tool needs it here

    out = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT).save(out, "PNG", optimize=True)
    return out.getvalue()


def main() -> None:
    """Write all of them, or those that are named."""
    wanted = sys.argv[1:] or [*PICTURES, TWO_WALLS]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        if sizes := {name: size for name, size in PICTURES.items() if name in wanted}:
            with ormevielle() as (url, password):
                for name, size in sizes.items():
                    (DOCS / name).write_bytes(slim(take(browser, url, password, size)))
        if TWO_WALLS in wanted:
            with two_cities(linked=True) as towns:
                (DOCS / TWO_WALLS).write_bytes(slim(take_both(browser, towns)))
        browser.close()


if __name__ == "__main__":
    main()
