"""The federation engine of this city, bound once at start, and the way between our paths and addresses of the web.

Own things are stored by path, so that a trial on loopback can move to its domain; other servers know them by URI.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from federation.engine import Federation  # models and services stand on this file, not on the whole engine


@dataclass
class Bound:
    """What app.py hands over at start."""

    engine: Federation | None = None
    base_url: str = ""


bound = Bound()


def engine() -> Federation:
    """The engine that signs, checks, fetches and sends for this city."""
    assert bound.engine is not None, "create_app binds the engine"
    return bound.engine


def base_url() -> str:
    """QL_BASE_URL, without a slash at its end."""
    return bound.base_url


def host() -> str:
    """What stands after the @ of our handles."""
    return urlsplit(bound.base_url).netloc


def uri_of(path: str) -> str:
    """The address by which others know our `path`."""
    return bound.base_url + path


def path_of(uri: str) -> str | None:
    """The path behind an address of ours; None for everybody else's."""
    return uri.removeprefix(bound.base_url) if uri.startswith(bound.base_url + "/") else None
