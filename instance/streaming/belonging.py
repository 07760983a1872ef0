"""What stands in a stream for whom: the sources that answer GET, asked of a few posts for all listeners at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, select

from instance.accounts import relations
from instance.accounts.models import Account, Follow, Mute
from instance.core import clock
from instance.core.db import BigId, db
from instance.core.errors import NotFound
from instance.core.paging import Window
from instance.posts import visibility
from instance.posts.models import Post
from instance.quartiers import service as quartiers
from instance.streaming.streams import Stream
from instance.timelines import everybody, home, lists
from instance.timelines.everybody import Sieve
from instance.timelines.home import Entry

READERS = bindparam("readers", type_=BigId, expanding=True)
IDS = bindparam("ids", type_=BigId, expanding=True)
Found = dict[int, dict[int, Entry]]  # by viewer and line


def _pairs(condition: ColumnElement[bool]) -> Select[Any]:
    """Posts and readers, of those asked for, that a condition on the viewer and the post holds for."""
    return visibility.for_each(visibility.for_readers(select(Post.id).where(Post.id.in_(IDS), condition), READERS))


# Built once (performance.md, rule 5).
_GONE = _pairs(and_(visibility.was_readable(), ~visibility.readable()))
_READ = _pairs(visibility.was_readable())
_muted = exists(
    select(1).where(
        Mute.muter_id == Follow.follower_id, Mute.muted_id == Follow.followed_id, relations.live(visibility.NOW)
    )
)
_FOLLOWS = select(Follow.follower_id, Follow.followed_id).where(
    Follow.follower_id.in_(READERS), Follow.followed_id.in_(bindparam("boosters", type_=BigId, expanding=True)),
    Follow.state == "accepted", Follow.shows_boosts, ~_muted,
)  # fmt: skip


def gone(viewers: Collection[int], post_ids: Collection[int]) -> dict[int, set[int]]:
    """Those of the posts that are deleted or hidden now, for each of the viewers who could read them before."""
    found: dict[int, set[int]] = {}
    if viewers and post_ids:
        values = {"now": clock.now(), "readers": sorted(viewers), "ids": sorted(post_ids)}
        for post_id, viewer in db.session.connection().execute(_GONE, values):
            found.setdefault(viewer, set()).add(post_id)
    return found


def ended(viewers: Collection[int], boosts: Mapping[int, tuple[int, int]]) -> dict[int, set[int]]:
    """Which of these boosts (by id: who passed on what) stood in the home of each viewer, though they are gone now."""
    found: dict[int, set[int]] = {}
    boosters, post_ids = {booster for booster, _post in boosts.values()}, {post for _booster, post in boosts.values()}
    if not (viewers and boosts):
        return found
    connection, values = db.session.connection(), {"now": clock.now(), "readers": sorted(viewers)}
    follows = connection.execute(_FOLLOWS, values | {"boosters": sorted(boosters)}).all()
    reads = {(post, viewer) for post, viewer in connection.execute(_READ, values | {"ids": sorted(post_ids)})}
    for boost_id, (booster, post_id) in boosts.items():
        for viewer, followed in follows:
            if followed == booster and (post_id, viewer) in reads:
                found.setdefault(viewer, set()).add(boost_id)
    return found


def lines(stream: Stream, viewers: Collection[int], ids: Collection[int]) -> Found:
    """Which of `ids` (of posts and boosts) stand in this stream for each of the viewers, who may read them."""
    if stream.name == "user":
        found = home.contains(viewers, ids)
        return {viewer: {line.id: line for line in mine} for viewer, mine in found.items()}
    if stream.name == "list":
        return {viewer: _on_list(viewer, int(stream.of), ids) for viewer in viewers}
    _kind, *marks = stream.name.split(":")
    sieve = Sieve(local="local" in marks, remote="remote" in marks, only_media="media" in marks)
    told = everybody.contains(viewers, ids, sieve, stream.of or None)
    return {viewer: {one: Entry(one, one, None) for one in mine} for viewer, mine in told.items()}


def _on_list(viewer: int, list_id: int, ids: Collection[int]) -> dict[int, Entry]:
    shelf = _shelf(Account.actor_id == viewer, list_id) if ids else None
    if shelf is None:
        return {}
    windows = [Window(one + 1, one - 1, 1, upwards=True) for one in ids]
    return {line.id: line for window in windows for line in lists.timeline(viewer, shelf, window)}


def _shelf(whose: ColumnElement[bool], list_id: int) -> lists.Shelf | None:
    account = db.session.scalars(select(Account).where(whose)).one()
    lives = quartiers.residence(account.id)
    try:
        return lists.find(account, lives.quartier if lives else None, list_id)
    except NotFound:
        return None


def is_there(account_id: int, stream: Stream) -> bool:
    """Whether there is such a stream for the account: a list is its owner's alone."""
    return stream.name != "list" or _shelf(Account.id == account_id, int(stream.of)) is not None
