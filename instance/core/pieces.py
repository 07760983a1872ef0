"""Pieces of pages that are made once: what the same values always give, for every reader of a language.

A piece is found under all the values that it is made from, so a changed value is another piece and nothing has to be
thrown away in time. Whether somebody may read what a piece says is asked before, each time (performance.md, rule 4).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from jinja2.runtime import Macro
from markupsafe import Markup

from instance.core.i18n import language

KEPT = 5000
_kept: OrderedDict[Hashable, str] = OrderedDict()
_lock = threading.Lock()


def keep(key: Hashable, make: Callable[[], str]) -> str:
    """The piece kept under `key`, made if it is not there."""
    found = find(key)
    return put(key, make()) if found is None else found


def find(key: Hashable) -> str | None:
    """The piece kept under `key`, None if it is not there."""
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
        return found


def put(key: Hashable, text: str) -> str:
    """Keep `text`; what was not asked for longest goes first."""
    with _lock:
        _kept[key] = text
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return text


def forget_all() -> None:
    """Throw everything away (tests, a changed template)."""
    with _lock:
        _kept.clear()


def kept(component: Macro, *values: Hashable) -> Markup:
    """What a component of templates/ui gives for `values`, made once per language.

    For components whose words are in `values` and in the catalogue. Never for one with a form: its token is one
    reader's.
    """
    types = tuple(map(type, values))  # text that is markup and text that is not are equal, and shown differently
    return Markup(keep((component.name, language(), types, values), lambda: component(*values)))
