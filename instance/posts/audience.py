"""From the word on the stamp to readers: which circles a post names and on which walls it stands."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from instance.core.db import db
from instance.core.errors import Invalid, NotFound
from instance.posts.models import Post, PostCircle, WallEntry
from instance.quartiers import service as quartiers
from instance.quartiers.models import Quartier

SCOPES = ("quartier", "neighbours", "public")  # from the narrowest to the widest


@dataclass(frozen=True)
class Place:
    """A wall with the circle that reads it."""

    wall_id: int
    circle_id: int
    reason: str


@dataclass(frozen=True)
class Audience:
    """Readers of a post, fixed for ever at its creation."""

    scope: str
    is_public: bool
    circles: frozenset[int]
    walls: tuple[Place, ...] = ()


def for_post(scope: str, home: Quartier) -> Audience:
    """Readers of a new post written from `home`. Raises `Invalid` for a scope that is not possible there."""
    here = Place(home.actor_id, home.circle_id, "written_here")
    if scope == "quartier":
        return Audience(scope, False, frozenset({home.circle_id}), (here,))
    if scope == "public":
        return Audience(scope, True, frozenset({home.circle_id}), (here,))
    if scope != "neighbours":
        raise Invalid("post.scope", _("Choisissez qui pourra lire."), field="scope")
    around = quartiers.neighbours(home)
    if not around:
        raise Invalid("post.no_neighbours", _("Ce quartier n’a pas de quartier voisin ici."), field="scope")
    places = (here, *(Place(near.actor_id, near.circle_id, "neighbour") for near in around))
    return Audience(scope, False, frozenset(place.circle_id for place in places), places)


def reply_scopes(answered: Post, home: Quartier) -> list[str]:
    """The scopes that a reply to `answered` may take, the proposed one first: never wider than what it answers."""
    if answered.is_public:
        return ["quartier", "public"] if _stands_in(answered, home) else ["public"]
    if answered.home_id != home.id or answered.scope == "quartier":
        return [answered.scope]
    return [answered.scope, "quartier"]


def _stands_in(answered: Post, home: Quartier) -> bool:
    """Whether the thread is one of `home`'s own: written there, or begun by somebody from outside on its wall."""
    if answered.home_id == home.id:
        return True
    root = select(Post.home_id).where(Post.id == answered.thread_id)
    return db.session.scalar(root) == home.id or (
        db.session.get(WallEntry, (home.actor_id, answered.thread_id)) is not None
    )


def may_answer(answered: Post, home: Quartier) -> bool:
    """Whether a resident of `home` is among the readers of `answered`; who moved away still sees own posts only.

    Nothing that is not public leaves: what came from elsewhere for a few can be read here, not answered.
    """
    if answered.uri is not None:
        return answered.is_public and not answered.is_held
    return answered.is_public or answered.home_id == home.id or home.circle_id in circles_of(answered.id)


def for_reply(scope: str, answered: Post, home: Quartier) -> Audience:
    """Readers of a reply: those of what it answers, or of them only the writer's own quartier.

    Raises `NotFound` for somebody who moved away from the wall where it stands.
    """
    if not may_answer(answered, home):
        raise NotFound
    if scope not in reply_scopes(answered, home):
        raise Invalid("reply.scope", _("Une réponse ne va jamais plus loin que l’annonce."), field="scope")
    if answered.is_public:
        return Audience(scope, scope == "public", frozenset({home.circle_id}))
    circles = circles_of(answered.id)
    if scope == answered.scope:
        return Audience(scope, False, circles)
    return Audience(scope, False, circles & {home.circle_id})


def circles_of(post_id: int) -> frozenset[int]:
    """The circles that a post names."""
    return frozenset(db.session.scalars(select(PostCircle.circle_id).where(PostCircle.post_id == post_id)))
