"""Private messages through the pages, as people write them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from instance.core.db import db
from instance.messages.models import ConversationSeat
from instance.posts.models import Post
from tests.city import City, Someone


def begin(city: City, author: Someone, to: str, text: str = "Avez-vous une échelle ?", **more: Any) -> int:
    """A new conversation through the form; its id."""
    found = city.post(author.browser, "/messages/nouveau", to=to, text=text, **more)
    assert found.status_code == 303, found.text
    return int(found.location.rsplit("/", 1)[1])


def answer(city: City, author: Someone, conversation: int, text: str, **more: Any) -> int:
    """An answer in it; the message's id."""
    found = city.post(author.browser, f"/messages/{conversation}/repondre", text=text, **more)
    assert found.status_code == 303, found.text
    return int(found.location.rsplit("#r", 1)[1])


def listed(city: City, someone: Someone) -> str:
    """The page of their conversations."""
    return str(city.get(someone.browser, "/messages").text)


def reads(city: City, someone: Someone, conversation: int, words: str) -> bool:
    """Whether they find `words` in the conversation."""
    found = city.get(someone.browser, f"/messages/{conversation}")
    return found.status_code == 200 and words in found.text


def talks_of(someone: Someone) -> list[int]:
    """Their conversations, the oldest first."""
    seats = select(ConversationSeat.conversation_id).where(ConversationSeat.actor_id == someone.actor_id)
    found = list(db.session.scalars(seats.order_by(ConversationSeat.conversation_id)))
    db.session.rollback()
    return found


def post_of(words: str) -> Post:
    """The message that says `words`."""
    db.session.rollback()
    return db.session.scalars(select(Post).where(Post.html.contains(words))).one()
