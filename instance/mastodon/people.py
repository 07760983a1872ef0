"""Accounts as Mastodon shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from markupsafe import escape
from sqlalchemy import func, select

from instance.accounts.models import Account, Actor, Follow, RemoteActor
from instance.accounts.shown import name_of, neighbours
from instance.core import ids
from instance.core.db import db
from instance.core.fed import uri_of
from instance.posts.models import Post

Json = dict[str, Any]


def stamp(moment: datetime | None) -> str | None:
    """A moment as the API writes it: UTC, milliseconds, Z."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def account(
    actor: Actor, remote: RemoteActor | None, *, is_near: bool, note: str = "", is_locked: bool | None = None
) -> Json:  # fmt: skip
    """The Account entity, without counts: who follows whom is told to the person alone (threats.md F5).

    `is_near`: the reader is a neighbour, or the person, and reads the name that neighbours see.
    """
    return _frame() | {
        "id": str(actor.id), "username": actor.handle, "acct": actor.acct,
        "display_name": name_of(actor, is_near=is_near),
        "note": remote.summary if remote else note,
        "url": remote.url if remote else actor.uri or uri_of(actor.path or "/"),
        "uri": actor.uri or uri_of(actor.path or "/"),
        "locked": remote.is_locked if remote else (actor.kind == "person" if is_locked is None else is_locked),
        "bot": actor.kind == "application", "group": actor.kind == "group", "created_at": stamp(_begun(actor)),
    }  # fmt: skip


def _frame() -> Json:
    portrait = uri_of(url_for("static", filename="icon-192.png"))
    return {
        "avatar": portrait, "avatar_static": portrait, "header": portrait, "header_static": portrait,
        "bot": False, "group": False, "discoverable": None, "last_status_at": None,
        "followers_count": 0, "following_count": 0, "statuses_count": 0, "emojis": [], "fields": [],
    }  # fmt: skip


def _begun(actor: Actor) -> datetime:
    """Since when there is such an account; of a person here no day: it would tell when their letter came."""
    moment = ids.moment_of(actor.id)
    is_vague = actor.kind == "person" and actor.path is not None
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0) if is_vague else moment


def nameless(post_id: int) -> Json:
    """The Account entity of who moved away and left their words unsigned: nothing in it leads to them."""
    page = uri_of(f"/p/{post_id}")
    return _frame() | {
        "id": "0", "username": "voisin", "acct": "voisin", "display_name": "", "note": "", "url": page, "uri": page,
        "locked": True, "created_at": stamp(ids.moment_of(post_id)),
    }  # fmt: skip


def remote_rows(actor_ids: set[int]) -> dict[int, RemoteActor]:
    """What other servers say of these actors."""
    if not actor_ids:
        return {}
    rows = db.session.scalars(select(RemoteActor).where(RemoteActor.actor_id.in_(actor_ids)))
    return {row.actor_id: row for row in rows}


def one(viewer: int, actor: Actor) -> Json:
    """The Account entity of one actor, for actor `viewer`."""
    is_near = actor.id in neighbours(viewer, [actor.id])
    return account(actor, db.session.get(RemoteActor, actor.id), is_near=is_near)


def own(mine: Account) -> Json:
    """The CredentialAccount entity: with counts, and what a client puts into a new post by itself."""
    me = mine.actor
    followers = func.count().filter(Follow.followed_id == me.id)
    following = func.count().filter(Follow.follower_id == me.id)
    accepted = select(followers, following).where(
        (Follow.followed_id == me.id) | (Follow.follower_id == me.id), Follow.state == "accepted"
    )
    followers_number, following_number = db.session.execute(accepted).one()
    asked = select(func.count()).where(Follow.followed_id == me.id, Follow.state == "pending")
    posts = select(func.count()).where(Post.author_id == me.id, Post.deleted_at.is_(None))
    found = account(me, None, is_near=True, note=f"<p>{escape(mine.summary)}</p>" if mine.summary else "")
    found |= {
        "locked": mine.approves_followers, "followers_count": followers_number, "following_count": following_number,
        "statuses_count": db.session.scalar(posts) or 0,
        "source": {
            "note": mine.summary, "fields": [], "privacy": "private", "sensitive": False, "language": mine.language,
            "follow_requests_count": db.session.scalar(asked) or 0,
        },
    }  # fmt: skip
    return found
