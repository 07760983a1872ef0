"""Keys of actors: ours to sign with, theirs to check with. What a key may do follows from its own kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from federation import multibase
from federation.errors import BadSignature
from federation.urls import is_same_origin

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192  # checking with a longer one costs more than a request is worth
MAX_KEY_CHARS = 16_384
MAX_LISTED = 20

PublicObject = RSAPublicKey | Ed25519PublicKey


@dataclass(frozen=True, eq=False)
class SigningKey:
    """One of our RSA keys, its object kept: loading costs more than signing."""

    key_id: str
    owner: str
    private: RSAPrivateKey


@dataclass(frozen=True, eq=False)
class ProofKey:
    """One of our Ed25519 keys, for proofs inside documents (FEP-8b32)."""

    key_id: str
    owner: str
    private: Ed25519PrivateKey


@dataclass(frozen=True)
class PublicKey:
    """The key of an actor elsewhere, as that actor's document had it at `fetched_at`."""

    key_id: str
    owner: str
    pem: str | None
    multibase: str | None
    fetched_at: datetime

    def object(self) -> PublicObject:
        """The key itself, loaded once. Raises `BadSignature` if it is none, or a weak one."""
        if self.pem is not None:
            return load_public(self.pem)
        return load_multikey(self.multibase or "")


def make_rsa() -> tuple[str, str]:
    """A new RSA-2048 pair as PEM: private (PKCS#8), public (SPKI). Takes about 100 ms."""
    private = generate_private_key(public_exponent=65537, key_size=MIN_RSA_BITS)
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return secret.decode(), public.decode()


def make_ed25519() -> tuple[str, str]:
    """A new Ed25519 pair in multibase: private, public (FEP-521a)."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    return (
        multibase.encode(multibase.ED25519_PRIVATE + private.private_bytes_raw()),
        multibase.encode(multibase.ED25519_PUBLIC + public),
    )


@lru_cache(maxsize=512)
def load_private(pem: str) -> RSAPrivateKey:
    """One of our own RSA keys; its numbers are not checked again, which would take 50 ms. Raises `ValueError`."""
    key = load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key


def load_ed25519_private(text: str) -> Ed25519PrivateKey:
    """One of our own Ed25519 keys, from its multibase text. Raises `ValueError`."""
    content = multibase.decode(text)
    if not content.startswith(multibase.ED25519_PRIVATE):
        raise ValueError("not an Ed25519 private key")
    return Ed25519PrivateKey.from_private_bytes(content.removeprefix(multibase.ED25519_PRIVATE))


@lru_cache(maxsize=4096)
def load_public(pem: str) -> PublicObject:
    """A public key from PEM, SPKI or PKCS#1; RSA of 2048 bits at least, or Ed25519. Raises `BadSignature`."""
    # quirk(mobilizon): publishes PKCS#1, `BEGIN RSA PUBLIC KEY`, where all others have SPKI.
    if len(pem) > MAX_KEY_CHARS:
        raise BadSignature("key.long")
    try:
        return _strong(load_pem_public_key(pem.strip().encode()))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadSignature("key.form") from error


@lru_cache(maxsize=4096)
def load_multikey(text: str) -> PublicObject:
    """A public key from its Multikey text, Ed25519 or RSA. Raises `BadSignature`. Source: FEP-521a."""
    try:
        content = multibase.decode(text)
        if content.startswith(multibase.ED25519_PUBLIC):
            return Ed25519PublicKey.from_public_bytes(content.removeprefix(multibase.ED25519_PUBLIC))
        if content.startswith(multibase.RSA_PUBLIC):
            return _strong(load_der_public_key(content.removeprefix(multibase.RSA_PUBLIC)))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadSignature("key.form") from error
    raise BadSignature("key.kind")


def _strong(key: Any) -> PublicObject:
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, RSAPublicKey):
        raise BadSignature("key.kind")
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS or key.public_numbers().e.bit_length() > 32:
        raise BadSignature("key.size")
    return key


def from_actor(document: Mapping[str, Any], *, fetched_at: datetime | None = None) -> list[PublicKey]:
    """The keys that `document` lists as its own: `publicKey` and `assertionMethod`, each one or many.

    A document that is itself a key, or names one with its owner (GoToSocial's `/main-key`), gives that key; then
    the owner's own document must list it too. Left out are keys whose id or owner lies on another origin than
    the document, keys of somebody else than the actor who lists them, and what is no key. Source: FEP-521a and
    federation.md §4.
    """
    moment = fetched_at or datetime.now(UTC)
    document_id = document.get("id")
    if not isinstance(document_id, str):
        return []
    found = []
    for entry in _entries(document):
        key_id, owner = entry.get("id"), entry.get("owner") or entry.get("controller") or document_id
        if not isinstance(key_id, str) or not isinstance(owner, str):
            continue
        if not is_same_origin(key_id, owner) or not is_same_origin(key_id, document_id):
            continue
        if "inbox" in document and owner != document_id:
            continue
        pem, text = entry.get("publicKeyPem"), entry.get("publicKeyMultibase")
        if isinstance(pem, str) and len(pem) <= MAX_KEY_CHARS:
            found.append(PublicKey(key_id, owner, pem, None, moment))
        elif isinstance(text, str) and len(text) <= multibase.MAX_CHARS:
            found.append(PublicKey(key_id, owner, None, text, moment))
    return found


def _entries(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "publicKeyPem" in document or "publicKeyMultibase" in document:
        yield document
    for name in ("publicKey", "assertionMethod"):
        listed = document.get(name)
        for entry in (listed if isinstance(listed, list) else [listed])[:MAX_LISTED]:
            if isinstance(entry, dict):
                yield entry
