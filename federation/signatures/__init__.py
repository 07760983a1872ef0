"""Who sent this request? One question, one answer or `BadSignature`, whichever of the two schemes is used (A8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from federation.errors import BadSignature
from federation.keys import ProofKey, PublicKey, SigningKey
from federation.signatures import cavage, rfc9421
from federation.wire import Request

Scheme = Literal["cavage", "rfc9421"]
Find = Callable[[str], PublicKey | None]
"""From a key id to the key; None if there is none. It may raise what fetching raises."""


def choose(request: Request) -> Scheme | None:
    """The scheme in which `request` is signed; None if it is not."""
    if "signature-input" in request.headers:
        return "rfc9421"
    return "cavage" if "signature" in request.headers else None


def key_id(request: Request) -> str | None:
    """The key that the signature of `request` names; None without one. Raises `BadSignature` if it is unreadable."""
    scheme = choose(request)
    if scheme is None:
        return None
    return rfc9421.key_id(request) if scheme == "rfc9421" else cavage.parameters(request)["keyid"]


def verify(request: Request, find: Find, now: datetime) -> PublicKey:
    """The key with which all that matters in `request` is signed: method, address, host, body, and a time near `now`.

    Raises `BadSignature` in every other case, however the headers look. The key says who its owner is; whether that
    is who the body says is the caller's to compare.
    """
    scheme = choose(request)
    if scheme is None:
        raise BadSignature("signature.absent")
    return rfc9421.verify(request, find, now) if scheme == "rfc9421" else cavage.verify(request, find, now)


def sign_cavage(request: Request, key: SigningKey, now: datetime | None = None) -> dict[str, str]:
    """All headers to send with `request`, signed as draft-cavage-12 has it."""
    return cavage.sign(request, key, now)


def sign_rfc9421(request: Request, key: SigningKey | ProofKey, now: datetime | None = None) -> dict[str, str]:
    """All headers to send with `request`, signed as RFC 9421 has it."""
    return rfc9421.sign(request, key, now)
