"""What the pages of messages show: lines of the list, and the words of a conversation. The right to read is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import bindparam

from instance.accounts import shown
from instance.accounts.shown import Person
from instance.core import markup
from instance.core.db import BigId, db
from instance.messages.service import Line
from instance.posts import threads, visibility
from instance.posts.cards import Shown
from instance.posts.models import Post

SHOWN = 50
_IDS = bindparam("ids", expanding=True, type_=BigId)
_THREAD, _BEFORE = bindparam("thread", type_=BigId), bindparam("before", type_=BigId)
_AFTER_ALL = 2**62
_LAST = threads.shown().where(Post.id.in_(_IDS))
_MESSAGES = (
    threads.shown().where(Post.thread_id == _THREAD, Post.id < _BEFORE).order_by(Post.id.desc()).limit(SHOWN + 1)
)


@dataclass(frozen=True)
class Row:
    """A conversation in the list."""

    id: int
    last_post_id: int
    people: Sequence[Person]
    words: str  # the first line of the newest message
    is_own: bool
    is_unread: bool
    is_away: bool  # somebody of another server sits in it


def rows(viewer: int, lines: Sequence[Line]) -> list[Row]:
    """`lines` as the page shows them to actor `viewer`."""
    values = {**visibility.reader(viewer), "ids": [line.last_post_id for line in lines]}
    last = {row.id: row for row in db.session.connection().execute(_LAST, values)} if lines else {}
    people = {one.id: one for one in shown.people(viewer, {a.id: a for line in lines for a in line.others}.values())}
    found = []
    for line in lines:
        post = last.get(line.last_post_id)
        words = markup.first_line(markup.plain(post.html), 120) if post is not None else ""
        found.append(
            Row(
                line.id, line.last_post_id, [people[one.id] for one in line.others], words,
                post is not None and post.author_id == viewer, line.is_unread, any(one.host for one in line.others),
            )
        )  # fmt: skip
    return found


def messages(viewer: int, conversation_id: int, before: int | None) -> tuple[Sequence[Shown], int | None]:
    """One page of a conversation, the oldest first, and the cursor of what came before it."""
    values = {**visibility.reader(viewer), "thread": conversation_id, "before": before or _AFTER_ALL}
    found = cast(Sequence[Shown], db.session.connection().execute(_MESSAGES, values).all())
    older = found[SHOWN - 1].id if len(found) > SHOWN else None
    return found[:SHOWN][::-1], older


def answered(found: Sequence[Shown], names: Mapping[int, str]) -> dict[int, str]:
    """Whom a message answers, where that is not the one just above it."""
    above = {one.id: found[i - 1].id if i else 0 for i, one in enumerate(found)}
    jumps = {one.reply_to_id for one in found if one.reply_to_id and one.reply_to_id != above[one.id]}
    return {post_id: name for post_id, name in names.items() if post_id in jumps}
