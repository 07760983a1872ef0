"""What a status says whoever reads it: made once per version of the post and of its author (performance.md, rule 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from markupsafe import escape

from instance.core import ids, markup, pieces
from instance.core.fed import uri_of
from instance.mastodon import attached, faces
from instance.mastodon.people import nameless, stamp
from instance.posts import link_cards, named, photos, quotes, tags
from instance.posts.named import Named

Json = dict[str, Any]
Key = tuple[Any, ...]
VISIBILITY = {"public": "public", "unlisted": "unlisted", "direct": "direct"}  # every other scope is closed: "private"
AUDIENCE = {"neighbours": "voisins", "group": "groupe", "followers": "abonnes", "direct": "message"}
TOLD = ("reason", "correction", "where", "when")  # of what a post says beside its words
encode = msgspec.json.Encoder().encode


def key(row: Any, told: Sequence[Named]) -> Key:
    """Under what the words of a status are kept: everything they are made from."""
    face = faces.key(row.author_id, row.author_version, row.fetched_at, is_near=row.is_near)
    return "status", row.id, row.version, row.far_name, row.card, row.carded_at, face, tuple(told)


def of(rows: Sequence[Any], told: named.Told) -> dict[int, str]:
    """The words of each status by post id, naming those of `told`; those that are not kept are made together."""
    keys = {row.id: key(row, told.get(row.id, ())) for row in rows}
    found = {row.id: text for row in rows if (text := pieces.find(keys[row.id])) is not None}
    return found | _made([row for row in rows if row.id not in found], keys, told)


def _made(rows: Sequence[Any], keys: dict[int, Key], told: named.Told) -> dict[int, str]:
    if not rows:
        return {}
    pictures, words = photos.of_posts(rows), tags.of([row.id for row in rows if _may_be_tagged(row)])
    links = link_cards.of([row.id for row in rows if row.card])
    quoting = quotes.addresses([row.id for row in rows if row.quoted_uri and row.uri is None])
    authors = faces.kept({row.author_id: keys[row.id][-2] for row in rows if not row.is_nameless})
    made: dict[int, str] = {}
    for row in rows:
        said_by = nameless(row.id) if row.is_nameless else msgspec.Raw(authors[row.author_id].encode())
        reader = None if row.is_public else faces.ANYBODY
        document = _status(row, said_by, told.get(row.id, ()))
        if row.id in quoting:
            document["content"] = markup.quoting(quoting[row.id]) + document["content"]
        document["media_attachments"] = [attached.picture(one, reader) for one in pictures.get(row.id, [])]
        document["card"] = attached.card(links[row.id]) if row.id in links else None
        document["tags"] = [{"name": one, "url": tags.url_of(one)} for one in words.get(row.id, [])]
        made[row.id] = pieces.put(keys[row.id], encode(document).decode())
    return made


def _may_be_tagged(row: Any) -> bool:
    """Our own words hold their tags; what comes from elsewhere may name them beside the words."""
    return row.uri is not None or "#" in row.html or "#" in row.title


def _status(row: Any, said_by: Any, told: Sequence[Named]) -> Json:
    uri = row.uri or uri_of(f"/p/{row.id}")
    url = row.url or uri
    return {
        "id": str(row.id), "uri": uri, "url": url, "content": _linked(row, told),
        "created_at": stamp(ids.moment_of(row.id)), "edited_at": stamp(row.edited_at),
        "visibility": VISIBILITY.get(row.scope, "private"), "sensitive": row.is_sensitive or bool(row.warning),
        "spoiler_text": row.warning, "language": row.language, "account": said_by,
        "reblog": None, "emojis": [],
        "mentions": [
            {"id": str(one.id), "username": one.handle, "acct": one.acct, "url": one.url} for one in told
        ],
        "quartier": _place(row, url),
    }  # fmt: skip


def _linked(row: Any, told: Sequence[Named]) -> str:
    """The words with those links that programs know: in what came from elsewhere stand those of its own server."""
    words = content(row.title, tags.absolute(row.html))
    if row.uri is not None:
        return words
    return markup.with_mentions(words, {word: one.url for one in told for word in one.words})


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
