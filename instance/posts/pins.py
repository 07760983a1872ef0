"""Public posts that stand first on their author's profile: five at most."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from instance.core import clock
from instance.core.db import db
from instance.core.errors import Invalid
from instance.posts import wire
from instance.posts.models import Post, ProfilePin

MOST = 5


def pin(actor_id: int, post: Post) -> None:
    """Put an own post first. Raises `Invalid` for somebody else's, for what is not public, and for a sixth."""
    if post.author_id != actor_id:
        raise Invalid("pin.others", _("Seuls vos propres messages s’épinglent à votre profil."))
    if not wire.may_leave(post):
        raise Invalid("pin.private", _("Seul un message visible partout s’épingle à un profil."))
    if db.session.get(ProfilePin, (actor_id, post.id)) is not None:
        return
    mine = select(func.count()).select_from(ProfilePin).where(ProfilePin.actor_id == actor_id)
    if (db.session.scalar(mine) or 0) >= MOST:
        raise Invalid("pin.many", _("Cinq messages épinglés au plus : décrochez-en un d’abord."))
    db.session.add(ProfilePin(actor_id=actor_id, post_id=post.id, at=clock.now()))


def unpin(actor_id: int, post_id: int) -> None:
    """Put it back among the others; nothing happens where it was not pinned."""
    db.session.execute(delete(ProfilePin).where(ProfilePin.actor_id == actor_id, ProfilePin.post_id == post_id))


def of(actor_id: int) -> list[int]:
    """The posts pinned by an actor, the last pinned first; who may read them is asked when they are shown."""
    mine = select(ProfilePin.post_id).join(Post, Post.id == ProfilePin.post_id)
    mine = mine.where(ProfilePin.actor_id == actor_id, ~Post.is_nameless)  # a pin would give an unsigned post its name
    return list(db.session.scalars(mine.order_by(ProfilePin.at.desc(), ProfilePin.post_id.desc())))
