"""What programs of others send, as lists of steps; one file beside this for each, written from its source.

A step is one request with what it sends; `{post}` and the like are filled in from what earlier answers were kept as.
Every answer is held to its shape (tests/mastodon/shapes.py) by the test client that plays them.
"""

from __future__ import annotations

import io
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask.testing import FlaskClient

from instance.core import clock
from tests.city import City, Someone
from tests.mastodon.clients.town import photo
from tests.mastodon.conftest import Program, Programs

SCOPES = "read write follow push"
VERIFIER = "vxzq" * 12
OOB = "urn:ietf:wg:oauth:2.0:oob"
# What a resident does with a client: the rows of docs/clients.md, in its order.
FEATURES = (
    "sign-in", "first screen", "post", "reply", "edit, delete", "pictures", "polls", "scheduled posts",
    "thanks, bookmarks, pins, boosts", "quotes", "notifications", "notifications in groups", "push", "streaming",
    "search", "people, follows", "mutes, blocks, reports", "own profile", "lists", "filters", "hashtags",
    "direct messages",
)  # fmt: skip

QUOTES = range(7, 1000)  # the `api_versions.mastodon` of a server that quotes, for all that look at it


@dataclass(frozen=True)
class Step:
    """One request. `body` is "json", "form" or "multipart"; of `keep`, each value is a path into the answer.

    `reads` is what the program decides by: paths into the answer, and the value there (one of them, if it is a range).
    """

    feature: str
    method: str
    path: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    body: str = "json"
    keep: Mapping[str, str] = field(default_factory=dict)
    reads: Mapping[str, Any] = field(default_factory=dict)
    want: int = 200
    is_signed: bool = True


def get(feature: str, path: str, **keep: str) -> Step:
    """A GET; keywords say what to keep of the answer."""
    return Step(feature, "GET", path, keep=keep)


def send(feature: str, method: str, path: str, fields: Mapping[str, Any] | None = None, **keep: str) -> Step:
    """A request with a JSON body."""
    return Step(feature, method, path, fields or {}, keep=keep)


def form(feature: str, method: str, path: str, fields: Mapping[str, Any] | None = None, **keep: str) -> Step:
    """A request with an urlencoded body."""
    return Step(feature, method, path, fields or {}, "form", keep)


def upload(feature: str, method: str, path: str, fields: Mapping[str, Any] | None = None, **keep: str) -> Step:
    """A multipart request; the value `photo` is a picture."""
    return Step(feature, method, path, fields or {}, "multipart", keep)


def reading(step: Step, reads: Mapping[str, Any]) -> Step:
    """The same step, whose answer says what the program goes by."""
    return replace(step, reads=reads)


@dataclass(frozen=True)
class Client:
    """A program, the version or day of what was read of it, and what it sends."""

    name: str
    version: str
    kind: str
    redirect_uri: str
    steps: Sequence[Step]
    has_pkce: bool = False
    sends_json: bool = False  # for sign-in; most send a form
    runs: Sequence[str] = ()  # of the features, those that the program itself plays in this suite


class Play:
    """One client in a city with a neighbour and something to read."""

    def __init__(self, city: City, client: Client, salma: Someone, known: Mapping[str, str]) -> None:
        self.city, self.client, self.salma = city, client, salma
        self.known = dict(known)
        self.token = ""

    def run(self) -> None:
        self._sign_in()
        for step in self.client.steps:
            self._do(step)
            self.city.work()

    def _sign_in(self) -> None:
        """Register, be allowed on the page of consent, take the token."""
        client = self.client
        how = "json" if client.sends_json else "form"
        made = self._request(
            "POST", "/api/v1/apps", how,
            {"client_name": client.name, "redirect_uris": client.redirect_uri, "scopes": SCOPES},
        ).json  # fmt: skip
        asked = {
            "client_id": made["client_id"], "redirect_uri": client.redirect_uri, "response_type": "code",
            "scope": SCOPES,
        }  # fmt: skip
        if client.has_pkce:
            digest = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
            asked |= {"code_challenge": digest, "code_challenge_method": "S256"}
        code = self._consent(asked)
        wish = {
            "client_id": made["client_id"], "client_secret": made["client_secret"], "code": code,
            "redirect_uri": client.redirect_uri, "grant_type": "authorization_code",
        }  # fmt: skip
        if client.has_pkce:
            wish["code_verifier"] = VERIFIER
        given = self._request("POST", "/oauth/token", how, wish)
        assert given.status_code == 200, (client.name, given.json)
        self.token = given.json["access_token"]

    def _consent(self, asked: Mapping[str, str]) -> str:
        browser: FlaskClient = self.salma.browser
        page = self.city.get(browser, f"/oauth/authorize?{urlencode(asked)}")
        assert page.status_code == 200, page.text
        answer = self.city.post(browser, "/oauth/authorize", answer="allow", **asked)
        if answer.status_code == 303:
            return parse_qs(urlsplit(answer.location).query)["code"][0]
        shown = re.search(r'class="copy">([^<]+)<', answer.text)
        assert shown is not None, f"no code for {self.client.name}"
        return shown[1].strip()

    def _do(self, step: Step) -> None:
        answer = self._request(step.method, self._filled(step.path), step.body, self._filled(step.fields))
        what = f"{self.client.name}: {step.method} {step.path}"
        assert answer.status_code == step.want, f"{what}: {answer.status_code} {answer.text[:300]}"
        for name, path in step.keep.items():
            self.known[name] = str(_into(answer.json, path, what))
        for path, wanted in step.reads.items():
            found = _into(answer.json, path, what)
            fits = found in wanted if isinstance(wanted, range) else found == self._filled(wanted)
            assert fits, f"{what}: {path} is {found!r}, not {wanted!r}"

    def _request(self, method: str, path: str, body: str, fields: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        wishes: dict[str, Any] = {}
        if fields and body == "json":
            wishes["json"] = fields
        elif fields and body == "multipart":
            wishes["data"] = {name: _file(value) for name, value in fields.items()}
            wishes["content_type"] = "multipart/form-data"
        elif fields:
            wishes["data"] = fields
        return self.city.browser().open(path, method=method, headers=headers, **wishes)

    def _filled(self, text: Any) -> Any:
        """`text` (or what a JSON body holds) with every {name} filled in."""
        if isinstance(text, str):
            return re.sub(r"\{(\w+)\}", lambda found: self.known[found[1]], text)
        if isinstance(text, Mapping):
            return {name: self._filled(value) for name, value in text.items()}
        if isinstance(text, list):
            return [self._filled(one) for one in text]
        return text


def _file(value: Any) -> Any:
    return (io.BytesIO(photo()), "photo.png") if value == "photo" else value


def _into(found: Any, path: str, what: str) -> Any:
    for word in path.split("."):
        try:
            found = found[int(word)] if isinstance(found, list) else found[word]
        except (KeyError, IndexError, TypeError) as error:
            raise AssertionError(f"{what}: no {path} in {json.dumps(found)[:300]}") from error
    return found


def scene(city: City, programs: Programs) -> tuple[Someone, dict[str, str]]:
    """A quartier in which something was said: Salma, who will sign in, and what her client may name."""
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here, "salma"), city.resident(here, "bruno")
    neighbour = programs.of(bruno)
    said = neighbour.post("/api/v1/statuses", json={"status": "@salma Le marché de #Noël est ouvert"}).json
    public = neighbour.post("/api/v1/statuses", json={"status": "Pour tout le monde", "visibility": "public"}).json
    city.work()
    known = {
        "me": str(salma.actor_id), "neighbour": str(bruno.actor_id), "said": said["id"], "public": public["id"],
        "host": "localhost", "day": _day(30), "next_day": _day(31),
    }  # fmt: skip
    known |= _quotes(programs.of(salma), neighbour, public["id"])
    city.work()
    return salma, known


def _day(days: int) -> str:
    return (clock.now() + timedelta(days=days)).date().isoformat()


def _quotes(salma: Program, neighbour: Program, public: str) -> dict[str, str]:
    """`own` words of Salma, the neighbour's post `quoting` them, one of hers that may not quote any more (`revoked`),
    and the number of `public` as it was `passed` on."""

    def say(program: Program, **said: str) -> str:
        return str(program.post("/api/v1/statuses", json={"visibility": "public"} | said).json["id"])

    own, open_once = say(salma, status="Le jardin est ouvert"), say(neighbour, status="Citez-moi")
    quoting = say(neighbour, status="Voyez", quoted_status_id=own)
    revoked = say(salma, status="Lisez", quoted_status_id=open_once)
    neighbour.post(f"/api/v1/statuses/{open_once}/quotes/{revoked}/revoke")
    passed = neighbour.post(f"/api/v1/statuses/{public}/reblog").json["id"]
    return {"own": own, "quoting": quoting, "revoked": revoked, "passed": passed}
