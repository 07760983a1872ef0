"""The hash of a body in a header: `Digest` (RFC 3230) and `Content-Digest` (RFC 9530), over the raw bytes."""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from hashlib import sha256, sha512

from federation.errors import BadSignature

_CONTENT = re.compile(r"\s*(sha-256|sha-512)=:([A-Za-z0-9+/=]{1,100}):\s*(?:;[^,]*)?")
_HASHES = {"sha-256": sha256, "sha-512": sha512}


def legacy(body: bytes) -> str:
    """The value of `Digest`."""
    return f"SHA-256={b64encode(sha256(body).digest()).decode()}"


def content(body: bytes) -> str:
    """The value of `Content-Digest`."""
    return f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"


def check_legacy(header: str | None, body: bytes) -> None:
    """Raise `BadSignature` unless `Digest` has SHA-256 and each SHA-256 in it is that of `body`."""
    named = [item.strip().partition("=") for item in (header or "").split(",")]
    _compare([("sha-256", value) for name, _, value in named if name.lower() == "sha-256"], body)


def check_content(header: str | None, body: bytes) -> None:
    """Raise `BadSignature` unless `Content-Digest` has SHA-256 or SHA-512, and those it has are those of `body`."""
    matches = [_CONTENT.fullmatch(item) for item in (header or "").split(",")]
    _compare([(match[1], match[2]) for match in matches if match], body)


def _compare(given: list[tuple[str, str]], body: bytes) -> None:
    if not given:
        raise BadSignature("signature.digest_absent")
    for name, value in given[:4]:
        try:
            hashed = b64decode(value, validate=True)
        except ValueError as error:
            raise BadSignature("signature.digest") from error
        if not hmac.compare_digest(hashed, _HASHES[name](body).digest()):
            raise BadSignature("signature.digest")
