"""Proofs inside a document, good wherever it travels: FEP-8b32 with eddsa-jcs-2022 (sections are of vc-di-eddsa)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from federation import multibase
from federation.errors import BadSignature
from federation.keys import ProofKey, PublicKey

SUITE = "eddsa-jcs-2022"
KIND = "DataIntegrityProof"
PURPOSE = "assertionMethod"


def add(document: Mapping[str, Any], key: ProofKey, now: datetime | None = None) -> dict[str, Any]:
    """`document` with our proof in place of any other. Raises `BadSignature` if it has no canonical form."""
    created = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    options: dict[str, Any] = {
        "type": KIND, "cryptosuite": SUITE, "verificationMethod": key.key_id, "proofPurpose": PURPOSE,
        "created": created,
    }  # fmt: skip
    if "@context" in document:  # a proof repeats it, so that nobody can put another before the words (§3.3.1)
        options |= {"@context": document["@context"]}
    value = multibase.encode(key.private.sign(_hashed(document, options)))
    return dict(document) | {"proof": options | {"proofValue": value}}


def key_id(document: Mapping[str, Any]) -> str | None:
    """The key that the proof of `document` names; None if it has none that we read."""
    proof = document.get("proof")
    if not isinstance(proof, dict) or proof.get("type") != KIND or proof.get("cryptosuite") != SUITE:
        return None
    named = proof.get("verificationMethod")
    return named if isinstance(named, str) else None


def verify(document: Mapping[str, Any], key: PublicKey, now: datetime | None = None) -> None:
    """Raise `BadSignature` unless `document` has a proof by `key`, over all of it but the proof.

    Whether the key speaks for the author is for the caller to say. A proof past its own `expires` counts no more.
    """
    if key_id(document) != key.key_id:
        raise BadSignature("proof.key")
    proof = document["proof"]
    if proof.get("proofPurpose") != PURPOSE:
        raise BadSignature("proof.purpose")
    _check_end(proof.get("expires"), now or datetime.now(UTC))
    public = key.object()
    if not isinstance(public, Ed25519PublicKey):
        raise BadSignature("proof.key")
    try:
        value = multibase.decode(str(proof.get("proofValue", "")))
        options = {name: part for name, part in proof.items() if name != "proofValue"}
        public.verify(value, _hashed(_in_context_of(document, options), options))
    except (InvalidSignature, ValueError) as error:
        raise BadSignature("proof.wrong") from error


def _in_context_of(document: Mapping[str, Any], options: Mapping[str, Any]) -> Mapping[str, Any]:
    """`document` in the context that was signed: later servers may have added to it, but only at the end (§3.3.2)."""
    if "@context" not in options:
        return document
    signed, given = _many(options["@context"]), _many(document.get("@context"))
    if given[: len(signed)] != signed:
        raise BadSignature("proof.context")
    return dict(document) | {"@context": options["@context"]}


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_end(text: Any, now: datetime) -> None:
    if text is None:
        return
    try:
        ends = datetime.fromisoformat(str(text)[:40])
    except ValueError as error:
        raise BadSignature("proof.time") from error
    if now > (ends.replace(tzinfo=UTC) if ends.tzinfo is None else ends):
        raise BadSignature("proof.time")


def _hashed(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    bare = {name: part for name, part in document.items() if name != "proof"}
    try:
        return sha256(rfc8785.dumps(dict(options))).digest() + sha256(rfc8785.dumps(bare)).digest()
    except (rfc8785.CanonicalizationError, RecursionError, ValueError) as error:
        raise BadSignature("proof.form") from error
