"""Lists: some of those whom somebody follows, read by themselves; and the walls that a resident reads, as lists.

A list of one's own holds people one follows: who is followed no more shows no more. What comes without asking (the
quartier, groups, the quartier's pages) is there as lists that nobody changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from instance.accounts.models import Account, Actor, Follow
from instance.core.db import BigId, db
from instance.core.errors import Invalid, NotFound
from instance.core.paging import Window
from instance.core.prepared import Prepared
from instance.core.signs import one_line
from instance.posts import visibility
from instance.posts.models import Boost, Post, WallEntry
from instance.quartiers.models import Quartier
from instance.timelines import given, home
from instance.timelines.home import LIMIT, Entry
from instance.timelines.models import ListMember, UserList

LIST, WALL = bindparam("list", type_=BigId), bindparam("wall", type_=BigId)
REPLIES = bindparam("replies", type_=String)
REPLIES_TO = ("followed", "list", "none")
LISTS_MAX, TITLE_MAX = 50, 200


@dataclass(frozen=True)
class Shelf:
    """A list as its owner sees it: one of their own, or one that comes by itself (`wall`)."""

    id: int
    title: str
    replies: str = "list"
    is_exclusive: bool = False
    wall: int | None = None  # the Group on whose wall its posts stand
    is_pages: bool = False  # of that wall, what pages say

    @property
    def is_given(self) -> bool:
        """Whether nobody changes it."""
        return self.wall is not None


def all_of(account: Account, home_of: Quartier | None) -> list[Shelf]:
    """The lists that come by themselves, then the account's own, the oldest first."""
    mine = select(UserList).where(UserList.account_id == account.id).order_by(UserList.id)
    return [*_given(account.actor_id, home_of), *(_own(row) for row in db.session.scalars(mine))]


def _own(row: UserList) -> Shelf:
    return Shelf(row.id, row.title, row.replies, row.is_exclusive)


def _given(actor_id: int, home_of: Quartier | None) -> list[Shelf]:
    found = given.to(actor_id, home_of)
    shelves = [Shelf(one.id, one.shown_name, "followed", wall=one.id) for one in found.all if one.kind == "group"]
    if home_of is not None and found.pages:
        # The quartier's row gives the id: no list and no actor has it.
        pages = Shelf(home_of.id, _("Pages de mon quartier"), "followed", wall=home_of.actor_id, is_pages=True)
        shelves.append(pages)
    groups = {one.id for one in found.groups} | ({found.quartier.id} if found.quartier else set())
    return [one for one in shelves if one.is_pages or one.id in groups]


def find(account: Account, home_of: Quartier | None, list_id: int) -> Shelf:
    """A list of the account's. Raises `NotFound` for others' as for none."""
    row = db.session.get(UserList, list_id)
    if row is not None and row.account_id == account.id:
        return _own(row)
    found = next((one for one in _given(account.actor_id, home_of) if one.id == list_id), None)
    if found is None:
        raise NotFound
    return found


def mine(account: Account, home_of: Quartier | None, list_id: int) -> UserList:
    """The row of a list that the account may change. Raises `Invalid` for one that comes by itself."""
    if find(account, home_of, list_id).is_given:
        raise Invalid("list.given", _("Cette liste vient de votre quartier ou d’un groupe : elle ne se modifie pas."))
    return db.session.get_one(UserList, list_id)


def make(account: Account, title: str, replies: str | None, is_exclusive: bool | None) -> UserList:
    """A new list without anybody on it. Inside `commit()`."""
    number = db.session.scalar(select(func.count()).where(UserList.account_id == account.id)) or 0
    if number >= LISTS_MAX:
        raise Invalid("list.many", _("Supprimez d’abord une liste : %(num)d au plus.", num=LISTS_MAX))
    row = UserList(account_id=account.id, title="", replies="list", is_exclusive=False)
    change(row, title, replies, is_exclusive)
    db.session.add(row)
    db.session.flush()
    return row


def change(row: UserList, title: str | None, replies: str | None, is_exclusive: bool | None) -> None:
    """Keep what was given (None: as it was). Raises `Invalid` naming the field."""
    if title is not None:
        row.title = one_line(title, TITLE_MAX + 1)
        if not row.title or len(row.title) > TITLE_MAX:
            raise Invalid("list.title", _("Donnez un titre de %(num)d signes au plus.", num=TITLE_MAX), field="title")
    if replies is not None:
        if replies not in REPLIES_TO:
            raise Invalid("list.replies", _("Choisissez followed, list ou none."), field="replies_policy")
        row.replies = replies
    if is_exclusive is not None:
        row.is_exclusive = is_exclusive


def put_on(row: UserList, actor_id: int, others: Sequence[int]) -> None:
    """Put people on a list: such as actor `actor_id` follows. Raises `Invalid` for the rest. Inside `commit()`."""
    wanted = list(dict.fromkeys(others))
    pairs = select(Follow.followed_id).where(Follow.follower_id == actor_id, Follow.followed_id.in_(wanted))
    if len(set(db.session.scalars(pairs))) < len(wanted):
        raise Invalid("list.stranger", _("Seuls des comptes que vous suivez vont sur une liste."), field="account_ids")
    there = set(db.session.scalars(select(ListMember.actor_id).where(ListMember.list_id == row.id)))
    if there & set(wanted):
        raise Invalid("list.twice", _("Ce compte est déjà sur la liste."), field="account_ids")
    db.session.add_all([ListMember(list_id=row.id, actor_id=one) for one in wanted])
    db.session.flush()


def take_off(row: UserList, others: Sequence[int]) -> None:
    """Take people off a list; who is not on it is not missed. Inside `commit()`."""
    db.session.execute(delete(ListMember).where(ListMember.list_id == row.id, ListMember.actor_id.in_(others)))


def members(list_id: int, actor_id: int) -> Select[int, Actor]:
    """Cursor and actor of who stands on a list, as far as `actor_id` follows them."""
    rows = select(ListMember.id, Actor).join(Actor, Actor.id == ListMember.actor_id)
    followed = rows.join(Follow, Follow.followed_id == ListMember.actor_id)
    return followed.where(ListMember.list_id == list_id, Follow.follower_id == actor_id)


def holding(account: Account, actor_id: int) -> list[Shelf]:
    """The account's own lists on which somebody stands."""
    rows = select(UserList).join(ListMember, ListMember.list_id == UserList.id)
    mine_with = rows.where(UserList.account_id == account.id, ListMember.actor_id == actor_id)
    return [_own(row) for row in db.session.scalars(mine_with.order_by(UserList.id))]


def _on_list() -> Select[int]:
    followed = select(Follow.followed_id).join(ListMember, ListMember.actor_id == Follow.followed_id)
    mine = followed.where(Follow.follower_id == visibility.VIEWER, Follow.state == "accepted")
    return mine.where(ListMember.list_id == LIST)


def _is_wanted() -> ColumnElement[bool]:
    """What begins a thread; answers by the list's policy, those to oneself and to the reader always."""
    answered = aliased(Post)
    followed = select(Follow.followed_id).where(Follow.follower_id == visibility.VIEWER, Follow.state == "accepted")
    to_whom = or_(
        answered.author_id == Post.author_id,
        answered.author_id == visibility.VIEWER,
        and_(REPLIES == "list", answered.author_id.in_(_on_list())),
        and_(REPLIES == "followed", answered.author_id.in_(followed)),
    )
    return or_(Post.reply_to_id.is_(None), exists(select(1).where(answered.id == Post.reply_to_id, to_whom)))


def _timeline(*, upwards: bool) -> home.Line:
    nobody = null().cast(BigId).label("booster")
    said = select(Post.id.label("entry"), Post.id.label("post"), nobody).where(
        Post.author_id.in_(_on_list()), _is_wanted(), ~Post.is_nameless, home.is_in_chosen_language(Post.author_id)
    )
    passed_on = select(Boost.id.label("entry"), Boost.post_id.label("post"), Boost.actor_id.label("booster")).where(
        Boost.actor_id.in_(_on_list().where(Follow.shows_boosts)), ~visibility.is_muted(Boost.actor_id),
        home.is_in_chosen_language(Boost.actor_id, Post.id == Boost.post_id),
    )  # fmt: skip
    sources = ((said, Post.id.expression), (passed_on, Boost.id.expression))
    lines = union_all(*(home.source(query, cursor, upwards) for query, cursor in sources)).subquery()
    order = lines.c.entry.asc() if upwards else lines.c.entry.desc()
    return select(lines.c.entry, lines.c.post, lines.c.booster).order_by(order).limit(LIMIT * literal(2))


def _wall(*, upwards: bool, is_pages: bool) -> home.Line:
    nobody = null().cast(BigId).label("booster")
    place = WallEntry.post_id.expression
    rows = select(place.label("entry"), place.label("post"), nobody).join(Post, Post.id == WallEntry.post_id)
    standing = rows.where(WallEntry.wall_id == WALL)
    return home.source(standing.where(WallEntry.reason == "page") if is_pages else standing, place, upwards)


# Built once (performance.md, rule 5).
_LISTS = {upwards: Prepared(_timeline(upwards=upwards)) for upwards in (False, True)}
_WALLS = {(up, pages): Prepared(_wall(upwards=up, is_pages=pages)) for up in (False, True) for pages in (False, True)}


def timeline(viewer: int, shelf: Shelf, window: Window) -> Sequence[Entry]:
    """One page of a list for actor `viewer`, newest first; each post once, in its newest line."""
    values: dict[str, Any] = {
        **visibility.reader(viewer), "before": window.before, "after": window.after, "limit": window.limit,
    }  # fmt: skip
    if shelf.wall is not None:
        query, values = _WALLS[window.upwards, shelf.is_pages], values | {"wall": shelf.wall}
    else:
        query, values = _LISTS[window.upwards], values | {"list": shelf.id, "replies": shelf.replies}
    return sorted(home.page(query, values), key=lambda line: -line.id)
