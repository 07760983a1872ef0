"""What a reader put together for themselves: lists of people, tags followed, tags shown on the profile."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from instance.core.db import BigId, Model, Moment, new_id


class UserList(Model):
    """Some of those whom an account follows, read by themselves."""

    __tablename__ = "user_list"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    title: Mapped[str]
    replies: Mapped[str] = mapped_column(default="list")  # to whom answers are shown: followed | list | none
    is_exclusive: Mapped[bool] = mapped_column(default=False)  # its members leave the home

    __table_args__ = (CheckConstraint("replies IN ('followed', 'list', 'none')", "replies"),)


class ListMember(Model):
    """Somebody on a list; the id is the cursor."""

    __tablename__ = "list_member"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    list_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_list.id", ondelete="CASCADE"))
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), index=True)

    __table_args__ = (UniqueConstraint("list_id", "actor_id"),)


class FollowedTag(Model):
    """Public posts with this tag come into the account's home; the id is the cursor."""

    __tablename__ = "followed_tag"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str]  # folded (`posts.tags.fold`)
    shown: Mapped[str]  # as it was typed

    __table_args__ = (UniqueConstraint("account_id", "name"),)


class FeaturedTag(Model):
    """A tag that an account shows on its profile."""

    __tablename__ = "featured_tag"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str]  # folded
    shown: Mapped[str]
    since: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("account_id", "name"),)
