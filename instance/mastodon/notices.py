"""Notices as Mastodon's clients know them: which of ours they have a word for, whose they are, how they look."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Boolean, ColumnElement, Integer, Select, bindparam, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from instance.accounts import relations
from instance.accounts.models import Account, Mute
from instance.core import ids
from instance.core.db import BigId, db
from instance.core.paging import Window
from instance.mastodon import faces, filters, people, render
from instance.notifications.models import Notification
from instance.notifications.policy import DOER
from instance.posts import visibility
from instance.posts.models import Post

Json = dict[str, Any]
TYPES = {
    "reply": "mention", "mention": "mention", "message": "mention", "follow": "follow",
    "follow_request": "follow_request", "thanks": "favourite", "boost": "reblog", "poll": "poll", "status": "status",
    "update": "update", "quote": "quote",
}  # fmt: skip
GROUPED = ("favourite", "follow", "reblog")  # types of which several may be one line
SPAN = 12 * 3600 * 1000 << 16  # ids of so long a time: follows within it are one group

ACCOUNT = bindparam("account_id", type_=BigId)
_EVEN_FILTERED = bindparam("even_filtered", type_=Boolean)
_BEFORE, _AFTER = bindparam("before", type_=BigId), bindparam("after", type_=BigId)
_LIMIT = bindparam("limit", type_=Integer)
_KINDS: BindParameter[str] = bindparam("kinds", expanding=True)
_newer = aliased(Notification)


def _is_mute(actor_id: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    live = relations.live(visibility.NOW)
    mine = select(1).where(Mute.muter_id == visibility.VIEWER, Mute.muted_id == actor_id, live, Mute.hides_notices)
    return exists(mine)


def mine() -> Select[int, str, int | None, int]:
    """The account's notices that clients know, about what it may read and by whom it has not muted."""
    rows = select(Notification.id, Notification.kind, Notification.post_id, DOER.label("doer"))
    return rows.outerjoin(Post, Post.id == Notification.post_id).where(
        Notification.account_id == ACCOUNT,
        Notification.kind.in_(_KINDS),
        or_(Notification.post_id.is_(None), visibility.readable()),
        or_(_EVEN_FILTERED, ~Notification.is_filtered),
        ~_is_mute(DOER),
    )


# The newest follow of its time stands for the others of that time.
LEADS = or_(
    Notification.kind != "follow",
    ~exists(
        select(1).where(
            _newer.account_id == ACCOUNT, _newer.kind == "follow", _newer.id > Notification.id,
            _newer.id < (Notification.id // SPAN + 1) * SPAN, ~_newer.is_filtered, ~_is_mute(_newer.actor_id),
        )
    ),
)  # fmt: skip


@lru_cache
def _page(*, upwards: bool, of_one: bool, grouped: bool) -> Select[int, str, int | None, int]:
    query = mine().where(Notification.id > _AFTER, Notification.id < _BEFORE)
    if of_one:
        query = query.where(bindparam("doer_id", type_=BigId) == DOER)
    if grouped:
        query = query.where(LEADS)
    return query.order_by(Notification.id.asc() if upwards else Notification.id.desc()).limit(_LIMIT)


def values(me: Account, kinds: Collection[str], *, even_filtered: bool = False) -> dict[str, Any]:
    """Parameters of `mine()`."""
    return {
        **visibility.reader(me.actor_id), "account_id": me.id, "kinds": sorted(kinds), "even_filtered": even_filtered,
    }  # fmt: skip


def page(
    me: Account, window: Window, kinds: Collection[str], *, doer_id: int | None = None, even_filtered: bool = False,
    grouped: bool = False,
) -> list[Any]:  # fmt: skip
    """One page of the account's notices, newest first; `grouped`: of follows only those that stand for others."""
    asked = values(me, kinds, even_filtered=even_filtered) | {
        "before": window.before, "after": window.after, "limit": window.limit,
    }  # fmt: skip
    if doer_id is not None:
        asked["doer_id"] = doer_id
    query = _page(upwards=window.upwards, of_one=doer_id is not None, grouped=grouped)
    return sorted(db.session.connection().execute(query, asked).all(), key=lambda row: -row.id)


_THOSE = mine().where(Notification.id.in_(bindparam("ids", expanding=True, type_=BigId)))


def those(me: Account, notification_ids: Iterable[int], *, even_filtered: bool = False) -> list[Any]:
    """Those of these notices that the account has and clients know."""
    asked = values(me, TYPES, even_filtered=even_filtered) | {"ids": sorted(set(notification_ids))}
    return list(db.session.connection().execute(_THOSE, asked).all())


def kinds_of(types: Collection[str], without: Collection[str] = ()) -> list[str]:
    """Our kinds for Mastodon's words; all without any."""
    return [ours for ours, theirs in TYPES.items() if (not types or theirs in types) and theirs not in without]


def entities(me: Account, notification_ids: Iterable[int]) -> dict[int, Json]:
    """The Notification entities of these notices, by id; for streams too. What may not be shown now is not there."""
    return documents(me, those(me, notification_ids))


def documents(me: Account, rows: Sequence[Any]) -> dict[int, Json]:
    """The Notification entities of `rows`, in their order; without those whose status a filter hides."""
    posts = statuses(me, rows)
    doers = faces.those(me.actor_id, {row.doer for row in rows if row.doer is not None})
    return {
        row.id: {
            "id": str(row.id), "type": TYPES[row.kind], "group_key": group_key(row),
            "created_at": people.stamp(ids.moment_of(row.id)), "account": said_by(row, doers),
            "status": posts.get(row.post_id or 0),
        }
        for row in rows if is_whole(row, posts, doers)
    }  # fmt: skip


def statuses(me: Account, rows: Sequence[Any]) -> dict[int, Any]:
    """What the notices are about."""
    wanted = [row.post_id for row in rows if row.post_id is not None]
    return dict(render.statuses(me.actor_id, wanted, rules=filters.of(me), context="notifications"))


def is_whole(row: Any, posts: dict[int, Any], doers: dict[int, Any]) -> bool:
    """Whether there is everything that a notice needs."""
    return (row.post_id is None or row.post_id in posts) and (row.doer in doers or row.post_id is not None)


def said_by(row: Any, doers: dict[int, Any]) -> Any:
    """The account of who did it; of whoever left no name, one that leads nowhere."""
    return doers[row.doer] if row.doer in doers else people.nameless(row.post_id)


def group_key(row: Any) -> str:
    """The group in which a notice stands."""
    word = TYPES[row.kind]
    if word == "follow":
        return f"follow-{row.id // SPAN}"
    return f"{word}-{row.post_id}" if word in GROUPED else f"ungrouped-{row.id}"
