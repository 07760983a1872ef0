"""HTTP Message Signatures (RFC 9421), the part of it that the fediverse uses, over `http-message-signatures`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import http_sf
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from federation.errors import BadSignature
from federation.keys import ProofKey, PublicKey, PublicObject, SigningKey
from federation.signatures import digest, moments
from federation.signatures.cavage import BODILESS, MAX_COVERED, MAX_HEADER_CHARS, check_host
from federation.urls import host_of, wire_form
from federation.wire import Request

LABEL = "sig1"

Find = Callable[[str], PublicKey | None]


def key_id(request: Request) -> str:
    """The key that the one signature of `request` names. Raises `BadSignature`, also if there are several."""
    return str(_parameters(request)["keyid"])


def _parameters(request: Request) -> dict[str, Any]:
    text = request.headers.get("signature-input", "")
    if len(text) + len(request.headers.get("signature", "")) > MAX_HEADER_CHARS:
        raise BadSignature("signature.form")
    try:
        signatures: Any = http_sf.parse(text.encode("ascii"), tltype="dictionary")
        ((components, parameters),) = signatures.values()
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise BadSignature("signature.form") from error
    if not isinstance(components, list) or len(components) > MAX_COVERED or not isinstance(parameters, dict):
        raise BadSignature("signature.form")
    if type(parameters.get("keyid")) is not str or type(parameters.get("created")) is not int:
        raise BadSignature("signature.form")
    return parameters


def verify(request: Request, find: Find, now: datetime) -> PublicKey:
    """The key with which `request` is signed, or `BadSignature`; the algorithm is that of the key."""
    given = _parameters(request)
    _check_time(given, now)
    check_host(request)
    has_body = request.method.upper() not in BODILESS
    if has_body:
        digest.check_content(request.headers.get("content-digest"), request.body)
    key = find(given["keyid"])
    if key is None or key.key_id != given["keyid"]:
        raise BadSignature("signature.key")
    public = key.object()
    if given.get("alg") not in (None, _algorithm(public).algorithm_id):
        raise BadSignature("signature.algorithm")
    covered = _covered(request, public)
    if not {'"@method"', '"@target-uri"'} <= covered or (has_body and '"content-digest"' not in covered):
        raise BadSignature("signature.cover")
    return key


def _check_time(given: dict[str, Any], now: datetime) -> None:
    ends = given.get("expires")
    if ends is not None and type(ends) is not int:
        raise BadSignature("signature.time")
    moments.check(moments.from_unix(given["created"]), None if ends is None else moments.from_unix(ends), now)


def _covered(request: Request, public: PublicObject) -> set[str]:
    """Check the signature itself; the components that it covers, as the signature writes them."""
    verifier = _Verifier(signature_algorithm=_algorithm(public), key_resolver=_OneKey(public))
    try:
        (result,) = verifier.verify(_message(request, request.url, dict(request.headers)), max_age=None)
    except (HTTPMessageSignaturesException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadSignature("signature.wrong") from error
    return set(result.covered_components)


def _algorithm(key: Any) -> Any:
    return algorithms.RSA_V1_5_SHA256 if isinstance(key, RSAPublicKey) else algorithms.ED25519


def _message(request: Request, url: str, headers: dict[str, str]) -> SimpleNamespace:
    return SimpleNamespace(method=request.method.upper(), url=url, headers=headers)


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Nothing: done before, by the clock we were given and with our own window."""


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, key: Any) -> None:
        self._key = key

    def resolve_public_key(self, key_id: str) -> Any:
        return self._key

    def resolve_private_key(self, key_id: str) -> Any:
        return self._key


def sign(request: Request, key: SigningKey | ProofKey, now: datetime | None = None) -> dict[str, str]:
    """The headers of `request` with `host`, `signature-input`, `signature` and, unless it is a GET, `content-digest`.

    Covered: method, address, and the body by its digest; `created` and `keyid`, no nonce. Raises `BadDocument` for
    an address that cannot be sent.
    """
    url = wire_form(request.url)
    headers = dict(request.headers) | {"host": host_of(url)}
    covered = ["@method", "@target-uri"]
    if request.method.upper() not in BODILESS:
        headers["content-digest"] = digest.content(request.body)
        covered.append("content-digest")
    algorithm = algorithms.RSA_V1_5_SHA256 if isinstance(key, SigningKey) else algorithms.ED25519
    signer = HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=_OneKey(key.private))
    signer.sign(
        _message(request, url, headers), key_id=key.key_id, created=now or datetime.now(UTC), label=LABEL,
        include_alg=False, covered_component_ids=covered, use_existing_digest="content-digest" in headers,
    )  # fmt: skip
    return {name.lower(): value for name, value in headers.items()}
