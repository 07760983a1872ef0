"""Who is told of what, and by which road."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from instance.core.db import BigId, Model, Moment, Plain, Sealed, new_id

# Each can be switched for the page and for mails; `measure` and `report` always stand in the page (product.md §3.8).
KINDS = (
    "reply", "mention", "follow_request", "follow", "thanks", "boost", "verified", "opened", "role", "measure",
    "report", "case", "passage", "tip", "desk", "agreement", "status", "poll", "message", "group", "group_joined",
    "unsent", "update", "quote",
)  # fmt: skip
FOR_MODERATORS = ("case", "passage")
FOR_ADMINS = ("agreement",)
FOR_TEAMS = ("desk",)  # of pages
ALWAYS_IN_PAGE = ("measure", "report")
NO_MAIL_UNLESS_ASKED = (
    "role", "device", "security", "follow", "thanks", "boost", "quote", "status", "poll", "update", "kept_in",
)  # fmt: skip
# `device` and `security` have no switch: they stand in the page of who has no e-mail; all others get a mail about it.
# `kept_in` has none either: it is said once for a program.


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
    is_filtered: Mapped[bool] = mapped_column(default=False)  # set apart by the account's policy: told to nobody aloud

    __table_args__ = (
        Index("ix_notification_account", "account_id", "id"),
        Index(  # few: the page that shows them, and the line that counts them
            "ix_notification_filtered", "account_id", "id",
            sqlite_where=sql("is_filtered"), postgresql_where=sql("is_filtered"),
        ),
        UniqueConstraint("account_id", "kind", "post_id"),  # the same fact told twice is one row
    )  # fmt: skip


class NoticeSetting(Model):
    """What an account chose for one kind; without a row the default holds."""

    __tablename__ = "notice_setting"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    in_page: Mapped[bool]
    by_mail: Mapped[bool]


class NoticePolicy(Model):
    """What becomes of notices about people whom the account does not know; without a row `policy.USUAL` holds."""

    __tablename__ = "notice_policy"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    not_following: Mapped[str] = mapped_column(default="accept")  # accept | filter | drop, as all of them
    not_followers: Mapped[str] = mapped_column(default="accept")
    new_accounts: Mapped[str] = mapped_column(default="accept")
    private_mentions: Mapped[str] = mapped_column(default="accept")
    limited_accounts: Mapped[str] = mapped_column(default="filter")

    __table_args__ = (
        CheckConstraint("not_following IN ('accept', 'filter', 'drop')", "not_following"),
        CheckConstraint("not_followers IN ('accept', 'filter', 'drop')", "not_followers"),
        CheckConstraint("new_accounts IN ('accept', 'filter', 'drop')", "new_accounts"),
        CheckConstraint("private_mentions IN ('accept', 'filter', 'drop')", "private_mentions"),
        CheckConstraint("limited_accounts IN ('accept', 'filter', 'drop')", "limited_accounts"),
    )


class NoticePermit(Model):
    """The account wants to hear of this person whatever its policy says."""

    __tablename__ = "notice_permit"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime] = mapped_column(Moment)


class PushSubscription(Model):
    """A device that hears of notices: one for each token of a program, one for each browser that is logged in."""

    __tablename__ = "push_subscription"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("token.id", ondelete="CASCADE"), unique=True)
    login_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("login_session.id", ondelete="CASCADE"), unique=True)
    endpoint: Mapped[str] = mapped_column(Sealed("push"))  # whoever knows it and our key could reach the device
    point: Mapped[str]  # p256dh, base64url
    auth: Mapped[str] = mapped_column(Sealed("push"))
    is_standard: Mapped[bool]  # aes128gcm; else the draft's aesgcm
    alerts: Mapped[list[str]] = mapped_column(Plain)  # Mastodon's words for what it wants to hear of
    policy: Mapped[str] = mapped_column(default="all")  # whose deeds: all | followed | follower | none
    created_at: Mapped[datetime] = mapped_column(Moment)
    reached_at: Mapped[datetime | None] = mapped_column(Moment)
    trouble: Mapped[str | None]  # why the last one did not arrive, one word

    __table_args__ = (CheckConstraint("(token_id IS NULL) <> (login_id IS NULL)", "program_or_browser"),)
