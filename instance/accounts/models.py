"""Who speaks (Actor), who logs in (Account), and the names that nobody takes twice."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instance.core.db import BigId, Model, Moment, Plain, Sealed, new_id


class Actor(Model):
    """Anybody or anything that can be the author of a post: a person, a quartier, a page; ours or remote."""

    __tablename__ = "actor"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    kind: Mapped[str]  # person | group | organization | application
    handle: Mapped[str]
    path: Mapped[str | None] = mapped_column(unique=True)  # ours: /u/sam, /q/goutte-d-or
    uri: Mapped[str | None] = mapped_column(unique=True)  # remote
    shown_name: Mapped[str]  # "Salma B." or in full, as its owner chose; a quartier's name
    version: Mapped[int] = mapped_column(default=1)  # one more whenever a card would look different
    created_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("(path IS NULL) <> (uri IS NULL)", "ours_or_remote"),
        CheckConstraint("kind IN ('person', 'group', 'organization', 'application')", "kind"),
    )


class TakenName(Model):
    """A name in /u, /q, /g or /pages, in small letters: taken for ever, even when its owner is gone."""

    __tablename__ = "taken_name"

    name: Mapped[str] = mapped_column(primary_key=True)
    actor_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actor.id", ondelete="SET NULL"))
    taken_at: Mapped[datetime] = mapped_column(Moment)


class Account(Model):
    """A person of this instance, as far as pages need them; who it is in law stands in `Identity`."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id"), unique=True)
    password_hash: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")  # active | suspended; closed ones are gone
    language: Mapped[str] = mapped_column(default="fr")
    is_name_full: Mapped[bool] = mapped_column(default=False)
    is_simple: Mapped[bool] = mapped_column(default=False)  # affichage simple (F54)
    counts_views: Mapped[bool] = mapped_column(default=True)  # own reading counts in "Vu par" (F55)
    shows_first_lines: Mapped[bool] = mapped_column(default=False)  # in mails
    street: Mapped[str | None]  # shown beside the name, only if its owner chose so
    quiet_from_h: Mapped[int | None]  # "ne pas déranger": whole hours of the city's clock, from .. to
    quiet_to_h: Mapped[int | None]
    sort: Mapped[str] = mapped_column(default="replies")  # the wall's order: replies | new
    created_at: Mapped[datetime] = mapped_column(Moment)
    active_on: Mapped[date | None]  # last day of use, for the number of active accounts
    guide_seen: Mapped[int] = mapped_column(default=0)  # version of the guide shown last

    actor: Mapped[Actor] = relationship(lazy="joined", innerjoin=True)


class Identity(Model):
    """Legal name and e-mail, sealed, apart from what pages read; found by the e-mail's mark only."""

    __tablename__ = "identity"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    first_name: Mapped[str] = mapped_column(Sealed("name"))
    last_name: Mapped[str] = mapped_column(Sealed("name"))
    email: Mapped[str | None] = mapped_column(Sealed("email"))
    email_mark: Mapped[str | None] = mapped_column(unique=True)  # HMAC of the normalised address


class LoginSession(Model):
    """A browser that is logged in; the cookie holds a token of which only the digest is kept."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    device: Mapped[str]  # "Firefox, Android"
    network: Mapped[str]  # address cut to /24 or /48, emptied after QL_LOG_DAYS
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class KnownDevice(Model):
    """A browser from which this account has logged in before: no notice is sent for it."""

    __tablename__ = "known_device"

    digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime] = mapped_column(Moment)


class PasswordReset(Model):
    """A link to choose a new password, good once and for an hour."""

    __tablename__ = "password_reset"

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class Attempt(Model):
    """Failed tries at something that can be guessed, per subject, within a window."""

    __tablename__ = "attempt"

    subject: Mapped[str] = mapped_column(primary_key=True)  # "login:<mark of the account or network>"
    window_start: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int]


class Block(Model):
    """`blocker` and `blocked` meet no more, in either direction; nothing tells the second one."""

    __tablename__ = "block"

    blocker_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    blocked_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime] = mapped_column(Moment)


class JournalLine(Model):
    """Something that a holder of a role did to, or looked at of, a person; who reads it in "mes données"."""

    __tablename__ = "journal_line"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    act: Mapped[str]  # role_given | role_taken | address_seen | letter_printed | report_seen | ...
    detail: Mapped[dict[str, str]] = mapped_column(Plain)
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("ix_journal_line_account", "account_id", "id"),)
