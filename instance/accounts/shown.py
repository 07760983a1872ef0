"""People and groups as one reader may name them: in lists of follows, blocks and requests.

A neighbour goes by the name that neighbours see; anybody else of this instance by what strangers see, or by the handle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from instance.accounts.models import Actor

Near = Callable[[int, Collection[int]], set[int]]
_near: list[Near] = []


@dataclass(frozen=True)
class Person:
    """One line of a list."""

    id: int
    name: str
    acct: str
    host: str  # empty for those of this instance
    path: str  # the page about them, here


def register_near(near: Near) -> None:
    """Have `near(viewer, actor ids)` say who of them are the viewer's neighbours (quartiers know)."""
    if near not in _near:
        _near.append(near)


def neighbours(viewer: int, actor_ids: Collection[int]) -> set[int]:
    """The viewer and their neighbours among `actor_ids`."""
    others = [one for one in actor_ids if one != viewer]
    return {viewer}.union(*(near(viewer, others) for near in _near)) if others else {viewer}


def people(viewer: int, actors: Iterable[Actor]) -> list[Person]:
    """`actors` as the actor `viewer` may name them, in their order."""
    rows = list(actors)
    near = neighbours(viewer, [one.id for one in rows if one.kind == "person" and one.path is not None])
    return [_person(one, is_near=one.id in near) for one in rows]


def _person(actor: Actor, *, is_near: bool) -> Person:
    if actor.path is None:
        return Person(actor.id, actor.shown_name, actor.acct, actor.host or "", f"/comptes/{actor.id}")
    return Person(actor.id, name_of(actor, is_near=is_near), actor.acct, "", actor.path)


def name_of(actor: Actor, *, is_near: bool) -> str:
    """The name that a neighbour, or anybody else, is shown."""
    if is_near or actor.path is None or actor.kind != "person":
        return actor.shown_name
    return actor.outside_name or f"@{actor.handle}"
