"""The mark of an address: all that is kept of it once a proof is decided (product.md §4.3)."""

from __future__ import annotations

from instance.core import secrets
from instance.quartiers.models import Address


def fingerprint(address: Address) -> str:
    """HMAC-SHA-256 under the pepper of « INSEE|street key|number|repetition », 64 hex signs.

    Never the BAN id, which changes; floor and door are not in it.
    """
    return secrets.peppered(f"{address.insee}|{address.street.key}|{address.number}|{address.rep}")
