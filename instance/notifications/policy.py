"""Whom an account wants to hear of: notices about strangers are taken, set apart, or not written at all.

Neighbours of the own quartier count as people one follows: a neighbour who answers is never a stranger.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.orm import aliased

from instance.accounts import shown
from instance.accounts.models import Actor, Follow
from instance.core import clock
from instance.core.db import BigId, db
from instance.core.errors import Invalid
from instance.notifications.models import NoticePermit, NoticePolicy, Notification
from instance.peers import rules
from instance.posts import visibility
from instance.posts.models import Post

WORDS = ("accept", "filter", "drop")
MEMBERS = ("not_following", "not_followers", "new_accounts", "private_mentions", "limited_accounts")
USUAL = {name: "filter" if name == "limited_accounts" else "accept" for name in MEMBERS}
NEW = timedelta(days=30)  # so long an account is a new one
# Kinds about what somebody did towards the reader. Others come from the house, or were asked for.
ABOUT_PEOPLE = frozenset({"reply", "mention", "message", "follow_request", "follow", "thanks", "boost", "quote"})


class About(NamedTuple):
    """A notice before it is written: whose, of which kind, who did it, about which post."""

    account_id: int
    reader_id: int
    kind: str
    doer_id: int
    post_id: int | None


_ACCOUNTS = bindparam("accounts", expanding=True, type_=BigId)
_ACTORS = bindparam("actors", expanding=True, type_=BigId)
_DOERS = bindparam("doers", expanding=True, type_=BigId)
# Prebuilt: asked for every batch of notices (performance.md, rule 5).
_POLICIES = select(NoticePolicy.account_id, *(getattr(NoticePolicy, name) for name in MEMBERS)).where(
    NoticePolicy.account_id.in_(_ACCOUNTS)
)
_PERMITS = select(NoticePermit.account_id, NoticePermit.actor_id).where(
    NoticePermit.account_id.in_(_ACCOUNTS), NoticePermit.actor_id.in_(_DOERS)
)
_FOLLOWS = select(Follow.follower_id, Follow.followed_id).where(
    Follow.state == "accepted",
    or_(
        and_(Follow.follower_id.in_(_ACTORS), Follow.followed_id.in_(_DOERS)),
        and_(Follow.follower_id.in_(_DOERS), Follow.followed_id.in_(_ACTORS)),
    ),
)
_WHO = select(Actor.id, Actor.created_at, Actor.host).where(Actor.id.in_(_DOERS))
_above = aliased(Post)
_ANSWERS = (
    select(Post.id, _above.author_id)
    .join(_above, _above.id == Post.reply_to_id)
    .where(Post.id.in_(bindparam("posts", expanding=True, type_=BigId)))
)


def judged(lines: Sequence[About]) -> list[str]:
    """What becomes of each line: one of `WORDS`, in their order; one small statement where nobody chose anything."""
    asked = [line for line in lines if line.kind in ABOUT_PEOPLE]
    if not asked:
        return ["accept"] * len(lines)
    connection = db.session.connection()
    accounts = sorted({line.account_id for line in asked})
    chosen = {row[0]: dict(zip(MEMBERS, row[1:], strict=True)) for row in connection.execute(
        _POLICIES, {"accounts": accounts}
    )}  # fmt: skip
    if not chosen and not rules.current().by_host:
        return ["accept"] * len(lines)
    known = _Known.of(asked)
    return [
        known.judge(line, chosen.get(line.account_id, USUAL)) if line.kind in ABOUT_PEOPLE else "accept"
        for line in lines
    ]


@dataclass(frozen=True)
class _Known:
    """What the house knows of some people towards each other."""

    permits: set[tuple[int, int]]
    follows: set[tuple[int, int]]
    near: dict[int, set[int]]
    people: dict[int, Any]
    answers: dict[int, int]
    limits: rules.Rules

    @classmethod
    def of(cls, lines: Sequence[About]) -> _Known:
        connection = db.session.connection()
        doers, actors = sorted({one.doer_id for one in lines}), sorted({one.reader_id for one in lines})
        accounts = sorted({one.account_id for one in lines})
        private = sorted({one.post_id for one in lines if one.kind == "message" and one.post_id})
        return cls(
            {(row[0], row[1]) for row in connection.execute(_PERMITS, {"accounts": accounts, "doers": doers})},
            {(row[0], row[1]) for row in connection.execute(_FOLLOWS, {"actors": actors, "doers": doers})},
            {doer: shown.neighbours(doer, actors) for doer in doers},
            {row.id: row for row in connection.execute(_WHO, {"doers": doers})},
            {row[0]: row[1] for row in connection.execute(_ANSWERS, {"posts": private})} if private else {},
            rules.current(),
        )

    def judge(self, line: About, chosen: dict[str, str]) -> str:
        """The strictest word of those that concern this line."""
        doer = self.people.get(line.doer_id)
        if doer is None or (line.account_id, line.doer_id) in self.permits:
            return "accept"
        is_near = line.reader_id in self.near[line.doer_id]
        is_followed = is_near or (line.reader_id, line.doer_id) in self.follows
        is_follower = is_near or (line.doer_id, line.reader_id) in self.follows
        concerns = {
            "not_following": not is_followed,
            "not_followers": not is_follower,
            "new_accounts": not is_followed and doer.created_at > clock.now() - NEW,
            "private_mentions": line.kind == "message" and not is_followed and not self._is_answer(line),
            "limited_accounts": not is_followed and bool(doer.host) and self.limits.severity(doer.host) == "limit",
        }
        return max((chosen[name] for name, does in concerns.items() if does), key=WORDS.index, default="accept")

    def _is_answer(self, line: About) -> bool:
        return self.answers.get(line.post_id or 0) == line.reader_id


def chosen(account_id: int) -> dict[str, str]:
    """The account's policy: a word for each of `MEMBERS`."""
    row = db.session.get(NoticePolicy, account_id)
    return dict(USUAL) if row is None else {name: getattr(row, name) for name in MEMBERS}


def choose(account_id: int, wishes: dict[str, str]) -> None:
    """Keep the words that are given; the others stay. Inside `commit()`."""
    for name, word in wishes.items():
        if name not in MEMBERS or word not in WORDS:
            raise Invalid("notice.policy", _("Choisissez : accepter, mettre à part, ou écarter."), field=name)
    row = db.session.get(NoticePolicy, account_id)
    if row is None:
        row = NoticePolicy(account_id=account_id, **USUAL)
        db.session.add(row)
    for name, word in wishes.items():
        setattr(row, name, word)


# Who did what a notice tells of: its own word for it, else the author of the post. Who left no name is nobody here.
DOER = func.coalesce(Notification.actor_id, case((Post.is_nameless, None), else_=Post.author_id))


@dataclass(frozen=True)
class Waiting:
    """Somebody about whom notices were set apart."""

    actor_id: int
    number: int
    last_id: int
    first_id: int
    last_post_id: int | None


def _apart() -> Any:
    """Notices set apart, about what the account may read now."""
    about = Notification.post_id.is_(None) | visibility.readable()
    return (
        select(Notification.id)
        .outerjoin(Post, Post.id == Notification.post_id)
        .where(Notification.account_id == bindparam("account_id", type_=BigId), Notification.is_filtered, about)
    )


_WAITING = (
    _apart()
    .with_only_columns(
        DOER.label("doer"), func.count(), func.max(Notification.id).label("last"), func.min(Notification.id),
        func.max(Notification.post_id),
    )
    .where(DOER.is_not(None))
    .group_by(DOER)
    .order_by(func.max(Notification.id).desc())
)  # fmt: skip


def waiting(account_id: int, viewer: int) -> list[Waiting]:
    """The people about whom notices were set apart, the latest first."""
    values = {**visibility.reader(viewer), "account_id": account_id}
    return [Waiting(row[0], row[1], row[2], row[3], row[4]) for row in db.session.execute(_WAITING, values)]


def number_apart(account_id: int, viewer: int) -> int:
    """How many notices were set apart."""
    query = _apart().where(DOER.is_not(None)).with_only_columns(func.count())
    return db.session.scalar(query, {**visibility.reader(viewer), "account_id": account_id}) or 0


def names(viewer: int, found: Sequence[Waiting]) -> dict[int, shown.Person]:
    """Those people as the reader may name them."""
    actors = db.session.scalars(select(Actor).where(Actor.id.in_([one.actor_id for one in found])))
    return {one.id: one for one in shown.people(viewer, actors)}


def _of(account_id: int, viewer: int, actor_ids: Collection[int]) -> list[int]:
    query = _apart().where(DOER.in_(actor_ids))
    return list(db.session.scalars(query, {**visibility.reader(viewer), "account_id": account_id}))


def accept(account_id: int, viewer: int, actor_ids: Collection[int]) -> None:
    """Hear of these people from now on; what was set apart stands among the others. Inside `commit()`."""
    for actor_id in set(actor_ids):
        if db.session.get(NoticePermit, (account_id, actor_id)) is None:
            db.session.add(NoticePermit(account_id=account_id, actor_id=actor_id, since=clock.now()))
    found = _of(account_id, viewer, actor_ids)
    db.session.execute(update(Notification).where(Notification.id.in_(found)).values(is_filtered=False))


def dismiss(account_id: int, viewer: int, actor_ids: Collection[int]) -> None:
    """Throw away what was set apart about these people. Inside `commit()`."""
    found = _of(account_id, viewer, actor_ids)
    db.session.execute(delete(Notification).where(Notification.id.in_(found)))
