"""Telling of what came from other servers: a whole batch in a few statements (performance.md, rules 1 and 2).

A mail goes out once per kind and hour: who floods a resident with mentions fills a page, not a letter-box.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select

from instance.accounts import relations
from instance.accounts.models import Account, Follow, Identity, Mute
from instance.core import clock, jobs
from instance.core.db import BigId, db, new_id
from instance.core.facts import record
from instance.core.web import settings
from instance.notifications import policy, telling_messages
from instance.notifications.facts import NoticeGiven
from instance.notifications.models import NoticeSetting, Notification
from instance.notifications.service import Channels, after_quiet, default_channels
from instance.posts import thread_mutes, visibility
from instance.posts.audience import DIRECT
from instance.posts.facts import PostReceived
from instance.posts.models import Mention, Post

MAIL_EVERY_S = 3600


class Line(NamedTuple):
    """Somebody who is to hear of a post."""

    post_id: int
    author_id: int
    thread_id: int
    is_reply: bool
    actor_id: int
    kind: str  # reply | mention | message
    is_named: bool
    is_neighbours: bool  # of a neighbour quartier, whose city vouches for the author: told like one of ours

    @property
    def path(self) -> str:
        if self.kind == telling_messages.KIND:
            return telling_messages.path_of(self.thread_id, self.post_id)
        return f"/p/{self.thread_id}#r{self.post_id}" if self.is_reply else f"/p/{self.post_id}"


@dataclass(frozen=True)
class Person:
    """What telling needs of an account."""

    account_id: int
    reached_by: str
    quiet_from_h: int | None
    quiet_to_h: int | None
    has_mail: bool


# Prebuilt: each is asked once per batch (performance.md, rule 5).
_IDS = bindparam("ids", expanding=True, type_=BigId)
_OTHERS = bindparam("others", expanding=True, type_=BigId)
_POSTS = select(
    Post.id, Post.author_id, Post.thread_id, Post.reply_to_id, Post.is_held, (Post.scope == DIRECT).label("is_message"),
    ((Post.scope == "neighbours") & Post.from_id.is_not(None)).label("is_neighbours"),
).where(Post.id.in_(_IDS), Post.deleted_at.is_(None))  # fmt: skip
_ABOVE = select(Post.id, Post.author_id).where(Post.id.in_(_IDS), Post.deleted_at.is_(None))
_NAMED = select(Mention.post_id, Mention.actor_id).where(Mention.post_id.in_(_IDS))
_MUTES = select(Mute.muter_id, Mute.muted_id).where(
    Mute.muter_id.in_(_IDS), Mute.muted_id.in_(_OTHERS), Mute.hides_notices
)
_FOLLOWS = select(Follow.follower_id, Follow.followed_id).where(
    Follow.follower_id.in_(_IDS), Follow.followed_id.in_(_OTHERS), Follow.state == "accepted"
)
_PEOPLE = (
    select(
        Account.actor_id, Account.id, Account.reached_by, Account.quiet_from_h, Account.quiet_to_h,
        Identity.email.is_not(None),
    )
    .join(Identity, Identity.account_id == Account.id)
    .where(Account.actor_id.in_(_IDS), Account.state == "active")
)  # fmt: skip
_TOLD = select(Notification.account_id, Notification.kind, Notification.post_id).where(
    Notification.post_id.in_(_IDS), Notification.account_id.in_(_OTHERS)
)
_CHOSEN = select(NoticeSetting.account_id, NoticeSetting.kind, NoticeSetting.in_page, NoticeSetting.by_mail).where(
    NoticeSetting.account_id.in_(_IDS)
)


def _ask(statement: Any, ids: Iterable[int], others: Iterable[int] | None = None) -> Sequence[Any]:
    wanted = sorted(set(ids))
    if not wanted:
        return []
    values: dict[str, Any] = {"ids": wanted} | ({} if others is None else {"others": sorted(set(others))})
    rows: Sequence[Any] = db.session.connection().execute(statement, values).all()
    return rows


def tell_received(facts: Sequence[PostReceived]) -> None:
    """Who is answered or named from elsewhere hears of it, muted authors and unwanted servers left out.

    Whom an author may reach by naming was settled when the post came: only those stand in its rows.
    """
    lines = list(_lines(facts))
    people = {row[0]: Person(*row[1:]) for row in _ask(_PEOPLE, (line.actor_id for line in lines))}
    lines = [line for line in lines if line.actor_id in people]
    lines = list(_wanted(lines, people))
    if lines:
        _write(lines, people)


def _lines(facts: Sequence[PostReceived]) -> Iterator[Line]:
    """Everybody who might hear of each post: who is answered, then who is named."""
    posts = _ask(_POSTS, (fact.post_id for fact in facts))
    above = dict(
        _ask(_ABOVE, (one for post in posts if post.reply_to_id for one in (post.reply_to_id, post.thread_id)))
    )
    named: dict[int, set[int]] = {}
    for post_id, actor_id in _ask(_NAMED, (post.id for post in posts)):
        named.setdefault(post_id, set()).add(actor_id)
    for post in posts:
        mine = named.get(post.id, set())
        answered = {above[one] for one in (post.reply_to_id, post.thread_id) if post.reply_to_id and one in above}
        if post.is_held:
            answered &= mine
        for actor_id in (answered | mine) - {post.author_id}:
            yield Line(
                post.id, post.author_id, post.thread_id, post.reply_to_id is not None, actor_id,
                _kind(post, is_answered=actor_id in answered), actor_id in mine, post.is_neighbours,
            )  # fmt: skip


def _kind(post: Any, *, is_answered: bool) -> str:
    if post.is_message:
        return telling_messages.KIND
    return "reply" if is_answered else "mention"


def _wanted(lines: Sequence[Line], people: dict[int, Person]) -> Iterator[Line]:
    """Those that their reader lets reach them, has not muted (nor the thread), may read, and was not told of before."""
    readers, authors = {line.actor_id for line in lines}, {line.author_id for line in lines}
    muted = set(map(tuple, _ask(_MUTES.where(relations.live()), readers, authors)))
    follows = set(map(tuple, _ask(_FOLLOWS, readers, authors)))
    accounts = {person.account_id for person in people.values()}
    told = set(map(tuple, _ask(_TOLD, (line.post_id for line in lines), accounts)))
    deaf = thread_mutes.who(readers, {line.thread_id for line in lines})
    readable = {
        reader: visibility.only_readable(reader, [line.post_id for line in lines if line.actor_id == reader])
        for reader in readers
    }
    for line in lines:
        person, pair = people[line.actor_id], (line.actor_id, line.author_id)
        is_let_in = line.is_named or line.is_neighbours or person.reached_by == "anyone"
        is_let_in = is_let_in or (person.reached_by == "followed" and pair in follows)
        is_new = (person.account_id, line.kind, line.post_id) not in told
        is_quiet = pair in muted or (line.actor_id, line.thread_id) in deaf
        if is_let_in and is_new and not is_quiet and line.post_id in readable[line.actor_id]:
            yield line


def _write(lines: Sequence[Line], people: dict[int, Person]) -> None:
    chosen = {
        (row[0], row[1]): Channels(row[2], row[3]) for row in _ask(_CHOSEN, (one.account_id for one in people.values()))
    }
    rows: list[dict[str, Any]] = []
    mails: dict[tuple[int, str], tuple[int, Person]] = {}
    now = clock.now()
    asked = [
        policy.About(people[line.actor_id].account_id, line.actor_id, line.kind, line.author_id, line.post_id)
        for line in lines
    ]
    for line, word in zip(lines, policy.judged(asked), strict=True):
        person = people[line.actor_id]
        roads = chosen.get((person.account_id, line.kind)) or default_channels(line.kind)
        if word == "drop" or not (roads.in_page or roads.by_mail):
            continue
        notification_id = new_id()
        row = {
            "id": notification_id, "account_id": person.account_id, "kind": line.kind, "post_id": line.post_id,
            "path": line.path, "read_at": None if roads.in_page else now, "is_filtered": word == "filter",
        }  # fmt: skip
        rows.append(row)
        if roads.in_page and word == "accept":
            record(NoticeGiven(notification_id))
        if roads.by_mail and person.has_mail and word == "accept":
            mails.setdefault((person.account_id, line.kind), (notification_id, person))
    if rows:
        db.session.execute(insert(Notification), rows)
    for (account_id, kind), (notification_id, person) in mails.items():
        _mail(account_id, kind, notification_id, person, now)


def _mail(account_id: int, kind: str, notification_id: int, person: Person, now: datetime) -> None:
    key = f"outside:{account_id}:{kind}:{int(now.timestamp()) // MAIL_EVERY_S}"
    if db.session.scalar(select(jobs.Job.id).where(jobs.Job.key == key)) is None:
        due = after_quiet(now, person.quiet_from_h, person.quiet_to_h, settings().timezone)
        jobs.put("mail_notice", {"notification_id": str(notification_id)}, due_at=due, key=key)
