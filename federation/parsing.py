"""Bytes of strangers to JSON that is what it seems, for whoever reads it (threats B6, B9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from federation.errors import BadDocument, TooLarge

Json = dict[str, Any]

MAX_BYTES = 1_048_576
MAX_DEPTH = 64
MAX_ITEMS = 500  # of a list that we walk; poll options, the longest, are read up to here
_GAMES = frozenset({"@graph", "@included", "@reverse"})
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')  # linear; only ever used on text that is JSON already
_DECODER = msgspec.json.Decoder()


def parse(body: bytes, *, max_bytes: int = MAX_BYTES, depth: int = MAX_DEPTH) -> Json:
    """The JSON object in `body`. Raises `TooLarge` over `max_bytes`, else `BadDocument`.

    Refused: what is no JSON object, NaN and numbers out of range, a key said twice, NUL characters, nesting over
    `depth`, and the keywords by which JSON-LD puts statements where a plain reader does not see them (threats B6, B9).
    """
    if len(body) > max_bytes:
        raise TooLarge("json.size")
    try:
        json = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadDocument("json.form") from error
    if not isinstance(json, dict):
        raise BadDocument("json.object")
    keys = _check(json, depth, has_nul=b"\\u0000" in body)
    # Two parsers may read a repeated key in two ways. The decoder keeps the last one; all of them have a colon.
    if _STRINGS.sub(b"", body).count(b":") != keys:
        raise BadDocument("json.twice")
    return json


def _check(json: Json, depth: int, *, has_nul: bool) -> int:
    """How many keys there are in all. Raises `BadDocument`."""
    keys = 0
    level: list[Any] = [json]
    for _ in range(depth):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                keys += len(item)
                if not _GAMES.isdisjoint(item):
                    raise BadDocument("json.games")
                if has_nul and any("\0" in key for key in item):
                    raise BadDocument("json.nul")
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif has_nul and isinstance(item, str) and "\0" in item:
                raise BadDocument("json.nul")
        if not below:
            return keys
        level = below
    if any(isinstance(item, dict | list) for item in level):
        raise BadDocument("json.deep")
    if has_nul and any(isinstance(item, str) and "\0" in item for item in level):
        raise BadDocument("json.nul")
    return keys


def dump(json: Mapping[str, Any]) -> bytes:
    """The bytes to send."""
    return msgspec.json.encode(json)


def without_signature(json: Json) -> Json:
    """A shallow copy without its Linked Data signature, which we neither make, trust nor pass on."""
    return {key: value for key, value in json.items() if key != "signature"}


def many(value: Any) -> list[Any]:
    """A field as a list: null is none, one is one; at most `MAX_ITEMS`."""
    if value is None:
        return []
    if isinstance(value, list):
        return [item for item in value[:MAX_ITEMS] if item is not None]
    return [value]


def id_of(value: Any) -> str:
    """The address that a value means: itself, an object's id, a Link's href; empty if there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        for key in ("id", "href"):
            if isinstance(found := value.get(key), str):
                return found
    return ""
