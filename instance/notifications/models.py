"""Who is told of what, and by which road."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from instance.core.db import BigId, Model, Moment, new_id

# Each can be switched for the page and for mails; `measure` and `report` always stand in the page (product.md §3.8).
KINDS = (
    "reply", "mention", "follow_request", "follow", "thanks", "boost", "verified", "opened", "role", "measure",
    "report", "case", "passage", "tip", "desk", "agreement",
)  # fmt: skip
FOR_MODERATORS = ("case", "passage")
FOR_ADMINS = ("agreement",)
FOR_TEAMS = ("desk",)  # of pages
ALWAYS_IN_PAGE = ("measure", "report")
NO_MAIL_UNLESS_ASKED = ("role", "device", "follow", "thanks", "boost")
# `device` has no switch: it stands in the page of who has no e-mail; all others get a mail of its own about it.


class Notification(Model):
    """One thing told to one account. It holds ids, never words: what may be read is asked when it is shown."""

    __tablename__ = "notification"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[str]
    post_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), index=True)
    quartier_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("quartier.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("actor.id", ondelete="CASCADE"), index=True
    )  # who did it
    path: Mapped[str]  # where the reader is led
    read_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index("ix_notification_account", "account_id", "id"),
        UniqueConstraint("account_id", "kind", "post_id"),  # the same fact told twice is one row
    )


class NoticeSetting(Model):
    """What an account chose for one kind; without a row the default holds."""

    __tablename__ = "notice_setting"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    in_page: Mapped[bool]
    by_mail: Mapped[bool]
