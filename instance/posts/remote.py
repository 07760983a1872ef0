"""Posts from elsewhere as rows: stored, changed by their author, deleted. Hot rows are written by Core inserts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Table, delete, insert, select, update

from federation.vocabulary import PUBLIC
from instance.accounts.models import Actor
from instance.core import bus, clock, fed, ids
from instance.core.db import db, new_id
from instance.core.facts import record
from instance.media import elsewhere
from instance.media import service as media
from instance.media.elsewhere import Expected
from instance.peers import incoming, rules, tombstones
from instance.posts import link_cards, lost, quotes, rewording, search, service, tags
from instance.posts.facts import PostArrived, PostChanged, PostReceived
from instance.posts.foreign import Foreign
from instance.posts.models import Mention, Post, PostCircle, PostEdit, WallEntry
from instance.posts.reasons import Author, Reasons, place_of
from instance.quartiers import service as quartiers
from instance.quartiers.models import CircleMember

RECENT = timedelta(minutes=5)
COPIES_MAX = 20
OURS = ("groups", "activity", "copies", "page")  # details that no document says
_POST: Table = Post.__table__  # type: ignore[assignment]  # a declared class always has a Table
_INSERT = insert(_POST)


def id_for(published: datetime) -> int:
    """An id that carries when it was published: posts stand and are dated by it.

    What was published just now gets one like our own, so that whoever reads on from the newest id misses nothing.
    """
    now = clock.now()
    if now - published < RECENT:
        return new_id()
    # Many servers write whole seconds: the milliseconds are left to chance, lest two posts meet.
    return max(ids.at(published.replace(microsecond=0)), 0) + random.randrange(1, 1000 << 16)


def store(foreign: Foreign, author: Author, reasons: Reasons, *, groups: Sequence[str] = (), activity: str = "") -> int:
    """The row of a new post with its readers, its place and who is named; the id."""
    post_id = id_for(foreign.published)
    parent = reasons.parent
    details = dict(foreign.details)
    if groups:
        details["groups"] = list(groups)
    if activity and reasons.place is not None:
        details["activity"] = activity
    if activity and reasons.scope in {"public", "unlisted"}:
        details["copies"] = [activity]
    pictures = _taken(foreign.pictures, author.host)
    db.session.connection().execute(
        _INSERT,
        [
            foreign.words()
            | {
                "id": post_id, "author_id": author.id, "uri": foreign.uri, "kind": foreign.kind, "state": foreign.state,
                "scope": reasons.scope, "is_public": reasons.scope in {"public", "unlisted"}, "is_nameless": False,
                "thread_id": parent.thread_id if parent else post_id, "reply_to_id": parent.id if parent else None,
                "is_held": reasons.is_held, "details": details or None, "version": 1, "verdict": "visible",
                "media_count": len(pictures), "edited_at": _edited(foreign),
            }
        ],
    )  # fmt: skip
    _keep_readers(post_id, author, reasons)
    tags.keep(post_id, foreign.tags)
    search.index_new(post_id, foreign.title, foreign.text, foreign.warning, *search.beside(details))
    if reasons.named:
        db.session.execute(insert(Mention), [{"post_id": post_id, "actor_id": one} for one in reasons.named])
    if pictures:
        elsewhere.expect(post_id, pictures)
    if reasons.scope != "direct" and link_cards.first_link(foreign.html):
        link_cards.note(db.session.get_one(Post, post_id))
    if foreign.quoted_uri:
        quotes.receive(db.session.get_one(Post, post_id), foreign.quoted_uri, foreign.stamp)
    if reasons.place is not None:
        _stand(post_id, reasons)
    record(PostReceived(post_id) if reasons.is_told else PostArrived(post_id))
    bus.publish({"update": post_id})
    return post_id


def _taken(pictures: Sequence[Expected], host: str) -> Sequence[Expected]:
    """None of somebody whose server's pictures this city does not take, wherever they lie."""
    return () if pictures and rules.current().refuses_media(host) else pictures


def _note_copy(post: Post, activity: str) -> None:
    """Remember that an activity of the journal holds words of a public post: they go with it."""
    copies = (post.details or {}).get("copies", [])
    if activity not in copies and post.is_public:
        post.details = (post.details or {}) | {"copies": [*copies, activity][-COPIES_MAX:]}


def _edited(foreign: Foreign) -> datetime | None:
    """When it was changed, if it was: some servers say `updated` of what never was."""
    is_later = foreign.updated is not None and foreign.updated > foreign.published + timedelta(seconds=1)
    return foreign.updated if is_later else None


def _keep_readers(post_id: int, author: Author, reasons: Reasons) -> None:
    """Circles of what is not for all; who is named reads at once what waits for a moderator."""
    circles = []
    if reasons.scope == "followers" and reasons.is_followed and author.circle_id is not None:
        circles.append(author.circle_id)
    if reasons.circle_id is not None:
        circles.append(reasons.circle_id)
    elif reasons.named and (reasons.is_held or reasons.scope in {"followers", "direct"}):
        circle = quartiers.new_circle()
        circles.append(circle.id)
        persons = {*reasons.named}
        if reasons.scope == "direct":  # a conversation: answers go to all of them, and to nobody else
            persons |= {author.id, *reasons.others}
        rows = [{"circle_id": circle.id, "actor_id": one, "until": None} for one in sorted(persons)]
        db.session.execute(insert(CircleMember), rows)
    if circles:
        db.session.execute(insert(PostCircle), [{"post_id": post_id, "circle_id": one} for one in circles])


def _stand(post_id: int, reasons: Reasons) -> None:
    """A place on the wall for what begins a thread; an answer that is let in moves its thread up."""
    place = reasons.place
    assert place is not None
    if reasons.begins_thread:
        db.session.execute(
            insert(WallEntry),
            [{"wall_id": place.actor_id, "post_id": post_id, "circle_id": place.circle_id, "reason": "outside",
              "last_id": post_id}],
        )  # fmt: skip
    elif reasons.parent is not None and not reasons.is_held:
        move_up(reasons.parent.thread_id, post_id)


def move_up(thread_id: int, post_id: int) -> None:
    """A public reply moves its thread up on every wall where it stands."""
    entry = update(WallEntry).where(WallEntry.post_id == thread_id, WallEntry.last_id < post_id)
    db.session.execute(entry.values(last_id=post_id))


def groups_among(uris: Sequence[str]) -> list[str]:
    """Those of `uris` that are groups of other servers which we know: an answer has to reach them too."""
    away = [
        uri
        for uri in uris
        if uri != PUBLIC and not uri.endswith("/followers") and uri.startswith("http") and fed.path_of(uri) is None
    ][:20]
    if not away:
        return []
    found = select(Actor.uri).where(Actor.uri.in_(away), Actor.kind == "group").order_by(Actor.uri)
    return [uri for uri in db.session.scalars(found) if uri]


def change(post: Post, foreign: Foreign, activity: str) -> bool:
    """New words from the author; False where they are no newer than those that stand. The old ones are kept."""
    if post.deleted_at is not None or post.state == "retracted":
        return False
    moment = foreign.updated or clock.now()
    written = post.edited_at or ids.moment_of(post.id)
    words = foreign.words()
    is_same = all(getattr(post, column) == value for column, value in words.items())
    if post.edited_at is not None and moment < post.edited_at:
        if not is_same:
            _remember(post, foreign, moment)
        incoming.forget_words(activity)
        return False
    quotes.receive(post, foreign.quoted_uri, foreign.stamp)
    kept = {key: (post.details or {})[key] for key in OURS if key in (post.details or {})}
    details = foreign.details | kept or None
    is_turned = post.kind == lost.KIND == foreign.kind and foreign.state != post.state
    if is_turned:
        post.state = foreign.state
    if is_same and details == post.details and not is_turned:
        incoming.forget_words(activity)
        return False
    is_reread = (not is_same or _said(details) != _said(post.details)) and _waits_for_a_reader(post)
    if not is_same:
        db.session.add(
            PostEdit(post_id=post.id, version=post.version, title=post.title, html=post.html, written_at=written)
        )
        post.edited_at = moment
        for column, value in words.items():
            setattr(post, column, value)
        _replace_pictures(post, foreign)
    post.details = details
    _note_copy(post, activity)
    post.version += 1
    post.is_held = post.is_held or is_reread
    bus.publish({"edit": post.id})
    db.session.flush()
    if not is_same:
        tags.renew(post.id, foreign.tags)
        search.keep(post)
    if is_reread and post.reply_to_id is not None:
        service.refresh_walls(post.thread_id)
    if not is_same and post.scope != "direct":
        link_cards.note(post)
        rewording.note(post)
    if details and "activity" in details:
        record(PostChanged(post.id, activity))
    return True


def _said(details: dict[str, Any] | None) -> dict[str, Any]:
    """What `details` say in words, without the numbers of a poll, which change with each vote."""
    words = {key: value for key, value in (details or {}).items() if key not in {"voters", "closed"}}
    return words | {"options": [one["name"] for one in words.get("options", [])]}


def _waits_for_a_reader(post: Post) -> bool:
    """Whether a moderator reads this before others do: where words from outside wait for one, changed ones do too."""
    root = db.session.get(Post, post.thread_id) if post.is_public else None
    place = place_of(root.id, root.home_id) if root is not None else None
    return place is not None and place.holds_outsiders


def remember_first(post: Post, foreign: Foreign) -> None:
    """The first words of a post whose edit came before it."""
    if post.edited_at is not None and post.deleted_at is None and not _edited(foreign):
        _remember(post, foreign, foreign.published)


def _remember(post: Post, foreign: Foreign, moment: datetime) -> None:
    """Words older than those that stand take their place in the history, which is kept by time."""
    history = service.history(post)[::-1]
    if any(edit.written_at == moment for edit in history) or moment == post.edited_at:
        return
    lines = [(edit.written_at, edit.title, edit.html) for edit in history]
    lines = sorted([*lines, (moment, foreign.title, foreign.html)], key=lambda line: line[0])
    db.session.execute(delete(PostEdit).where(PostEdit.post_id == post.id))
    db.session.expire_all()
    for version, (written, title, html) in enumerate(lines, 1):
        db.session.add(PostEdit(post_id=post.id, version=version, title=title, html=html, written_at=written))
    post.version = max(post.version, len(lines) + 1)
    db.session.flush()


def _replace_pictures(post: Post, foreign: Foreign) -> None:
    if post.media_count or foreign.pictures:
        pictures = _taken(foreign.pictures, post.author.host or "")
        media.remove_of(post.id)
        elsewhere.expect(post.id, pictures)
        post.media_count = len(pictures)


def bury(uri: str) -> None:
    """Remember that this is gone: what comes late of it is refused for 90 days."""
    tombstones.lay(uri)


def is_buried(uri: str) -> bool:
    """Whether it was deleted or undone before."""
    return tombstones.is_laid(uri)


class ActorGone(Protocol):
    """A remote actor is no more (a fact of accounts)."""

    @property
    def actor_id(self) -> int: ...


def wipe_gone(facts: Sequence[ActorGone]) -> None:
    """Reaction: every post of an actor that its server deleted goes."""
    for fact in facts:
        service.wipe_all_of(fact.actor_id)


def by_uri(uri: str) -> Post | None:
    """The post from elsewhere with this address."""
    return db.session.scalar(select(Post).where(Post.uri == uri))


def is_by(post: Post, actor_uri: str) -> bool:
    """Whether `actor_uri` wrote it."""
    return post.author.uri == actor_uri
