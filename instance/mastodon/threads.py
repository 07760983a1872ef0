"""What stands around a status: the thread, its earlier words, who passed it on."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy import and_, bindparam, select

from instance.accounts.models import Actor
from instance.core import paging
from instance.core.db import BigId, db
from instance.core.errors import DomainError
from instance.mastodon import filters, fragments, people, render
from instance.mastodon.api import answer, bp, listing, public, scope, viewer
from instance.mastodon.statuses import readable, shown
from instance.posts import service, visibility
from instance.posts.models import Boost, Post, Thanks

ABOVE, BELOW, LOOKED_AT = 100, 400, 4000
# Built once (performance.md, rule 5).
_THREAD = (
    select(Post.id, Post.reply_to_id, and_(visibility.readable(), visibility.unmuted()).label("may"))
    .where(Post.thread_id == bindparam("thread", type_=BigId))
    .order_by(Post.id)
    .limit(LOOKED_AT)
)


class Unavailable(DomainError):
    """A service that this city does not offer."""

    status = 503


@bp.get("/v1/statuses/<int:post_id>/context")
@public("read:statuses")
def context(post_id: int) -> Response:
    """What it answers, up to the beginning, and what answers it, each branch to its end; as far as it may be read."""
    post = readable(post_id)
    values = {**visibility.reader(viewer()), "thread": post.thread_id}
    rows = db.session.connection().execute(_THREAD, values).all()
    answered = {row.id: row.reply_to_id for row in rows}
    before, after = _above(post_id, answered), _below(post_id, answered)
    may = {row.id for row in rows if row.may}
    before = [one for one in before if one in may][-ABOVE:]
    after = [one for one in after if one in may][:BELOW]
    found = render.statuses(viewer(), [*before, *after], rules=filters.of_caller(), context="thread")
    return answer(
        {
            "ancestors": [found[one] for one in before if one in found],
            "descendants": [found[one] for one in after if one in found],
        }
    )


def _above(post_id: int, answered: dict[int, int | None]) -> list[int]:
    """The chain of what is answered, the beginning first."""
    chain: list[int] = []
    one = answered.get(post_id)
    while one is not None and one in answered and one not in chain:
        chain.append(one)
        one = answered[one]
    return chain[::-1]


def _below(post_id: int, answered: dict[int, int | None]) -> list[int]:
    """The answers, and theirs right after each: depth first, the oldest branch first."""
    answers: dict[int, list[int]] = {}
    for one, above in answered.items():
        if above is not None:
            answers.setdefault(above, []).append(one)
    order: list[int] = []
    waiting = answers.get(post_id, [])[::-1]
    while waiting:
        one = waiting.pop()
        order.append(one)
        waiting.extend(answers.get(one, [])[::-1])
    return order


@bp.get("/v1/statuses/<int:post_id>/history")
@public("read:statuses")
def status_history(post_id: int) -> Response:
    """What it said, the first words first, and what it says now."""
    post = readable(post_id)
    now: dict[str, Any] = msgspec.json.decode(shown(post_id))
    shared = {"account": now["account"], "emojis": []}
    before = [
        shared | {
            "content": fragments.content(edit.title, edit.html), "spoiler_text": edit.warning,
            "sensitive": edit.is_sensitive or bool(edit.warning), "created_at": people.stamp(edit.written_at),
            "media_attachments": [],
        }
        for edit in reversed(service.history(post))
    ]  # fmt: skip
    last = shared | {key: now[key] for key in ("content", "spoiler_text", "sensitive", "media_attachments")}
    return answer([*before, last | {"created_at": now["edited_at"] or now["created_at"]}])


@bp.get("/v1/statuses/<int:post_id>/card")
@public("read:statuses")
def status_card(post_id: int) -> Response:
    """What the page that it links to says of itself (clients of old ask for it apart)."""
    found = msgspec.json.decode(shown(post_id))["card"]
    return answer(found or {})


@bp.get("/v1/statuses/<int:post_id>/reblogged_by")
@public("read:statuses")
def reblogged_by(post_id: int) -> Response:
    """Who passed it on, for its author alone: to everybody else nobody did (mastodon-api.md)."""
    return _doers(readable(post_id), Boost)


@bp.get("/v1/statuses/<int:post_id>/favourited_by")
@public("read:statuses")
def favourited_by(post_id: int) -> Response:
    """Who said "Merci", for its author alone."""
    return _doers(readable(post_id), Thanks)


def _doers(post: Post, table: type[Boost] | type[Thanks]) -> Response:
    reader = viewer()
    if reader is None or post.author_id != reader:
        return answer([])
    window = paging.window(request.args, default=40, most=80)
    query = (
        select(Actor)
        .join(table, table.actor_id == Actor.id)
        .where(table.post_id == post.id, Actor.id > window.after, Actor.id < window.before)
        .order_by(Actor.id.asc() if window.upwards else Actor.id.desc())
        .limit(window.limit)
    )
    found = sorted(db.session.scalars(query), key=lambda one: -one.id)
    return listing([people.one(reader, one) for one in found], [one.id for one in found])


@bp.post("/v1/statuses/<int:post_id>/translate")
@scope("read:statuses")
def translate(post_id: int) -> Response:
    """Switched off: words of neighbours are sent to no translator."""
    readable(post_id)
    raise Unavailable("translation.off", _("La traduction n’est pas proposée ici."))
