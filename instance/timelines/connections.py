"""Who follows whom, as the lists of one person show it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from instance.accounts import shown
from instance.accounts.models import Actor, Follow
from instance.accounts.shown import Person
from instance.core.db import db

PAGE = 100
Side = InstrumentedAttribute[int]


def followed_by(actor_id: int, before: int) -> tuple[list[tuple[Person, bool]], int | None]:
    """Whom the actor follows or asked to (False: no answer yet), the latest first; and the cursor of the next page."""
    rows, older = _side(actor_id, Follow.follower_id, Follow.followed_id, before)
    people = shown.people(actor_id, [actor for _row, actor in rows])
    return [(one, row.state == "accepted") for one, (row, _actor) in zip(people, rows, strict=True)], older


def followers_of(actor_id: int, before: int) -> tuple[list[Person], int | None]:
    """Who follows the actor, the latest first; and the cursor of the next page."""
    rows, older = _side(actor_id, Follow.followed_id, Follow.follower_id, before, only_accepted=True)
    return shown.people(actor_id, [actor for _row, actor in rows]), older


def asking(actor_id: int) -> list[Person]:
    """Who waits for the actor's answer, the first first."""
    rows = select(Actor).join(Follow, Follow.follower_id == Actor.id)
    waiting = rows.where(Follow.followed_id == actor_id, Follow.state == "pending").order_by(Follow.id).limit(PAGE)
    return shown.people(actor_id, db.session.scalars(waiting))


def _side(
    actor_id: int, mine: Side, theirs: Side, before: int, *, only_accepted: bool = False
) -> tuple[list[tuple[Follow, Actor]], int | None]:
    query = select(Follow, Actor).join(Actor, Actor.id == theirs).where(mine == actor_id, Follow.id < before)
    if only_accepted:
        query = query.where(Follow.state == "accepted")
    rows = [(row, actor) for row, actor in db.session.execute(query.order_by(Follow.id.desc()).limit(PAGE + 1))]
    return rows[:PAGE], rows[PAGE - 1][0].id if len(rows) > PAGE else None
