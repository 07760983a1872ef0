"""Requests signed in every way, right and wrong, by a second hand: none of this is the library's own code."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from federation import keys
from federation.keys import PublicKey, SigningKey
from federation.wire import Request

NOW = datetime(2026, 5, 2, 9, 0, tzinfo=UTC)
INBOX = "https://marseille.example/inbox"
ALICE = "https://aix.example/u/alice"
KEY_ID = f"{ALICE}#main-key"
BODY = '{"type": "Create", "content": "Prêt d’une échelle"}'.encode()


@cache
def _made(_name: str) -> tuple[str, str]:
    return keys.make_rsa()


def pair(name: str = "alice") -> tuple[str, str]:
    """An RSA pair of PEM texts, private and public, one for each name."""
    return _made(name)


def signing(name: str = "alice", key_id: str = KEY_ID) -> SigningKey:
    return SigningKey(key_id, ALICE, keys.load_private(pair(name)[0]))


def public(pem: str | None = None, *, multikey: str | None = None, key_id: str = KEY_ID) -> PublicKey:
    text = None if multikey else pem or pair()[1]
    return PublicKey(key_id, ALICE, text, multikey, NOW)


def finder(*known: PublicKey) -> Callable[[str], PublicKey | None]:
    table = {key.key_id: key for key in known or (public(),)}
    return table.get


def sha256(body: bytes) -> str:
    return b64encode(hashlib.sha256(body).digest()).decode()


def date(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


class Letter:
    """A POST to an inbox, signed as draft-cavage has it, of which a test changes one thing at a time."""

    def __init__(self, method: str = "POST", url: str = INBOX) -> None:
        self.method, self.url, self.body = method, url, BODY if method == "POST" else b""
        self.target = url.removeprefix("https://marseille.example")
        self.headers = {"host": "marseille.example", "date": date(NOW)}
        self.covered = ["(request-target)", "host", "date"]
        if method == "POST":
            self.headers |= {"digest": f"SHA-256={sha256(BODY)}", "content-type": "application/activity+json"}
            self.covered += ["digest", "content-type"]
        self.key_id = KEY_ID
        self.algorithm: str | None = "rsa-sha256"
        self.stamps: dict[str, str] = {}
        self.signed_by = "alice"

    def text(self) -> bytes:
        """What is signed."""
        lines = []
        for name in self.covered:
            if name == "(request-target)":
                lines.append(f"{name}: {self.method.lower()} {self.target}")
            else:
                lines.append(f"{name}: {self.headers.get(name, self.stamps.get(name.strip('()'), ''))}")
        return "\n".join(lines).encode()

    def signature(self) -> bytes:
        if (self.algorithm or "").startswith("hmac"):
            digest = (self.algorithm or "").removeprefix("hmac-")
            return hmac.new(pair()[1].encode(), self.text(), digest).digest()
        weak = self.algorithm == "rsa-sha1"
        private = keys.load_private(pair(self.signed_by)[0])
        return private.sign(self.text(), padding.PKCS1v15(), hashes.SHA1() if weak else hashes.SHA256())

    def header(self) -> str:
        parts = [f'keyId="{self.key_id}"']
        if self.algorithm is not None:
            parts.append(f'algorithm="{self.algorithm}"')
        parts += [f"{name}={value}" for name, value in self.stamps.items()]
        parts += [f'headers="{" ".join(self.covered)}"', f'signature="{b64encode(self.signature()).decode()}"']
        return ",".join(parts)

    def request(self, **headers: str) -> Request:
        """The request as it arrives; `headers` are changed after signing."""
        return Request(self.method, self.url, self.headers | {"signature": self.header()} | headers, self.body)
