"""Signatures as another server makes and checks them: draft-cavage-12 and RFC 9421, on `cryptography` alone.

Nothing of `federation/` is used, so that both sides cannot be wrong in the same way. Every part of a signature can be
said otherwise by a test that wants it wrong.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Reader = Callable[[str], dict[str, Any]]
GET_COVERS = ("(request-target)", "host", "date")
POST_COVERS = (*GET_COVERS, "digest", "content-type")
CONTENT_TYPE = "application/activity+json"


class BadSignature(Exception):
    """The request is not signed, or not by whom it says."""


@dataclass(frozen=True)
class Pair:
    """An RSA key of 2048 bits."""

    private: rsa.RSAPrivateKey
    public_pem: str


class _Keys:
    """Keys take a while to make: the same few serve all tests of a process, in turn."""

    def __init__(self, number: int = 8) -> None:
        self._made: list[Pair] = []
        self._number, self._turn = number, 0

    def next(self) -> Pair:
        if len(self._made) < self._number:
            self._made.append(_make())
            return self._made[-1]
        self._turn += 1
        return self._made[self._turn % self._number]


def _make() -> Pair:
    private = rsa.generate_private_key(65537, 2048)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Pair(private, public.decode())


keys = _Keys()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _sha256(data: bytes) -> str:
    return _b64(hashlib.sha256(data).digest())


def _target(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


def cavage(
    method: str, url: str, body: bytes, *, key_id: str, private: rsa.RSAPrivateKey, moment: datetime,
    host: str = "", target: str = "", digest_of: bytes | None = None, covers: Sequence[str] = (),
    algorithm: str = "rsa-sha256", hmac_secret: bytes = b"", content_type: str = CONTENT_TYPE,
) -> dict[str, str]:  # fmt: skip
    """Headers of a request signed as Mastodon does; `hmac_secret` makes the forgery of threats.md A1."""
    headers = {"host": host or urlsplit(url).netloc, "date": format_datetime(moment, usegmt=True)}
    if method == "POST":
        digest = _sha256(body if digest_of is None else digest_of)
        headers |= {"digest": f"SHA-256={digest}", "content-type": content_type}
    covered = covers or (POST_COVERS if method == "POST" else GET_COVERS)
    lines = {"(request-target)": f"{method.lower()} {target or _target(url)}", **headers}
    text = "\n".join(f"{name}: {lines[name]}" for name in covered).encode()
    if hmac_secret:
        algorithm, made = "hmac-sha256", hmac.new(hmac_secret, text, hashlib.sha256).digest()
    else:
        made = private.sign(text, padding.PKCS1v15(), hashes.SHA256())
    parts = {"keyId": key_id, "algorithm": algorithm, "headers": " ".join(covered), "signature": _b64(made)}
    return headers | {"signature": ",".join(f'{name}="{value}"' for name, value in parts.items())}


def rfc9421(
    method: str, url: str, body: bytes, *, key_id: str, private: rsa.RSAPrivateKey, moment: datetime,
    host: str = "", target: str = "", digest_of: bytes | None = None, covers: Sequence[str] = (),
    algorithm: str = "rsa-v1_5-sha256", hmac_secret: bytes = b"", content_type: str = CONTENT_TYPE,
) -> dict[str, str]:  # fmt: skip
    """Headers of a request signed as RFC 9421 says, with what the fediverse covers."""
    parts = urlsplit(url)
    headers = {"host": host or parts.netloc}
    if method == "POST":
        digest = _sha256(body if digest_of is None else digest_of)
        headers |= {"content-digest": f"sha-256=:{digest}:", "content-type": content_type}
    uri = f"{parts.scheme}://{host or parts.netloc}{target or _target(url)}"
    covered = covers or (
        ("@method", "@target-uri", "content-digest") if method == "POST" else ("@method", "@target-uri")
    )
    if hmac_secret:
        algorithm = "hmac-sha256"
    names = " ".join(f'"{name}"' for name in covered)
    params = f'({names});created={int(moment.timestamp())};keyid="{key_id}";alg="{algorithm}"'
    text = _base(covered, params, {"@method": method, "@target-uri": uri, **headers})
    if hmac_secret:
        made = hmac.new(hmac_secret, text, hashlib.sha256).digest()
    else:
        made = private.sign(text, padding.PKCS1v15(), hashes.SHA256())
    return headers | {"signature-input": f"sig1={params}", "signature": f"sig1=:{_b64(made)}:"}


def _base(covered: Sequence[str], params: str, values: dict[str, str]) -> bytes:
    lines = [f'"{name}": {values[name]}' for name in covered]
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()


def check(method: str, base_url: str, path: str, headers: dict[str, str], body: bytes, document_of: Reader) -> str:
    """Owner of the key that signed this request. Raises `BadSignature`."""
    try:
        if "signature-input" in headers:
            return _check_rfc9421(method, base_url + path, headers, body, document_of)
        return _check_cavage(method, base_url, path, headers, body, document_of)
    except (KeyError, ValueError, InvalidSignature) as error:
        raise BadSignature(str(error)) from error


def _check_cavage(
    method: str, base_url: str, path: str, headers: dict[str, str], body: bytes, document_of: Reader
) -> str:
    said = dict(re.findall(r'(\w+)="([^"]*)"', headers["signature"]))
    covered = said["headers"].split()
    needed = {"(request-target)", "host", "date"} | ({"digest"} if method == "POST" else set())
    if not needed <= set(covered) or headers["host"] != urlsplit(base_url).netloc:
        raise BadSignature("coverage or host")
    if method == "POST" and headers["digest"] != f"SHA-256={_sha256(body)}":
        raise BadSignature("digest")
    values = {**headers, "(request-target)": f"{method.lower()} {path}"}
    text = "\n".join(f"{name}: {values[name]}" for name in covered).encode()
    return _verify(said["keyId"], base64.b64decode(said["signature"]), text, document_of)


def _check_rfc9421(method: str, url: str, headers: dict[str, str], body: bytes, document_of: Reader) -> str:
    label, _, params = headers["signature-input"].partition("=")
    covered = re.findall(r'"([^"]+)"', params.partition(")")[0])
    needed = {"@method", "@target-uri"} | ({"content-digest"} if method == "POST" else set())
    if not needed <= set(covered):
        raise BadSignature("coverage")
    if method == "POST" and f"sha-256=:{_sha256(body)}:" not in headers["content-digest"]:
        raise BadSignature("digest")
    values = {**headers, "@method": method, "@target-uri": url, "@authority": urlsplit(url).netloc}
    key_id = re.findall(r'keyid="([^"]+)"', params)[0]
    made = re.findall(rf"{label}=:([^:]+):", headers["signature"])[0]
    return _verify(key_id, base64.b64decode(made), _base(covered, params, values), document_of)


def _verify(key_id: str, signature: bytes, text: bytes, document_of: Reader) -> str:
    document = document_of(key_id.partition("#")[0])
    key = document["publicKey"]
    if key["id"] != key_id or key["owner"] != document["id"]:
        raise BadSignature("the key is not its owner's")
    public = serialization.load_pem_public_key(key["publicKeyPem"].encode())
    if not isinstance(public, rsa.RSAPublicKey):
        raise BadSignature("no RSA key")
    public.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    return str(key["owner"])
