"""Finding people by name among those whom a resident may know: neighbours, whom they follow, quartiers and pages.

There is no directory of people (product.md §3.9): who lives in another quartier is found by a whole handle, if they show
themselves there, and nobody of elsewhere by anything but a name that is known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, or_, select

from instance.accounts import relations
from instance.accounts.models import Actor, Follow
from instance.core.db import BigId, db
from instance.pages.models import Page
from instance.posts import visibility
from instance.posts.words import name_key
from instance.quartiers.models import CircleMember, Quartier

MANY = 20_000  # rows of which the names are compared: a quartier has a few thousand residents
_HOME, _HANDLE = bindparam("home", type_=BigId), bindparam("handle")
_COLUMNS = (Actor.id, Actor.shown_name, Actor.handle)


def _built(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(Actor.shown_name, Actor.id).limit(MANY)


_NEIGHBOURS = _built(
    select(*_COLUMNS)
    .join(CircleMember, CircleMember.actor_id == Actor.id)
    .join(Quartier, Quartier.circle_id == CircleMember.circle_id)
    .where(
        Quartier.id == _HOME, Actor.kind == "person", or_(CircleMember.until.is_(None), CircleMember.until > visibility.NOW)
    )
)  # fmt: skip
_QUARTIERS = _built(select(*_COLUMNS).join(Quartier, Quartier.actor_id == Actor.id))
_PAGES = _built(select(*_COLUMNS).join(Page, Page.actor_id == Actor.id).where(Page.state == "published"))
_FOLLOWED = _built(
    select(*_COLUMNS)
    .join(Follow, Follow.followed_id == Actor.id)
    .where(Follow.follower_id == visibility.VIEWER, Follow.state == "accepted")
)
_NAMED = _built(select(*_COLUMNS).where(Actor.handle == _HANDLE, or_(Actor.uri.is_not(None), Actor.kind != "application")))


def find(
    viewer: int, home_id: int | None, text: str, *, limit: int = 20, offset: int = 0, following: bool = False
) -> list[Actor]:  # fmt: skip
    """Actors with these words in their name or handle, neighbours first; the caller asks whether each is in sight.

    Every word that is asked begins a word of the name. Blocks hide both ways.
    """
    asked = name_key(text.lstrip("@").partition("@")[0])
    if not asked:
        return []
    values = visibility.reader(viewer) | {"home": home_id or 0, "handle": text.strip().lstrip("@").lower()}
    sources = [_FOLLOWED] if following else [_NEIGHBOURS, _QUARTIERS, _PAGES, _FOLLOWED, _NAMED]
    found = list(dict.fromkeys(one for source in sources for one in _among(source, values, asked)))
    kept = found[offset : offset + limit]
    actors = {one.id: one for one in db.session.scalars(select(Actor).where(Actor.id.in_(kept)))}
    return [actors[one] for one in kept if relations.may_meet(viewer, actors[one])]


def _among(source: Select[Any], values: dict[str, Any], asked: Sequence[str]) -> Iterable[int]:
    names = source.compile().params
    rows = db.session.connection().execute(source, {key: value for key, value in values.items() if key in names})
    return [row.id for row in rows if _is_named(row, asked)]


def _is_named(row: Any, asked: Sequence[str]) -> bool:
    words = name_key(f"{row.shown_name} {row.handle}")
    return all(any(word.startswith(one) for word in words) for one in asked)
