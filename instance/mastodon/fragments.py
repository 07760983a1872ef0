"""What a status says whoever reads it: made once per version of the post and of its author (performance.md, rule 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from markupsafe import escape
from sqlalchemy import Select, and_, bindparam, exists, or_, select

from instance.accounts.models import Account, Actor
from instance.core import ids, pieces
from instance.core.db import BigId, db
from instance.core.fed import uri_of
from instance.mastodon import attached, faces
from instance.mastodon.people import nameless, stamp
from instance.posts import link_cards, photos, tags
from instance.posts.models import Mention, PostCircle
from instance.quartiers.models import CircleMember

Json = dict[str, Any]
Key = tuple[Any, ...]
VISIBILITY = {"public": "public", "unlisted": "unlisted", "direct": "direct"}  # every other scope is closed: "private"
AUDIENCE = {"neighbours": "voisins", "group": "groupe", "followers": "abonnes", "direct": "message"}
TOLD = ("reason", "correction", "where", "when")  # of what a post says beside its words
encode = msgspec.json.Encoder().encode


def key(row: Any) -> Key:
    """Under what the words of a status are kept: everything they are made from."""
    face = faces.key(row.author_id, row.author_version, row.fetched_at, is_near=row.is_near)
    return "status", row.id, row.version, row.far_name, row.card, row.carded_at, face


def of(rows: Sequence[Any]) -> dict[int, str]:
    """The words of each status by post id; those that are not kept are made together."""
    keys = {row.id: key(row) for row in rows}
    found = {row.id: text for row in rows if (text := pieces.find(keys[row.id])) is not None}
    return found | _made([row for row in rows if row.id not in found], keys)


def _made(rows: Sequence[Any], keys: dict[int, Key]) -> dict[int, str]:
    if not rows:
        return {}
    post_ids = [row.id for row in rows]
    open_ones = [row.id for row in rows if row.is_public]
    pictures, named, words = photos.of_posts(rows), _mentions(post_ids, open_ones), tags.of(post_ids)
    links = link_cards.of([row.id for row in rows if row.card])
    authors = faces.kept({row.author_id: keys[row.id][-1] for row in rows if not row.is_nameless})
    made: dict[int, str] = {}
    for row in rows:
        said_by = nameless(row.id) if row.is_nameless else msgspec.Raw(authors[row.author_id].encode())
        reader = None if row.is_public else faces.ANYBODY
        document = _status(row, said_by, named.get(row.id, []))
        document["media_attachments"] = [attached.picture(one, reader) for one in pictures.get(row.id, [])]
        document["card"] = attached.card(links[row.id]) if row.id in links else None
        document["tags"] = [{"name": one, "url": tags.url_of(one)} for one in words.get(row.id, [])]
        made[row.id] = pieces.put(keys[row.id], encode(document).decode())
    return made


def _named() -> Select[int, Actor]:
    is_shown = or_(Account.id.is_(None), Account.shows_outside, Account.spoke_outside)
    reads = exists(
        select(1)
        .select_from(PostCircle)
        .join(CircleMember, CircleMember.circle_id == PostCircle.circle_id)
        .where(PostCircle.post_id == Mention.post_id, CircleMember.actor_id == Mention.actor_id)
    )
    is_closed = Mention.post_id.not_in(bindparam("open", expanding=True, type_=BigId))
    query = select(Mention.post_id, Actor).join(Actor, Actor.id == Mention.actor_id)
    query = query.outerjoin(Account, Account.actor_id == Actor.id)
    wanted = Mention.post_id.in_(bindparam("ids", expanding=True, type_=BigId))
    return query.where(wanted, or_(is_shown, and_(reads, is_closed)))


_NAMED = _named()  # built once (performance.md, rule 5)


def _mentions(post_ids: Sequence[int], open_ones: Sequence[int]) -> dict[int, list[Actor]]:
    """Who is named, by post: of us who is shown to strangers, and in what strangers do not read, who reads it."""
    named: dict[int, list[Actor]] = {}
    for post_id, actor in db.session.execute(_NAMED, {"ids": post_ids, "open": open_ones}):
        named.setdefault(post_id, []).append(actor)
    return named


def _status(row: Any, said_by: Any, named: Sequence[Actor]) -> Json:
    uri = row.uri or uri_of(f"/p/{row.id}")
    url = row.url or uri
    return {
        "id": str(row.id), "uri": uri, "url": url, "content": content(row.title, tags.absolute(row.html)),
        "created_at": stamp(ids.moment_of(row.id)), "edited_at": stamp(row.edited_at),
        "visibility": VISIBILITY.get(row.scope, "private"), "sensitive": row.is_sensitive or bool(row.warning),
        "spoiler_text": row.warning, "language": row.language, "account": said_by,
        "reblog": None, "emojis": [],
        "mentions": [
            {"id": str(one.id), "username": one.handle, "acct": one.acct, "url": one.uri or uri_of(one.path or "/")}
            for one in named
        ],
        "quartier": _place(row, url),
    }  # fmt: skip


def content(title: str, html: str) -> str:
    """The words as programs show them: our titles stand first in them."""
    return (f"<p><strong>{escape(title)}</strong></p>" if title else "") + html.strip()


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
