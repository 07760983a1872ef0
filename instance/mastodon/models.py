"""Applications, and the tokens by which they speak for an account."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instance.core.db import BigId, Model, Moment, Plain, new_id


class Application(Model):
    """A program that may ask for tokens."""

    __tablename__ = "application"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    name: Mapped[str]
    website: Mapped[str | None]
    client_id: Mapped[str | None] = mapped_column(unique=True)  # None: made by hand, it cannot ask for anything
    secret_digest: Mapped[str | None]
    redirect_uris: Mapped[str] = mapped_column(Text, default="")  # one a line, as they were registered
    scopes: Mapped[str] = mapped_column(default="read")  # no token of it may have more
    created_at: Mapped[datetime] = mapped_column(Moment)


class Token(Model):
    """An access token, of which only the digest is kept."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    digest: Mapped[str] = mapped_column(unique=True)
    application_id: Mapped[int] = mapped_column(BigId, ForeignKey("application.id", ondelete="CASCADE"), index=True)
    # None: the application speaks for itself (client_credentials), which opens what is public and nothing else.
    account_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    scopes: Mapped[str]  # "read write:statuses", as Mastodon names them
    may_publish_outside: Mapped[bool] = mapped_column(default=False)
    told_kept_in: Mapped[bool] = mapped_column(default=False)  # its person was told that a public post stayed inside
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_on: Mapped[date | None]  # last day of use, for its person to read
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    application: Mapped[Application] = relationship(lazy="joined", innerjoin=True)


class AuthCode(Model):
    """What a person's consent becomes for a few minutes: exchanged once, for one token."""

    __tablename__ = "auth_code"

    digest: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(BigId, ForeignKey("application.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    # Of the token it became: a second use ends that.
    token_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("token.id", ondelete="CASCADE"), index=True)
    redirect_uri: Mapped[str]
    scopes: Mapped[str]
    challenge: Mapped[str | None]  # PKCE, S256
    may_publish_outside: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class Filter(Model):
    """Words and posts that an account wants warned about, blurred or hidden, and where."""

    __tablename__ = "filter"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    title: Mapped[str]
    contexts: Mapped[list[str]] = mapped_column(Plain)  # home | notifications | public | thread | account
    action: Mapped[str] = mapped_column(default="warn")  # warn | hide | blur
    expires_at: Mapped[datetime | None] = mapped_column(Moment)


class FilterKeyword(Model):
    """A word, or words, that a filter looks for."""

    __tablename__ = "filter_keyword"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    filter_id: Mapped[int] = mapped_column(BigId, ForeignKey("filter.id", ondelete="CASCADE"), index=True)
    keyword: Mapped[str]
    is_whole_word: Mapped[bool] = mapped_column(default=True)


class FilterPost(Model):
    """A single post that a filter is about."""

    __tablename__ = "filter_post"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    filter_id: Mapped[int] = mapped_column(BigId, ForeignKey("filter.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), index=True)


class Marker(Model):
    """How far an account has read a timeline, so that its programs agree."""

    __tablename__ = "marker"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    timeline: Mapped[str] = mapped_column(primary_key=True)  # home | notifications
    last_read_id: Mapped[int] = mapped_column(BigId)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class SuggestionGone(Model):
    """An account wants somebody suggested no more."""

    __tablename__ = "suggestion_gone"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
