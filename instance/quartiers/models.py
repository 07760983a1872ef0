"""Quartiers, their neighbours, streets and addresses; circles (who reads) and memberships (who lives here)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instance.accounts.models import Actor
from instance.core.db import BigId, Model, Moment, Plain, Sealed, new_id


class Circle(Model):
    """A set of readers. It knows its members and nothing else: what it stands for is its owner's business."""

    __tablename__ = "circle"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)


class CircleMember(Model):
    """`actor` reads what names `circle`, until `until` if that is set."""

    __tablename__ = "circle_member"

    circle_id: Mapped[int] = mapped_column(BigId, ForeignKey("circle.id", ondelete="CASCADE"), primary_key=True)
    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    until: Mapped[datetime | None] = mapped_column(Moment)


class Quartier(Model):
    """A neighbourhood with its outline; a Group actor, a circle of residents, a wall."""

    __tablename__ = "quartier"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id"), unique=True)
    circle_id: Mapped[int] = mapped_column(BigId, ForeignKey("circle.id"), unique=True)
    code: Mapped[str] = mapped_column(unique=True)  # of the file it came from
    slug: Mapped[str] = mapped_column(unique=True)  # frozen at import
    name: Mapped[str]
    commune: Mapped[str] = mapped_column(default="")  # INSEE code
    parent_code: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="pilot")  # pilot | open | dormant
    outline: Mapped[dict[str, Any]] = mapped_column(Plain)  # GeoJSON geometry, WGS 84
    min_lon: Mapped[float]
    min_lat: Mapped[float]
    max_lon: Mapped[float]
    max_lat: Mapped[float]
    silhouette: Mapped[str]  # SVG path in 64 x 64
    shape: Mapped[str] = mapped_column(default="")  # SVG path in the city's plan, made at import
    label_x: Mapped[float] = mapped_column(default=0.0)  # where its number stands in the plan
    label_y: Mapped[float] = mapped_column(default=0.0)
    source: Mapped[str] = mapped_column(default="")  # which import file; borders inside one need 1 m, else 10 m
    founder_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    opened_reason: Mapped[str | None]  # set when opened by hand
    outsiders_post: Mapped[bool] = mapped_column(default=False)  # may others than residents begin public threads here
    holds_outsiders: Mapped[bool] = mapped_column(default=True)  # their replies wait for a moderator
    is_shut: Mapped[bool] = mapped_column(default=False)  # the kill switch: nothing goes to or comes from other cities
    carries: Mapped[bool] = mapped_column(default=False)  # passes public posts of neighbours on to its own followers

    actor: Mapped[Actor] = relationship(lazy="select")

    __table_args__ = (CheckConstraint("state IN ('pilot', 'open', 'dormant')", "state"),)


class QuartierPair(Model):
    """Two neighbour quartiers, the lower id first; `removed` keeps a pair away that geometry would bring back."""

    __tablename__ = "quartier_pair"

    a_id: Mapped[int] = mapped_column(BigId, ForeignKey("quartier.id", ondelete="CASCADE"), primary_key=True)
    b_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("quartier.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    border_m: Mapped[float]
    origin: Mapped[str] = mapped_column(default="computed")  # computed | added | removed

    __table_args__ = (
        CheckConstraint("a_id < b_id", "ordered"),
        CheckConstraint("origin IN ('computed', 'added', 'removed')", "origin"),
    )


class Passage(Model):
    """Where a quartier of ours touches one of another city, under an agreement between the two cities.

    What came through it, or goes through it, counts while it is open: the agreement holds, the moderators of both
    sides said yes (FEP-d36d), and neither quartier is shut. `is_open` sums that up; `until` is the agreement's end.
    """

    __tablename__ = "passage"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    agreement_id: Mapped[int] = mapped_column(BigId, index=True)  # of the room `partners`, which stands above
    quartier_id: Mapped[int] = mapped_column(BigId, ForeignKey("quartier.id", ondelete="CASCADE"))
    far_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), index=True)  # their Group
    border_m: Mapped[float] = mapped_column(default=0.0)
    state: Mapped[str] = mapped_column(default="new")  # new | asked (by us) | invited (by them) | joined | refused
    is_open: Mapped[bool] = mapped_column(default=False)
    unheard_since: Mapped[datetime | None] = mapped_column(Moment)  # open, but they do not know: nothing goes there yet
    until: Mapped[datetime] = mapped_column(Moment)
    asked_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    joined_at: Mapped[datetime | None] = mapped_column(Moment)
    lets_public: Mapped[bool] = mapped_column(default=False)  # what the agreement lets through: public posts,
    lets_neighbours: Mapped[bool] = mapped_column(default=False)  # and those for a quartier and its neighbours
    is_shut_there: Mapped[bool] = mapped_column(default=False)  # their quartier's kill switch, as their city said it
    said_at: Mapped[datetime | None] = mapped_column(Moment)  # when it said so: an older word does not count
    compared_at: Mapped[datetime | None] = mapped_column(Moment)  # their list of adjacent quartiers was read
    differs: Mapped[bool] = mapped_column(default=False)  # and did not say of this passage what we hold

    __table_args__ = (
        Index("uq_passage_pair", "quartier_id", "far_id", unique=True),
        CheckConstraint("state IN ('new', 'asked', 'invited', 'joined', 'refused')", "state"),
    )


class Subscription(Model):
    """A quartier takes the public posts of a page onto its wall: asked by a referent, agreed by a moderator.

    The page may be ours, of another instance, any account of the fediverse, or a feed (an actor without inbox).
    """

    __tablename__ = "subscription"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    quartier_id: Mapped[int] = mapped_column(BigId, ForeignKey("quartier.id", ondelete="CASCADE"))
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default="asked")  # asked | live | refused | ended
    reason: Mapped[str] = mapped_column(default="")  # why the referent asks for it
    asked_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    decided_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    since: Mapped[datetime] = mapped_column(Moment)  # of the present state

    __table_args__ = (
        Index("uq_subscription_pair", "quartier_id", "actor_id", unique=True),
        CheckConstraint("state IN ('asked', 'live', 'refused', 'ended')", "state"),
    )


class Plan(Model):
    """The one drawing of all quartiers: its view box, so that shapes stored with quartiers fit together."""

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    width: Mapped[float]
    height: Mapped[float]


class Street(Model):
    """A street name within one commune."""

    __tablename__ = "street"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    key: Mapped[str]  # normalised name
    insee: Mapped[str]
    postcode: Mapped[str]
    commune: Mapped[str]

    __table_args__ = (Index("uq_street_key", "insee", "postcode", "key", unique=True),)


class StreetWord(Model):
    """A word of a street's normalised name, for prefix search while typing."""

    __tablename__ = "street_word"

    word: Mapped[str] = mapped_column(primary_key=True)
    street_id: Mapped[int] = mapped_column(ForeignKey("street.id", ondelete="CASCADE"), primary_key=True, index=True)


class Address(Model):
    """A house number of the imported file, placed in a quartier by its point (or in none: hors zone)."""

    __tablename__ = "address"

    id: Mapped[int] = mapped_column(primary_key=True)
    ban_id: Mapped[str] = mapped_column(unique=True)
    street_id: Mapped[int] = mapped_column(ForeignKey("street.id"))
    number: Mapped[int]  # 0 = the street has no numbers
    rep: Mapped[str] = mapped_column(default="")  # "b", "t", "p1"; as in the file, small letters
    postcode: Mapped[str]
    insee: Mapped[str]
    commune: Mapped[str]
    town: Mapped[str] = mapped_column(default="")  # libelle_acheminement, the last line of a letter
    afnor: Mapped[str] = mapped_column(default="")  # street line of at most 32 signs
    lon: Mapped[float]
    lat: Mapped[float]
    quartier_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("quartier.id"), index=True)

    street: Mapped[Street] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (Index("ix_address_street_number", "street_id", "number", "rep"),)


class Membership(Model):
    """That an account lives in a quartier: one at a time. Made by a proof of address, ended by a move."""

    __tablename__ = "membership"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    quartier_id: Mapped[int] = mapped_column(BigId, ForeignKey("quartier.id"))
    level: Mapped[str]  # strong | simple
    home_mark: Mapped[str | None]  # fingerprint of the address; None: counts as resident, not as address
    joined_month: Mapped[date]  # first day of the month of verification: no finer date is kept
    vouches_from: Mapped[datetime | None] = mapped_column(Moment)  # strong for 30 days from here
    writes_until: Mapped[datetime] = mapped_column(Moment)  # the proof's end
    reads_until: Mapped[datetime] = mapped_column(Moment)  # 30 days later: then a visitor

    __table_args__ = (
        Index("ix_membership_quartier", "quartier_id", "home_mark"),
        Index("ix_membership_home", "home_mark"),
        CheckConstraint("level IN ('strong', 'simple')", "level"),
    )


class Role(Model):
    """Work that somebody does: admin and house-wide verifier without a quartier, all others for one quartier."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]  # admin | verifier | moderator | referent
    quartier_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("quartier.id", ondelete="CASCADE"))
    given_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    given_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        Index("uq_role", "quartier_id", "account_id", "name", unique=True),
        CheckConstraint("name IN ('admin', 'verifier', 'moderator', 'referent')", "name"),
        CheckConstraint("name <> 'admin' OR quartier_id IS NULL", "admin_is_for_all"),
        CheckConstraint("name IN ('admin', 'verifier') OR quartier_id IS NOT NULL", "per_quartier"),
    )


class VerifiedDay(Model):
    """How many residents were verified on a day: numbers only, for the growth curve (F51)."""

    __tablename__ = "verified_day"

    quartier_id: Mapped[int] = mapped_column(BigId, ForeignKey("quartier.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int]


class Waiting(Model):
    """Somebody whose address lies in no quartier yet (F59): whom to tell when one is drawn there."""

    __tablename__ = "waiting"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    sealed_address: Mapped[str] = mapped_column(Sealed("waiting address"))  # its number in the reference
    wants_to_found: Mapped[bool] = mapped_column(default=False)
    since: Mapped[datetime] = mapped_column(Moment)

    @property
    def address_id(self) -> int:
        """Number of the address that lies sealed here: nothing else in the database leads from a person to a home."""
        return int(self.sealed_address)
