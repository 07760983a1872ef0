"""Reports, and what was decided. A measure keeps what the law wants told: facts, clause, from, until, by whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from instance.core.db import BigId, Model, Moment, Sealed, new_id


class Report(Model):
    """Somebody says that a post breaks a rule or the law. Name and e-mail only of who has no account, sealed."""

    __tablename__ = "report"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), index=True)
    reporter_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"), index=True)
    host: Mapped[str | None]  # the server that sent it as a Flag
    uri: Mapped[str | None]  # id of that Flag
    sent_on_at: Mapped[datetime | None] = mapped_column(Moment)  # when it was passed on to the author's server
    name: Mapped[str | None] = mapped_column(Sealed("report"))
    email: Mapped[str | None] = mapped_column(Sealed("report"))
    language: Mapped[str] = mapped_column(default="fr")  # in which the answer is written
    reason: Mapped[str]  # one of reports.REASONS
    text: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str | None]  # None while open; kept | hidden | removed | gone
    answer: Mapped[str] = mapped_column(default="")  # why the post was left as it is
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))

    __table_args__ = (
        Index("ix_report_open", "outcome", "id"),
        Index("uq_report_uri", "uri", unique=True),
        CheckConstraint("outcome IN ('kept', 'hidden', 'removed', 'gone')", "outcome"),
    )


class Measure(Model):
    """A decision about a post; or, with `appeal_of_id`, the contest of one and what another person decided then."""

    __tablename__ = "measure"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"), index=True)
    measure: Mapped[str | None]  # hidden | removed; of an appeal: upheld | lifted, None until it is decided
    clause: Mapped[str] = mapped_column(default="")  # the rule or the law, as it was worded then
    reason: Mapped[str] = mapped_column(default="")  # facts and why, as the author reads them
    plea: Mapped[str] = mapped_column(default="")  # an appeal: the author's words
    from_at: Mapped[datetime | None] = mapped_column(Moment)
    until_at: Mapped[datetime | None] = mapped_column(Moment)  # None: without end
    decided_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    appeal_of_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("measure.id", ondelete="CASCADE"), index=True)

    __table_args__ = (
        CheckConstraint("measure IN ('hidden', 'removed', 'upheld', 'lifted')", "measure"),
        CheckConstraint("(appeal_of_id IS NULL) = (COALESCE(measure, '') IN ('hidden', 'removed'))", "appeal"),
    )
