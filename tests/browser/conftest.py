"""Chromium for a module; Ormevielle served by a real process for the whole run."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, expect
from werkzeug.serving import make_server

from tests.browser import chromium
from tests.running.served import Tree, instance
from tests.support import postgres
from tests.support.peer import ForeignServer

PATIENCE_MS = 30_000  # a browser, two processes and two other tests share two cores
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not chromium.CHROMIUM.exists():
        pytest.skip("chromium: not installed")
    with chromium.started() as found:
        yield found


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The application of this process on loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Ormevielle:
    """The demonstration city, running, and the log-ins that it printed."""

    tree: Tree
    url: str
    mails: Path
    passwords: dict[str, str]
    peer: ForeignServer  # another server, on loopback

    def context(self, browser: Browser, handle: str = "", **wishes: object) -> BrowserContext:
        """A browser of its own for `handle`, logged in; for a stranger when empty."""
        context = browser.new_context(base_url=self.url, locale="fr-FR", reduced_motion="reduce", **wishes)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        if handle:
            chromium.log_in(context, handle, self.passwords[handle])
        return context


@pytest.fixture(scope="session")
def demo_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """QL_DATABASE_URL of the demonstration; empty in a run on SQLite."""
    if not postgres.chosen():
        yield ""
        return
    server = request.getfixturevalue("postgres_server")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture(scope="session")
def ormevielle(tmp_path_factory: pytest.TempPathFactory, demo_database: str) -> Iterator[Ormevielle]:
    folder = tmp_path_factory.mktemp("ormevielle")
    peer = ForeignServer()
    names = {"QL_NAME": "Quartier Libre Ormevielle", "QL_OPERATOR": "Les Voisins d’Ormevielle"}
    with instance(folder, QL_DATABASE_URL=demo_database, QL_FETCH_ALLOW=peer.host, **names) as (tree, settings):
        tree.command = ("serve", "--demo")
        tree.start(wait=False)
        tree.wait_up(120)  # three months of Ormevielle happen first
        printed = re.findall(r"^  (\w+) +(\w{4}-\w{4}-\w{4})  ", tree.log.read_text(), re.MULTILINE)
        yield Ormevielle(tree, settings.base_url, settings.data_dir / "mail", dict(printed), peer)
    peer.stop()
