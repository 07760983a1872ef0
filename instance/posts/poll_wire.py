"""A public poll of ours as other servers read it (Question), and as words for a partner city, where nobody votes."""

from __future__ import annotations

from typing import Any, Protocol

from markupsafe import escape
from sqlalchemy import select

from federation import activities
from instance.core import clock
from instance.core.db import db
from instance.posts.models import Poll, PollOption
from instance.posts.polls import KIND

Json = dict[str, Any]


class Asked(Protocol):
    """Columns of a post that may hold a poll."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def uri(self) -> str | None: ...
    @property
    def title(self) -> str: ...


def is_poll(post: Asked) -> bool:
    """Whether it is a poll of ours."""
    return post.kind == KIND and post.uri is None


def _rows(post_id: int) -> tuple[Poll, list[PollOption]]:
    options = select(PollOption).where(PollOption.post_id == post_id).order_by(PollOption.position)
    return db.session.get_one(Poll, post_id), list(db.session.scalars(options))


def head(post: Asked) -> str:
    """What is asked, before the other words. quirk(mastodon): of a Question it shows no name."""
    return f"<p><strong>{escape(post.title)}</strong></p>" if is_poll(post) and post.title else ""


def question(post: Asked) -> Json:
    """The members of a Question: options with their totals, which stay 0 while they are hidden; nobody's vote."""
    if not is_poll(post):
        return {}
    poll, options = _rows(post.id)
    is_closed = poll.closes_at <= clock.now()
    is_hidden = poll.hides_totals and not is_closed
    said: Json = {
        "anyOf" if poll.is_multiple else "oneOf": [
            {
                "type": "Note", "name": one.title,
                "replies": {"type": "Collection", "totalItems": 0 if is_hidden else one.votes},
            }
            for one in options
        ],
        "endTime": activities.stamp(poll.closes_at), "votersCount": poll.voters,
    }  # fmt: skip
    return said | ({"closed": activities.stamp(poll.closes_at)} if is_closed else {})


def lines(post: Asked) -> str:
    """The options as words. Not translated: they go with the words, to a city that shows them as they are."""
    if not is_poll(post):
        return ""
    poll, options = _rows(post.id)
    said = "".join(f"<li>{escape(one.title)}</li>" for one in options)
    end = poll.closes_at.strftime("%d/%m/%Y")
    return f"<ul>{said}</ul><p>Sondage jusqu’au {end} : on vote dans le quartier de qui le pose.</p>"
