"""Posts that somebody wants to find again: known to nobody else, not even to their authors, and never counted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from instance.core.db import db, new_id
from instance.core.paging import Window
from instance.posts import visibility
from instance.posts.models import Bookmark, Post


def keep(actor_id: int, post_id: int) -> None:
    """Keep a post that the caller has seen readable. Twice is once."""
    mine = select(Bookmark.id).where(Bookmark.actor_id == actor_id, Bookmark.post_id == post_id)
    if db.session.scalar(mine) is None:
        db.session.execute(insert(Bookmark), [{"id": new_id(), "actor_id": actor_id, "post_id": post_id}])


def drop(actor_id: int, post_id: int) -> None:
    """Keep it no more; nothing happens where it was not kept."""
    db.session.execute(delete(Bookmark).where(Bookmark.actor_id == actor_id, Bookmark.post_id == post_id))


def page(actor_id: int, window: Window) -> Sequence[tuple[int, int]]:
    """Cursor and post of what the actor kept and may still read, the last kept first."""
    kept = (
        select(Bookmark.id, Bookmark.post_id)
        .join(Post, Post.id == Bookmark.post_id)
        .where(
            Bookmark.actor_id == actor_id, Bookmark.id > window.after, Bookmark.id < window.before,
            visibility.readable(),
        )
        .order_by(Bookmark.id.asc() if window.upwards else Bookmark.id.desc())
        .limit(window.limit)
    )  # fmt: skip
    rows = db.session.execute(kept, visibility.reader(actor_id)).all()
    return sorted(((row[0], row[1]) for row in rows), reverse=True)
