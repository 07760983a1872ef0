"""Posts, who may read them, the walls they stand on, and what readers left there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instance.accounts.models import Actor
from instance.core.db import BigId, Model, Moment, Plain, new_id


class Post(Model):
    """A message or a reply. Its readers are fixed at creation: the public flag and its circles."""

    __tablename__ = "post"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    author_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id"))
    acted_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    uri: Mapped[str | None] = mapped_column(unique=True)  # remote posts; ours are /p/<id>
    url: Mapped[str | None]  # remote: its page, to click
    # news | question | lost | poll, of a page article;
    # from elsewhere: note | article | page | event | poll | video | link
    kind: Mapped[str]
    # published; question: open | solved; lost: open | found; poll: open | closed;
    # of a page: retracted (its words are gone, the reason not)
    state: Mapped[str] = mapped_column(default="published")
    title: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    html: Mapped[str]
    language: Mapped[str] = mapped_column(default="fr")
    # the word on the stamp: quartier | neighbours | public; from elsewhere also unlisted | followers | direct.
    scope: Mapped[str]  # never asked for the right to read
    is_public: Mapped[bool] = mapped_column(default=False)
    home_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("quartier.id"))  # quartier its author wrote from
    street: Mapped[str | None]  # the author's street at that time, if shown
    is_nameless: Mapped[bool] = mapped_column(default=False)  # its author moved away and chose so
    thread_id: Mapped[int] = mapped_column(BigId)  # id of the post that began it
    reply_to_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("post.id"))
    answer_id: Mapped[int | None] = mapped_column(BigId)  # question: the reply that solved it
    once: Mapped[str | None]  # the form's own sign: the same form twice is one post
    application_id: Mapped[int | None] = mapped_column(BigId)  # that wrote it (a room above), while it is known
    warning: Mapped[str] = mapped_column(default="")  # what its author wrote over it, for readers to open or not
    is_sensitive: Mapped[bool] = mapped_column(default=False)  # its author wants its pictures covered at first
    # from elsewhere: an event's date, a poll's totals; lost: where, when; of a page: what was corrected, why retracted
    details: Mapped[dict[str, Any] | None] = mapped_column(Plain)
    # from elsewhere: the Group in whose thread it stands, which alone passes answers on (federation.md §8)
    group_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actor.id"))
    # from elsewhere: the Group in which its author lives, vouched for by a claim; None once that is revoked
    from_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actor.id"))
    # of a page: its team, who reads the replies to it and nothing else of the wall
    team_circle_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("circle.id"))
    quoted_uri: Mapped[str | None]  # the post that its words quote; what came of that: `Quote`
    quote_policy: Mapped[str] = mapped_column(default="public")  # who may quote it: public | followers | nobody
    is_held: Mapped[bool] = mapped_column(default=False)  # a reply from outside: stands in its thread once approved
    version: Mapped[int] = mapped_column(default=1)
    media_count: Mapped[int] = mapped_column(default=0)
    verdict: Mapped[str] = mapped_column(default="visible")  # visible | hidden | removed, by moderation
    edited_at: Mapped[datetime | None] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)

    author: Mapped[Actor] = relationship(lazy="joined", innerjoin=True, foreign_keys=[author_id])

    __table_args__ = (
        UniqueConstraint("author_id", "once"),
        Index("ix_post_thread", "thread_id", "id"),
        Index(  # answers to one post: most posts answer none
            "ix_post_reply", "reply_to_id",
            sqlite_where=sql("reply_to_id IS NOT NULL"), postgresql_where=sql("reply_to_id IS NOT NULL"),
        ),
        Index("ix_post_author", "author_id", "id"),
        Index("ix_post_public", "is_public", "id"),
        Index(  # few wait: the queue of moderators
            "ix_post_held", "is_held", "id", sqlite_where=sql("is_held"), postgresql_where=sql("is_held"),
        ),
        CheckConstraint("verdict IN ('visible', 'hidden', 'removed')", "verdict"),
    )  # fmt: skip


class PostCircle(Model):
    """`circle` reads `post`, if it came through a passage while that is open. Written with the post, never after."""

    __tablename__ = "post_circle"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    circle_id: Mapped[int] = mapped_column(BigId, ForeignKey("circle.id"), primary_key=True, index=True)
    passage_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("passage.id", ondelete="CASCADE"))


class PostFar(Model):
    """A post for the quartier and its neighbours goes to this Group of another city. Written with the post only."""

    __tablename__ = "post_far"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id"), primary_key=True, index=True)


class WallEntry(Model):
    """A post on a wall (of the Group actor `wall_id`), and why; only posts that begin a thread stand there.

    `last_id` is the newest reply that this wall's readers may see (the post itself without one): the order
    "by last reply", as ids carry the time.
    """

    __tablename__ = "wall_entry"

    wall_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id"), primary_key=True)
    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, index=True)
    circle_id: Mapped[int] = mapped_column(BigId, ForeignKey("circle.id"))  # the wall's readers
    reason: Mapped[str]  # written_here | neighbour | outside | far (from another city) | page (subscribed)
    last_id: Mapped[int] = mapped_column(BigId)
    pinned_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index("ix_wall_entry_last", "wall_id", "last_id"),
        Index(  # pins are few: without it, finding them reads every entry of the wall
            "ix_wall_entry_pinned", "wall_id", "pinned_at",
            sqlite_where=sql("pinned_at IS NOT NULL"), postgresql_where=sql("pinned_at IS NOT NULL"),
        ),
    )  # fmt: skip


class PostEdit(Model):
    """What a post said before an edit."""

    __tablename__ = "post_edit"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    html: Mapped[str]
    warning: Mapped[str] = mapped_column(default="")
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    written_at: Mapped[datetime] = mapped_column(Moment)


class Thanks(Model):
    """A "Merci": told to the author, never counted."""

    __tablename__ = "thanks"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    at: Mapped[datetime] = mapped_column(Moment)
    uri: Mapped[str | None] = mapped_column(index=True)  # id of a remote Like, for its Undo


class Boost(Model):
    """`actor` passed a public post on: a Group to its followers, a person to theirs. Never counted for others."""

    __tablename__ = "boost"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), index=True)
    uri: Mapped[str | None] = mapped_column(index=True)  # id of a remote Announce; ours is /a/<id>

    __table_args__ = (
        UniqueConstraint("actor_id", "post_id"),
        Index("ix_boost_actor", "actor_id", "id"),
    )


class Quote(Model):
    """A post quotes another, public one, and what its author says to that. The row goes with the quoting post."""

    __tablename__ = "quote"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    quoted_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default="accepted")  # deleted: the quoted post is gone
    # Where another server says that it may be quoted (our own stand at /p/<id>/citation); asked for at every Delete.
    stamp: Mapped[str | None] = mapped_column(index=True)

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'accepted', 'rejected', 'revoked', 'deleted')", "state"),
    )  # fmt: skip


class LinkCard(Model):
    """What a page that a public post links to says of itself; fetched once for everybody (threats.md C7)."""

    __tablename__ = "link_card"

    digest: Mapped[str] = mapped_column(primary_key=True)  # SHA-256 of the address
    url: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    site: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="waiting")  # waiting | ready | none
    fetched_at: Mapped[datetime | None] = mapped_column(Moment)


class PostLink(Model):
    """The link whose card stands under a post."""

    __tablename__ = "post_link"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("link_card.digest", ondelete="CASCADE"), index=True)


class Mention(Model):
    """A person named in a post by @handle; naming gives no right to read."""

    __tablename__ = "mention"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Poll(Model):
    """What is asked under a post of ours of kind poll. A poll from elsewhere lies in the details of its post."""

    __tablename__ = "poll"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    is_multiple: Mapped[bool] = mapped_column(default=False)
    hides_totals: Mapped[bool] = mapped_column(default=False)  # until it is closed
    closes_at: Mapped[datetime] = mapped_column(Moment)
    voters: Mapped[int] = mapped_column(default=0)


class PollOption(Model):
    """One answer that a poll of ours offers; the number stays when a voter's account goes."""

    __tablename__ = "poll_option"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    votes: Mapped[int] = mapped_column(default=0)


class PollVote(Model):
    """`actor` chose this option, of a poll of ours or of elsewhere. Shown to that actor alone."""

    __tablename__ = "poll_vote"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class PostTag(Model):
    """A word marked with # in a post."""

    __tablename__ = "post_tag"

    # Folded: small letters, no accents (`tags.fold`). Ordered by its signs alone, so that beginnings are found.
    name: Mapped[str] = mapped_column(String().with_variant(String(collation="C"), "postgresql"), primary_key=True)
    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, index=True)
    shown: Mapped[str]  # as its author wrote it


class PostWords(Model):
    """The words of a post as search compares them (words.py). Their index is made beside the table: search_ddl.py."""

    __tablename__ = "post_words"

    post_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str]


class Seen(Model):
    """Behind "Vu par n voisins": a key per post, thrown away after 30 days; then `number` remains."""

    __tablename__ = "seen"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str | None]
    number: Mapped[int] = mapped_column(default=0)


class SeenMark(Model):
    """That somebody saw a post, as an HMAC under the post's key: who, nobody can tell once the key is gone."""

    __tablename__ = "seen_mark"

    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[str] = mapped_column(primary_key=True)


class Draft(Model):
    """Words not sent yet: kept on "garder en brouillon" and whenever sending failed."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"))
    reply_to_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"))
    fields: Mapped[dict[str, str]] = mapped_column(Plain)
    saved_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("ix_draft_account", "account_id", "saved_at"),)


class Bookmark(Model):
    """A post that somebody wants to find again; known to them alone. The id is the cursor of their list."""

    __tablename__ = "bookmark"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), index=True)

    __table_args__ = (UniqueConstraint("actor_id", "post_id"), Index("ix_bookmark_actor", "actor_id", "id"))


class ProfilePin(Model):
    """An own public post that stands first on its author's profile."""

    __tablename__ = "profile_pin"

    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(Moment)


class ThreadMute(Model):
    """A thread of which somebody wants no more notices; they read it as before."""

    __tablename__ = "thread_mute"

    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Scheduled(Model):
    """Words that go at their hour, with the rights of that hour. What did not go stays, and says why."""

    __tablename__ = "scheduled"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"))
    token_id: Mapped[int] = mapped_column(BigId)  # of the application that asked for it (a room above)
    once: Mapped[str | None]  # the client's own sign: asked for twice is once
    asked: Mapped[dict[str, Any]] = mapped_column(Plain)  # what the application sent, checked
    due_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(default="waiting")  # waiting | failed
    reason: Mapped[str] = mapped_column(default="")  # failed: why, in a sentence

    __table_args__ = (
        UniqueConstraint("account_id", "once"),
        Index("ix_scheduled_account", "account_id", "id"),
        CheckConstraint("state IN ('waiting', 'failed')", "state"),
    )
