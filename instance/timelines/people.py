"""Finding people by name among those whom a resident may know: neighbours who chose to be found, whom they follow,
quartiers and pages.

There is no directory of people (product.md §3.9): who lives in another quartier is found by a whole handle, if they
show themselves there, and nobody of elsewhere by anything but a name that is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Executable, bindparam, exists, or_, select

from instance.accounts.models import Account, Actor, Follow, RemoteActor
from instance.accounts.service import apart
from instance.core.db import BigId, db
from instance.pages.models import Page
from instance.posts import visibility
from instance.posts.words import name_key
from instance.quartiers.models import CircleMember, Quartier
from instance.timelines import outsiders

MANY = 20_000  # rows of which the names are compared: a quartier has a few thousand residents
NAMESAKES = 20
_HOME = bindparam("home", type_=BigId)
_HANDLE: BindParameter[str] = bindparam("handle")
_ME = visibility.VIEWER
_gone = exists(select(1).where(RemoteActor.actor_id == Actor.id, RemoteActor.gone_at.is_not(None)))
_ended = exists(select(1).where(Account.actor_id == Actor.id, Account.state != "active"))
_chose_it = exists(select(1).where(Account.actor_id == Actor.id, Account.is_discoverable))  # product.md F38
_NAMES = select(Actor.id, Actor.shown_name, Actor.handle).order_by(Actor.shown_name, Actor.id).limit(MANY)
_MET = _NAMES.where(~apart(_ME, Actor.id), ~_ended, ~_gone)  # blocks hide both ways
_NEIGHBOURS = (
    _MET.join(CircleMember, CircleMember.actor_id == Actor.id)
    .join(Quartier, Quartier.circle_id == CircleMember.circle_id)
    .where(
        Quartier.id == _HOME, Actor.kind == "person", _chose_it,
        or_(CircleMember.until.is_(None), CircleMember.until > visibility.NOW),
    )
)  # fmt: skip
_QUARTIERS = _NAMES.join(Quartier, Quartier.actor_id == Actor.id)
_PAGES = _MET.join(Page, Page.actor_id == Actor.id).where(Page.state == "published")
_FOLLOWED = _MET.join(Follow, Follow.followed_id == Actor.id).where(
    Follow.follower_id == _ME, Follow.state == "accepted"
)
_NAMED = _MET.where(Actor.handle == _HANDLE, Actor.kind != "application").limit(NAMESAKES)


def find(
    viewer: int, home_id: int | None, text: str, *, limit: int = 20, offset: int = 0, following: bool = False
) -> list[Actor]:  # fmt: skip
    """Actors in sight of `viewer` with these words in their name or handle, neighbours first.

    Every word that is asked begins a word of the name that `viewer` is shown.
    """
    asked = name_key(text.lstrip("@").partition("@")[0])
    if not asked:
        return []
    me = visibility.reader(viewer)
    followed = _among(_FOLLOWED, {"viewer": viewer}, asked)
    found = followed
    if not following:
        here = _among(_NEIGHBOURS, me | {"home": home_id or 0}, asked)
        places = [*_among(_QUARTIERS, {}, asked), *_among(_PAGES, {"viewer": viewer}, asked)]
        found = [*here, *places, *followed]
        found += _in_sight(viewer, home_id, text, set(found))
    return _actors(list(dict.fromkeys(found))[offset : offset + limit])


def _among(source: Executable, values: dict[str, Any], asked: Sequence[str]) -> list[int]:
    return [row.id for row in db.session.connection().execute(source, values) if _is_named(row, asked)]


def _is_named(row: Any, asked: Sequence[str]) -> bool:
    words = name_key(f"{row.shown_name} {row.handle}")
    return all(any(word.startswith(one) for word in words) for one in asked)


def _in_sight(viewer: int, home_id: int | None, text: str, known: set[int]) -> list[int]:
    """Whoever has just this handle, here or elsewhere, and a page that the viewer may see."""
    values = {"viewer": viewer, "handle": text.strip().lstrip("@").lower()}
    rows = db.session.connection().execute(_NAMED, values)
    others = _actors([row.id for row in rows if row.id not in known])
    return [one.id for one in others if outsiders.page_of(one, viewer, home_id) is not None]


def _actors(ids: Sequence[int]) -> list[Actor]:
    if not ids:
        return []
    actors = {one.id: one for one in db.session.scalars(select(Actor).where(Actor.id.in_(ids)))}
    return [actors[one] for one in ids]
