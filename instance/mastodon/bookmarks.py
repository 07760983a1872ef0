"""What somebody keeps or thanked for, listed for them alone; paged by cursors that stand in the Link header only."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request
from sqlalchemy import select

from instance.core import paging
from instance.core.db import commit, db
from instance.mastodon import filters, render
from instance.mastodon.api import answer, bearer, bp, listing, scope
from instance.mastodon.statuses import readable, shown
from instance.posts import bookmarks, visibility
from instance.posts.models import Post, Thanks


@bp.post("/v1/statuses/<int:post_id>/bookmark")
@scope("write:bookmarks")
def bookmark(post_id: int) -> Response:
    """Keep a post, to find it again."""
    with commit():
        bookmarks.keep(bearer().account.actor_id, readable(post_id).id)
    return answer(shown(post_id))


@bp.post("/v1/statuses/<int:post_id>/unbookmark")
@scope("write:bookmarks")
def unbookmark(post_id: int) -> Response:
    """Keep it no more."""
    with commit():
        bookmarks.drop(bearer().account.actor_id, readable(post_id).id)
    return answer(shown(post_id))


@bp.get("/v1/bookmarks")
@scope("read:bookmarks")
def bookmarked() -> Response:
    """The posts kept, the last one first."""
    return _page(bookmarks.page(bearer().account.actor_id, paging.window(request.args)))


@bp.get("/v1/favourites")
@scope("read:favourites")
def favourites() -> Response:
    """The posts for which a "Merci" was said, the newest post first."""
    me, window = bearer().account.actor_id, paging.window(request.args)
    mine = (
        select(Post.id)
        .join(Thanks, Thanks.post_id == Post.id)
        .where(Thanks.actor_id == me, Post.id > window.after, Post.id < window.before, visibility.readable())
        .order_by(Post.id.asc() if window.upwards else Post.id.desc())
        .limit(window.limit)
    )
    found = sorted(db.session.scalars(mine, visibility.reader(me)), reverse=True)
    return _page([(one, one) for one in found])


def _page(found: Sequence[tuple[int, int]]) -> Response:
    wanted = [post_id for _cursor, post_id in found]
    posts = render.statuses(bearer().account.actor_id, wanted, rules=filters.of_caller())
    return listing([posts[one] for _cursor, one in found if one in posts], [cursor for cursor, _one in found])
