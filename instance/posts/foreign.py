"""What another server's document says, in our words: note, article, page, event, poll, video, or a card with a link.

Everything is cleaned and bounded here; nothing that comes later looks at the document again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from federation.documents import Document
from federation.errors import BadDocument
from federation.urls import origin
from instance.core import clock, markup
from instance.core.signs import one_line
from instance.media.elsewhere import Expected
from instance.posts import lost

Json = dict[str, Any]
CONTENT_REFUSED = 500_000  # bytes
URI_MAX_BYTES = 2000  # a longer key does not fit into a PostgreSQL index
TITLE_MAX, WARNING_MAX, SUMMARY_MAX, PLACE_MAX = 300, 500, 2000, 200
CORRECTION_MAX = 500
TAGS_MAX = 100
OPTIONS_MAX, OPTION_MAX, PICTURES_MAX, PLACES_MAX = 100, 200, 16, 5
KINDS = {
    "Note": "note", "ChatMessage": "note", "Image": "note", "Article": "article", "Page": "page", "Event": "event",
    "Question": "poll", "Video": "video",
}  # fmt: skip
SPEAKING = {"note", "poll"}  # their summary is a warning over the words; elsewhere it tells what they are about
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_LAYOUT = {"application/x-mpegurl", "application/x-bittorrent"}


@dataclass(frozen=True)
class Foreign:
    """A post from elsewhere, ready for its row."""

    uri: str
    url: str
    kind: str
    title: str
    html: str
    text: str
    language: str
    warning: str
    published: datetime
    updated: datetime | None
    quoted_uri: str | None
    details: Json = field(default_factory=dict)
    pictures: tuple[Expected, ...] = ()
    state: str = "published"
    tags: tuple[str, ...] = ()
    stamp: str | None = None  # where it is found that it may quote what it quotes

    def words(self) -> Json:
        """The columns that an edit changes."""
        return {
            "title": self.title, "html": self.html, "text": self.text, "language": self.language,
            "warning": self.warning, "url": self.url, "quoted_uri": self.quoted_uri,
        }  # fmt: skip


def read(document: Document) -> Foreign:
    """What `document` says. Raises `BadDocument` for far too many words, and for an id that no index takes."""
    content = document.content or ""
    if len(content) > CONTENT_REFUSED or len(content.encode()) > CONTENT_REFUSED:
        raise BadDocument("note.size")
    if len(document.id.encode()) > URI_MAX_BYTES:
        raise BadDocument("note.id")
    is_lost = document.json.get("ql:kind") == lost.KIND and document.type in {"Note", "Page"}
    kind = lost.KIND if is_lost else KINDS.get(document.type, "link")
    if document.json.get("mediaType") == "text/plain":
        content = markup.from_text(content)
    html = markup.from_remote(content) if content else ""
    now = clock.now()
    published = document.moment("published") or now
    summary = _plain(document.summary, SUMMARY_MAX)
    title = one_line(document.name or "", TITLE_MAX)
    return Foreign(
        uri=document.id, url=_address(document.links()) or document.id, kind=kind,
        title=lost.bare(title) if is_lost else title, html=html, text=markup.plain(html),
        language=_language(document), warning=summary[:WARNING_MAX] if kind in SPEAKING else "",
        published=min(published, now), updated=document.moment("updated"), quoted_uri=_quoted(document),
        details=_details(document, kind, summary), pictures=tuple(_pictures(document))[:PICTURES_MAX],
        state=_state(document) if is_lost else "published", tags=tuple(document.hashtags[:TAGS_MAX]),
        stamp=document.one("quoteAuthorization"),
    )  # fmt: skip


def _state(document: Document) -> str:
    said = document.json.get("ql:state")
    return said if isinstance(said, str) and said in lost.STATES else lost.STATES[0]


def _address(uri: object) -> str | None:
    """`uri` if it can be clicked: http(s), with a host and without a user part."""
    try:
        return uri if isinstance(uri, str) and origin(uri) else None
    except BadDocument:
        return None


def _plain(text: str | None, limit: int) -> str:
    return markup.plain(markup.from_remote(text[: limit * 4]))[:limit] if text else ""


def _language(document: Document) -> str:
    tag = document.language or ""
    return tag if _TAG.fullmatch(tag) else "und"


def _quoted(document: Document) -> str | None:
    # quirk(misskey): its own term besides quoteUrl. quirk(fedibird): quoteUri. FEP-044f says `quote`.
    for key in ("quote", "quoteUrl", "quoteUri", "_misskey_quote"):
        if uri := _address(document.one(key)):
            return uri
    return None


def _details(document: Document, kind: str, summary: str) -> Json:
    found: Json = {}
    if document.context:
        found["context"] = document.context[:2048]
    if document.flag("sensitive"):
        found["sensitive"] = True
    if summary and kind not in SPEAKING:
        found["summary"] = summary
    if correction := one_line(document.text("ql:correction") or "", CORRECTION_MAX):
        found["correction"] = correction
    if kind == "event":
        found |= _event(document)
    elif kind == "poll":
        found |= _poll(document)
    elif kind == lost.KIND:
        said = {key: one_line(document.text(f"ql:{key}") or "", PLACE_MAX) for key in ("where", "when")}
        found |= {key: words for key, words in said.items() if words}
    elif kind == "page" and (link := _attached_link(document)):
        found["link"] = link
    return found


def _attached_link(document: Document) -> str | None:
    # quirk(lemmy): the page that a post is about is an attachment of type Link.
    links = (_address(one.json.get("href")) for one in document.attachments if "Link" in one.types)
    return next((uri for uri in links if uri), None)


def _event(document: Document) -> Json:
    start, end = document.moment("startTime"), document.moment("endTime")
    status = document.text("eventStatus") or document.text("ical:status") or document.text("status") or ""
    found: Json = {
        "start": start.isoformat() if start else None, "end": end.isoformat() if end else None,
        "timezone": one_line(document.text("timezone") or "", 60), "is_cancelled": "cancel" in status.lower(),
        "places": [place for one in document.documents("location")[:PLACES_MAX] if (place := _place(one))],
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def _place(place: Document) -> str:
    """A place in one line: its name and its address, whether that is words or parts; an online one by its address."""
    # quirk(mobilizon): a postal address in parts. quirk(gancio): plain words, or nothing but a name.
    postal = place.json.get("address")
    if isinstance(postal, dict):
        order = ("streetAddress", "postalCode", "addressLocality")
        postal = ", ".join(str(postal[key]) for key in order if isinstance(postal.get(key), str | int))
    said = [place.name or "", postal if isinstance(postal, str) else ""]
    words = ", ".join(dict.fromkeys(one_line(word, PLACE_MAX) for word in said if word.strip()))
    return words or _address(place.links("url")) or _address(place.json.get("href")) or ""


def _poll(document: Document) -> Json:
    options = document.documents("oneOf") or document.documents("anyOf")
    end, closed = document.moment("endTime"), document.moment("closed")
    found: Json = {
        "options": [
            {"name": one_line(one.name or "", OPTION_MAX), "votes": _votes(one)} for one in options[:OPTIONS_MAX]
        ],
        "is_multiple": bool(document.documents("anyOf")), "end": end.isoformat() if end else None,
        "closed": closed.isoformat() if closed else None, "voters": _count(document.number("votersCount")),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def _votes(option: Document) -> int:
    replies = option.json.get("replies")
    return _count(Document(replies).number("totalItems")) if isinstance(replies, dict) else 0


def _count(number: float | None) -> int:
    return max(0, min(int(number or 0), 10**9))


def _pictures(document: Document) -> Iterable[Expected]:
    attached = document.attachments
    if document.type == "Image":
        attached = [document, *attached]
    for one in [*attached, *_cover(document)]:
        kind = one.json.get("mediaType")
        is_picture = kind.startswith("image/") if isinstance(kind, str) else "Image" in one.types
        url = one.links("url", kind if isinstance(kind, str) else "image/webp") or one.json.get("href")
        if is_picture and isinstance(url, str) and kind not in _LAYOUT:
            words = one.text("summary") if one is document else one.name or one.summary
            yield Expected(url, one_line(words or "", 1500))


def _cover(document: Document) -> list[Document]:
    """The picture that stands for a longer text, an event or a film; a note's own pictures are attachments."""
    if document.type not in {"Article", "Page", "Event", "Video"} or document.attachments:
        return []
    return [Document({"type": "Image"} | one.json) for one in document.documents("image")[:1]]
