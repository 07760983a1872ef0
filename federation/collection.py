"""Ordered collections and their pages, made and read (ActivityPub §5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from federation.documents import Document, id_of, many
from federation.urls import is_same_origin
from federation.vocabulary import AS, COLLECTION_TYPES

Json = dict[str, Any]

MAX_PAGES = 10


def collection(id: str, total: int | None = None, first: str | None = None, items: Sequence[Any] | None = None) -> Json:
    """An OrderedCollection: a number, a link to its first page, or its items at once; whatever is told."""
    fields = {"totalItems": total, "first": first, "orderedItems": None if items is None else list(items)}
    return _kept({"@context": AS, "id": id, "type": "OrderedCollection"}, fields)


def page(
    id: str,
    part_of: str,
    items: Sequence[Any],
    next: str | None = None,  # noqa: A002 -- the wire's own word
    prev: str | None = None,
) -> Json:
    """One page; without `next` it is the last."""
    fields = {"partOf": part_of, "next": next, "prev": prev, "orderedItems": list(items)}
    return _kept({"@context": AS, "id": id, "type": "OrderedCollectionPage"}, fields)


def _kept(said: Json, fields: Json) -> Json:
    return said | {key: value for key, value in fields.items() if value is not None}


def walk(fetch: Callable[[str], Document], uri: str, pages: int = MAX_PAGES, items: int = 200) -> Iterator[str | Json]:
    """Items of a remote collection in its order: addresses or embedded objects, at most `items` from `pages` pages.

    Pages stay on the collection's own server, none is read twice. What `fetch` raises passes through.
    """
    here: Document | None = fetch(uri)
    seen = {uri}
    left = items
    # The collection itself may hold items besides pages; it counts as none of them.
    for turn in range(pages + 1):
        if here is None or not COLLECTION_TYPES & set(here.types):
            return
        for item in _items(here)[:left]:
            left -= 1
            yield item
        if left <= 0 or turn == pages:
            return
        here = _following(here, uri, seen, fetch)


def _items(document: Document) -> list[str | Json]:
    found = many(document.json.get("orderedItems")) + many(document.json.get("items"))
    return [item for item in found if isinstance(item, str | dict)]


def _following(document: Document, uri: str, seen: set[str], fetch: Callable[[str], Document]) -> Document | None:
    for key in ("first", "next"):
        value = next(iter(many(document.json.get(key))), None)
        place = id_of(value)
        # quirk(mastodon): the first page of replies is embedded, and may have no id.
        if isinstance(value, dict) and (value.get("items") or value.get("orderedItems") or value.get("next")):
            if place in seen:
                continue
            seen |= {place} if place else set()
            return Document(value)
        if place and place not in seen and is_same_origin(place, uri):
            seen.add(place)
            return fetch(place)
    return None
