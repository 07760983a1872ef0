"""Takes the README's pictures of the wall of the demonstration city: `python deploy/picture.py`.

Serves a fresh Ormevielle on loopback and writes docs/wall.png and docs/wall-phone.png. Needs Chromium and the tools of
development.
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

from playwright.sync_api import Browser, sync_playwright

DOCS = Path(__file__).resolve().parents[1] / "docs"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--hide-scrollbars"]
READER, WALL = "heron_cendre", "/q/l-ecluse-aux-herons"
PICTURES = {"wall.png": (1280, 1140), "wall-phone.png": (390, 844)}
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
            "QL_OPERATOR": "Les Voisins d’Ormevielle",
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
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="fr-FR", reduced_motion="reduce", base_url=url
    )
    page = context.new_page()
    page.goto("/connexion")
    page.get_by_label("Identifiant ou adresse e-mail").fill(READER)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(lambda found: not found.endswith("/connexion"))
    page.goto("/guide")
    if (read := page.get_by_role("button", name="J’ai lu le guide")).is_visible():
        read.click()
    page.goto(WALL)
    for picture in page.locator("main img").all():
        picture.scroll_into_view_if_needed()
    page.evaluate("() => Promise.all([...document.images].map((one) => one.decode().catch(() => null)))")
    page.evaluate("() => scrollTo(0, 0)")
    taken = page.screenshot()
    context.close()
    return taken


def slim(picture: bytes) -> bytes:
    """The same PNG with a palette."""
    from PIL import Image  # heavy, and only this tool needs it here

    out = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT).save(out, "PNG", optimize=True)
    return out.getvalue()


def main() -> None:
    """Write both pictures."""
    with ormevielle() as (url, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, size in PICTURES.items():
            (DOCS / name).write_bytes(slim(take(browser, url, password, size)))
        browser.close()


if __name__ == "__main__":
    main()
