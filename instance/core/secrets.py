"""The instance's two secrets, and what is made with them: sealing, marks, signatures.

The secret encrypts what must be read again; the pepper keys the address fingerprints. Neither is ever in the
database or in a backup. Each use has its own derived key, named by its purpose.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from instance.settings import OperatorFault

LENGTH_BYTES = 32
_keys: dict[str, bytes] = {}


class BadSecret(OperatorFault):
    """A secret file that is missing, too short or readable by others."""


def read_or_make(path: Path) -> bytes:
    """The secret in `path` (32 bytes or more), made with mode 600 if the file is absent."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path)
    secret = path.read_bytes().strip()
    if len(secret) < LENGTH_BYTES:
        raise BadSecret(
            "%(path)s est trop court : remettez les %(length)s octets ou plus de l’original.",
            path=path,
            length=LENGTH_BYTES,
        )
    if path.stat().st_mode & 0o077:
        raise BadSecret("%(path)s peut être lu par d’autres : faites chmod 600 %(path)s.", path=path)
    return secret


def _create(path: Path) -> None:
    """Several processes may start at once: the first whole file wins."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.urlsafe_b64encode(os.urandom(LENGTH_BYTES)))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def unlock(secret: bytes, pepper: bytes) -> None:
    """Hand the two secrets over at start; every other function here needs this once."""
    _keys.update(secret=secret, pepper=pepper)
    key.cache_clear()


@lru_cache(maxsize=64)
def key(purpose: str) -> bytes:
    """A 32-byte key of its own for `purpose`, from the instance secret (RFC 5869)."""
    return HKDF(SHA256(), LENGTH_BYTES, salt=None, info=b"quartier:" + purpose.encode()).derive(_keys["secret"])


def fingerprint(name: str) -> str:
    """Twelve hex signs that name the secret or the pepper without telling it (for backups and doctor)."""
    return hashlib.sha256(b"fingerprint:" + _keys[name]).hexdigest()[:12]


def mark(purpose: str, text: str) -> str:
    """A keyed mark (HMAC-SHA-256, 64 hex signs) by which `text` is found again but not read."""
    return hmac.new(key(purpose), text.encode(), hashlib.sha256).hexdigest()


def peppered(text: str) -> str:
    """The mark of an address: HMAC-SHA-256 under the pepper, 64 hex signs (product.md §4.3)."""
    return hmac.new(_keys["pepper"], text.encode(), hashlib.sha256).hexdigest()


def seal(purpose: str, text: str) -> str:
    """`text` encrypted (AES-256-GCM, random nonce), as URL-safe base64; bound to its purpose."""
    nonce = os.urandom(12)
    return base64.urlsafe_b64encode(nonce + AESGCM(key(purpose)).encrypt(nonce, text.encode(), None)).decode()


def unseal(purpose: str, sealed: str) -> str:
    """What `seal` was given. Raises `BadSecret` if the secret is another one or the text was changed."""
    raw = base64.urlsafe_b64decode(sealed)
    try:
        return AESGCM(key(purpose)).decrypt(raw[:12], raw[12:], None).decode()
    except InvalidTag as error:
        raise BadSecret(
            "Ce qui est conservé a été chiffré avec un autre secret : remettez le fichier secret d’origine."
        ) from error


def signed(purpose: str, text: str) -> str:
    """`text` with its signature behind the last dot."""
    return f"{text}.{mark(purpose, text)[:43]}"


def checked(purpose: str, token: str) -> str | None:
    """The text of a `signed` token, or None if it is not ours. Constant time."""
    text, _, signature = token.rpartition(".")
    good = hmac.compare_digest(mark(purpose, text)[:43].encode(), signature.encode())
    return text if good else None


def token() -> str:
    """A new random token of 256 bits, safe in addresses and cookies."""
    return base64.urlsafe_b64encode(os.urandom(LENGTH_BYTES)).rstrip(b"=").decode()


def digest(text: str) -> str:
    """SHA-256 of a random token, as stored: enough for 256-bit tokens, never for words people choose."""
    return hashlib.sha256(text.encode()).hexdigest()
