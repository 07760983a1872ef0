"""Reading posts: the columns that cards need, threads, counts. Statements are built once (performance.md rule 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Select, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from instance.accounts.models import Actor
from instance.core.db import BigId, db
from instance.posts import visibility
from instance.posts.cards import Shown
from instance.posts.models import Post, Seen, SeenMark, Thanks
from instance.quartiers.models import Quartier

REPLIES_SHOWN = 500
THREAD = bindparam("thread", type_=BigId)
POST_ID = bindparam("post_id", type_=BigId)

_MARKS = select(func.count()).where(SeenMark.post_id == Post.id).correlate(Post).scalar_subquery()
_THANKED = exists(select(1).where(Thanks.post_id == Post.id, Thanks.actor_id == visibility.VIEWER))
COLUMNS = (
    Post.id, Post.author_id, Post.version, Post.kind, Post.state, Post.title, Post.text, Post.html, Post.language,
    Post.scope, Post.home_id, Post.street, Post.is_nameless, Post.edited_at, Post.media_count, Post.verdict,
    Post.answer_id, Post.thread_id, Post.reply_to_id, Post.uri, Post.url, Post.warning, Post.details, Post.quoted_uri,
    Post.is_sensitive,
    Post.is_public, Post.is_held, Post.from_id, Actor.host, Actor.handle, Actor.outside_name,
    Actor.version.label("author_version"), Actor.shown_name, Actor.path.label("author_path"),
    Quartier.name.label("home_name"), _THANKED.label("thanked"),
    func.coalesce(Seen.number, 0).label("seen_number"), _MARKS.label("seen_marks"), Seen.key.label("seen_key"),
)  # fmt: skip
_REPLY = aliased(Post)
# For each of the posts shown: the number of its replies that the reader may read.
REPLIES = (
    select(func.count())
    .where(
        _REPLY.thread_id == Post.id,
        _REPLY.reply_to_id.is_not(None),
        visibility.readable(_REPLY),
        visibility.unmuted(_REPLY),
    )
    .correlate(Post)
    .scalar_subquery()
    .label("replies")
)


def shown() -> Select[Any]:
    """The statement of posts for lists, with what cards need; to be narrowed and run with `visibility.reader()`."""
    return _readable().where(visibility.unmuted())


def _readable() -> Select[Any]:
    return (
        select(*COLUMNS)
        .select_from(Post)
        .join(Actor, Actor.id == Post.author_id)
        .outerjoin(Quartier, Quartier.id == Post.home_id)
        .outerjoin(Seen, Seen.post_id == Post.id)
        .where(visibility.readable())
    )


_ONE = _readable().where(Post.id == POST_ID)
_REPLIES = shown().where(Post.thread_id == THREAD, Post.reply_to_id.is_not(None)).order_by(Post.id).limit(REPLIES_SHOWN)


def one(viewer: int | None, post_id: int) -> Shown | None:
    """A post as its card needs it, if `viewer` may read it."""
    row = db.session.connection().execute(_ONE, {**visibility.reader(viewer), "post_id": post_id}).first()
    return cast(Shown | None, row)


def replies(viewer: int | None, thread_id: int) -> Sequence[Shown]:
    """The replies of a thread that `viewer` may read, oldest first, at most `REPLIES_SHOWN`."""
    values = {**visibility.reader(viewer), "thread": thread_id}
    rows = db.session.connection().execute(_REPLIES, values).all()
    return cast(Sequence[Shown], rows)
