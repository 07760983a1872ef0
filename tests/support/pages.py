"""Pages as texts that can be compared."""

from __future__ import annotations

import re

_SIGN = re.compile(r'name="csrf_token"[^>]*>')


def signless(page: str) -> str:
    """`page` without the signs of its forms, which tell the reader and the second."""
    return _SIGN.sub("", page)
