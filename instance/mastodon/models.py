"""Applications, and the tokens by which they speak for an account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instance.core.db import BigId, Model, Moment, new_id


class Application(Model):
    """A program that may ask for tokens."""

    __tablename__ = "application"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    name: Mapped[str]
    website: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(Moment)


class Token(Model):
    """An access token, of which only the digest is kept."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    digest: Mapped[str] = mapped_column(unique=True)
    application_id: Mapped[int] = mapped_column(BigId, ForeignKey("application.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    scopes: Mapped[str]  # "read write:statuses", as Mastodon names them
    may_publish_outside: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    application: Mapped[Application] = relationship(lazy="joined", innerjoin=True)
