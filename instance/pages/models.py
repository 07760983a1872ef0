"""Pages of organisations: who they are, who speaks for them, what proves them, which quartiers they speak to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instance.accounts.models import Actor
from instance.core.db import BigId, Model, Moment, Plain, Sealed, new_id


class Page(Model):
    """A page of this instance: an Organization actor at /pages/<slug>, once it is published.

    States: draft (only its team knows it), waiting (its proof is on the way), published, closed (its address stays
    taken, its words are gone). It is published once the organisation is proved and the three texts are there.
    """

    __tablename__ = "page"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id"), unique=True)
    circle_id: Mapped[int] = mapped_column(BigId, ForeignKey("circle.id"), unique=True)  # its team reads what names it
    slug: Mapped[str] = mapped_column(unique=True)  # for ever
    kind: Mapped[str]  # media | association | shop | townhall
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)  # the name as people hear it: look-alikes share it
    state: Mapped[str] = mapped_column(default="draft")
    number: Mapped[str] = mapped_column(default="")  # SIRET (14 digits) or RNA (W and 9 digits)
    summary: Mapped[str] = mapped_column(default="")
    publisher: Mapped[str] = mapped_column(default="")  # « Qui sommes-nous » : who publishes,
    funding: Mapped[str] = mapped_column(default="")  # who pays,
    contact: Mapped[str] = mapped_column(default="")  # how to reach them
    looks_like: Mapped[str] = mapped_column(default="")  # names that it could be taken for, until somebody looked
    quartier_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("quartier.id", ondelete="SET NULL"))  # its seat's
    proved_by: Mapped[str | None]  # letter | desk | admin
    proved_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    # A shop says how things stand today (F48); None: it said nothing.
    is_open: Mapped[bool | None]
    hours: Mapped[str] = mapped_column(default="")
    delivers: Mapped[bool | None]
    delivers_how: Mapped[str] = mapped_column(default="")  # where to: `ShopArea`
    sells_gifts: Mapped[bool | None]
    gifts_url: Mapped[str] = mapped_column(default="")
    status_at: Mapped[datetime | None] = mapped_column(Moment)

    actor: Mapped[Actor] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        CheckConstraint("kind IN ('media', 'association', 'shop', 'townhall')", "kind"),
        CheckConstraint("state IN ('draft', 'waiting', 'published', 'closed')", "state"),
        CheckConstraint("state <> 'published' OR proved_by IS NOT NULL", "proved"),
        CheckConstraint(
            "state <> 'published' OR (publisher <> '' AND funding <> '' AND contact <> '')", "says_who_it_is"
        ),
        Index("ix_page_kind", "kind", "state"),
    )


class PageMember(Model):
    """Somebody speaks for a page: a manager (gérant) sees to the team too, an editor (rédacteur) writes."""

    __tablename__ = "page_member"

    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("page.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str]  # manager | editor
    state: Mapped[str] = mapped_column(default="live")  # invited | live
    since: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("role IN ('manager', 'editor')", "role"),
        CheckConstraint("state IN ('invited', 'live')", "state"),
    )


class PageLine(Model):
    """Something that somebody did in a page's name; its team reads it."""

    __tablename__ = "page_line"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("page.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    act: Mapped[str]  # founded | texts | invited | joined | left | role | posted | corrected | retracted | status | ...
    detail: Mapped[dict[str, str]] = mapped_column(Plain)
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("ix_page_line_page", "page_id", "id"),)


class Edition(Model):
    """A set of quartiers that a page speaks to: a post of an edition stands on no other wall (F08)."""

    __tablename__ = "edition"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("page.id", ondelete="CASCADE"))
    slug: Mapped[str]
    name: Mapped[str]

    __table_args__ = (Index("uq_edition_slug", "page_id", "slug", unique=True),)


class EditionPlace(Model):
    """A quartier of an edition, by its Group: ours or of another city."""

    __tablename__ = "edition_place"

    edition_id: Mapped[int] = mapped_column(BigId, ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True)
    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class PageProof(Model):
    """A letter to an organisation's seat, with a code that its team types: one at a time, like those to residents."""

    __tablename__ = "page_proof"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("page.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default="waiting")  # waiting | sent | used | void | refused | returned
    reference: Mapped[str] = mapped_column(unique=True)  # printed; names the letter when it comes back
    seat: Mapped[str | None] = mapped_column(Sealed("page seat"))  # the lines of the window, until it is over
    to_mark: Mapped[str]  # this name at this address
    code: Mapped[str | None] = mapped_column(Sealed("letter code"))  # until the letter is ticked as sent
    code_mark: Mapped[str]
    opposition: Mapped[str | None] = mapped_column(Sealed("opposition code"))
    tries: Mapped[int] = mapped_column(default=0)
    asked_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    printed_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'used', 'void', 'refused', 'returned')", "state"),
        CheckConstraint("state = 'waiting' OR code IS NULL", "code_only_while_waiting"),
        CheckConstraint("state IN ('waiting', 'sent') OR seat IS NULL", "seat_only_while_running"),
        Index("ix_page_proof_state", "state", "asked_at"),
    )


class ShopArea(Model):
    """A shop delivers to this quartier."""

    __tablename__ = "shop_area"

    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("page.id", ondelete="CASCADE"), primary_key=True)
    quartier_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("quartier.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Ambassador(Model):
    """A resident who speaks well of a page, and for what in return: asked by the page, agreed by the person (F49)."""

    __tablename__ = "ambassador"

    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("page.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    interest: Mapped[str]  # what the person gets for it, in plain words; never empty
    state: Mapped[str] = mapped_column(default="asked")  # asked | live
    since: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("interest <> ''", "interest"),
        CheckConstraint("state IN ('asked', 'live')", "state"),
    )


class PageWish(Model):
    """What a referent typed to ask for a subscription, until an errand has found which actor or feed it names."""

    __tablename__ = "page_wish"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    quartier_id: Mapped[int] = mapped_column(BigId, ForeignKey("quartier.id", ondelete="CASCADE"), index=True)
    asked: Mapped[str]
    reason: Mapped[str]
    asked_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(default="looking")  # looking | failed
    problem: Mapped[str] = mapped_column(default="")  # code of what went wrong
    since: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (CheckConstraint("state IN ('looking', 'failed')", "state"),)


class FeedSource(Model):
    """An RSS or Atom feed to which quartiers subscribed; its actor bears the feed's address and has no inbox."""

    __tablename__ = "feed_source"

    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    site: Mapped[str] = mapped_column(default="")  # the page that it belongs to, to click
    etag: Mapped[str] = mapped_column(default="")
    last_modified: Mapped[str] = mapped_column(default="")
    seen: Mapped[list[str]] = mapped_column(Plain)  # keys of items that were met, taken or not
    due_at: Mapped[datetime] = mapped_column(Moment, index=True)
    read_at: Mapped[datetime | None] = mapped_column(Moment)  # last time that it said something we understood
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    problem: Mapped[str] = mapped_column(default="")  # code of the last one; empty: it is well
