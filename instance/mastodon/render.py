"""Posts as Mastodon statuses; beside people.py the only place that knows their JSON.

What is kept is the rendered status of a version; whether the reader may have it was asked by the statement that found
it, and what depends on the reader is written in front (performance.md, rule 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from markupsafe import escape
from sqlalchemy import and_, bindparam, case, exists, select
from sqlalchemy.orm import aliased

from instance.accounts.models import Actor
from instance.accounts.shown import neighbours
from instance.core import ids, pieces
from instance.core.db import BigId, db
from instance.core.fed import uri_of
from instance.mastodon.people import account, nameless, remote_rows, stamp
from instance.media import service as media
from instance.media.models import Media
from instance.posts import visibility
from instance.posts.models import Boost, Mention, Post, Thanks
from instance.quartiers.models import Quartier

Json = dict[str, Any]
VISIBILITY = {"public": "public", "unlisted": "unlisted", "direct": "direct"}  # every other scope is closed: "private"
AUDIENCE = {"neighbours": "voisins", "followers": "abonnes", "direct": "message"}
TOLD = ("reason", "correction", "where", "when")  # of what a post says beside its words
encode = msgspec.json.Encoder().encode

_answered = aliased(Post)
_group = aliased(Actor)  # of another city, in which the author lives as that city vouches
_ANSWERED = (
    _answered.id.label("above_id"),
    case((_answered.is_nameless, None), else_=_answered.author_id).label("answered_id"),
)
_flags = (
    exists(select(1).where(Thanks.post_id == Post.id, Thanks.actor_id == visibility.VIEWER)).label("thanked"),
    exists(select(1).where(Boost.post_id == Post.id, Boost.actor_id == visibility.VIEWER)).label("boosted"),
)
# Built once (performance.md, rule 5).
_ROWS = (
    select(
        Post.id, Post.version, Post.uri, Post.url, Post.kind, Post.state, Post.title, Post.html, Post.language,
        Post.scope, Post.is_public, Post.is_nameless, Post.warning, Post.media_count, Post.edited_at,
        Post.details, Post.author_id, Actor.version.label("author_version"),
        *_ANSWERED, Quartier.id.label("home_id"), Quartier.name.label("home_name"),
        Quartier.code.label("home_code"), Quartier.slug.label("home_slug"),
        _group.shown_name.label("far_name"), _group.handle.label("far_handle"), _group.host.label("far_host"), *_flags,
    )
    .join(Actor, Actor.id == Post.author_id)
    .outerjoin(_answered, and_(_answered.id == Post.reply_to_id, visibility.readable(_answered)))
    .outerjoin(Quartier, Quartier.id == Post.home_id)
    .outerjoin(_group, and_(_group.id == Post.from_id, ~Post.is_public))
    .where(Post.id.in_(bindparam("ids", expanding=True, type_=BigId)), visibility.readable())
)  # fmt: skip


def statuses(viewer: int, post_ids: Iterable[int]) -> dict[int, msgspec.Raw]:
    """The Status entities of those posts that actor `viewer` may read, by post id."""
    wanted = sorted(set(post_ids))
    if not wanted:
        return {}
    values = {**visibility.reader(viewer), "ids": wanted}
    rows: Sequence[Any] = db.session.connection().execute(_ROWS, values).all()
    near = neighbours(viewer, {row.author_id for row in rows})  # they read another name than others do
    keys = {row.id: ("status", row.id, row.version, row.author_version, row.author_id in near) for row in rows}
    kept = {row.id: text for row in rows if (text := pieces.find(keys[row.id])) is not None}
    kept |= _rendered([row for row in rows if row.id not in kept], viewer, keys)
    return {row.id: msgspec.Raw(_for_reader(row, viewer) + kept[row.id][1:].encode()) for row in rows}


def _for_reader(row: Any, viewer: int) -> bytes:
    """What changes from reader to reader, as the beginning of the object; counts are the reader's own (0 or 1)."""
    return encode(
        {
            "favourited": row.thanked, "favourites_count": int(row.thanked), "reblogged": row.boosted,
            "reblogs_count": int(row.boosted), "bookmarked": False, "muted": False, "pinned": False,
            # What is answered may be hidden from this reader, by a block for one: then it is not named.
            "in_reply_to_id": str(row.above_id) if row.above_id else None,
            "in_reply_to_account_id": str(row.answered_id) if row.answered_id else None,
        }
    )[:-1] + b","  # fmt: skip


def _rendered(rows: Sequence[Any], viewer: int, keys: dict[int, tuple[Any, ...]]) -> dict[int, str]:
    if not rows:
        return {}
    post_ids = [row.id for row in rows]
    photos, mentions = _photos(rows), _mentions(post_ids)
    people = {row.author_id for row in rows} | {one.id for named in mentions.values() for one in named}
    actors = {one.id: one for one in db.session.scalars(select(Actor).where(Actor.id.in_(people)))}
    remote = remote_rows({one.id for one in actors.values() if one.uri})
    made: dict[int, str] = {}
    for row in rows:
        author, is_near = actors[row.author_id], keys[row.id][-1]
        said_by = (
            nameless(row.id) if row.is_nameless else account(author, remote.get(author.id), is_near=is_near)
        )  # fmt: skip
        document = _status(row, said_by, mentions.get(row.id, []))
        document["media_attachments"] = [_photo(one, row.is_public, viewer) for one in photos.get(row.id, [])]
        text = encode(document).decode()
        is_anybodys = row.is_public or not row.media_count  # a closed picture's address names its one reader
        made[row.id] = pieces.put(keys[row.id], text) if is_anybodys else text
    return made


def _photos(rows: Sequence[Any]) -> dict[int, list[Media]]:
    wanted = [row.id for row in rows if row.media_count]
    found: dict[int, list[Media]] = {}
    if wanted:
        ready = select(Media).where(Media.post_id.in_(wanted), Media.state == "ready")
        for one in db.session.scalars(ready.order_by(Media.position, Media.id)):
            found.setdefault(one.post_id or 0, []).append(one)
    return found


def _mentions(post_ids: Sequence[int]) -> dict[int, list[Actor]]:
    named: dict[int, list[Actor]] = {}
    query = select(Mention.post_id, Actor).join(Actor, Actor.id == Mention.actor_id)
    for post_id, actor in db.session.execute(query.where(Mention.post_id.in_(post_ids))):
        named.setdefault(post_id, []).append(actor)
    return named


def _status(row: Any, said_by: Json, named: Sequence[Actor]) -> Json:
    uri = row.uri or uri_of(f"/p/{row.id}")
    url = row.url or uri
    title = f"<p><strong>{escape(row.title)}</strong></p>" if row.title else ""
    return {
        "id": str(row.id), "uri": uri, "url": url, "content": title + row.html.strip(),
        "created_at": stamp(ids.moment_of(row.id)), "edited_at": stamp(row.edited_at),
        "visibility": VISIBILITY.get(row.scope, "private"), "sensitive": bool(row.warning),
        "spoiler_text": row.warning, "language": row.language, "account": said_by,
        "replies_count": 0, "reblog": None, "poll": None, "card": None, "tags": [], "emojis": [], "filtered": [],
        "mentions": [
            {"id": str(one.id), "username": one.handle, "acct": one.acct, "url": one.uri or uri_of(one.path or "/")}
            for one in named
        ],
        "quartier": _place(row, url),
    }  # fmt: skip


def _place(row: Any, url: str) -> Json:
    """What no other software says: who reads it, where it was written, what it is (mastodon-api.md)."""
    home = None
    if row.home_id is not None:
        home = {"id": str(row.home_id), "name": row.home_name, "code": row.home_code, "acct": row.home_slug}
    elif row.far_name is not None:  # by their city's claim, whatever their profile says
        home = {"name": row.far_name, "acct": f"{row.far_handle}@{row.far_host}"}
    audience, said = AUDIENCE.get(row.scope, row.scope), row.details or {}
    return {
        "audience": audience, "quartier": home, "kind": row.kind, "state": row.state, "url": url,
        "details": {key: said[key] for key in TOLD if key in said} or None,
    }  # fmt: skip


def _photo(photo: Media, is_public: bool, viewer: int) -> Json:
    def address(size: str) -> str:
        path = media.address(photo.key, size) if is_public else media.signed_address(photo.key, size, viewer)
        return uri_of(path)

    return {
        "id": str(photo.id), "type": "image", "url": address("large"), "preview_url": address("small"),
        "remote_url": None, "description": photo.description or None, "blurhash": None,
        "meta": {"original": {"width": photo.width, "height": photo.height}},
    }  # fmt: skip


def status(viewer: int, post_id: int) -> msgspec.Raw | None:
    """One Status entity; None where `viewer` may not read it."""
    return statuses(viewer, [post_id]).get(post_id)


def boosted(entry_id: int, inner: msgspec.Raw, by: Json, post_id: int) -> Json:
    """The Status entity of a post that the account `by` passed on."""
    uri = f"{by['uri']}#boost-{entry_id}"
    return {
        "id": str(entry_id), "uri": uri, "url": uri_of(f"/p/{post_id}"), "content": "",
        "created_at": stamp(ids.moment_of(entry_id)), "edited_at": None, "visibility": "public", "sensitive": False,
        "spoiler_text": "", "language": None, "account": by, "in_reply_to_id": None,
        "in_reply_to_account_id": None, "replies_count": 0, "reblogs_count": 0, "favourites_count": 0, "reblog": inner,
        "poll": None, "card": None, "tags": [], "emojis": [], "mentions": [], "media_attachments": [], "filtered": [],
        "favourited": False, "reblogged": False, "bookmarked": False, "muted": False, "pinned": False,
    }  # fmt: skip
