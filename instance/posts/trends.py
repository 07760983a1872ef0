"""What several people speak of, in what everybody may read, within a week: by how many people, never by likes."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from instance.core import clock, ids
from instance.core.db import BigId, db
from instance.posts import visibility
from instance.posts.models import LinkCard, Post, PostLink

DAYS = timedelta(days=7)
FEW = 3  # people: below, it would tell of somebody
_reply = aliased(Post)
_SINCE = bindparam("since", type_=BigId)
_REPLIERS = func.count(_reply.author_id.distinct())
_LINKERS = func.count(Post.author_id.distinct())
_STATUSES = (
    select(Post.id)
    .join(_reply, (_reply.thread_id == Post.id) & (_reply.author_id != Post.author_id))
    .where(
        Post.is_public, Post.id >= _SINCE, Post.thread_id == Post.id, visibility.readable(), visibility.unmuted(),
        _reply.is_public, visibility.readable(_reply), visibility.unmuted(_reply),
    )
    .group_by(Post.id)
    .having(_REPLIERS >= FEW)
    .order_by(_REPLIERS.desc(), Post.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)  # fmt: skip
_LINKS = (
    select(PostLink.digest, _LINKERS.label("people"), func.count().label("uses"))
    .join(Post, Post.id == PostLink.post_id)
    .join(LinkCard, LinkCard.digest == PostLink.digest)
    .where(
        Post.is_public, Post.id >= _SINCE, LinkCard.state == "ready", visibility.readable(), visibility.unmuted()
    )
    .group_by(PostLink.digest)
    .having(_LINKERS >= FEW)
    .order_by(_LINKERS.desc(), PostLink.digest)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)  # fmt: skip


def _values(viewer: int | None, limit: int, offset: int) -> dict[str, object]:
    since = ids.at(clock.now() - DAYS)
    return visibility.reader(viewer) | {"since": since, "limit": limit, "offset": offset}


def statuses(viewer: int | None, *, limit: int = 20, offset: int = 0) -> list[int]:
    """Public posts that three people or more answered in public, the most people first."""
    return list(db.session.scalars(_STATUSES, _values(viewer, limit, offset)))


def links(viewer: int | None, *, limit: int = 10, offset: int = 0) -> list[tuple[LinkCard, int, int]]:
    """Pages that three people or more linked to in public: card, people, uses."""
    rows = db.session.execute(_LINKS, _values(viewer, limit, offset)).all()
    wanted = [row.digest for row in rows]
    cards = {one.digest: one for one in db.session.scalars(select(LinkCard).where(LinkCard.digest.in_(wanted)))}
    return [(cards[row.digest], row.people, row.uses) for row in rows]
