"""Pictures as the city keeps them: whose they are, where they stand, what they show."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from instance.core.db import BigId, Model, Moment, new_id


class Media(Model):
    """One picture in its sizes. Its files lie in the store under the key, which is its address for ever."""

    __tablename__ = "media"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)  # 32 hex signs of chance
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"))  # who sent it in
    actor_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("actor.id", ondelete="CASCADE"), index=True
    )  # portrait
    source_url: Mapped[str | None]  # from elsewhere: where it is fetched, re-encoded, and never shown from
    # ready; from elsewhere, or heavy and sent by an application: first waiting, then ready or none
    state: Mapped[str] = mapped_column(default="ready")
    # None: not attached yet, its owner's alone, swept after a day.
    post_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("post.id", ondelete="SET NULL"))
    position: Mapped[int] = mapped_column(default=0)  # order within the post, from 0
    description: Mapped[str] = mapped_column(default="")  # for who does not see the picture
    width: Mapped[int]  # px, of the large size
    height: Mapped[int]
    colour: Mapped[str]  # average, #rrggbb
    bytes: Mapped[int]  # of all sizes together
    blurhash: Mapped[str | None]  # a few dozen signs from which programs draw a haze while the picture comes
    # what the picture is about, of which a program that cuts it keeps sight: -1 (left, bottom) to 1 (right, top)
    focus_x: Mapped[float | None]
    focus_y: Mapped[float | None]
    created_at: Mapped[datetime] = mapped_column(Moment)
    spared_until: Mapped[datetime | None] = mapped_column(Moment)  # of a post that is to go later: not swept before

    __table_args__ = (
        Index("ix_media_post", "post_id", "position"),
        Index("ix_media_owner", "owner_id"),
        CheckConstraint("length(key) = 32", "key"),
        CheckConstraint("state IN ('ready', 'waiting', 'none')", "state"),
        CheckConstraint("owner_id IS NOT NULL OR source_url IS NOT NULL", "owned_or_fetched"),
    )
