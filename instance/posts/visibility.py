"""Who may read a post: the one rule, in SQL, asked by every page, list, count, picture, notice and feed.

A reader sees a post that is not deleted, that moderation left visible, that is public (and, if it came from outside
into a thread here, let in) or names a circle of theirs (through a passage that is open, if it came from another city),
and whose author they have no block with in either direction
and no block of the whole server. Authors see their own posts. Everything else is absent.
No feature is named here: a new kind of circle needs no change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, exists, literal_column, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.visitors import replacement_traverse

from instance.accounts import relations
from instance.accounts.models import Account, Actor, Block, HostBlock, Mute
from instance.core import clock
from instance.core.db import BigId, Moment, db
from instance.posts.models import Post, PostCircle
from instance.quartiers import passages
from instance.quartiers.models import CircleMember, Passage

# Prebuilt statements name these; `reader()` gives their values.
VIEWER = bindparam("viewer", type_=BigId)
NOW = bindparam("now", type_=Moment)
Said = TypeVar("Said", bound=ColumnElement[bool] | Select[Any])


def reader(viewer: int | None) -> dict[str, Any]:
    """Values of the parameters for actor `viewer`; a stranger is an id that nobody has."""
    moment: datetime = clock.now()
    return {"viewer": viewer or 0, "now": moment}


_open = exists(
    select(1)
    .where(Passage.id == PostCircle.passage_id, passages.is_open(), Passage.lets_neighbours)
    .correlate(PostCircle)
)


def readable(post: type[Post] = Post) -> ColumnElement[bool]:
    """The condition on `post` (or an alias of it); the statement is run with `reader(viewer)`."""
    others = and_(post.verdict == "visible", *_let_in(post))
    return and_(post.deleted_at.is_(None), or_(post.author_id == VIEWER, others))


def was_readable(post: type[Post] = Post) -> ColumnElement[bool]:
    """Like `readable`, for what was deleted or hidden since: to these readers alone its end is told."""
    return or_(post.author_id == VIEWER, and_(*_let_in(post)))


def _let_in(post: type[Post]) -> Sequence[ColumnElement[bool]]:
    """Conditions for everybody but the author, apart from what became of the post."""
    named = exists(
        select(1)
        .select_from(PostCircle)
        .join(CircleMember, CircleMember.circle_id == PostCircle.circle_id)
        .where(
            PostCircle.post_id == post.id,
            CircleMember.actor_id == VIEWER,
            or_(CircleMember.until.is_(None), CircleMember.until > NOW),
            or_(PostCircle.passage_id.is_(None), _open),
        )
    )
    blocked = exists(
        select(1).where(
            or_(
                and_(Block.blocker_id == VIEWER, Block.blocked_id == post.author_id),
                and_(Block.blocker_id == post.author_id, Block.blocked_id == VIEWER),
            )
        )
    )
    shut_out = exists(
        select(1)
        .select_from(HostBlock)
        .join(Actor, Actor.host == HostBlock.host)
        .where(HostBlock.actor_id == VIEWER, Actor.id == post.author_id)
    )
    for_all = and_(post.is_public, ~post.is_held)
    return or_(for_all, named), ~blocked, ~shut_out


def unmuted(post: type[Post] = Post) -> ColumnElement[bool]:
    """The further condition of lists and threads: nothing by who was muted. Asked for by its address, it is there."""
    return ~is_muted(post.author_id)


def is_muted(actor_id: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether the viewer muted this actor, and the mute has not run out."""
    live = relations.live(NOW)
    return exists(select(1).where(Mute.muter_id == VIEWER, Mute.muted_id == actor_id, live))


# One reader among several, in statements that ask for all of them at once. As bare text: as a column of `READER` it
# would bring that table with it into a subquery of a subquery, and mean any reader there.
READER = aliased(Actor, name="each_reader")
READER_ID: ColumnElement[int] = literal_column("each_reader.id", BigId)


def for_readers(query: Any, ids: ColumnElement[Any]) -> Select[Any]:
    """`query` once for each of the actors `ids`, who is its last column."""
    asked: Select[Any] = query.join(READER, true()).where(READER.id.in_(ids)).add_columns(READER.id.label("reader"))
    return asked


def for_each(said: Said) -> Said:
    """The same condition or selection with a row of `READER` in place of the one viewer: the rule stays one."""

    def swap(part: Any, **_: Any) -> Any:
        return READER_ID if isinstance(part, BindParameter) and part.key == VIEWER.key else None

    traverse: Any = replacement_traverse  # its types know single columns only
    return cast(Said, traverse(said, {}, swap))


# A suspended account has no session; a signed address or a notice must not stand in for one.
_is_suspended = exists(select(1).where(Account.actor_id == VIEWER, Account.state != "active"))
_MAY = select(Post.id).where(Post.id == bindparam("post_id", type_=BigId), readable(), ~_is_suspended)
_ONE = select(Post).where(Post.id == bindparam("post_id", type_=BigId), readable())


def may_read(viewer: int | None, post_id: int) -> bool:
    """Whether actor `viewer` (None: a stranger) may read this post now."""
    return db.session.scalar(_MAY, {**reader(viewer), "post_id": post_id}) is not None


def find(viewer: int | None, post_id: int) -> Post | None:
    """The post if `viewer` may read it; hidden and absent are the same None, after the same statement."""
    return db.session.scalar(_ONE, {**reader(viewer), "post_id": post_id})


def only_readable(viewer: int | None, ids: list[int]) -> set[int]:
    """Those of `ids` that `viewer` may read."""
    if not ids:
        return set()
    return set(db.session.scalars(select(Post.id).where(Post.id.in_(ids), readable()), reader(viewer)))
