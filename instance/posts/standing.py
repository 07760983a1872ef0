"""Posts of a page on the walls of the quartiers that subscribed to it; nothing else of what it does stands there.

Neither its answers nor what it passes on, and of an edition only what is for this quartier (F08).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import aliased

from federation.documents import Document
from federation.urls import is_same_origin
from instance.accounts.models import Actor, Follow
from instance.core import fed
from instance.core.db import db
from instance.posts.models import Post, WallEntry
from instance.posts.reasons import Author, Reasons
from instance.quartiers import subscriptions
from instance.quartiers.models import Quartier
from instance.quartiers.subscriptions import Taker

OPEN = ("public", "unlisted")


def stand(post_id: int, page_actor_id: int, audience: Collection[str] | None = None) -> int:
    """Put a page's public post on the walls of those who subscribed; on how many more. Twice is once.

    `audience` names the Groups of an edition, by path or by address; None: it is for all. Inside `commit()`.
    """
    return put(post_id, _among(subscriptions.takers(page_actor_id), audience))


def put(post_id: int, takers: Sequence[Taker], name: str = "") -> int:
    """The rows; `name` is the page's where another one signs (a channel that shows somebody's film)."""
    if not takers:
        return 0
    there = set(db.session.scalars(select(WallEntry.wall_id).where(WallEntry.post_id == post_id)))
    rows = [
        {"wall_id": one.wall_id, "post_id": post_id, "circle_id": one.circle_id, "reason": "page", "last_id": post_id}
        for one in takers
        if one.wall_id not in there
    ]
    if rows:
        db.session.execute(insert(WallEntry), rows)
        post = db.session.get_one(Post, post_id)
        if post.uri is not None and "page" not in (post.details or {}):
            post.details = (post.details or {}) | {"page": name or True}
            post.version += 1
            db.session.flush()
    return len(rows)


def _among(takers: Sequence[Taker], audience: Collection[str] | None) -> list[Taker]:
    if audience is None:
        return list(takers)
    wanted = {fed.path_of(one) or one for one in audience}
    return [one for one in takers if one.path in wanted]


def is_subscribed(actor_id: int) -> bool:
    """Whether a quartier takes what this actor says."""
    return bool(subscriptions.takers(actor_id))


def is_under_page(answered: Post, home: Quartier) -> bool:
    """Whether a page began the thread: answers of `home` stay at home there, unless their writer says otherwise."""
    root = answered if answered.id == answered.thread_id else db.session.get(Post, answered.thread_id)
    entry = db.session.get(WallEntry, (home.actor_id, answered.thread_id))
    return (root is not None and root.team_circle_id is not None) or (entry is not None and entry.reason == "page")


def taken(document: Document, author: Author, why: Reasons) -> list[Taker]:
    """The quartiers on whose walls this new post of somebody elsewhere stands; asks nothing unless it is followed."""
    if not why.is_followed or why.scope not in OPEN or document.in_reply_to is not None:
        return []
    takers = subscriptions.takers(author.id)
    return _among(takers, _edition(document, author.id)) if takers else []


def late(document: Document, author: Author, post: Post) -> None:
    """A page's own post was here before its Create came: somebody's answer had brought it along."""
    is_whole = post.is_public and post.reply_to_id is None and post.state != "retracted" and post.deleted_at is None
    if author.is_followed and is_whole and document.in_reply_to is None and document.is_public:
        put(post.id, _among(subscriptions.takers(author.id), _edition(document, author.id)))


def shown_by(channel: Actor, document: Document, post: Post) -> None:
    """A channel passed on what it says to be its own: of this, and of no other boost, the quartier hears.

    # quirk(peertube): a film is signed by a person and named after a channel, which announces it.
    """
    is_its_own = channel.uri in document.attributed_to and is_same_origin(channel.uri or "", document.id)
    if is_its_own and post.is_public and post.reply_to_id is None and post.author_id != channel.id:
        put(post.id, _among(subscriptions.takers(channel.id), _edition(document, channel.id)), channel.shown_name)


def hears_boosts(booster_id: int) -> bool:
    """Whether what somebody followed passes on is fetched: for a reader here, or of a group; of a page it is not."""
    reader = aliased(Actor)
    follow = select(Follow.id).join(reader, reader.id == Follow.follower_id)
    counts = follow.where(Follow.followed_id == booster_id, Follow.state == "accepted", reader.kind == "person")
    is_group = select(Actor.id).where(Actor.id == booster_id, Actor.kind == "group")
    return db.session.scalar(is_group) is not None or db.session.scalar(counts.limit(1)) is not None


def _edition(document: Document, page_id: int) -> list[str] | None:
    """The Groups for which an organisation's post is; None: for all.

    Others name groups of their own there (a blog, a forum): of those only quartiers of ours count.
    """
    named = document.ids("audience")
    if not named:
        return None
    if any((fed.path_of(one) or "").startswith("/q/") for one in named):
        return named
    page = db.session.get_one(Actor, page_id)
    return named if page.kind == "organization" else None
