"""The pictures of posts, as cards show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from flask import url_for
from sqlalchemy import select

from instance.core.db import db
from instance.media.models import Media


class Pictured(Protocol):
    """Columns of a post that say whether it has pictures, and whether they are covered at first."""

    id: int
    media_count: int
    warning: str
    is_sensitive: bool


def of_posts(posts: Iterable[Pictured]) -> dict[int, list[Media]]:
    """The pictures of `posts`, in their order, in one statement; none at all if no post has one."""
    wanted = [post.id for post in posts if post.media_count]
    found: dict[int, list[Media]] = {}
    if wanted:
        rows = select(Media).where(Media.post_id.in_(wanted), Media.state == "ready")
        for media in db.session.scalars(rows.order_by(Media.post_id, Media.position, Media.id)):
            assert media.post_id is not None
            found.setdefault(media.post_id, []).append(media)
    return found


def are_covered(post: Pictured) -> bool:
    """Whether pictures are shown after a tap: their author warned of them."""
    return bool(post.warning) or post.is_sensitive


def values(photo: Media) -> dict[str, Any]:
    """What the picture macro needs."""
    return {
        "src": url_for("media.show", key=photo.key, size="large"), "alt": photo.description, "width": photo.width,
        "height": photo.height, "caption": "", "href": "",
    }  # fmt: skip
