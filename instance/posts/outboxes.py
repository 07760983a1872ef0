"""Collections of public posts, as other servers and feed readers take them: outboxes, threads, what is pinned.

Every statement asks what a stranger may read; nobody's signature opens more (federation.md, rule 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, func, select

from federation import activities, collection, groups
from instance.accounts.models import Actor
from instance.core import clock, fed
from instance.core.db import db
from instance.peers.models import Outgoing
from instance.posts import visibility, wire
from instance.posts.models import Boost, Post, WallEntry

Json = dict[str, Any]
PAGE = 20
THREAD_PAGE = 100
FIRST = "first"
STRANGER = None


def _public(*columns: Any) -> Select[Any]:
    """Posts that leave: the same rule for ours and theirs, nameless ones apart."""
    is_there = (Post.state != "retracted", ~Post.is_nameless)
    return select(*columns).where(visibility.readable(), Post.is_public, *is_there)


def _run(statement: Select[Any]) -> list[Any]:
    return list(db.session.scalars(statement, visibility.reader(STRANGER)))


def _count(statement: Select[Any]) -> int:
    number: int = db.session.scalars(statement, visibility.reader(STRANGER)).one()
    return number


def find(post_id: int) -> Post | None:
    """The post that anybody may read under this number."""
    return next(iter(_run(_public(Post).where(Post.id == post_id))), None)


def of_person(actor: Actor, page: str | None) -> Json | None:
    """The outbox of a resident: a Create for each public post."""
    uri = fed.uri_of(f"{actor.path}/outbox")
    mine = Post.author_id == actor.id
    if page is None:
        return collection.collection(uri, _count(_public(func.count(Post.id)).where(mine)), f"{uri}?page={FIRST}")
    before = _cursor(page)
    if before is None:
        return None
    posts = _run(_public(Post).where(mine, Post.id < before).order_by(Post.id.desc()).limit(PAGE))
    items = [_create(post, sent) for post, sent in zip(posts, _sent(actor, posts, "Create"), strict=True) if sent]
    return _page(uri, page, items, [post.id for post in posts])


def archive(actor: Actor) -> Json:
    """All that a resident said to everybody, the oldest first, in one collection to keep."""
    mine = _run(_public(Post).where(Post.author_id == actor.id).order_by(Post.id))
    notes = [wire.document(post) for post in mine if wire.may_leave(post)]
    items = [
        _bare(activities.create(note, id=f"{note['id']}#create", actor=note["attributedTo"])) for note in notes
    ]  # fmt: skip
    return collection.collection(fed.uri_of(f"{actor.path}/outbox"), len(items), items=items)


def of_quartier(actor: Actor, page: str | None) -> Json | None:
    """The outbox of a Group: an Announce for each post that it passed on, the activity inside where it is kept."""
    uri = fed.uri_of(f"{actor.path}/outbox")
    mine = _public(Boost).join_from(Post, Boost, Boost.post_id == Post.id).where(Boost.actor_id == actor.id)
    if page is None:
        total = _count(mine.with_only_columns(func.count(Boost.id)))
        return collection.collection(uri, total, f"{uri}?page={FIRST}")
    before = _cursor(page)
    if before is None:
        return None
    boosts: list[Boost] = _run(mine.where(Boost.id < before).order_by(Boost.id.desc()).limit(PAGE))
    posts = [db.session.get_one(Post, boost.post_id) for boost in boosts]
    sent = _sent(actor, posts, "Announce Create")
    items = [_announce(actor, *each) for each in zip(boosts, posts, sent, strict=True)]
    return _page(uri, page, items, [boost.id for boost in boosts])


def pinned(actor: Actor) -> Json:
    """What a referent pinned, as far as it is public: whole documents, which Lemmy wants, for there are few."""
    on_wall = _public(Post).join(WallEntry, WallEntry.post_id == Post.id).where(WallEntry.wall_id == actor.id)
    posts = _run(on_wall.where(WallEntry.pinned_at.is_not(None)).order_by(WallEntry.pinned_at.desc()).limit(PAGE))
    items = [wire.document(post) if wire.may_leave(post) else wire.uri(post) for post in posts]
    return collection.collection(fed.uri_of(f"{actor.path}/featured"), len(items), items=items)


def replies(post: Post, page: str | None) -> Json | None:
    """Addresses of the public answers to `post`, the oldest first."""
    return _thread(f"{wire.uri(post)}/replies", Post.reply_to_id == post.id, page)


def context(post: Post, page: str | None) -> Json | None:
    """The whole public thread that `post` began, itself first; owned by its author (FEP-7888)."""
    found = _thread(f"{wire.uri(post)}/context", Post.thread_id == post.id, page)
    if found is not None and page is None:
        found["attributedTo"] = wire.actor_uri(wire.group_of(post) or post.author)
    return found


def _thread(uri: str, condition: Any, page: str | None) -> Json | None:
    if page is None:
        first = f"{uri}?page={FIRST}"
        return collection.collection(uri, _count(_public(func.count(Post.id)).where(condition)), first)
    after = 0 if page == FIRST else _cursor(page)
    if after is None:
        return None
    found = _run(_public(Post).where(condition, Post.id > after).order_by(Post.id).limit(THREAD_PAGE))
    return _page(uri, page, [wire.uri(post) for post in found], [post.id for post in found], THREAD_PAGE)


def activity(number: int) -> Json | None:
    """What /a/<number> said, while what it is about is public, and with its words of now; else None.

    Of a post that was deleted since, a stone remains.
    """
    row = db.session.get(Outgoing, number)
    if row is None or not row.is_public:
        return None
    said: Json = msgspec.json.decode(row.body, type=dict[str, Any])
    if row.kind.startswith(("Delete", "Undo", "Announce Delete")):
        return said
    post = _post_at(row.object_uri)
    if post is None:
        return None
    if post.deleted_at is not None or post.state == "retracted":
        return activities.tombstone(said["id"], deleted=post.deleted_at or clock.now()) if post.is_public else None
    if find(post.id) is None:
        return None
    return _fresh(said, post)


def _post_at(uri: str) -> Post | None:
    path = fed.path_of(uri)
    if path is None:
        return db.session.scalar(select(Post).where(Post.uri == uri))
    number = path.removeprefix("/p/")
    return db.session.get(Post, int(number)) if number.isdecimal() and len(number) < 20 else None


def _fresh(said: Json, post: Post) -> Json:
    """The same activity around the post as it is now; what others wrote stays as they sent it."""
    if not wire.may_leave(post):
        return said
    inner = said.get("object")
    if isinstance(inner, dict) and inner.get("id") == wire.uri(post):
        return said | {"object": _embedded(post)}
    if isinstance(inner, dict) and isinstance(inner.get("object"), dict):
        return said | {"object": inner | {"object": _embedded(post)}}
    return said


def _embedded(post: Post) -> Json:
    return {key: value for key, value in wire.document(post).items() if key != "@context"}


def _sent(actor: Actor, posts: Sequence[Post], kind: str) -> list[Outgoing | None]:
    """For each of `posts` what `actor` sent about it first."""
    uris = [wire.uri(post) for post in posts]
    rows = select(Outgoing).where(
        Outgoing.object_uri.in_(uris), Outgoing.sender == actor.path, Outgoing.kind.like(f"{kind}%")
    )
    found = {row.object_uri: row for row in db.session.scalars(rows.order_by(Outgoing.id.desc()))}
    return [found.get(uri) for uri in uris]


def _create(post: Post, row: Outgoing) -> Json:
    note = wire.document(post)
    return _bare(activities.create(note, id=fed.uri_of(f"/a/{row.id}"), actor=note["attributedTo"]))


def _announce(actor: Actor, boost: Boost, post: Post, row: Outgoing | None) -> Json:
    row = row or db.session.get(Outgoing, boost.id)
    if row is None:
        group = fed.uri_of(actor.path or "")
        return _bare(groups.announce_object(group, wire.uri(post), id=fed.uri_of(f"/a/{boost.id}")))
    return _bare(_fresh(msgspec.json.decode(row.body, type=dict[str, Any]), post))


def _bare(said: Json) -> Json:
    """Inside a page, whose context holds for all."""
    return {key: value for key, value in said.items() if key != "@context"}


def _page(uri: str, page: str, items: list[Any], ids: list[int], size: int = PAGE) -> Json:
    following = f"{uri}?page={ids[-1]}" if len(ids) == size else None
    return collection.page(f"{uri}?page={page}", uri, items, following)


def _cursor(page: str) -> int | None:
    if page == FIRST:
        return 2**63 - 1
    return int(page) if page.isdecimal() and page.isascii() and len(page) < 19 else None
