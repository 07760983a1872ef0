"""Which program runs here, and which release of it."""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata

SOFTWARE = "quartier-libre"


@lru_cache
def version() -> str:
    """Of this program, as it was installed."""
    try:
        return metadata.version(SOFTWARE)
    except metadata.PackageNotFoundError:
        return "0"
