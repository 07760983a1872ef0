"""Whom a caller may be told of: those whose page it would be shown, and those it follows already."""

from __future__ import annotations

from sqlalchemy import select

from instance.accounts import follows, relations
from instance.accounts.models import Actor, RemoteActor
from instance.core.db import db
from instance.core.errors import NotFound
from instance.groups import service as groups
from instance.mastodon.api import viewer
from instance.quartiers.access import residence
from instance.timelines import outsiders

NOBODY = 0  # an id that no actor has: a stranger's


def reader() -> int:
    """The actor of who calls, for statements that want a number."""
    return viewer() or NOBODY


def home_id() -> int | None:
    """The quartier in which the caller lives."""
    here = residence()
    return here.quartier.id if here else None


def is_in_sight(actor: Actor) -> bool:
    """Own people are seen where their page would show, and by those who follow them already.

    Strangers see of other servers those alone whose words stand in a public thread here.
    """
    me = viewer()
    if me is None and actor.uri is not None:
        return outsiders.origin(actor.id) is not None
    if actor.kind == "group" and (actor.path or "").startswith("/g/"):
        return groups.may_see(actor.id, me or NOBODY, home_id())
    if outsiders.page_of(actor, me or NOBODY, home_id()) is not None:
        return not _is_gone(actor)
    return me is not None and follows.between(me, actor.id) is not None


def _is_gone(actor: Actor) -> bool:
    known = select(RemoteActor.gone_at).where(RemoteActor.actor_id == actor.id)
    return actor.uri is not None and db.session.scalar(known) is not None


def met(actor: Actor | None) -> Actor:
    """`actor`, if the caller may meet it: blocks hide both ways. Raises `NotFound` for the others as for none."""
    if actor is None or not relations.may_meet(reader(), actor) or not is_in_sight(actor):
        raise NotFound
    return actor


def other(actor_id: int) -> Actor:
    """The actor with this id, if the caller may meet it."""
    return met(db.session.get(Actor, actor_id))


def known(actor_id: int) -> Actor:
    """Somebody else whom the caller may meet, or has something standing with already: to end it.

    Raises `NotFound` for the others as for none: an answer must not tell which ids are people.
    """
    actor = db.session.get(Actor, actor_id)
    if actor is None or actor.id == viewer():
        raise NotFound
    stands = relations.of(reader(), [actor.id])[0]
    if stands.blocks or stands.mutes or stands.follows or stands.asked or stands.is_followed_by or stands.is_asked_by:
        return actor
    return met(actor)
