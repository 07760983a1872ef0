"""Asking as another server does: unsigned, by Accept."""

from __future__ import annotations

from typing import Any

from instance.accounts.models import Actor, Follow, RemoteActor
from instance.core import clock
from instance.core.db import commit, db, new_id
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


def follow_from_elsewhere(actor_id: int) -> None:
    """Give one of our actors a follower on another server, accepted."""
    with commit():
        uri = f"https://far.example/u/zoe{actor_id}"
        far = Actor(
            id=new_id(), kind="person", handle="zoe", uri=uri, host="far.example", shown_name="Zoé",
            created_at=clock.now(),
        )  # fmt: skip
        db.session.add(far)
        db.session.flush()
        db.session.add(
            RemoteActor(
                actor_id=far.id, type="Person", inbox=f"{uri}/inbox", shared_inbox="https://far.example/inbox",
                url=uri, also_known_as=[], keys=[], fetched_at=clock.now(),
            )
        )  # fmt: skip
        db.session.add(Follow(follower_id=far.id, followed_id=actor_id, state="accepted", since=clock.now()))
