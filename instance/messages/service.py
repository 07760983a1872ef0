"""Private messages: begun, answered, listed, read, hidden, left. Their words are posts of scope `direct`.

Who reads them are the members of the conversation's circle, and `posts.visibility` asks for each; nobody is ever added.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import bindparam, delete, func, select

from instance.accounts import relations
from instance.accounts.models import Account, Actor, Mute
from instance.core import bus
from instance.core.db import BigId, db
from instance.core.errors import Invalid, NotAllowed, NotFound
from instance.core.facts import record
from instance.core.paging import Window
from instance.messages import persons
from instance.messages.facts import ConversationRead
from instance.messages.models import Conversation, ConversationSeat
from instance.posts import service as posts
from instance.posts import visibility
from instance.posts.audience import DIRECT, Audience
from instance.posts.models import Post
from instance.posts.service import Words
from instance.quartiers import service as quartiers
from instance.quartiers.models import CircleMember, Quartier


@dataclass(frozen=True)
class Line:
    """A conversation in somebody's list."""

    id: int
    circle_id: int
    is_unread: bool
    last_post_id: int
    others: Sequence[Actor]  # the other persons, by id


def send(
    account: Account, home: Quartier | None, words: Words, recipients: Sequence[Actor], reply_to: Post | None = None
) -> int:
    """A private message; its id. Inside `commit()`. `home` is where the writer lives, None for a visitor.

    An answer keeps the persons where `recipients` is empty or says the same ones; to others it begins a conversation
    of its own, with just those named. Raises `NotAllowed`, `Invalid`, or `persons.Unconfirmed`.
    """
    if found := posts.sent_before(account, words):
        return found
    if home is None:
        raise NotAllowed("message.visitor", _("Prouvez d’abord votre adresse : /preuve, une lettre suffit."))
    wanted = {one.id: one for one in recipients if one.id != account.actor_id}
    talk = of_post(account.actor_id, reply_to) if reply_to is not None else None
    if talk is not None and reply_to is not None:
        there = members(talk.circle_id)
        # A name that leads to nobody whom the writer may see is a word like others here, whether there is such a one.
        may = {i for i, one in wanted.items() if persons.may_be_written_to(account.actor_id, home.id, one)}
        wanted = {i: one for i, one in wanted.items() if i in there | may}
        if not wanted or set(wanted) == there - {account.actor_id}:
            return _answer(account, talk, words, reply_to)
    elif reply_to is not None and not reply_to.is_nameless and reply_to.author_id != account.actor_id:
        wanted[reply_to.author_id] = reply_to.author
    persons.check(account, home.id, list(wanted.values()))
    return _begin(account, words, wanted)


def _begin(account: Account, words: Words, others: Iterable[int]) -> int:
    circle = quartiers.new_circle()
    for one in {account.actor_id, *others}:
        quartiers.put_in(circle.id, one)
    db.session.flush()
    post_id = posts.publish(account, None, words, _readers(circle.id))
    db.session.add(Conversation(id=post_id, circle_id=circle.id))
    db.session.flush()
    seat(post_id, circle.id, post_id, account.actor_id)
    return post_id


def _answer(account: Account, talk: Conversation, words: Words, answered: Post) -> int:
    everybody = members(talk.circle_id) - {account.actor_id}
    others = list(db.session.scalars(select(Actor).where(Actor.id.in_(everybody))))
    if not any(persons.may_hear(account.actor_id, one) for one in others):
        raise Invalid("message.alone", _("Plus personne ne lirait ce message."), field="text")
    persons.check_hosts(account.id, others)
    post_id = posts.reply(account, None, answered, words, _readers(talk.circle_id))
    seat(talk.id, talk.circle_id, post_id, account.actor_id)
    return post_id


def _readers(circle_id: int) -> Audience:
    return Audience(DIRECT, False, frozenset({circle_id}))


def of_post(viewer: int, post: Post) -> Conversation | None:
    """The conversation in which `post` stands, if `viewer` sits in it."""
    talk = db.session.get(Conversation, post.thread_id) if post.scope == DIRECT else None
    return talk if talk is not None and viewer in members(talk.circle_id) else None


def members(circle_id: int) -> set[int]:
    """The persons of a conversation."""
    return set(db.session.scalars(select(CircleMember.actor_id).where(CircleMember.circle_id == circle_id)))


def seat(conversation_id: int, circle_id: int, post_id: int, author_id: int) -> None:
    """The message `post_id` moves the conversation up for its persons here; not for who muted its author."""
    muted = select(Mute.muter_id).where(Mute.muted_id == author_id, relations.live())
    rows = db.session.execute(
        select(CircleMember.actor_id, CircleMember.actor_id.in_(muted))
        .join(Account, Account.actor_id == CircleMember.actor_id)
        .where(CircleMember.circle_id == circle_id)
    ).all()
    for actor_id, is_muted in rows:
        row = db.session.get(ConversationSeat, (conversation_id, actor_id))
        if row is None:
            row = ConversationSeat(conversation_id=conversation_id, actor_id=actor_id, last_post_id=post_id)
            row.is_unread, row.hidden_until = actor_id != author_id and not is_muted, post_id if is_muted else 0
            db.session.add(row)
        elif not is_muted:
            row.last_post_id = max(row.last_post_id, post_id)
            row.is_unread = row.is_unread or actor_id != author_id
    db.session.flush()
    bus.publish({"conversation": conversation_id})


_SEATS = (
    select(
        ConversationSeat.conversation_id, Conversation.circle_id, ConversationSeat.is_unread,
        ConversationSeat.last_post_id,
    )
    .join(Conversation, Conversation.id == ConversationSeat.conversation_id)
    .join(
        CircleMember,
        (CircleMember.circle_id == Conversation.circle_id) & (CircleMember.actor_id == ConversationSeat.actor_id),
    )
    .where(ConversationSeat.actor_id == visibility.VIEWER)
)  # fmt: skip
_LISTED = ConversationSeat.last_post_id > ConversationSeat.hidden_until


def conversations(viewer: int, window: Window) -> list[Line]:
    """One page of the conversations of actor `viewer`, the one with the newest message first."""
    order = ConversationSeat.last_post_id.asc() if window.upwards else ConversationSeat.last_post_id.desc()
    page = _SEATS.where(
        _LISTED, ConversationSeat.last_post_id < window.before, ConversationSeat.last_post_id > window.after
    )
    rows: Sequence[Any] = db.session.execute(page.order_by(order).limit(window.limit), {"viewer": viewer}).all()
    return _lines(viewer, sorted(rows, key=lambda row: -row.last_post_id))


def find(viewer: int, conversation_id: int) -> Line:
    """One conversation of the viewer's. Raises `NotFound` for everybody who does not sit in it."""
    rows: Sequence[Any] = db.session.execute(_SEATS.where(Conversation.id == conversation_id), {"viewer": viewer}).all()
    if not rows:
        raise NotFound
    return _lines(viewer, rows)[0]


def _lines(viewer: int, rows: Sequence[Any]) -> list[Line]:
    circles = {row.circle_id for row in rows}
    others: dict[int, list[Actor]] = {}
    if circles:
        sit = select(CircleMember.circle_id, Actor).join(Actor, Actor.id == CircleMember.actor_id)
        sit = sit.where(CircleMember.circle_id.in_(circles), Actor.id != viewer).order_by(Actor.id)
        for circle_id, actor in db.session.execute(sit):
            others.setdefault(circle_id, []).append(actor)
    return [
        Line(
            row.conversation_id, row.circle_id, row.is_unread, row.last_post_id, others.get(row.circle_id, [])
        )
        for row in rows
    ]  # fmt: skip


def mark(account: Account, conversation_id: int, *, is_read: bool) -> Line:
    """Have the conversation read, or not. Inside `commit()`."""
    line = find(account.actor_id, conversation_id)
    row = db.session.get_one(ConversationSeat, (conversation_id, account.actor_id))
    if row.is_unread and is_read:
        record(ConversationRead(account.id, conversation_id))
    row.is_unread = not is_read
    db.session.flush()
    return Line(line.id, line.circle_id, row.is_unread, line.last_post_id, line.others)


def hide(account: Account, conversation_id: int) -> None:
    """Take it out of the list until somebody writes again. Inside `commit()`."""
    line = mark(account, conversation_id, is_read=True)
    row = db.session.get_one(ConversationSeat, (conversation_id, account.actor_id))
    row.hidden_until = line.last_post_id
    db.session.flush()


def leave(account: Account, conversation_id: int) -> None:
    """Read and get nothing of it any more; nobody can bring one back in. Inside `commit()`."""
    line = mark(account, conversation_id, is_read=True)
    quartiers.take_out(line.circle_id, account.actor_id)
    seats = (ConversationSeat.conversation_id == conversation_id) & (ConversationSeat.actor_id == account.actor_id)
    db.session.execute(delete(ConversationSeat).where(seats))


# Asked for every page: built once (performance.md, rule 5).
_UNREAD = select(func.count()).where(
    ConversationSeat.actor_id == bindparam("actor_id", type_=BigId), ConversationSeat.is_unread, _LISTED
)


def unread(actor_id: int) -> int:
    """How many conversations hold something new."""
    return db.session.connection().scalar(_UNREAD, {"actor_id": actor_id}) or 0


def settle(conversation_id: int) -> None:
    """Put the list of each person right after messages went away: by deletion, a measure or a block."""
    for row in db.session.scalars(select(ConversationSeat).where(ConversationSeat.conversation_id == conversation_id)):
        newest = select(func.max(Post.id)).where(Post.thread_id == conversation_id, visibility.readable())
        last = db.session.scalar(newest, visibility.reader(row.actor_id))
        row.last_post_id = last or row.hidden_until
        row.is_unread = row.is_unread and row.last_post_id > row.hidden_until
    db.session.flush()


def erase(account: Account) -> None:
    """The seats of an account that closes; its circles and its words go by the rules of their own rooms."""
    db.session.execute(delete(ConversationSeat).where(ConversationSeat.actor_id == account.actor_id))
