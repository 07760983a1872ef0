"""Rows of what came from a neighbour quartier of another city: the post, its readers through passages, its walls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, update

from instance.core import bus
from instance.core.db import db
from instance.core.facts import record
from instance.media import elsewhere
from instance.peers import rules
from instance.posts import far, remote, search, tags
from instance.posts.facts import PostReceived
from instance.posts.foreign import Foreign
from instance.posts.models import Post, PostCircle, WallEntry


@dataclass(frozen=True)
class Readers:
    """Who reads it: circles, each with the passage by which it came to them; and walls with their circles."""

    circles: Mapping[int, int | None]
    walls: Mapping[int, int] = field(default_factory=dict)


def keep(
    said: Foreign, author_id: int, readers: Readers, *, group_id: int | None, from_id: int | None,
    parent: Post | None = None, is_told: bool = True,
) -> Post:  # fmt: skip
    """The row of a new post for neighbours; an answer moves its thread up on the walls that may see it.

    Nobody hears of what begins a thread beyond the wall, as with words from next door; the one who is answered does.
    """
    post_id = remote.id_for(said.published)
    row: dict[str, Any] = said.words() | {
        "id": post_id, "author_id": author_id, "uri": said.uri, "kind": said.kind, "state": said.state,
        "scope": far.SCOPE, "is_public": False, "is_nameless": False, "is_held": False, "group_id": group_id,
        "from_id": from_id, "thread_id": parent.thread_id if parent else post_id,
        "reply_to_id": parent.id if parent else None, "details": said.details or None, "version": 1,
        "verdict": "visible", "media_count": 0, "edited_at": None,
    }  # fmt: skip
    db.session.execute(insert(Post), [row])
    circles = [{"post_id": post_id, "circle_id": one, "passage_id": way} for one, way in readers.circles.items()]
    db.session.execute(insert(PostCircle), circles)
    tags.keep(post_id, tags.in_text(f"{said.title} {said.text}"))
    search.index_new(post_id, said.title, said.text, said.warning, *search.beside(said.details))
    post = db.session.get_one(Post, post_id)
    if said.pictures and not rules.current().refuses_media(post.author.host or ""):
        post.media_count = elsewhere.expect(post_id, said.pictures)
    if parent is None:
        walls = [
            {"wall_id": wall, "post_id": post_id, "circle_id": circle, "reason": "far", "last_id": post_id}
            for wall, circle in readers.walls.items()
        ]
        db.session.execute(insert(WallEntry), walls)
    else:
        place = (WallEntry.post_id == parent.thread_id) & WallEntry.circle_id.in_(readers.circles)
        db.session.execute(update(WallEntry).where(place, WallEntry.last_id < post_id).values(last_id=post_id))
        if is_told:
            record(PostReceived(post_id))
    db.session.flush()
    bus.publish({"update": post_id})
    return post


__all__ = ["Readers", "keep"]
