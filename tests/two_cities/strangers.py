"""Somebody on another server, over sockets: what they say, what they read, and what their server checks by itself."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from deploy.two_cities import Town
from tests.support.peer import ACTIVITY_JSON, ForeignActor, Json, Received
from tests.two_cities.conftest import until

FLEETING = {"date"}


@dataclass(frozen=True)
class Page:
    """An answer to a GET; headers but the moment, by small names."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.body)
        return found


def look(url: str, headers: dict[str, str] | None = None) -> Page:
    """What stands there for whoever asks with these headers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", url.removeprefix(f"http://{parts.netloc}"), headers=headers or {})
    answer = connection.getresponse()
    told = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in FLEETING}
    page = Page(answer.status, told, answer.read())
    connection.close()
    return page


@dataclass
class Stranger:
    """An account elsewhere and the town that it has to do with."""

    actor: ForeignActor
    town: Town
    _known: dict[str, Json] = field(default_factory=dict)

    def finds(self, name: str) -> Json:
        """The actor of that name in the town, as WebFinger leads to it."""
        host = urlsplit(self.town.url).netloc
        said = look(f"{self.town.url}/.well-known/webfinger?resource={quote(f'acct:{name}@{host}')}").json
        return self.read(next(link["href"] for link in said["links"] if link["rel"] == "self"))

    def look(self, uri: str, *, signed: bool) -> Page:
        """The document there."""
        headers = {"accept": ACTIVITY_JSON, "host": urlsplit(uri).netloc}
        return look(uri, headers | (self.actor.signed("GET", uri) if signed else {}))

    def read(self, uri: str) -> Json:
        """The document there, which is the same for whoever signs and for all others."""
        signed, unsigned = (self.look(uri, signed=each) for each in (True, False))
        assert (signed.status, signed.body) == (200, unsigned.body), uri
        assert signed.headers["content-type"] == ACTIVITY_JSON
        return signed.json

    def says(self, activity: Json, inbox: str = "") -> Json:
        """Give it to the town, which takes it."""
        assert self.actor.send(inbox or f"{self.town.url}/inbox", activity) == 202
        return activity

    def signer(self, request: Received) -> str:
        """Who in the town signed it, by the code of this side alone."""
        return request.signer(self._document)

    def _document(self, uri: str) -> Json:
        if uri not in self._known:
            self._known[uri] = self.look(uri, signed=True).json
        return self._known[uri]

    def got(self) -> list[Json]:
        """Every activity that came to this server, each signed by who speaks in it."""
        found = []
        for one in list(self.actor.server.received):
            assert self.signer(one) == one.json["actor"], one.json
            assert one.headers["content-type"] == ACTIVITY_JSON
            found.append(one.json)
        return found

    def about(self, uri: str, kind: str = "") -> list[Json]:
        """Those about the thing at `uri`: said of it, of its document, or of an activity with it."""
        return [one for one in self.got() if named(one["object"]) == uri and kind in ("", one["type"])]

    def hears_answer(self, follow: Json) -> Json:
        """What the town says to a follow, once it has."""

        def answer() -> Json | None:
            said = (
                one for one in self.got() if isinstance(one["object"], dict) and one["object"].get("type") == "Follow"
            )
            return next((one for one in said if one["object"]["id"] == follow["id"]), None)

        return until(answer, f"an answer to {follow['id']}")

    def hears(self, kind: str, uri: str, number: int = 1) -> list[Json]:
        """`number` activities of that kind about the thing at `uri`, once they have come."""

        def enough() -> list[Json] | None:
            found = self.about(uri, kind)
            return found if len(found) >= number else None

        return until(enough, f"{number} {kind} about {uri}; there are {[one['type'] for one in self.got()]}")


def named(thing: object) -> str:
    """The address of what an activity is about, through an activity that is passed on."""
    if isinstance(thing, dict):
        return named(thing["object"]) if "actor" in thing else str(thing["id"])
    return str(thing)


def is_whole(announce: Json) -> bool:
    """Whether it passes an activity on, as Lemmy reads it, and not a bare address, as Mastodon does."""
    return isinstance(announce["object"], dict)
