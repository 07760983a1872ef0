"""Codes that people copy by hand: 31 signs without those that look alike, kept as a keyed mark only."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no 0 and O, no 1, I and L
LETTER_SIGNS = 8  # 31^8: 850 thousand million codes
VOUCHER_SIGNS = 6
HOUSEHOLD_SIGNS = 8

_BETWEEN = re.compile(r"[\s.\-\u2010-\u2015\u2212]+")  # spaces, dots, hyphens and what keyboards make of them


def letter_code() -> str:
    """A new code for a letter, or for saying that no further letter is wanted."""
    return _random(LETTER_SIGNS)


def voucher_code() -> str:
    """A new code that a neighbour types to vouch for the one who shows it."""
    return _random(VOUCHER_SIGNS)


def household_code() -> str:
    """A new code that a resident gives to one person of the same household."""
    return _random(HOUSEHOLD_SIGNS)


def password() -> str:
    """A new password for somebody at the desk, who copies it from the screen: 79 bits, four groups of four."""
    return "-".join(grouped(letter_code()) for _half in range(2)).lower()


def _random(signs: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(signs))


def grouped(code: str) -> str:
    """`code` as people read it, in two halves: "ABCD-EFGH"."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"


def normalise(typed: str, signs: int = LETTER_SIGNS) -> str | None:
    """What was typed as a code of `signs` signs, or None if no code is written so.

    Case, spaces and hyphens don't matter. 0, O, 1, I and L stand in no code: nothing is guessed for them.
    """
    bare = _BETWEEN.sub("", typed)
    if not bare.isascii():
        return None
    code = bare.upper()
    return code if len(code) == signs and set(code) <= set(ALPHABET) else None


def digest(code: str, key: bytes) -> str:
    """The mark under which a (normalised) code is stored: HMAC-SHA-256, 64 hex signs."""
    return hmac.new(key, code.encode(), hashlib.sha256).hexdigest()


def matches(code: str, stored: str, key: bytes) -> bool:
    """Whether `stored` is the mark of the (normalised) `code`. Constant time."""
    return hmac.compare_digest(digest(code, key).encode(), stored.encode())
