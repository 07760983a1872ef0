"""Signatures of draft-cavage-http-signatures-12, as nearly all of the fediverse makes them.

The grammar is httpsig's; what counts is decided here, and the arithmetic is always RSA PKCS#1 v1.5 with SHA-256 by
`cryptography`, whatever the header says (threats A1 to A6).
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any
from urllib.request import parse_http_list

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from federation.errors import BadDocument, BadSignature
from federation.keys import PublicKey, SigningKey
from federation.signatures import digest, moments
from federation.signatures.loader import (
    HeaderSigner,
    build_signature_template,
    generate_message,
    parse_signature_header,
)
from federation.urls import host_of, origin, target, wire_form
from federation.wire import Request

ALGORITHMS = {"rsa-sha256", "hs2019", ""}
BODILESS = {"GET", "HEAD"}
MAX_HEADER_CHARS = 8192
MAX_COVERED = 40

Find = Callable[[str], PublicKey | None]


def parameters(request: Request) -> dict[str, str]:
    """The parameters of the `Signature` header, names in small letters. Raises `BadSignature`."""
    text = request.headers.get("signature", "")
    if not text:
        raise BadSignature("signature.absent")
    if len(text) > MAX_HEADER_CHARS or not text.isascii() or not text.isprintable():
        raise BadSignature("signature.form")
    names = [item.partition("=")[0].strip().lower() for item in parse_http_list(text)]
    if len(set(names)) != len(names):
        raise BadSignature("signature.twice")
    found = {name.strip().lower(): value for name, value in parse_signature_header(text).items()}
    if not found.get("keyid") or not found.get("signature"):
        raise BadSignature("signature.form")
    return found


def verify(request: Request, find: Find, now: datetime) -> PublicKey:
    """The key with which `request` is signed, or `BadSignature`; `find` is asked last, since it may fetch."""
    given = parameters(request)
    if not request.method.isascii() or not request.method.isalpha():
        raise BadSignature("signature.form")
    algorithm = given.get("algorithm", "").lower()
    if algorithm not in ALGORITHMS:
        raise BadSignature("signature.algorithm")
    covered = given.get("headers", "date").lower().split()
    _check_coverage(request, covered)
    values = _values(request, given, covered, algorithm)
    _check_time(given, covered, values, now)
    check_host(request)
    if request.method.upper() not in BODILESS:
        digest.check_legacy(request.headers.get("digest"), request.body)
    try:
        signature = b64decode(given["signature"], validate=True)
    except ValueError as error:
        raise BadSignature("signature.form") from error
    key = find(given["keyid"])
    if key is None or key.key_id != given["keyid"]:
        raise BadSignature("signature.key")
    _check_signature(request, key, covered, values, signature)
    return key


def _check_coverage(request: Request, covered: list[str]) -> None:
    if len(covered) > MAX_COVERED or len(set(covered)) != len(covered):
        raise BadSignature("signature.cover")
    needed = {"(request-target)", "host"}
    if request.method.upper() not in BODILESS:
        needed.add("digest")
    if not needed.issubset(covered) or not {"date", "(created)"} & set(covered):
        raise BadSignature("signature.cover")


def _values(request: Request, given: dict[str, str], covered: list[str], algorithm: str) -> dict[str, str]:
    """What the covered names stand for; each must be there, and fit on its line."""
    values = {}
    for name in covered:
        if name == "(request-target)":
            continue
        if name in ("(created)", "(expires)"):
            if algorithm.startswith("rsa"):  # the draft forbids it, §2.3
                raise BadSignature("signature.algorithm")
            value = given.get(name.strip("()"), "")
            if not value.isascii() or not value.isdigit() or len(value) > 12:
                raise BadSignature("signature.time")
        else:
            value = request.headers.get(name, "").strip()
            if name not in request.headers or not value.isascii() or "\n" in value or "\r" in value:
                raise BadSignature("signature.header")
        values[name] = value
    return values


def _check_time(given: dict[str, str], covered: list[str], values: dict[str, str], now: datetime) -> None:
    if "(created)" in covered:
        stamp = moments.from_unix(int(values["(created)"]))
    else:
        stamp = moments.from_header(values["date"])
    ends = moments.from_unix(int(values["(expires)"])) if "(expires)" in covered else None
    moments.check(stamp, ends, now)


def check_host(request: Request) -> None:
    """Raise `BadSignature` unless the `Host` header names the server of the address, which both schemes sign."""
    try:
        scheme, *_ = here = origin(request.url)
        if origin(f"{scheme}://{request.headers.get('host', '')}/") != here:
            raise BadSignature("signature.host")
    except BadDocument as error:
        raise BadSignature("signature.host") from error


def _check_signature(
    request: Request, key: PublicKey, covered: list[str], values: dict[str, str], signature: bytes
) -> None:
    public = key.object()
    if not isinstance(public, RSAPublicKey):
        raise BadSignature("signature.algorithm")
    place = target(request.url)
    if _fits(public, signature, covered, values, request.method, place):
        return
    # quirk(mastodon): before 4.3 the query string of a GET was not signed.
    bare, query, _ = place.partition("?")
    second_try = query and request.method.upper() in BODILESS
    if second_try and _fits(public, signature, covered, values, request.method, bare):
        return
    raise BadSignature("signature.wrong")


def _fits(
    public: RSAPublicKey, signature: bytes, covered: list[str], values: dict[str, str], method: str, place: str
) -> bool:
    try:
        message = generate_message(covered, values, None, method, place)
        public.verify(signature, message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):  # ValueError: an address beyond ASCII
        return False
    return True


class _Signer(HeaderSigner):  # type: ignore[misc]  # httpsig publishes no types
    """httpsig's signer with the key object kept: its own takes 130 ms to read a key and 4 ms to sign."""

    def __init__(self, key: SigningKey, covered: tuple[str, ...]) -> None:
        if '"' in key.key_id or not key.key_id.isascii():
            raise ValueError("a key id that no header can carry")
        self.headers = list(covered)
        self.sign_header = "signature"
        # The template is a format string: a percent sign in the key id must survive it.
        self.signature_template = build_signature_template(
            key.key_id.replace("%", "%%"), "rsa-sha256", covered, self.sign_header
        )
        self._private = key.private
        self._rsa = True

    def _sign_rsa(self, data: Any) -> bytes:
        return self._private.sign(data.encode("ascii") if isinstance(data, str) else data, PKCS1v15(), SHA256())


@lru_cache(maxsize=1024)
def _signer(key: SigningKey, covered: tuple[str, ...]) -> _Signer:
    return _Signer(key, covered)


def sign(request: Request, key: SigningKey, now: datetime | None = None) -> dict[str, str]:
    """The headers of `request` with `host`, `date`, `signature` and, unless it is a GET, `digest`.

    Covered: `(request-target) host date`, with a body also `digest` and `content-type` if there is one. Raises
    `BadDocument` for an address that cannot be sent.
    """
    url = wire_form(request.url)
    headers: dict[str, str] = dict(request.headers)
    headers["host"] = host_of(url)
    headers["date"] = format_datetime((now or datetime.now(UTC)).astimezone(UTC), usegmt=True)
    covered: tuple[str, ...] = ("(request-target)", "host", "date")
    if request.method.upper() not in BODILESS:
        headers["digest"] = digest.legacy(request.body)
        covered += ("digest", "content-type") if "content-type" in headers else ("digest",)
    signed: Mapping[str, str] = _signer(key, covered).sign(headers, None, request.method, target(url))
    return dict(signed)
