"""ForeignServer: a small ActivityPub server of our own writing, on loopback, that shares no code with `federation/`.

Its signatures are made and checked with `cryptography` alone (tests/support/signing.py). It serves what a test puts
there, writes down every request, and can be slow, down, gone, picky or mad.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from tests.support import signing

Json = dict[str, Any]
AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS}#Public"
ACTIVITY_JSON = "application/activity+json"
GARBAGE = b"\x00\xff{[\"'<html>"


@dataclass(frozen=True)
class Received:
    """A request as it came; header names in small letters."""

    method: str
    path: str  # with the query
    headers: dict[str, str]
    body: bytes
    base_url: str

    @cached_property
    def json(self) -> Json:
        found: Json = json.loads(self.body)
        return found

    def signer(self, document_of: signing.Reader) -> str:
        """Owner of the key that signed it. Raises `signing.BadSignature`. `document_of` reads an address."""
        return signing.check(self.method, self.base_url, self.path, self.headers, self.body, document_of)


@dataclass
class Manners:
    """How the server behaves; as good as can be unless a test says otherwise."""

    is_down: bool = False  # the connection is cut without an answer
    slow_s: float = 0.0
    inbox_status: int = 202
    inbox_headers: dict[str, str] = field(default_factory=dict)
    refuses_cavage: bool = False  # 401 to whoever does not sign as RFC 9421 says
    refuses_rfc9421: bool = False
    wants_signed_gets: bool = False  # as GoToSocial
    is_mad: bool = False  # garbage to everything
    gone: set[str] = field(default_factory=set)  # paths that answer 410
    tells_versions: bool = False  # an ETag beside each document, and 304 to who has that version


class ForeignServer:
    """One server. `received` are the POSTs that its inboxes took, `fetched` the GETs, in the order in which they came.

    `refused` are those requests whose scheme of signing it does not take.
    """

    def __init__(self, listening: socket.socket | None = None) -> None:
        self._age = 0
        self._httpd = _Httpd(self, listening)
        self.port = int(self._httpd.server_address[1])
        self.host = f"127.0.0.1:{self.port}"
        self.base_url = f"http://{self.host}"
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.reset()

    def reset(self) -> None:
        """Forget everything, as for a new test; actors made from now on have addresses that nobody remembers."""
        self._age += 1
        self.manners = Manners()
        self.received: list[Received] = []
        self.fetched: list[Received] = []
        self.refused: list[Received] = []
        self.documents: dict[str, tuple[bytes, str]] = {}
        self.handles: dict[str, str] = {}  # "ada@host" -> actor uri
        self.subjects: dict[str, str] = {}  # actor uri -> the "ada@host" that WebFinger gives it, if another
        self._count = 0

    def stop(self) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()
        self._thread.join(5)

    def actor(self, handle: str, kind: str = "Person", /, **members: Any) -> ForeignActor:
        """A new actor with a key, found by WebFinger; `members` are added to its document (None takes one away)."""
        return ForeignActor(self, handle, kind, members)

    def put(self, path: str, document: Any, content_type: str = ACTIVITY_JSON) -> str:
        """Serve `document` (JSON, or bytes as they are) at `path`; its address."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.documents[path] = (body, content_type)
        return self.base_url + path

    def take_away(self, uri: str) -> None:
        """410 at that address from now on."""
        self.documents.pop(urlsplit(uri).path, None)
        self.manners.gone.add(urlsplit(uri).path)

    def name(self, kind: str) -> str:
        """A fresh address: /<kind>/<number>."""
        self._count += 1
        return f"{self.base_url}/{self._age}/{kind}/{self._count}"

    def place(self, name: str) -> str:
        """The address of an actor."""
        return f"{self.base_url}/{self._age}/users/{name}"

    def inbox_of(self, actor: ForeignActor) -> list[Json]:
        """Activities that came for `actor`, to its own inbox or the shared one."""
        return [one.json for one in self.received if one.path in (urlsplit(actor.inbox).path, "/inbox")]

    def fetches(self, path: str) -> int:
        """How often `path` was asked for."""
        return sum(urlsplit(one.path).path == path for one in self.fetched)


class ForeignActor:
    """Somebody on a foreign server, who speaks for themself: makes activities and signs requests."""

    def __init__(self, server: ForeignServer, name: str, kind: str, members: Json) -> None:
        self.server, self.handle = server, name
        self.uri = server.place(name)
        self.inbox, self.key_id = f"{self.uri}/inbox", f"{self.uri}#main-key"
        self.key = signing.keys.next()
        self.acct = f"{name}@{server.host}"
        server.handles[self.acct] = self.uri
        self.document: Json = {}
        self.describe(**(self._plain(kind) | members))

    def _plain(self, kind: str) -> Json:
        return {
            "@context": [AS, "https://w3id.org/security/v1"], "id": self.uri, "type": kind,
            "preferredUsername": self.handle, "name": self.handle.title(), "inbox": self.inbox,
            "outbox": f"{self.uri}/outbox", "followers": f"{self.uri}/followers",
            "following": f"{self.uri}/following", "url": f"{self.server.base_url}/@{self.handle}",
            "endpoints": {"sharedInbox": f"{self.server.base_url}/inbox"},
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": self.key.public_pem},
        }  # fmt: skip

    def describe(self, **members: Any) -> None:
        """Change the actor document as it is served; None takes a member away."""
        self.document = {key: value for key, value in (self.document | members).items() if value is not None}
        self.server.put(urlsplit(self.uri).path, self.document)

    def new_key(self) -> None:
        """Rotate: the key id stays, the key does not."""
        self.key = signing.keys.next()
        public = self.document["publicKey"] | {"publicKeyPem": self.key.public_pem}
        self.describe(publicKey=public)

    # What it says

    def activity(self, kind: str, about: Any, **members: Any) -> Json:
        made = {
            "@context": AS, "id": self.server.name("activities"), "type": kind, "actor": self.uri, "object": about,
        }  # fmt: skip
        return made | members

    def note(
        self, words: str, *, to: Sequence[str] = (PUBLIC,), cc: Sequence[str] = (), kind: str = "Note", **members: Any
    ) -> Json:  # fmt: skip
        """A post, served at its address."""
        uri = self.server.name("notes")
        made = {
            "@context": AS, "id": uri, "type": kind, "attributedTo": self.uri, "content": f"<p>{words}</p>",
            "to": list(to), "cc": list(cc), "published": self.server.now().strftime("%Y-%m-%dT%H:%M:%SZ"), "url": uri,
        }  # fmt: skip
        made |= members
        self.server.put(urlsplit(uri).path, made)
        return made

    def create(self, note: Json, **members: Any) -> Json:
        return self.activity("Create", note, **({"to": note["to"], "cc": note["cc"]} | members))

    def follow(self, uri: str) -> Json:
        return self.activity("Follow", uri)

    def accept(self, follow: Any) -> Json:
        return self.activity("Accept", follow)

    def reject(self, follow: Any) -> Json:
        return self.activity("Reject", follow)

    def undo(self, activity: Json) -> Json:
        return self.activity("Undo", activity)

    def like(self, uri: str) -> Json:
        return self.activity("Like", uri)

    def announce(self, target: Any) -> Json:
        return self.activity("Announce", target, to=[PUBLIC], cc=[f"{self.uri}/followers"])

    def update(self, document: Json) -> Json:
        return self.activity("Update", document, to=[PUBLIC])

    def delete(self, target: Any) -> Json:
        return self.activity("Delete", target, to=[PUBLIC])

    def block(self, uri: str) -> Json:
        return self.activity("Block", uri)

    def move(self, target: str) -> Json:
        return self.activity("Move", self.uri, target=target)

    def flag(self, *uris: str, words: str = "") -> Json:
        return self.activity("Flag", list(uris), content=words)

    # How it sends

    def signed(
        self, method: str, url: str, body: bytes = b"", *, scheme: str = "cavage", **faults: Any
    ) -> dict[str, str]:
        """Headers of a signed request; `faults` as the functions of signing.py take them."""
        sign = signing.cavage if scheme == "cavage" else signing.rfc9421
        given: dict[str, Any] = {"key_id": self.key_id, "private": self.key.private, "moment": self.server.now()}
        return sign(method, url, body, **(given | faults))

    def post(self, client: Any, url: str, activity: Json | bytes, **faults: Any) -> Any:
        """Sign `activity` and give it to `url` of an application in this process; `client` is its test client."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        return client.post(url, data=body, headers=self.signed("POST", url, body, **faults))

    def get(self, client: Any, url: str, **faults: Any) -> Any:
        """A signed GET of an application in this process."""
        headers = self.signed("GET", url, **faults) | {"accept": ACTIVITY_JSON}
        return client.get(url, headers=headers)

    def send(self, url: str, activity: Json, **faults: Any) -> int:
        """The same over a socket, to a server that listens; the status."""
        body = json.dumps(activity).encode()
        return request("POST", url, self.signed("POST", url, body, **faults), body)[0]

    def fetch(self, url: str) -> Json:
        """A signed GET over a socket."""
        status, body = request("GET", url, self.signed("GET", url) | {"accept": ACTIVITY_JSON})
        assert status == 200, status
        found: Json = json.loads(body)
        return found


def request(method: str, url: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, bytes]:
    """One plain request over a socket: status and body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=10)
    try:
        connection.request(method, url.removeprefix(f"http://{parts.netloc}"), body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class _Httpd(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, owner: ForeignServer, listening: socket.socket | None) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=listening is None)
        if listening is not None:
            self.socket.close()
            self.socket = listening
            self.server_address = listening.getsockname()
            self.server_activate()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: the other side hung up, as tests make it do."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Httpd

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written to the console of the tests."""

    def do_GET(self) -> None:
        owner, seen = self.server.owner, self._read()
        owner.fetched.append(seen)
        if self._misbehaves(seen):
            return None
        path = urlsplit(seen.path).path
        if path in owner.manners.gone:
            return self._answer(410)
        if path == "/.well-known/webfinger":
            return self._webfinger(seen)
        path = seen.path if seen.path in owner.documents else path  # one put there with its query
        if path not in owner.documents:
            return self._answer(404)
        if owner.manners.wants_signed_gets and not {"signature", "signature-input"} & seen.headers.keys():
            return self._answer(401)
        if "signature" in seen.headers and self._is_refused(seen):
            return self._answer(401)
        body, content_type = owner.documents[path]
        version = f'"{hash(body) & 0xFFFFFFFF:x}"'
        if owner.manners.tells_versions and seen.headers.get("if-none-match") == version:
            return self._answer(304)
        more = {"ETag": version} if owner.manners.tells_versions else {}
        return self._answer(200, body, {"Content-Type": content_type, **more})

    def do_POST(self) -> None:
        owner, seen = self.server.owner, self._read()
        manners = owner.manners
        if self._misbehaves(seen):
            return None
        if self._is_refused(seen):
            return self._answer(401)
        path = urlsplit(seen.path).path
        if path in manners.gone:
            return self._answer(410)
        if manners.inbox_status < 300:
            owner.received.append(seen)
        return self._answer(manners.inbox_status, b"", manners.inbox_headers)

    def _is_refused(self, seen: Received) -> bool:
        manners = self.server.owner.manners
        is_refused = manners.refuses_rfc9421 if "signature-input" in seen.headers else manners.refuses_cavage
        if is_refused:
            self.server.owner.refused.append(seen)
        return is_refused

    def _read(self) -> Received:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Received(self.command, self.path, headers, self.rfile.read(length), self.server.owner.base_url)

    def _misbehaves(self, seen: Received) -> bool:
        manners = self.server.owner.manners
        if manners.is_down:
            self.close_connection = True
            return True
        if manners.slow_s:
            time.sleep(manners.slow_s)
        if manners.is_mad:
            self._answer(200, GARBAGE, {"Content-Type": ACTIVITY_JSON})
        return manners.is_mad

    def _webfinger(self, seen: Received) -> None:
        owner = self.server.owner
        resource = parse_qs(urlsplit(seen.path).query).get("resource", [""])[0].removeprefix("acct:")
        uri = owner.handles.get(resource)
        if uri is None and resource in owner.handles.values():
            uri = resource
        if uri is None:
            return self._answer(404)
        subject = owner.subjects.get(uri) or next(name for name, value in owner.handles.items() if value == uri)
        link = {"rel": "self", "type": ACTIVITY_JSON, "href": uri}
        jrd = {"subject": f"acct:{quote(subject, safe='@:')}", "links": [link]}
        return self._answer(200, json.dumps(jrd).encode(), {"Content-Type": "application/jrd+json"})

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
