"""A city as real processes for programs of others, and the two people who are about while one of them plays."""

from __future__ import annotations

import http.client
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bs4 import BeautifulSoup
from PIL import Image

from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.mastodon import tokens
from tests.running.served import Tree, browsers, inside, instance

SCOPES = "read write follow push"


def photo() -> bytes:
    """A small PNG."""
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(file, "PNG")
    return file.getvalue()


@dataclass(frozen=True)
class Neighbour:
    """Somebody of the same quartier, with a token: what they do is seen by the program at play."""

    port: int
    token: str

    def ask(self, method: str, path: str, **fields: Any) -> Any:
        """One call of the API; its answer as data."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(fields), headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            assert answer.status == 200, said
            return said
        finally:
            connection.close()

    def post(self, words: str, **more: Any) -> str:
        """Write; the id of the status."""
        return str(self.ask("POST", "/api/v1/statuses", status=words, **more)["id"])

    def vote(self, poll: str, *choices: int) -> None:
        self.ask("POST", f"/api/v1/polls/{poll}/votes", choices=list(choices))


@dataclass(frozen=True)
class Town:
    """One quartier: Salma, who signs in with the program, and Bruno, her neighbour."""

    url: str
    port: int
    cookie: str
    bruno: Neighbour
    folder: Path

    def allow(self, address: str, *, outside: bool = False) -> str:
        """Open the page of consent as Salma, say yes; the code, from the page or from where the browser is sent."""
        parts = urlsplit(address)
        page = self._open("GET", f"{parts.path}?{parts.query}")
        form = BeautifulSoup(page[1], "html.parser").select_one("main form[method=post]")
        assert form is not None, page[1]
        fields = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[type=hidden]")}
        yes = form.select_one("button[value]")
        assert yes is not None, page[1]
        fields[str(yes["name"])] = str(yes["value"])
        if outside:
            box = form.select_one("input[type=checkbox]")
            assert box is not None
            fields[str(box["name"])] = str(box.get("value", "on"))
        target, text = self._open("POST", str(form.get("action") or parts.path), fields)
        if target:
            return parse_qs(urlsplit(target).query)["code"][0]
        shown = BeautifulSoup(text, "html.parser").select_one("main .copy")
        assert shown is not None, text
        return shown.get_text(strip=True)

    def _open(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": f"ql_session={self.cookie}", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, urlencode(fields) if fields is not None else None, headers)
            answer = connection.getresponse()
            return answer.headers.get("Location", ""), answer.read().decode()
        finally:
            connection.close()

    @property
    def env(self) -> dict[str, str]:
        """For programs in processes of their own: a home of their own, and no browser to open."""
        return os.environ | {"HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder), "BROWSER": "true"}


@contextmanager
def town(folder: Path, database_url: str, redis_url: str) -> Iterator[Town]:
    """The town, up and running; gone at the end."""
    with instance(folder, QL_DATABASE_URL=database_url, QL_REDIS_URL=redis_url) as (tree, settings):
        tree.start()
        with inside(settings) as (app, city):
            here = city.quartier("Clignancourt")
            salma, bruno = city.resident(here, "salma"), city.resident(here, "bruno")
            cookie = browsers(app, tree.port, [salma.account_id])[0].cookie
            with commit():
                account = db.session.get_one(Account, bruno.account_id)
                scopes = tokens.parse_scopes(SCOPES)
                token = tokens.make(account, tokens.command_line(), scopes, may_publish_outside=True)
        yield Town(settings.base_url, tree.port, cookie, Neighbour(tree.port, token), folder)
        _ended(tree)


def _ended(tree: Tree) -> None:
    assert tree.stop() == 0
