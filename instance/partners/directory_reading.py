"""The errand that reads another city for the directory: NodeInfo leads to its Application, that to its quartiers.

Whatever is answered is bounded: bytes, pages, quartiers, positions; names lose tricks of writing, outlines that are
none are left out, addresses count on their own server only.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from federation import collection
from federation.documents import id_of, many, parse
from federation.errors import BadDocument, FederationError, NotActivity, TooFast, Unreachable
from federation.urls import is_same_origin
from federation.vocabulary import RELS
from instance.core import clock, fed
from instance.core.db import commit, db
from instance.core.signs import one_line
from instance.partners import atlas, directory, survey
from instance.partners.models import KnownCity
from instance.quartiers.geometry import Outline, geometry_of

NODEINFO_BYTES = 65_536
DEADLINE_S = 10.0
FETCHES = 60
PAGES = 26  # of each of the two lists; ours hold twenty
NAME = 80
QUARTIER_POSITIONS = 2_000  # more are not looked at: the quartier stands in the list, not on the map
CITY_POSITIONS = 30_000
Json = dict[str, Any]


def read_city(payload: dict[str, Any]) -> None:
    """Task: keep what the city at `host` says of itself; else that it is away, and why.

    One that does not answer now is asked again later.
    """
    host = str(payload["host"])
    is_known = db.session.get(KnownCity, host) is not None
    db.session.rollback()
    if not is_known:
        return
    try:
        with fed.engine().budget(FETCHES):
            name, quartiers = _look(host)
    except FederationError as error:
        _keep(host, state="away", reason=error.code)
        if isinstance(error, Unreachable | TooFast):
            raise
        return
    _keep(host, state="ready", reason="", name=name, quartiers=quartiers, fetched_at=clock.now())


def _keep(host: str, **values: Any) -> None:
    with commit():
        db.session.execute(update(KnownCity).where(KnownCity.host == host).values(**values))


def _look(host: str) -> tuple[str, list[Json]]:
    """Name and quartiers of the city at `host`. Raises a `FederationError`."""
    base = f"{fed.base_url().partition('://')[0]}://{host}"
    links = many(_json(f"{base}/.well-known/nodeinfo").get("links"))
    found = (one.get("href") for one in links if isinstance(one, dict) and one.get("rel") == RELS["application"])
    application = next((href for href in found if _is_at(href, base)), None)
    if application is None:
        raise NotActivity("city.nodeinfo", base)
    said = fed.engine().fetch_actor(application)
    quartiers, pilots = said.one("ql:quartiers"), said.one("ql:pilots")
    if quartiers is None or not _is_at(quartiers, base):
        raise NotActivity("city.quartiers", base)
    lists = _Lists(base)
    lists.read(quartiers, "open")
    if pilots is not None and _is_at(pilots, base):
        lists.read(pilots, "pilot")
    return _line(said.json.get("name")), lists.kept()


def _json(url: str) -> Json:
    found = fed.engine().fetch_file(
        url, accept="application/json", max_bytes=NODEINFO_BYTES, deadline_s=DEADLINE_S
    )  # fmt: skip
    if found.status in {408, 425, 429} or found.status >= 500:
        raise Unreachable("fetch.later", url)
    if found.status != 200:
        raise NotActivity("city.nodeinfo", url)
    return parse(found.body, max_bytes=NODEINFO_BYTES)


def _linked(links: list[Json], rels: list[str], base: str) -> str:
    """Where the first of `rels` leads, on the city's own server."""
    for rel in rels:
        for link in links:
            if link.get("rel") == rel and _is_at(link.get("href"), base):
                return str(link["href"])
    raise NotActivity("city.nodeinfo", base)


def _is_at(uri: Any, base: str) -> bool:
    try:
        return isinstance(uri, str) and len(uri) <= 500 and is_same_origin(uri, base)
    except BadDocument:
        return False


class _Lists:
    """Quartiers as they are met, within what is taken of one city in all."""

    def __init__(self, base: str) -> None:
        self._base, self._left = base, CITY_POSITIONS
        self._lines: list[Json] = []
        self._outlines: dict[str, Outline] = {}

    def read(self, uri: str, state: str) -> None:
        """Take what the collection at `uri` lists: Groups where they are open, places where they are pilots."""
        most = directory.QUARTIERS - len(self._lines)
        for item in collection.walk(fed.engine().fetch, uri, pages=PAGES, items=most) if most > 0 else ():
            if isinstance(item, dict) and (name := _line(item.get("name"))):
                self._take(item, name, state)

    def _take(self, item: Json, name: str, state: str) -> None:
        address, place = "", item
        if state == "open":
            address, place = id_of(item), next((one for one in many(item.get("location")) if isinstance(one, dict)), {})
            if not _is_at(address, self._base):
                return
        number, outline = survey.shape_in(place.get("ql:outline"), min(self._left, QUARTIER_POSITIONS))
        self._left -= number
        if outline is not None:
            self._outlines[str(len(self._lines))] = outline
        self._lines.append({"uri": address, "name": name, "state": state})

    def kept(self) -> list[Json]:
        """What is kept of each, its outline fit to be drawn."""
        drawn = atlas.kept(self._outlines)
        return [
            one | {"outline": geometry_of(drawn[str(place)]) if str(place) in drawn else None}
            for place, one in enumerate(self._lines)
        ]


def _line(text: Any) -> str:
    return one_line(text, NAME) if isinstance(text, str) else ""
