"""Conversations and who sits in them. Their words are posts; who reads them are the members of one circle."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from instance.core.db import BigId, Model, Moment


class Conversation(Model):
    """A thread of private messages; the named persons are the members of its circle, which gains nobody."""

    __tablename__ = "conversation"

    id: Mapped[int] = mapped_column(  # of the message that began it
        BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    circle_id: Mapped[int] = mapped_column(BigId, ForeignKey("circle.id"), index=True)


class ConversationSeat(Model):
    """A conversation as one of our people has it in their list."""

    __tablename__ = "conversation_seat"

    conversation_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    last_post_id: Mapped[int] = mapped_column(BigId)  # the newest message: the order of the list, and its cursor
    is_unread: Mapped[bool] = mapped_column(default=False)
    hidden_until: Mapped[int] = mapped_column(BigId, default=0)  # out of the list up to this message

    __table_args__ = (Index("ix_conversation_seat_last", "actor_id", "last_post_id"),)


class WrittenHost(Model):
    """A resident has said yes to this server's name: private messages of theirs may go there."""

    __tablename__ = "written_host"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
