"""Posts by their address."""

from __future__ import annotations

from sqlalchemy import or_, select

from instance.core.db import db
from instance.core.fed import path_of
from instance.core.web import row_number
from instance.posts.models import Post


def by_address(address: str) -> int | None:
    """The id of the post known under `address`, ours or remote; says nothing of who may read it."""
    path = path_of(address)
    if path is not None and path.startswith("/p/"):
        try:
            return row_number(path.removeprefix("/p/"))
        except ValueError:
            return None
    if not address.startswith(("http://", "https://")):
        return None
    return db.session.scalar(select(Post.id).where(or_(Post.uri == address, Post.url == address)))
