"""Whom a text names: @name for a neighbour; @name@host, in public posts only, for somebody elsewhere."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import exists, insert, or_, select

from instance.accounts.models import Account, Actor
from instance.accounts.service import apart
from instance.core import clock, fed, markup
from instance.core.db import db
from instance.posts.models import Mention, Post, PostCircle
from instance.quartiers.models import CircleMember

UNKNOWN_MAX = 5  # of one post so many are asked for at other servers


def keep(post_id: int, text: str, *, is_public: bool) -> None:
    """A row for each actor that `text` names and that is known here; who names people elsewhere tells them nothing
    unless everybody may read it. Who lives here is named where they read along, or are shown to everybody: of a person
    hidden from the writer no row tells that there is such a one."""
    handles, far = markup.mentioned(text), []
    for name, host in markup.mentioned_far(text):
        if host == fed.host():
            handles.append(name)
        elif is_public:
            far.append((name, host))
    found: set[int] = set()
    if handles:
        found.update(_here(post_id, handles))
    if far:
        found.update(_known(far).values())
    if found:
        db.session.execute(insert(Mention), [{"post_id": post_id, "actor_id": one} for one in sorted(found)])


def _here(post_id: int, handles: Collection[str]) -> set[int]:
    author_id = db.session.scalar(select(Post.author_id).where(Post.id == post_id)) or 0
    reads = exists(
        select(1)
        .select_from(PostCircle)
        .join(CircleMember, CircleMember.circle_id == PostCircle.circle_id)
        .where(PostCircle.post_id == post_id, CircleMember.actor_id == Actor.id)
        .where(or_(CircleMember.until.is_(None), CircleMember.until > clock.now()))
    )
    known = or_(reads, Account.shows_outside, Account.spoke_outside)
    ours = select(Actor.id).join(Account, Account.actor_id == Actor.id).where(Account.state == "active", known)
    people = ours.where(Actor.handle.in_(handles), Actor.kind == "person", Actor.path.is_not(None))
    return set(db.session.scalars(people.where(~apart(author_id, Actor.id))))


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
