"""Proofs of address: what is asked, what is pending, what was decided, and the counts that keep abuse down.

An address is here only sealed and only while its proof is open. Counts per address (`door`) name no account and are
keyed apart from the fingerprint, so that nothing of somebody who leaves can be found by it.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instance.core.db import BigId, Model, Moment, Sealed, new_id

OPEN = ("asked", "running", "review")
RUNNING = ("waiting", "sent")  # a letter whose code may still be typed
_is_open = text("state IN ('asked', 'running', 'review')")
_is_granted = text("state = 'granted'")
_is_running = text("state IN ('waiting', 'sent')")


class Proof(Model):
    """One proof of address of one account: asked, running, looked at by somebody, granted; then how it ended."""

    __tablename__ = "proof"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    quartier_id: Mapped[int] = mapped_column(BigId, ForeignKey("quartier.id"), index=True)
    state: Mapped[str] = mapped_column(default="asked")
    method: Mapped[str | None]  # letter | desk | vouch | household: chosen, then the one that counted
    home_mark: Mapped[str | None]  # fingerprint; None once the proof has ended
    code: Mapped[str | None] = mapped_column(Sealed("proof code"))  # six signs for desk and vouchers
    code_mark: Mapped[str | None] = mapped_column(unique=True)
    household_id: Mapped[int | None] = mapped_column(BigId)  # of the code that was used
    level: Mapped[str | None]
    month: Mapped[date | None]  # of the verification, its first day: no finer date is kept
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    verifier_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    touched_at: Mapped[datetime] = mapped_column(Moment)  # last step of the applicant, or the end

    pending: Mapped[PendingAddress | None] = relationship(back_populates="proof", passive_deletes=True)

    __table_args__ = (
        CheckConstraint(
            "state IN ('asked', 'running', 'review', 'granted', 'refused', 'revoked', 'expired', 'ended')",
            "state",
        ),
        CheckConstraint("(state = 'granted') = (level IS NOT NULL)", "granted_has_level"),
        Index("uq_proof_open", "account_id", unique=True, sqlite_where=_is_open, postgresql_where=_is_open),
        Index(
            "uq_proof_granted",
            "account_id",
            unique=True,
            sqlite_where=_is_granted,
            postgresql_where=_is_granted,
        ),
        Index("ix_proof_state", "state", "quartier_id"),
    )


class PendingAddress(Model):
    """The address of an open proof, sealed; gone at the decision."""

    __tablename__ = "pending_address"

    proof_id: Mapped[int] = mapped_column(BigId, ForeignKey("proof.id", ondelete="CASCADE"), primary_key=True)
    kept: Mapped[str] = mapped_column(Sealed("pending address"))  # a `pending.Place` as JSON

    proof: Mapped[Proof] = relationship(back_populates="pending")


class Letter(Model):
    """A letter with a code. The code is sealed until the letter is ticked as sent; then only its mark is left."""

    __tablename__ = "letter"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    proof_id: Mapped[int] = mapped_column(BigId, ForeignKey("proof.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default="waiting")  # waiting | sent | used | void | returned | stopped
    reference: Mapped[str] = mapped_column(unique=True)  # printed; names the letter when it comes back
    code: Mapped[str | None] = mapped_column(Sealed("letter code"))
    code_mark: Mapped[str]
    opposition: Mapped[str | None] = mapped_column(Sealed("opposition code"))
    to_mark: Mapped[str]  # this name at this address
    tries: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    printed_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)

    proof: Mapped[Proof] = relationship()

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'used', 'void', 'returned', 'stopped')", "state"),
        CheckConstraint("state = 'waiting' OR code IS NULL", "code_only_while_waiting"),
        Index(
            "uq_letter_running",
            "proof_id",
            unique=True,
            sqlite_where=_is_running,
            postgresql_where=_is_running,
        ),
        Index("ix_letter_state", "state", "asked_at"),
        Index("ix_letter_to", "to_mark"),
    )


class LetterAsked(Model):
    """A letter was asked for at this door: at most 3 in 30 days, whoever asks and whatever became of them."""

    __tablename__ = "letter_asked"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    door: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("ix_letter_asked_door", "door", "at"),)


class LetterDay(Model):
    """How many letters were asked for on a day of the city: the ceiling of what post may cost."""

    __tablename__ = "letter_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int]


class OppositionCode(Model):
    """What stands on a letter for whoever opens it; it outlives the account that asked for the letter."""

    __tablename__ = "opposition_code"

    code_mark: Mapped[str] = mapped_column(primary_key=True)
    to_mark: Mapped[str]
    since: Mapped[datetime] = mapped_column(Moment)


class Opposition(Model):
    """No more letters to this name at this address."""

    __tablename__ = "opposition"

    to_mark: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)


class AddressLimit(Model):
    """A door: the row that is locked while its counts are read, and the limit that an admin raised for it."""

    __tablename__ = "address_limit"

    door: Mapped[str] = mapped_column(primary_key=True)
    most: Mapped[int | None]  # new residents in 30 days; None: as everywhere
    since: Mapped[datetime] = mapped_column(Moment)


class Arrival(Model):
    """A new resident behind this door."""

    __tablename__ = "arrival"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    door: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("ix_arrival_door", "door", "at"),)


class Vouch(Model):
    """`voucher` stands in for `vouchee`. The row counts for 30 days even when one of them is gone."""

    __tablename__ = "vouch"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    proof_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("proof.id", ondelete="SET NULL"))
    voucher_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("proof_id", "voucher_id"),
        Index("ix_vouch_voucher", "voucher_id", "at"),
    )


class HouseholdMember(Model):
    """That an account belongs to a household. Shown to nobody; ends when the account lives elsewhere."""

    __tablename__ = "household_member"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    household_id: Mapped[int] = mapped_column(BigId, index=True)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)  # last time that somebody said: gone from here


class HouseholdCode(Model):
    """An invitation of a strong resident for one named person; the row goes when it is used or over."""

    __tablename__ = "household_code"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    giver_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    household_id: Mapped[int] = mapped_column(BigId, index=True)
    first_name: Mapped[str] = mapped_column(Sealed("household name"))
    last_name: Mapped[str] = mapped_column(Sealed("household name"))
    code_mark: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class Recheck(Model):
    """A new proof is asked of this resident before `due_at`; who asked is not kept."""

    __tablename__ = "recheck"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Moment)


class Reminder(Model):
    """A resident was told that the proof ends in so many days: once each."""

    __tablename__ = "proof_reminder"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
