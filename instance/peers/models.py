"""What came from other servers, what goes to them, and how much they are trusted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from instance.core.db import BigId, Model, Moment, new_id
from instance.core.leases import Leased


class Peer(Model):
    """How another server has answered so far. `host` is normalised, with the port where it isn't the scheme's own."""

    __tablename__ = "peer"

    host: Mapped[str] = mapped_column(primary_key=True)
    scheme: Mapped[str | None]  # the signature that it took last: cavage | rfc9421
    scheme_until: Mapped[datetime | None] = mapped_column(Moment)
    failures: Mapped[int] = mapped_column(default=0)  # deliveries in a row
    failing_since: Mapped[datetime | None] = mapped_column(Moment)
    rests_until: Mapped[datetime | None] = mapped_column(Moment)  # the breaker: nothing is sent before
    is_dead: Mapped[bool] = mapped_column(default=False)  # seven days without success; woken by an incoming activity
    heard_at: Mapped[datetime | None] = mapped_column(Moment)  # last valid activity from it
    answered_at: Mapped[datetime | None] = mapped_column(Moment)  # last delivery that it took
    clock_off_s: Mapped[int] = mapped_column(default=0)  # its `Date` against our clock


class HostRule(Model):
    """What this city decided about a server and its subdomains."""

    __tablename__ = "host_rule"

    host: Mapped[str] = mapped_column(primary_key=True)
    severity: Mapped[str]  # block: nothing in, nothing out | limit: seen by who follows only | allow
    refuses_media: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    since: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (CheckConstraint("severity IN ('block', 'limit', 'allow')", "severity"),)


class Incoming(Leased, Model):
    """An activity that came in with a good signature. Its row is also the memory of having seen it.

    States: pending, waiting (something must be fetched first), running, done, ignored, failed.
    """

    __tablename__ = "incoming"

    host: Mapped[str]  # of the signer
    uri: Mapped[str]  # the activity's id
    actor_uri: Mapped[str]
    kind: Mapped[str]  # "Create Note": types of the activity and of its object
    body: Mapped[str] = mapped_column(Text)
    fetches: Mapped[int] = mapped_column(default=0)  # of the 50 that one activity may cause (threats.md C5)

    __table_args__ = (
        UniqueConstraint("host", "uri"),
        Index("ix_incoming_due", "state", "due_at"),
    )


class Outgoing(Model):
    """An activity that we made, as it is sent; its id is in its address, /a/<id>."""

    __tablename__ = "outgoing"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    sender: Mapped[str]  # path of our actor that signs: /u/sam
    kind: Mapped[str]
    object_uri: Mapped[str] = mapped_column(index=True)
    body: Mapped[str] = mapped_column(Text)
    is_public: Mapped[bool] = mapped_column(default=False)  # may be read at its address by anybody


class Delivery(Leased, Model):
    """One activity for one inbox. States: pending, running, done, failed, cancelled (a Delete overtook it).

    Rows of one inbox and one object go in the order of their ids.
    """

    __tablename__ = "delivery"

    outgoing_id: Mapped[int] = mapped_column(BigId, ForeignKey("outgoing.id", ondelete="CASCADE"), index=True)
    inbox: Mapped[str]
    host: Mapped[str]
    object_uri: Mapped[str]
    status: Mapped[int | None]  # last HTTP status

    __table_args__ = (
        UniqueConstraint("outgoing_id", "inbox"),
        Index("ix_delivery_due", "state", "due_at"),
        Index("ix_delivery_order", "inbox", "object_uri", "id"),
        Index("ix_delivery_host", "host", "state"),
    )


class Tombstone(Model):
    """A remote object or actor that was deleted: a late Create of it is refused for 90 days."""

    __tablename__ = "tombstone"

    uri: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
