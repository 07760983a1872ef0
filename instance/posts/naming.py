"""Whom a text names: @name for a neighbour; @name@host, in public posts only, for somebody elsewhere."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import insert, select

from instance.accounts.models import Actor
from instance.core import fed, markup
from instance.core.db import db
from instance.posts.models import Mention, Post
from instance.quartiers.models import CircleMember

UNKNOWN_MAX = 5  # of one post so many are asked for at other servers


def keep(post_id: int, text: str, *, is_public: bool) -> None:
    """A row for each actor that `text` names and that is known here; who names people elsewhere tells them nothing
    unless everybody may read it."""
    handles, far = markup.mentioned(text), []
    for name, host in markup.mentioned_far(text):
        if host == fed.host():
            handles.append(name)
        elif is_public:
            far.append((name, host))
    found: set[int] = set()
    if handles:
        ours = select(Actor.id).where(Actor.handle.in_(handles), Actor.kind == "person", Actor.path.is_not(None))
        found.update(db.session.scalars(ours))
    if far:
        found.update(_known(far).values())
    if found:
        db.session.execute(insert(Mention), [{"post_id": post_id, "actor_id": one} for one in sorted(found)])


def keep_persons(post_id: int, circles: Collection[int], author_id: int) -> None:
    """A row for each other person of a private message: it names those to whom it was written, and nobody else."""
    persons = select(CircleMember.actor_id).where(CircleMember.circle_id.in_(circles))
    others = sorted(set(db.session.scalars(persons)) - {author_id})
    if others:
        db.session.execute(insert(Mention), [{"post_id": post_id, "actor_id": one} for one in others])


def unknown(post: Post) -> list[str]:
    """Those whom a public post names and of whom we have never heard, as name@host."""
    far = [(name, host) for name, host in markup.mentioned_far(f"{post.title} {post.text}") if host != fed.host()]
    known = _known(far) if far else {}
    return [f"{name}@{host}" for name, host in far if (name, host) not in known][:UNKNOWN_MAX]


def _known(far: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
    hosts = {host for _name, host in far}
    rows = db.session.execute(select(Actor.handle, Actor.host, Actor.id).where(Actor.host.in_(hosts)))
    wanted = set(far)
    return {(handle.lower(), host): i for handle, host, i in rows if host and (handle.lower(), host) in wanted}
