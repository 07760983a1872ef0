"""Public words as an Atom feed (RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree

from flask_babel import gettext as _

from instance.core import fed, ids
from instance.core.markup import first_line
from instance.posts import tags
from instance.posts.cards import Reading, Shown, author_name
from instance.posts.foreign_cards import behind

ATOM = "http://www.w3.org/2005/Atom"
# What people can type and XML 1.0 cannot hold.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(path: str, title: str, began: datetime, posts: Sequence[Shown]) -> bytes:
    """The feed of the quartier or page at `path`, the newest post first; names as strangers see them."""
    here = fed.uri_of(path)
    feed = ElementTree.Element("feed", xmlns=ATOM)
    _say(feed, "id", here)
    _say(feed, "title", title)
    newest = max((_changed(post) for post in posts), default=began)
    _say(feed, "updated", _stamp(newest))
    ElementTree.SubElement(feed, "link", rel="alternate", type="text/html", href=here)
    ElementTree.SubElement(feed, "link", rel="self", type="application/atom+xml", href=f"{here}/atom.xml")
    for post in posts:
        _entry(feed, post)
    words: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return words


def _entry(feed: ElementTree.Element, post: Shown) -> None:
    address, name = fed.uri_of(f"/p/{post.id}"), author_name(post, Reading(None))
    entry = ElementTree.SubElement(feed, "entry", {"xml:lang": post.language})
    _say(entry, "id", address)
    _say(entry, "title", post.title or post.warning or first_line(post.text) or _("Un mot signé %(name)s", name=name))
    _say(entry, "published", _stamp(ids.moment_of(post.id)))
    _say(entry, "updated", _stamp(_changed(post)))
    _say(ElementTree.SubElement(entry, "author"), "name", name)
    ElementTree.SubElement(entry, "link", rel="alternate", type="text/html", href=address)
    _say(entry, "content", behind(post, tags.absolute(post.html))).set("type", "html")


def _say(parent: ElementTree.Element, name: str, words: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    child.text = _NOT_XML.sub("", words)
    return child


def _changed(post: Shown) -> datetime:
    return post.edited_at or ids.moment_of(post.id)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
