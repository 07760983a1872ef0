"""Thematic groups and who belongs to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instance.accounts.models import Actor
from instance.core.db import BigId, Model, Moment, new_id


class Group(Model):
    """A theme, a wall (of its actor) and a circle that reads it."""

    __tablename__ = "thematic_group"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id"), unique=True)
    circle_id: Mapped[int] = mapped_column(BigId, ForeignKey("circle.id"), unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    quartier_id: Mapped[int | None] = mapped_column(  # None: the whole city
        BigId, ForeignKey("quartier.id", ondelete="CASCADE"), index=True
    )
    joining: Mapped[str] = mapped_column(default="open")  # open | asked: a keeper says yes
    admits_neighbours: Mapped[bool] = mapped_column(default=False)  # residents of neighbour quartiers of this city
    state: Mapped[str] = mapped_column(default="live")  # live | closed: still read, not written any more
    created_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Moment)

    actor: Mapped[Actor] = relationship(lazy="select")

    __table_args__ = (
        CheckConstraint("joining IN ('open', 'asked')", "joining"),
        CheckConstraint("state IN ('live', 'closed')", "state"),
    )


class GroupSeat(Model):
    """`actor` belongs to a group, asks to, lives nowhere now (`away`), or was taken out by a keeper (`removed`)."""

    __tablename__ = "group_seat"

    group_id: Mapped[int] = mapped_column(BigId, ForeignKey("thematic_group.id", ondelete="CASCADE"), primary_key=True)
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(default="member")  # keeper | member
    state: Mapped[str] = mapped_column(default="member")  # asked | member | away: may come back | removed: may not
    since: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        Index("ix_group_seat_actor", "actor_id", "state"),
        CheckConstraint("role IN ('keeper', 'member')", "role"),
        CheckConstraint("state IN ('asked', 'member', 'away', 'removed')", "state"),
    )
