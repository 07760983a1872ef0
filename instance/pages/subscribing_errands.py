"""Errand: what does the name or address mean that a referent typed? An actor, a feed, or a page that names its feed."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from federation import FederationError
from federation.errors import BadDocument, NotFound
from instance.accounts import lookup
from instance.accounts.models import Actor
from instance.core import clock
from instance.core.db import commit, db
from instance.core.errors import DomainError
from instance.core.fed import engine, path_of
from instance.pages import feeds, subscribing
from instance.pages.feed_reading import Feed
from instance.pages.models import PageWish

HTML_MAX = 1_048_576
HEAD_CHARS = 200_000
FEED_TYPES = {"application/rss+xml", "application/atom+xml", "application/rdf+xml"}


def find_page(payload: dict[str, Any]) -> None:
    """Task: look for what a wish names; then it waits for a moderator, or its referent reads why it was not found."""
    wish = db.session.get(PageWish, int(payload["wish_id"]))
    if wish is None or wish.state != "looking":
        return
    wish_id, asked = wish.id, wish.asked
    db.session.rollback()
    try:
        found = _find_safely(asked)
    except FederationError as error:
        _fail(wish_id, error.code)
        return
    except ValueError:
        _fail(wish_id, "wish.form")
        return
    try:
        with commit():
            _ask(wish_id, found)
    except (DomainError, FederationError) as error:
        _fail(wish_id, error.code)


def _find_safely(asked: str) -> Actor | tuple[str, Feed]:
    """The same over https where http was typed and the door does not let it through."""
    try:
        return _find(asked)
    except FederationError as error:
        if error.code != "door.plain":
            raise
        return _find("https://" + asked.removeprefix("http://"))


def _find(asked: str) -> Actor | tuple[str, Feed]:
    if not asked.startswith(("http://", "https://")):
        if "." not in asked:
            raise NotFound("wish.nobody")
        if "@" not in asked.strip("@") or "/" in asked:
            return _at(f"https://{asked}")
        if (found := lookup.named(asked)) is None:
            raise NotFound("wish.nobody")
        return found
    return _at(asked)


def _at(url: str) -> Actor | tuple[str, Feed]:
    """What lies at an address: an actor by its document, else a feed, else the feed that the page there names."""
    if path_of(url) is not None:
        raise NotFound("wish.nobody")
    if (known := feeds.find(url)) is not None:
        return known
    if (found := lookup.named(url)) is not None:
        return found
    try:
        return url, _feed(url)
    except BadDocument:
        named = _named_feed(url)
        return named, _feed(named)


def _feed(url: str) -> Feed:
    feed = feeds.fetch(url).feed
    assert feed is not None, "nothing was said of what is known already"
    return feed


def _named_feed(url: str) -> str:
    """The feed that a page names in its head. Raises `BadDocument`."""
    answer = engine().fetch_file(url, accept="text/html", max_bytes=HTML_MAX)
    reader = _Head()
    if answer.status == 200 and "html" in answer.headers.get("content-type", ""):
        reader.feed(answer.body.decode("utf-8", "replace")[:HEAD_CHARS])
    found = urljoin(answer.url, reader.found) if reader.found else ""
    if not found:
        raise BadDocument("wish.nothing")
    return found


class _Head(HTMLParser):
    """Reads the first <link rel="alternate"> to a feed."""

    def __init__(self) -> None:
        super().__init__()
        self.found = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        is_feed = "alternate" in said.get("rel", "").lower().split() and said.get("type", "").lower() in FEED_TYPES
        if tag == "link" and is_feed and not self.found:
            self.found = said.get("href", "")[:2000]


def _ask(wish_id: int, found: Actor | tuple[str, Feed]) -> None:
    wish = db.session.get(PageWish, wish_id)
    if wish is None:
        return
    actor = feeds.keep(*found) if isinstance(found, tuple) else db.session.get_one(Actor, found.id)
    subscribing.ask(wish.quartier_id, actor, wish.reason, wish.asked_by_id)
    db.session.delete(wish)


def _fail(wish_id: int, code: str) -> None:
    with commit():
        wish = db.session.get(PageWish, wish_id)
        if wish is not None:
            wish.state, wish.problem, wish.since = "failed", code, clock.now()
