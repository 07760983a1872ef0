"""What another city says of itself to everybody: its Application, its quartiers and their outlines.

NodeInfo leads to the Application (FEP-2677), which names its collection of quartiers. All of it is bounded, and
believed on the city's own server only. Runs outside of transactions.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from federation import collection
from federation.documents import Document, id_of, many, parse
from federation.errors import BadDocument, FederationError, Forbidden, Refused, TooFast, TooLarge, Unreachable
from federation.urls import host_of, is_same_origin
from federation.vocabulary import RELS
from instance.core import fed
from instance.core.signs import one_line
from instance.quartiers.geometry import Outline
from instance.quartiers.validity import BadOutline, checked

NODEINFO_BYTES = 65_536
DEADLINE_S = 10.0
FETCHES = 14  # NodeInfo, the Application, the collection and its pages
PAGES = 10
QUARTIERS = 200
NAME_MAX = 80
POSITIONS_MAX = 6_000  # of one outline; more are not looked at
ALL_POSITIONS_MAX = 120_000
OUTLINES_S = 10.0  # of our time for all outlines of a city: anybody who offers an agreement has them looked at
Json = dict[str, Any]


class NotFoundOut(Exception):
    """Why nothing was found out; `code` is one of `signing.FAULTS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class FarQuartier:
    """A quartier of another city, as that city draws it."""

    uri: str
    name: str
    outline: Outline | None


@dataclass(frozen=True)
class City:
    """Another city: the Application that speaks for it, and its open quartiers."""

    application: Document
    quartiers: list[FarQuartier]


def look(host: str) -> City:
    """The city at `host`. Raises `NotFoundOut`."""
    try:
        with fed.engine().budget(FETCHES):
            application = _application(host)
            return City(application, list(_quartiers(application)))
    except (Unreachable, TooFast) as error:
        raise NotFoundOut("unreachable") from error
    except Forbidden as error:
        raise NotFoundOut("forbidden") from error
    except Refused as error:
        raise NotFoundOut("blocked" if error.code in {"host.blocked", "file.host"} else "no_city") from error
    except FederationError as error:
        raise NotFoundOut("no_city") from error


def _application(host: str) -> Document:
    base = f"{fed.base_url().partition('://')[0]}://{host}"
    found = fed.engine().fetch_actor(_named(base) or f"{base}/actor")
    if found.type != "Application" or not _is_at(found.id, base):
        raise NotFoundOut("no_city")
    return found


def _named(base: str) -> str | None:
    """Where NodeInfo leads to the Application; None where it says nothing of it."""
    answer = fed.engine().fetch_file(
        f"{base}/.well-known/nodeinfo", accept="application/json", max_bytes=NODEINFO_BYTES, deadline_s=DEADLINE_S
    )
    if answer.status in {408, 425, 429} or answer.status >= 500:
        raise Unreachable("fetch.later", base)
    try:
        links = many(parse(answer.body, max_bytes=NODEINFO_BYTES).get("links")) if answer.status == 200 else []
    except (BadDocument, TooLarge):
        return None
    named = [one.get("href") for one in links if isinstance(one, dict) and one.get("rel") == RELS["application"]]
    return next((str(uri) for uri in named if _is_at(uri, base)), None)


def _quartiers(application: Document) -> Iterator[FarQuartier]:
    said = application.one("ql:quartiers")
    place = said if said is not None and _is_at(said, application.id) else f"{application.id}/quartiers"
    left, until = ALL_POSITIONS_MAX, time.thread_time() + OUTLINES_S
    for item in collection.walk(fed.engine().fetch, place, pages=PAGES, items=QUARTIERS):
        if not isinstance(item, dict) or not _is_at(uri := id_of(item), application.id):
            continue
        name = item.get("name")
        number, outline = outline_in(item, min(left, POSITIONS_MAX) if time.thread_time() < until else 0)
        left -= number
        yield FarQuartier(uri, one_line(name, NAME_MAX) if isinstance(name, str) else "", outline)


def outline_in(group: Json, most: int = POSITIONS_MAX) -> tuple[int, Outline | None]:
    """How many positions were looked at, and the outline that a Group shows, if it is one of at most `most`."""
    place = next((one for one in many(group.get("location")) if isinstance(one, dict)), {})
    return shape_in(place.get("ql:outline"), most)


def shape_in(geometry: Any, most: int) -> tuple[int, Outline | None]:
    """The same for the geometry itself."""
    number = _positions(geometry.get("coordinates") if isinstance(geometry, dict) else None)
    if not 0 < number <= most:
        return 0, None
    try:
        return number, checked(geometry)
    except BadOutline:
        return number, None


def _positions(thing: Any) -> int:
    """How many lists of numbers there are, at any depth (that of what was parsed is bounded)."""
    if not isinstance(thing, list):
        return 0
    return sum(map(_positions, thing)) if any(isinstance(one, list) for one in thing) else 1


def _is_at(uri: Any, base: str) -> bool:
    return isinstance(uri, str) and is_same_origin(uri, base)


def host_in(address: str) -> str | None:
    """The host in what somebody typed as a city's address, with its port if it has one; None if there is none."""
    text = address.strip()
    if not text.startswith(("https://", "http://")):
        text = f"https://{text}"
    try:
        return host_of(text)
    except BadDocument:
        return None
