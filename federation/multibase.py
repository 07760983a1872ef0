"""Keys as one line of text: Multikey (FEP-521a), that is multicodec bytes in base58btc with a `z` before them."""

from __future__ import annotations

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
MAX_CHARS = 1024

ED25519_PUBLIC = b"\xed\x01"
ED25519_PRIVATE = b"\x80\x26"
RSA_PUBLIC = b"\x85\x24"

_VALUES = {sign: value for value, sign in enumerate(ALPHABET)}


def encode(content: bytes) -> str:
    """`content` in base58btc, with its `z`."""
    number = int.from_bytes(content, "big")
    signs = []
    while number:
        number, value = divmod(number, 58)
        signs.append(ALPHABET[value])
    zeros = len(content) - len(content.lstrip(b"\0"))
    return "z" + "1" * zeros + "".join(reversed(signs))


def decode(text: str) -> bytes:
    """The bytes of a base58btc text with its `z`. Raises `ValueError` for anything else, and past `MAX_CHARS`."""
    if len(text) > MAX_CHARS or not text.startswith("z"):
        raise ValueError("not base58btc")
    signs = text[1:]
    number = 0
    for sign in signs:
        if sign not in _VALUES:
            raise ValueError("not base58btc")
        number = number * 58 + _VALUES[sign]
    zeros = len(signs) - len(signs.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
