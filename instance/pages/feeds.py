"""Feeds to which quartiers subscribed: read every half hour by an errand, their items kept as posts that link there.

The first reading takes the last few items; later ones what is new or was changed. A feed that fails is asked less and
less often, and its quartiers' moderators see why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy import Table, delete, exists, insert, select

from federation import FederationError
from federation.errors import BadDocument, Unreachable
from federation.fetch import retry_after_s
from federation.urls import host_of
from federation.wire import Response
from instance.accounts import foreign_names
from instance.accounts.models import Actor
from instance.accounts.remote import URI_MAX_BYTES
from instance.core import clock, ids, jobs
from instance.core.db import commit, db, new_id
from instance.core.fed import engine, path_of
from instance.core.secrets import digest
from instance.media import elsewhere
from instance.media import service as media
from instance.pages import feed_reading
from instance.pages.feed_reading import Feed, Item
from instance.pages.models import FeedSource
from instance.peers import rules
from instance.posts import remote, search, standing
from instance.posts.models import Post, PostEdit
from instance.quartiers import subscriptions
from instance.quartiers.models import Subscription

MAX_BYTES = 1_048_576
EVERY = timedelta(minutes=30)
SELDOM = timedelta(hours=24)  # a feed that fails is asked no less often
FIRST, MOST = 5, 20  # items taken at the first reading, and at any other
SEEN_MAX = 1500
EDITS_KEPT = 10  # of an item: some feeds write the hour into it
AT_ONCE = 100  # feeds put on their way by one tick of the clock
ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
_POST: Table = Post.__table__  # type: ignore[assignment]  # a declared class always has a Table


@dataclass(frozen=True)
class Answer:
    """What a feed's server said: a feed, or None for « nothing new »."""

    feed: Feed | None
    etag: str = ""
    last_modified: str = ""


def fetch(url: str, *, etag: str = "", last_modified: str = "") -> Answer:
    """Ask for a feed, unless it is as it was. Raises `FederationError`: whatever is wrong with it or its server.

    Outside of any transaction.
    """
    also = {name: value for name, value in (("if-none-match", etag), ("if-modified-since", last_modified)) if value}
    answer = engine().fetch_file(url, accept=ACCEPT, max_bytes=MAX_BYTES, also=also)
    if answer.status == 304 and also:
        return Answer(None, etag, last_modified)
    if answer.status != 200:
        later_s = retry_after_s(answer.headers) if answer.status in {429, 503} else None
        raise Unreachable(f"feed.status_{answer.status}", url, retry_after_s=later_s)
    return Answer(feed_reading.read(answer.body, answer.url), _said(answer, "etag"), _said(answer, "last-modified"))


def _said(answer: Response, name: str) -> str:
    value = answer.headers.get(name, "")
    return value if value.isascii() and value.isprintable() and len(value) <= 200 else ""


def find(url: str) -> Actor | None:
    """The actor of a feed that is known here."""
    known = select(Actor).join(FeedSource, FeedSource.actor_id == Actor.id)
    return db.session.scalar(known.where(Actor.uri == url))


def keep(url: str, feed: Feed) -> Actor:
    """The actor that stands for the feed at `url`; nothing is read of it before a quartier subscribed.

    Inside `commit()`. Raises `BadDocument` for an address that is somebody's already.
    """
    if (known := find(url)) is not None:
        return known
    if len(url.encode()) > URI_MAX_BYTES or path_of(url) is not None:
        raise BadDocument("feed.address")
    if db.session.scalar(select(Actor.id).where(Actor.uri == url)) is not None:
        raise BadDocument("feed.actor")
    host = host_of(url)
    made = Actor(
        id=new_id(), kind="organization", handle=f"flux-{digest(url)[:12]}", uri=url, host=host,
        shown_name=foreign_names.shown(feed.title, host), created_at=clock.now(),
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    db.session.add(FeedSource(actor_id=made.id, site=feed.site, seen=[], due_at=clock.now()))
    db.session.flush()
    return made


def wake(actor_id: int) -> None:
    """A quartier subscribed: the feed is read soon, and what it said last stands there too. Inside `commit()`."""
    source = db.session.get(FeedSource, actor_id)
    if source is None:
        return
    last = select(Post.id).where(Post.author_id == actor_id, Post.deleted_at.is_(None), Post.verdict == "visible")
    for post_id in db.session.scalars(last.order_by(Post.id.desc()).limit(FIRST)).all():
        standing.stand(post_id, actor_id)
    _order(source)


def _order(source: FeedSource) -> None:
    source.due_at = clock.now() + EVERY
    jobs.put("read_feed", {"actor_id": str(source.actor_id)})


def read_due(_payload: dict[str, Any]) -> None:
    """Task: put the reading of each feed that is due, and that somebody subscribes to, on its way."""
    wanted = exists(select(1).where(Subscription.actor_id == FeedSource.actor_id, Subscription.state == "live"))
    with commit():
        due = select(FeedSource).where(FeedSource.due_at <= clock.now(), wanted).order_by(FeedSource.due_at)
        for source in db.session.scalars(due.limit(AT_ONCE)):
            _order(source)


def read_feed(payload: dict[str, Any]) -> None:
    """Errand: read one feed. Whatever goes wrong stands in its row; it is asked again, later each time."""
    actor_id = int(payload["actor_id"])
    source, actor = db.session.get(FeedSource, actor_id), db.session.get(Actor, actor_id)
    if source is None or actor is None or actor.uri is None or not subscriptions.takers(actor_id):
        return
    url, etag, last_modified = actor.uri, source.etag, source.last_modified
    db.session.rollback()
    try:
        answer = fetch(url, etag=etag, last_modified=last_modified)
    except FederationError as error:
        with commit():
            _note_failure(actor_id, error)
        return
    with commit():
        _take(actor_id, answer)


def _note_failure(actor_id: int, error: FederationError) -> None:
    source = db.session.get(FeedSource, actor_id)
    if source is not None:
        source.failures += 1
        source.problem = error.code
        wait = max(EVERY, timedelta(seconds=getattr(error, "retry_after_s", None) or 0))
        source.due_at = clock.now() + min(wait * 2 ** min(source.failures - 1, 8), SELDOM)


def _take(actor_id: int, answer: Answer) -> None:
    source, actor = db.session.get(FeedSource, actor_id), db.session.get(Actor, actor_id)
    if source is None or actor is None:
        return
    is_first = source.read_at is None
    now = clock.now()
    source.read_at, source.due_at, source.failures, source.problem = now, now + EVERY, 0, ""
    source.etag, source.last_modified = answer.etag, answer.last_modified
    if answer.feed is None:
        return
    _rename(actor, answer.feed)
    source.site = answer.feed.site
    items = list({_key(actor, item): item for item in answer.feed.items}.items())
    known = _known([uri for uri, _item in items])
    for uri, item in items:
        if (post := known.get(uri)) is not None:
            _change(post, item)
    unseen = [(uri, item) for uri, item in items if uri not in known and uri not in set(source.seen)]
    for uri, item in _newest(unseen)[: FIRST if is_first else MOST][::-1]:
        _store(actor, uri, item)
    current = [uri for uri, _item in items]
    source.seen = list(dict.fromkeys([*current, *source.seen]))[:SEEN_MAX]


def _key(actor: Actor, item: Item) -> str:
    """The address of an item as we keep it: beside its feed, so that no feed lays a hand on an address of others."""
    return f"{actor.uri}#{digest(item.key)[:32]}"


def _newest(items: Sequence[tuple[str, Item]]) -> list[tuple[str, Item]]:
    """The newest first; those that say no date stand where the feed has them."""
    dated = all(item.published is not None for _uri, item in items)
    return sorted(items, key=lambda one: one[1].published or clock.now(), reverse=True) if dated else list(items)


def _rename(actor: Actor, feed: Feed) -> None:
    name = foreign_names.shown(feed.title, actor.host or "")
    if name != actor.shown_name:
        actor.shown_name = name
        actor.version += 1


def _known(uris: list[str]) -> dict[str, Post]:
    return {post.uri: post for post in db.session.scalars(select(Post).where(Post.uri.in_(uris))) if post.uri}


def _store(actor: Actor, uri: str, item: Item) -> None:
    post_id = remote.id_for(item.published or clock.now())
    picture = _picture(actor, item)
    row: dict[str, Any] = _words(item) | {
        "id": post_id, "author_id": actor.id, "uri": uri, "kind": "article", "state": "published", "scope": "public",
        "is_public": True, "is_nameless": False, "thread_id": post_id, "language": "und", "version": 1,
        "verdict": "visible", "media_count": len(picture), "is_held": False, "warning": "",
        "details": {"page": True, "feed": True} | ({"picture": item.picture.url} if item.picture else {}),
    }  # fmt: skip
    db.session.execute(insert(_POST), [row])
    search.index_new(post_id, item.title, item.summary)
    elsewhere.expect(post_id, picture)
    standing.stand(post_id, actor.id)


def _words(item: Item) -> dict[str, Any]:
    html = Markup("").join(Markup("<p>{}</p>").format(line) for line in item.summary.split("\n") if line)
    return {"title": item.title, "text": item.summary, "html": str(html), "url": item.url or None}


def _picture(actor: Actor, item: Item) -> list[elsewhere.Expected]:
    return [] if item.picture is None or rules.current().refuses_media(actor.host or "") else [item.picture]


def _change(post: Post, item: Item) -> None:
    """New words of an item that stands here; what stood before is in its history."""
    words = _words(item)
    if post.deleted_at is not None or all(getattr(post, name) == value for name, value in words.items()):
        return
    written: datetime = post.edited_at or ids.moment_of(post.id)
    db.session.add(
        PostEdit(post_id=post.id, version=post.version, title=post.title, html=post.html, written_at=written)
    )
    stale = (PostEdit.post_id == post.id) & (PostEdit.version <= post.version - EDITS_KEPT)
    db.session.execute(delete(PostEdit).where(stale))
    for name, value in words.items():
        setattr(post, name, value)
    post.edited_at, post.version = clock.now(), post.version + 1
    url = item.picture.url if item.picture else None
    if url != (post.details or {}).get("picture"):
        media.remove_of(post.id)
        picture = _picture(post.author, item)
        elsewhere.expect(post.id, picture)
        details = {key: value for key, value in (post.details or {}).items() if key != "picture"}
        post.details = details | ({"picture": url} if url else {})
        post.media_count = len(picture)
    search.keep(post)
    db.session.flush()


def sources(actor_ids: Sequence[int]) -> dict[int, FeedSource]:
    """How the feeds among these actors are doing."""
    rows = db.session.scalars(select(FeedSource).where(FeedSource.actor_id.in_(actor_ids)))
    return {row.actor_id: row for row in rows}
