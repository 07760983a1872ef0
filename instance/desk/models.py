"""Tips, sealed under a key of their own; and the two numbers of a conversation that cities tell each other.

Nothing here says who sent a tip: `sender_mark` is found by who knows the account and the instance's secret, and by
nobody else. Ids are chance and days are days, so that no order tells when something came.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from instance.core.db import BigId, Model, Moment, Sealed


class DeskKey(Model):
    """The key of a page, under which the keys of its tips are wrapped; itself sealed by the instance's secret."""

    __tablename__ = "desk_key"

    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("page.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(Sealed("desk key"))


class Tip(Model):
    """Something that a resident told a page. Its words, names and files are sealed under the key in `TipKey`."""

    __tablename__ = "tip"

    id: Mapped[str] = mapped_column(primary_key=True)  # 128 bits of chance: no order, no moment
    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("page.id", ondelete="CASCADE"))
    alias: Mapped[str]  # « 4F2K », of this tip alone
    is_protected: Mapped[bool]
    state: Mapped[str] = mapped_column(default="unread")  # unread | read | useful | published | unused
    day: Mapped[date]  # of the sending, and nothing finer
    # HMAC of the account and a number: the same sender has another mark on each tip. None: the account is closed.
    sender_mark: Mapped[str | None] = mapped_column(unique=True)
    sealed_sender: Mapped[str | None] = mapped_column(Text)  # own name alone: account and shown name
    sealed_bar: Mapped[str] = mapped_column(Text)  # the mark by which this page can shut its desk to the sender
    is_closed: Mapped[bool] = mapped_column(default=False)  # by the team: the sender cannot answer any more
    is_fresh: Mapped[bool] = mapped_column(default=True)  # the sender wrote since the team looked
    is_told: Mapped[bool] = mapped_column(default=False)  # the team has had a notice about that
    is_thanked: Mapped[bool] = mapped_column(default=False)
    has_news: Mapped[bool] = mapped_column(default=False)  # for the sender, who has not looked since

    __table_args__ = (
        UniqueConstraint("page_id", "alias"),
        Index("ix_tip_page", "page_id", "state"),
        CheckConstraint("state IN ('unread', 'read', 'useful', 'published', 'unused')", "state"),
        CheckConstraint("NOT is_protected OR sealed_sender IS NULL", "protected"),
    )


class TipKey(Model):
    """The key of a tip, wrapped for its page. Without this row nothing of the tip can be read, by anybody."""

    __tablename__ = "tip_key"

    tip_id: Mapped[str] = mapped_column(ForeignKey("tip.id", ondelete="CASCADE"), primary_key=True)
    wrapped: Mapped[str] = mapped_column(Text)


class TipMessage(Model):
    """Words of a tip, the first ones and those that follow, by number; who of the team wrote is not kept."""

    __tablename__ = "tip_message"

    tip_id: Mapped[str] = mapped_column(ForeignKey("tip.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[str]  # sender | page
    day: Mapped[date]
    sealed_text: Mapped[str] = mapped_column(Text)

    __table_args__ = (CheckConstraint("side IN ('sender', 'page')", "side"),)


class TipFile(Model):
    """A file of a tip: cleaned, then sealed; it lies in the store under a name of chance."""

    __tablename__ = "tip_file"

    tip_id: Mapped[str] = mapped_column(ForeignKey("tip.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # picture | text
    blob: Mapped[str] = mapped_column(unique=True)

    __table_args__ = (CheckConstraint("kind IN ('picture', 'text')", "kind"),)


class TipBar(Model):
    """A page takes no more tips from whoever has this mark; who that is, it never learns."""

    __tablename__ = "tip_bar"

    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("page.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[str] = mapped_column(primary_key=True)


class PageMeasure(Model):
    """How a post of a page of ours is talked of in a quartier of another city: two numbers, no name, no word."""

    __tablename__ = "page_measure"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    uri: Mapped[str] = mapped_column(index=True)  # as that Group calls it
    repliers: Mapped[int]
    exchanges: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (CheckConstraint("repliers >= 3", "never_of_few"),)


class MeasureSent(Model):
    """What a page elsewhere was last told of one of its posts by a quartier of ours."""

    __tablename__ = "measure_sent"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    quartier_id: Mapped[int] = mapped_column(BigId, ForeignKey("quartier.id", ondelete="CASCADE"), primary_key=True)
    repliers: Mapped[int]
    exchanges: Mapped[int]
