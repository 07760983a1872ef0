"""The thematic group on whose wall a thread stands: its name and its page, for the stamp and the way back."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select

from instance.accounts.models import Actor
from instance.core.db import BigId, db
from instance.posts.audience import GROUP
from instance.posts.models import WallEntry


class Wall(NamedTuple):
    """A group's name and the path of its page."""

    name: str
    path: str


_OF = (
    select(Actor.shown_name, Actor.path)
    .join(WallEntry, WallEntry.wall_id == Actor.id)
    .where(WallEntry.post_id == bindparam("thread", type_=BigId), WallEntry.reason == GROUP)
)


def of(thread_id: int) -> Wall | None:
    """The group of a thread; None for one that stands elsewhere, and once its first words are gone."""
    row = db.session.connection().execute(_OF, {"thread": thread_id}).first()
    return Wall(row[0], str(row[1])) if row is not None else None


def place(scope: str, thread_id: int, home_name: str | None) -> str:
    """What the stamp names: the group, or else the quartier from which somebody wrote."""
    if scope != GROUP:
        return home_name or ""
    found = of(thread_id)
    return found.name if found is not None else ""
