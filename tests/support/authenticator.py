"""A device that makes passkeys, as a browser hands them over: no attestation, one key of the P-256 curve each."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT_WITH_KEY = 0x41


def made(origin: str, challenge: str) -> str:
    """What a browser answers to `challenge` (base64url) with a new key for `origin`, as JSON."""
    credential = secrets.token_bytes(16)
    said = {"type": "webauthn.create", "challenge": challenge, "origin": origin, "crossOrigin": False}
    site = hashlib.sha256((urlsplit(origin).hostname or "").encode()).digest()
    about = site + bytes([PRESENT_WITH_KEY]) + bytes(4) + bytes(16) + len(credential).to_bytes(2) + credential
    kept = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": about + _public_key()})
    response = {"clientDataJSON": _written(json.dumps(said).encode()), "attestationObject": _written(kept)}
    name = _written(credential)
    return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def _public_key() -> bytes:
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})


def _written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
