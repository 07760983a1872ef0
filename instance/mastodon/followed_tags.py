"""/api/v1/followed_tags: words marked with # whose public posts come into the home."""

from __future__ import annotations

from flask import Response, request
from sqlalchemy import select

from instance.core import paging
from instance.core.db import commit, db
from instance.mastodon.api import answer, bearer, bp, listing, scope
from instance.mastodon.tags import entities
from instance.timelines import tastes
from instance.timelines.models import FollowedTag


@bp.get("/v1/followed_tags")
@scope("read:follows")
def followed_tags() -> Response:
    """The tags that the bearer follows, the latest first."""
    window = paging.window(request.args, default=100, most=200)
    cursor = FollowedTag.id
    rows = db.session.scalars(
        select(FollowedTag)
        .where(FollowedTag.account_id == bearer().account.id, cursor > window.after, cursor < window.before)
        .order_by(cursor.asc() if window.upwards else cursor.desc())
        .limit(window.limit)
    ).all()
    found = sorted(rows, key=lambda row: -row.id)
    return listing(entities([row.shown for row in found]), [row.id for row in found])


@bp.post("/v1/tags/<name>/follow")
@scope("write:follows")
def follow_tag(name: str) -> Response:
    """From now on public posts with this word come into the home."""
    with commit():
        tastes.follow(bearer().account, name)
    return answer(entities([name])[0])


@bp.post("/v1/tags/<name>/unfollow")
@scope("write:follows")
def unfollow_tag(name: str) -> Response:
    """No more of it."""
    with commit():
        tastes.unfollow(bearer().account, name)
    return answer(entities([name])[0])
