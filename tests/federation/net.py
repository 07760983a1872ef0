"""A small fediverse without a network: pages by address, and a door that notes who knocked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from federation import memory
from federation.activities import create
from federation.engine import Federation
from federation.errors import FederationError
from federation.keys import SigningKey, from_actor, load_private
from federation.signatures import choose, sign_cavage, sign_rfc9421
from federation.urls import wire_form
from federation.vocabulary import ACTIVITY_JSON, PUBLIC
from federation.wire import Door, Headers, Request, Response
from tests.federation.letters import NOW, pair

HOME = "https://marseille.example"
INBOX = f"{HOME}/inbox"
APPLICATION = f"{HOME}/actor"
ALICE = "https://aix.example/u/alice"

Json = dict[str, Any]


def actor(uri: str = ALICE, *, key: str = "alice", **fields: Any) -> Json:
    public = {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": pair(key)[1]}
    return {"id": uri, "type": "Person", "inbox": f"{uri}/inbox", "publicKey": public} | fields


def note(uri: str = "https://aix.example/p/1", *, author: str = ALICE, **fields: Any) -> Json:
    said = {"id": uri, "type": "Note", "attributedTo": author, "to": [PUBLIC], "content": "<p>Qui a une échelle ?</p>"}
    return said | fields


def create_note(**fields: Any) -> Json:
    return create(note(), id="https://aix.example/a/1", actor=ALICE) | fields


class Net(Door):
    """Answers from `pages`; what is not there is a 404. `asked` and `posted` are the requests that went out."""

    def __init__(self) -> None:
        self.pages: dict[str, Response | FederationError] = {}
        self.asked: list[Request] = []
        self.posted: list[Request] = []
        self.inboxes: list[Response | FederationError] = []

    def put(
        self, url: str, content: Json | bytes, *, status: int = 200, kind: str = ACTIVITY_JSON, final: str = "",
        **headers: str,
    ) -> None:  # fmt: skip
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[url] = Response(status, {"content-type": kind} | named, body, wire_form(final or url))

    def get(self, url: str, headers: Headers, *, max_bytes: int, deadline_s: float, redirects: int = 3) -> Response:
        given = headers(url) if callable(headers) else headers
        self.asked.append(Request("GET", url, given))
        answer = self.pages.get(url, Response(404, {}, b"", url))
        if isinstance(answer, FederationError):
            raise answer
        return answer

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, deadline_s: float) -> Response:
        self.posted.append(Request("POST", url, headers, body))
        answer = self.inboxes.pop(0) if self.inboxes else Response(202, {}, b"", url)
        if isinstance(answer, FederationError):
            raise answer
        return answer

    @property
    def schemes(self) -> list[str | None]:
        """How each POST was signed."""
        return [choose(request) for request in self.posted]


class Town:
    """Our server `marseille.example` over ports in memory; the clock stands until `later`."""

    def __init__(self, **table: Any) -> None:
        self.net = Net()
        self.keys = memory.Keys()
        self.incoming = memory.Incoming()
        self.outgoing = memory.Outgoing()
        self.policy = memory.Policy()
        self.moment = NOW
        private = load_private(pair("marseille")[0])
        self.keys.private[APPLICATION] = SigningKey(f"{APPLICATION}#main-key", APPLICATION, private)
        self.fed = Federation(
            base_url=HOME, keys=self.keys, documents=memory.Documents(), incoming=self.incoming,
            outgoing=self.outgoing, policy=self.policy, door=self.net, now=self.now, instance_actor=APPLICATION,
            table={tuple(name.split("_")): handler for name, handler in table.items()},  # type: ignore[misc]
        )  # fmt: skip

    def now(self) -> datetime:
        return self.moment

    def later(self, **by: float) -> None:
        self.moment += timedelta(**by)

    def knows(self, document: Json) -> None:
        """As if this actor's document had been fetched now."""
        self.keys.remember(from_actor(document, fetched_at=self.moment), document, document["id"].split("/")[2])

    def receive(self, activity: Json | bytes, **how: Any) -> int:
        return self.fed.receive(self.letter(activity, **how))

    def letter(
        self,
        activity: Json | bytes,
        *,
        signer: str = ALICE,
        key: str = "alice",
        key_id: str = "",
        rfc9421: bool = False,
    ) -> Request:
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        secret = SigningKey(key_id or f"{signer}#main-key", signer, load_private(pair(key)[0]))
        request = Request("POST", INBOX, {"content-type": ACTIVITY_JSON}, body)
        sign = sign_rfc9421 if rfc9421 else sign_cavage
        return Request("POST", INBOX, sign(request, secret, self.moment), body)

    @property
    def taken(self) -> list[str]:
        return [activity.id for activity in self.incoming.taken.values()]
