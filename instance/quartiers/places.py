"""Where a quartier lies, as every server may read it: its public outline, drawn no finer than fits into a document."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, select

from federation import collection
from federation.vocabulary import AS, QL_NS
from instance.accounts import keys
from instance.accounts.models import ActorKey
from instance.core import fed
from instance.core.db import db
from instance.quartiers.geometry import geometry_of, outline_of
from instance.quartiers.models import Quartier
from instance.quartiers.simplify import simplified

Json = dict[str, Any]
PAGE = 20
OUTLINE_BYTES = 40_000  # twenty of them, and an actor's document, stay within what peers take
CONTEXT = [AS, {"ql": QL_NS}]  # outlines stand in its pages
COARSER_M = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)

_OPEN = (Quartier.state == "open") & Quartier.actor_id.in_(select(ActorKey.actor_id).where(ActorKey.kind == keys.RSA))
_PILOT = Quartier.state == "pilot"
_PAGE = select(Quartier).order_by(Quartier.slug).limit(PAGE).offset(bindparam("before"))


def location(quartier: Quartier) -> Json:
    """The Place of its Group."""
    return {"type": "Place", "name": quartier.name, "ql:outline": outline(quartier)}


def outline(quartier: Quartier) -> Json:
    """Its outline as a GeoJSON geometry; one with more detail than anybody needs is drawn coarser."""
    return _bounded(msgspec.json.encode(quartier.outline))


@lru_cache(maxsize=256)
def _bounded(text: bytes) -> Json:
    found: Json = msgspec.json.decode(text)
    if len(text) <= OUTLINE_BYTES:
        return found
    whole = outline_of(found)
    for tolerance_m in COARSER_M:
        found = geometry_of(simplified({0: whole}, tolerance_m)[0])
        if len(msgspec.json.encode(found)) <= OUTLINE_BYTES:
            break
    return found


def listed(page: str | None) -> Json | None:
    """The open quartiers of this city by slug: how many, or one page of them; None for a page that is not there."""
    return _pages("quartiers", _OPEN, _item, page)


def pilots(page: str | None) -> Json | None:
    """The quartiers that have not opened, alike: for directories (F21). They are places and nobody's address yet."""
    return _pages("pilots", _PILOT, location, page)


def _pages(
    name: str, which: ColumnElement[bool], item: Callable[[Quartier], Json], page: str | None
) -> Json | None:  # fmt: skip
    uri = fed.uri_of(f"{keys.INSTANCE}/{name}")
    number = db.session.scalar(select(func.count()).select_from(Quartier).where(which)) or 0
    last = max(1, -(-number // PAGE))
    if page is None:
        return collection.collection(uri, number, first=f"{uri}?page=1")
    if not page.isascii() or not page.isdecimal() or len(page) > 4 or not 1 <= int(page) <= last:
        return None
    here = int(page)
    rows = db.session.scalars(_PAGE.where(which), {"before": (here - 1) * PAGE})
    following = f"{uri}?page={here + 1}" if here < last else None
    said = collection.page(f"{uri}?page={here}", uri, [item(one) for one in rows], next=following)
    return said | {"@context": CONTEXT}


def _item(quartier: Quartier) -> Json:
    return {
        "id": fed.uri_of(f"/q/{quartier.slug}"), "type": "Group", "name": quartier.name,
        "preferredUsername": quartier.slug, "location": location(quartier),
    }  # fmt: skip
