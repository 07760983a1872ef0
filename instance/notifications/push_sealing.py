"""Web Push on the wire: our key pair (VAPID, RFC 8292) and words that only the device can read (RFC 8291).

Two ways of sealing: the standard one, aes128gcm, and aesgcm of the draft before it, which clients of Mastodon expect.
"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from instance.core import secrets

CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
POINT_BYTES, AUTH_BYTES, SALT_BYTES = 65, 16, 16
RECORD_BYTES = 4096
MAX_PLAIN_BYTES = 3993  # what fits into the 4096 bytes that every push service takes (RFC 8291, section 4)
TOKEN_LIFE = timedelta(hours=12)


@dataclass(frozen=True)
class Device:
    """The keys of one subscription: a public point and a shared secret, as the device gave them."""

    point: bytes
    auth: bytes

    @classmethod
    def read(cls, p256dh: str, auth: str) -> Device:
        """From base64url, with or without padding. Raises `ValueError` for what is no point or no secret."""
        found = cls(from_base64(p256dh), from_base64(auth))
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, found.point)
        if len(found.point) != POINT_BYTES or len(found.auth) != AUTH_BYTES:
            raise ValueError("keys of another length")
        return found


def from_base64(text: str) -> bytes:
    """Bytes of base64 in either alphabet, padded or not. Raises `ValueError`."""
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    return urlsafe_b64decode(plain + "=" * (-len(plain) % 4))


def to_base64(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@lru_cache(maxsize=2)
def _pair(seed: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(seed) % (ORDER - 1) + 1, CURVE)


def _own() -> ec.EllipticCurvePrivateKey:
    """Our pair follows from the instance secret: it is in no row and no backup, and stays as long as the secret."""
    return _pair(secrets.key("web push"))


def public_key() -> str:
    """Our public point (65 bytes) in padded base64url, as Mastodon shows it: `configuration.vapid.public_key`."""
    return urlsafe_b64encode(_point(_own())).decode()


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def token(audience: str, contact: str, now: datetime) -> str:
    """The JWT (ES256) by which a push service knows who knocks; `audience` is its origin."""
    claims = {"aud": audience, "exp": int((now + TOKEN_LIFE).timestamp()), "sub": contact}
    parts = [to_base64(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims)]
    r, s = decode_dss_signature(_own().sign(".".join(parts).encode(), ec.ECDSA(SHA256())))
    return ".".join([*parts, to_base64(r.to_bytes(32) + s.to_bytes(32))])


def sealed(words: bytes, device: Device, audience: str, contact: str, now: datetime) -> tuple[dict[str, str], bytes]:
    """Headers and body for a device that takes aes128gcm."""
    body = encrypt(words, device, ec.generate_private_key(CURVE), os.urandom(SALT_BYTES))
    signed = f"vapid t={token(audience, contact, now)}, k={to_base64(_point(_own()))}"
    return {"content-encoding": "aes128gcm", "authorization": signed}, body


def sealed_as_of_old(
    words: bytes, device: Device, audience: str, contact: str, now: datetime
) -> tuple[dict[str, str], bytes]:
    """The same for one that takes the draft's aesgcm, where salt and keys stand in headers."""
    own, salt = ec.generate_private_key(CURVE), os.urandom(SALT_BYTES)
    headers = {
        "content-encoding": "aesgcm", "encryption": f"salt={to_base64(salt)}",
        "crypto-key": f"dh={to_base64(_point(own))};p256ecdsa={to_base64(_point(_own()))}",
        "authorization": f"WebPush {token(audience, contact, now)}",
    }  # fmt: skip
    return headers, encrypt_as_of_old(words, device, own, salt)


def encrypt(words: bytes, device: Device, own: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """One record of aes128gcm (RFC 8188) with its header; `own` is made for this message alone."""
    point = _point(own)
    secret = _derived(device.auth, _shared(own, device), b"WebPush: info\0" + device.point + point, 32)
    key = _derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_BYTES.to_bytes(4) + bytes([len(point)]) + point
    return head + AESGCM(key).encrypt(nonce, words + b"\x02", None)


def encrypt_as_of_old(words: bytes, device: Device, own: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """draft-ietf-webpush-encryption-04: two bytes of padding length, then the words."""
    point = _point(own)
    secret = _derived(device.auth, _shared(own, device), b"Content-Encoding: auth\0", 32)
    context = b"P-256\0" + b"".join(len(one).to_bytes(2) + one for one in (device.point, point))
    key = _derived(salt, secret, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0" + context, 12)
    return AESGCM(key).encrypt(nonce, b"\0\0" + words, None)


def _shared(own: ec.EllipticCurvePrivateKey, device: Device) -> bytes:
    return own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, device.point))


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=salt, info=info).derive(secret)
