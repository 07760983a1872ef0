"""Accounts as Mastodon shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import func, select

from instance.accounts import outside, service
from instance.accounts.models import Account, Actor, Follow, RemoteActor
from instance.accounts.shown import name_of, neighbours
from instance.core import ids, markup
from instance.core.db import db
from instance.core.fed import uri_of
from instance.media import portraits
from instance.media import service as media
from instance.posts.models import Post

Json = dict[str, Any]


def stamp(moment: datetime | None) -> str | None:
    """A moment as the API writes it: UTC, milliseconds, Z."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass(frozen=True)
class About:
    """What a profile shows beside the name; `near`: a reader who may see it though strangers may not."""

    home: Account | None = None  # of one of our people
    pictures: Mapping[int, str] = field(default_factory=dict)  # keys: portrait, banner
    near: int | None = None

    @property
    def is_shown(self) -> bool:
        """Whether this reader sees words and pictures."""
        return self.home is not None and (self.near is not None or outside.is_shown_outside(self.home))

    def said(self) -> Json:
        """The members of an Account entity that come from it."""
        if self.home is None:
            return self._addresses(None)
        if not self.is_shown:
            return {}
        fields = [
            {"name": one["name"], "value": markup.from_text(one["value"]).removeprefix("<p>").removesuffix("</p>"),
             "verified_at": None}
            for one in self.home.fields or []
        ]  # fmt: skip
        note = markup.from_text(self.home.summary).strip() if self.home.summary else ""
        signed_for = None if outside.is_shown_outside(self.home) else self.near
        return {
            "note": note, "fields": fields, "locked": self.home.approves_followers,
            "discoverable": self.home.is_discoverable, **self._addresses(signed_for),
        }  # fmt: skip

    def _addresses(self, signed_for: int | None) -> Json:
        found: Json = {}
        if key := self.pictures.get(portraits.PORTRAIT):
            found["avatar"] = found["avatar_static"] = _picture(key, "small", signed_for)
        if key := self.pictures.get(portraits.BANNER):
            found["header"] = found["header_static"] = _picture(key, "large", signed_for)
        return found


def _picture(key: str, size: str, signed_for: int | None) -> str:
    path = media.address(key, size) if signed_for is None else media.signed_address(key, size, signed_for)
    return uri_of(path)


def account(actor: Actor, remote: RemoteActor | None, *, is_near: bool, about: About | None = None) -> Json:
    """The Account entity, without counts: who follows whom is told to the person alone (threats.md F5).

    `is_near`: the reader is a neighbour, or the person, and reads the name that neighbours see.
    """
    return _frame() | {
        "id": str(actor.id), "username": actor.handle, "acct": actor.acct,
        "display_name": name_of(actor, is_near=is_near),
        "note": remote.summary if remote else "",
        "url": remote.url if remote else actor.uri or uri_of(actor.path or "/"),
        "uri": actor.uri or uri_of(actor.path or "/"),
        "locked": remote.is_locked if remote else actor.kind == "person",
        "bot": actor.kind == "application", "group": actor.kind == "group", "created_at": stamp(_begun(actor)),
        **(about.said() if about else {}),
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
    return many(viewer, [actor])[0]


def many(viewer: int, actors: Sequence[Actor]) -> list[Json]:
    """The Account entities of `actors`, in their order, for actor `viewer`: with words and pictures of the profile."""
    if not actors:
        return []
    ours = [actor.id for actor in actors if actor.path is not None and actor.kind == "person"]
    near, remote = neighbours(viewer, ours), remote_rows({actor.id for actor in actors if actor.uri})
    homes = _accounts(ours)
    pictures = portraits.of([actor.id for actor in actors])
    return [
        account(
            actor, remote.get(actor.id), is_near=actor.id in near,
            about=About(homes.get(actor.id), pictures.get(actor.id, {}), viewer if actor.id in near else None),
        )
        for actor in actors
    ]  # fmt: skip


def _accounts(actor_ids: Sequence[int]) -> dict[int, Account]:
    if not actor_ids:
        return {}
    rows = db.session.scalars(select(Account).where(Account.actor_id.in_(actor_ids), Account.state == "active"))
    return {row.actor_id: row for row in rows}


def own_names(mine: Account) -> set[str]:
    """Both forms of a person's name, and what a client may send back instead of one."""
    identity = service.identity_of(mine.id)
    full = f"{identity.first_name} {identity.last_name}"
    return {mine.actor.shown_name, service.short_name(identity.first_name, identity.last_name), full}


def _typed(mine: Account) -> list[Json]:
    return [one | {"verified_at": None} for one in mine.fields or []]


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
    about = About(mine, portraits.of([me.id]).get(me.id, {}), me.id)
    found = account(me, None, is_near=True, about=about)
    found |= {
        "followers_count": followers_number, "following_count": following_number,
        "statuses_count": db.session.scalar(posts) or 0,
        "source": {
            "note": mine.summary, "fields": _typed(mine), "discoverable": mine.is_discoverable, "indexable": False,
            "hide_collections": True, "privacy": "private", "sensitive": mine.covers_pictures,
            "quote_policy": "public", "language": mine.writes_in or mine.language,
            "follow_requests_count": db.session.scalar(asked) or 0,
        },
        "role": {"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": False},
    }  # fmt: skip
    return found
