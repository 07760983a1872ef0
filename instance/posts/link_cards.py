"""Cards of links: what a page says of itself, fetched once for everybody, for public posts only.

A link in anything else is never fetched by us: the server behind it would learn that somebody here wrote of it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from federation import FederationError
from instance.core import clock, jobs, secrets
from instance.core.db import commit, db
from instance.core.fed import engine, path_of
from instance.core.signs import one_line
from instance.posts.models import LinkCard, Post, PostLink

LINK = re.compile(r'<a\s[^>]{0,2000}?href="(https?://[^"]{1,2000})"([^>]{0,500})>')
NAMED = re.compile(r'class="[^"]*(?:mention|hashtag)')
MAX_HTML = 1_048_576
HEAD_CHARS = 200_000  # what a page says of itself stands at its beginning
TITLE_MAX, TEXT_MAX = 200, 400
DELAY_S = 60  # a remote post is read by many servers at once: they come one after the other (threats.md C7)
LIFE = timedelta(days=14)


def first_link(html: str) -> str | None:
    """The first address in a text that is neither a mention, nor a hashtag, nor ours."""
    for found in LINK.finditer(html):
        if not NAMED.search(found.group(0)) and path_of(found.group(1)) is None:
            return found.group(1).replace("&amp;", "&")
    return None


def note(post: Post, *, is_new: bool = False) -> None:
    """Note the link of a public post, and have its card fetched if nobody has. Inside `commit()`."""
    url = first_link(post.html) if post.is_public and not post.is_held else None
    if url is None and is_new:
        return  # there is no earlier link to forget either
    db.session.execute(delete(PostLink).where(PostLink.post_id == post.id))
    if url is None:
        return
    digest = secrets.digest(url)
    if db.session.get(LinkCard, digest) is None:
        try:
            with db.session.begin_nested():
                db.session.execute(insert(LinkCard).values(digest=digest, url=url, title="", description="", site="",
                                                           state="waiting"))  # fmt: skip
        except IntegrityError:
            pass  # another process noted it at the same moment, and fetches it
        else:
            delay_s = random.uniform(0, DELAY_S) if post.uri else 0
            due = clock.now() + timedelta(seconds=jobs.board.wait(delay_s))
            jobs.put("fetch_card", {"digest": digest}, due_at=due)
    db.session.execute(insert(PostLink).values(post_id=post.id, digest=digest))


def of(post_ids: Collection[int]) -> dict[int, LinkCard]:
    """The cards that stand under posts, in one statement; none at all for no posts."""
    if not post_ids:
        return {}
    ready = select(PostLink.post_id, LinkCard).join(LinkCard, LinkCard.digest == PostLink.digest)
    rows = db.session.execute(ready.where(PostLink.post_id.in_(post_ids), LinkCard.state == "ready"))
    return {row[0]: row[1] for row in rows}


def fetch_card(payload: dict[str, Any]) -> None:
    """Errand: read the head of the page once; a page that says nothing of itself gets no card."""
    card = db.session.get(LinkCard, payload["digest"])
    if card is None or card.state != "waiting":
        return
    url = card.url
    db.session.rollback()
    try:
        answer = engine().fetch_file(url, accept="text/html", max_bytes=MAX_HTML)
        is_page = answer.status == 200 and "html" in answer.headers.get("content-type", "")
        head = read_head(answer.body) if is_page else Head()
    except FederationError:
        head = Head()
    with commit():
        title = one_line(head.best("og:title", "twitter:title") or head.title, TITLE_MAX)
        values = {
            "title": title, "description": one_line(head.best("og:description", "description"), TEXT_MAX),
            "site": one_line(head.best("og:site_name"), TITLE_MAX) or (urlsplit(url).hostname or ""),
            "state": "ready" if title else "none", "fetched_at": clock.now(),
        }  # fmt: skip
        db.session.execute(update(LinkCard).where(LinkCard.digest == payload["digest"]).values(values))
        having = select(PostLink.post_id).where(PostLink.digest == payload["digest"])
        db.session.execute(update(Post).where(Post.id.in_(having)).values(version=Post.version + 1))


@dataclass
class Head:
    """What the head of a page says: its title and its `<meta>` by name, text only."""

    title: str = ""
    meta: dict[str, str] = field(default_factory=dict)

    def best(self, *names: str) -> str:
        """The first of `names` that says something."""
        return next((self.meta[name] for name in names if self.meta.get(name)), "")


class _Reader(HTMLParser):
    """Reads titles and metas; text of anything else is not looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.head = Head()
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "title" and not self.head.title:
            self._in_title = True
        elif tag == "meta" and (name := said.get("property") or said.get("name")):
            self.head.meta.setdefault(name.lower()[:40], (said.get("content") or "")[:2000])

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.head.title = (self.head.title + data)[:2000]


def read_head(body: bytes) -> Head:
    """The head of an HTML page in UTF-8, or in the charset that it names; odd signs are replaced."""
    charset = re.search(rb'charset=["\']?([\w-]{1,20})', body[:2048])
    try:
        text = body.decode(charset.group(1).decode() if charset else "utf-8", "replace")
    except LookupError:
        text = body.decode("utf-8", "replace")
    reader = _Reader()
    reader.feed(text[:HEAD_CHARS])
    return reader.head


def forget_old(_payload: dict[str, Any]) -> None:
    """Task, daily: cards that no post shows any more go; empty ones may be asked for again after `LIFE`."""
    shown = select(PostLink.digest)
    empty = (LinkCard.state == "none") & (LinkCard.fetched_at < clock.now() - LIFE)
    with commit():
        db.session.execute(delete(LinkCard).where(LinkCard.digest.not_in(shown) | empty))
