"""Asking as another server does: unsigned, by Accept."""

from __future__ import annotations

from typing import Any

from instance.core.db import commit
from instance.quartiers import keyring
from instance.quartiers import service as quartiers
from tests.city import City

ACTIVITY = "application/activity+json"
LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


def ask(city: City, path: str, accept: str = ACTIVITY, **headers: str) -> Any:
    """What a server elsewhere gets at `path`."""
    return city.browser().get(path, headers={"Accept": accept} | {k.replace("_", "-"): v for k, v in headers.items()})


def keyed(city: City) -> None:
    """Make every key that is missing, as the worker does by the clock."""
    keyring.make_missing({})
    city.work()


def open_by_hand(city: City, slug: str) -> None:
    with commit():
        quartiers.open_by_hand(quartiers.by_slug(slug), None)
    city.work()
