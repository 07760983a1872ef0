"""/api/v1/notifications: what Mastodon has a word for; the rest of our notices stands in the page."""

from __future__ import annotations

from flask import Response, request
from sqlalchemy import select

from instance.accounts.models import Actor
from instance.accounts.shown import neighbours
from instance.core import ids, paging
from instance.core.db import db
from instance.mastodon import people, render
from instance.mastodon.api import bearer, bp, listing, scope
from instance.notifications.models import Notification
from instance.posts import visibility
from instance.posts.models import Post

TYPES = {
    "reply": "mention", "mention": "mention", "follow": "follow", "follow_request": "follow_request",
    "thanks": "favourite", "boost": "reblog",
}  # fmt: skip


@bp.get("/v1/notifications")
@scope("read:notifications")
def notifications() -> Response:
    """The bearer's notices, newest first; `types[]` and `exclude_types[]` pick."""
    window = paging.window(request.args, default=40, most=80)
    me = bearer().account
    by = Actor.id == Post.author_id.expression
    query = (
        select(Notification, Post.author_id, Post.is_nameless)
        .outerjoin(Post, Post.id == Notification.post_id)
        .outerjoin(Actor, by)
        .where(
            Notification.account_id == me.id,
            Notification.kind.in_(_kinds()),
            Notification.id > window.after,
            Notification.id < window.before,
            Notification.post_id.is_(None) | visibility.readable(),
        )
        .order_by(Notification.id.asc() if window.upwards else Notification.id.desc())
        .limit(window.limit)
    )
    rows = sorted(db.session.execute(query, visibility.reader(me.actor_id)).all(), key=lambda row: -row[0].id)
    posts = render.statuses(me.actor_id, [row[0].post_id for row in rows if row[0].post_id])
    doers = {row[0].actor_id or row[1] for row in rows} - {None}
    actors = {one.id: one for one in db.session.scalars(select(Actor).where(Actor.id.in_(doers)))}
    remote = people.remote_rows({one.id for one in actors.values() if one.uri})
    near = neighbours(me.actor_id, list(actors))
    shown = []
    for notice, author_id, is_nameless in rows:
        doer = actors.get(notice.actor_id or author_id)
        if doer is None:
            continue
        if is_nameless and notice.actor_id is None and notice.post_id is not None:
            said_by = people.nameless(notice.post_id)
        else:
            said_by = people.account(doer, remote.get(doer.id), is_near=doer.id in near)
        entity = {
            "id": str(notice.id), "type": TYPES[notice.kind], "created_at": people.stamp(ids.moment_of(notice.id)),
            "account": said_by, "status": posts.get(notice.post_id or 0),
        }  # fmt: skip
        shown.append(entity)
    return listing(shown, [row[0].id for row in rows])


def _kinds() -> list[str]:
    wanted = set(request.args.getlist("types[]")) or set(TYPES.values())
    wanted -= set(request.args.getlist("exclude_types[]"))
    return [ours for ours, theirs in TYPES.items() if theirs in wanted]
