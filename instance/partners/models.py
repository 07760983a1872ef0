"""Agreements with other cities, what their residents and ours claim to be, and which cities are known at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from instance.core.db import BigId, Model, Moment, Plain, new_id


class Agreement(Model):
    """An accord de voisinage with another city (federation.md §9), signed by both sides or none.

    States: draft (pairs are being looked for), offered (by us), received (from them), live, refused, ended.
    It holds while it is live, not expired, and neither side has suspended it.
    """

    __tablename__ = "agreement"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    uri: Mapped[str | None] = mapped_column(unique=True)  # offered by them; ours is /accords/<id>
    offer_uri: Mapped[str | None]  # id of their Offer; ours is /a/<offer_id>
    offer_id: Mapped[int | None] = mapped_column(BigId)
    partner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actor.id"))  # their Application, once looked up
    host: Mapped[str] = mapped_column(index=True)
    partner_name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="draft")
    pairs: Mapped[list[dict[str, Any]]] = mapped_column(Plain)  # [{"ours": path, "theirs": uri, "border_m", "name"}]
    audiences: Mapped[list[str]] = mapped_column(Plain)  # public | neighbours | group
    rules: Mapped[str] = mapped_column(default="")  # address of the partner's rules
    published: Mapped[datetime] = mapped_column(Moment)
    expires: Mapped[datetime] = mapped_column(Moment)
    offer: Mapped[str] = mapped_column(Text, default="")  # the Agreement with the proof of who offered it, as it came
    answer: Mapped[str] = mapped_column(Text, default="")  # the Accept with the proof of the other side
    is_shut_here: Mapped[bool] = mapped_column(default=False)  # suspended by us
    is_shut_there: Mapped[bool] = mapped_column(default=False)  # suspended by them
    renews_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("agreement.id", ondelete="SET NULL"))
    decided_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(default="")  # why it was refused, suspended or ended; why a draft got stuck
    since: Mapped[datetime] = mapped_column(Moment)  # of the present state
    there_at: Mapped[datetime | None] = mapped_column(Moment)  # when they last said that they suspend or resume
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)  # when admins were told that it ends soon

    __table_args__ = (
        CheckConstraint("state IN ('draft', 'offered', 'received', 'live', 'refused', 'ended')", "state"),
    )


class Claim(Model):
    """That somebody of a partner city lives in one of its quartiers, as that city signed it for us; 14 days at most."""

    __tablename__ = "claim"

    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    uri: Mapped[str] = mapped_column(unique=True)
    status_uri: Mapped[str]
    level: Mapped[str]  # strong | simple
    verified: Mapped[str]  # month, YYYY-MM
    expires: Mapped[str]  # month, YYYY-MM
    valid_until: Mapped[datetime] = mapped_column(Moment)
    checked_at: Mapped[datetime] = mapped_column(Moment)  # last good answer of the status address
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class ClaimGiven(Model):
    """A claim that we signed about a resident of ours, for one partner; the resident reads it in "mes données"."""

    __tablename__ = "claim_given"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    token: Mapped[str] = mapped_column(unique=True)  # of its address, /attest/<token>
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"))
    quartier_id: Mapped[int] = mapped_column(BigId, ForeignKey("quartier.id", ondelete="CASCADE"))
    host: Mapped[str]
    level: Mapped[str]  # what was in it: strong | simple
    verified: Mapped[str]  # month, YYYY-MM
    expires: Mapped[str]  # month, YYYY-MM
    issued_at: Mapped[datetime] = mapped_column(Moment)
    valid_until: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index("ix_claim_given_account", "account_id", "host"),)


class Contact(Model):
    """One of ours has acted towards a partner city: from then on it may ask for their claim (federation.md §9)."""

    __tablename__ = "contact"

    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)


class KnownCity(Model):
    """An instance of Quartier Libre that this one has heard of: for the directory (F21). No person is in it."""

    __tablename__ = "known_city"

    host: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="waiting")  # waiting (to be read) | ready | away
    quartiers: Mapped[list[dict[str, Any]]] = mapped_column(Plain)  # [{"uri", "name", "state", "outline": GeoJSON}]
    fetched_at: Mapped[datetime | None] = mapped_column(Moment)  # what is kept of it is of then
    is_added: Mapped[bool] = mapped_column(default=False)  # by an admin; partners are in it by themselves
    reason: Mapped[str] = mapped_column(default="")  # code of what went wrong the last time, while it is away
