"""Neighbour quartiers of other cities, as posts know them: whom words may reach now, and whom they have reached.

A passage counts for "quartier + voisins" while it is open, its agreement holds and names that audience, and the other
server is not blocked here. What holds no more closes at once: nothing is kept that would have to be undone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from instance.accounts.models import Actor, RemoteActor
from instance.core import clock
from instance.core.db import BigId, db
from instance.partners import agreements
from instance.partners.models import Agreement
from instance.peers import rules
from instance.posts.models import Post, PostCircle, PostFar
from instance.quartiers import passages
from instance.quartiers.models import Passage, Quartier
from instance.quartiers.passages import Far

SCOPE = "neighbours"

_AGREED = (
    select(Passage.id, Agreement.host, Agreement.partner_name)
    .join(Agreement, Agreement.id == Passage.agreement_id)
    .where(
        Passage.id.in_(bindparam("ids", expanding=True, type_=BigId)), Passage.lets_neighbours,
        Agreement.state == "live", ~Agreement.is_shut_here, ~Agreement.is_shut_there, Agreement.expires > passages.NOW,
    )
)  # fmt: skip
_root = aliased(Post)
# Where a post of ours was sent to: each Group with its passage, through the root's quartier or, for an answer to words
# of another city, the quartier of whoever answered.
_REACHED = (
    select(
        PostFar.post_id, Actor.id, Actor.uri, Actor.host, RemoteActor.inbox, Passage.id.label("passage_id"),
        (passages.is_open()).label("is_open"), Passage.unheard_since,
    )
    .join(Post, Post.id == PostFar.post_id)
    .join(_root, _root.id == Post.thread_id)
    .join(Actor, Actor.id == PostFar.group_id)
    .join(RemoteActor, RemoteActor.actor_id == Actor.id)
    .join(Quartier, (Quartier.id == _root.home_id) | (_root.home_id.is_(None) & (Quartier.id == Post.home_id)))
    .outerjoin(Passage, (Passage.far_id == Actor.id) & (Passage.quartier_id == Quartier.id))
    .where(PostFar.post_id.in_(bindparam("ids", expanding=True, type_=BigId)))
    .order_by(Actor.host, Actor.id)
)  # fmt: skip


@dataclass(frozen=True)
class Reached:
    """A Group of another city to which a post went, whether it may be read there now, and whether more may go."""

    post_id: int
    group_id: int
    uri: str
    host: str
    inbox: str
    is_open: bool
    takes: bool


def open_from(quartier: Quartier) -> list[Far]:
    """The neighbour quartiers of other cities that a post written in `quartier` would reach now, by name."""
    return _agreed([one for one in passages.open_from(quartier) if one.is_heard])


def open_to(group_uri: str) -> list[Far]:
    """The open passages to the Group at `group_uri`, one for each quartier of ours that touches it."""
    return _agreed(passages.open_to(group_uri))


def _agreed(found: list[Far]) -> list[Far]:
    holding = _holding([one.passage_id for one in found])
    return [one for one in found if one.passage_id in holding]


def _holding(passage_ids: Collection[int]) -> dict[int, str]:
    """Those of the passages whose agreement holds and names the audience, each with its city's name."""
    if not passage_ids:
        return {}
    rows = db.session.execute(_AGREED, {"ids": sorted(passage_ids), "now": clock.now()}).all()
    now = rules.current()
    return {passage_id: name or host for passage_id, host, name in rows if now.severity(host) != "block"}


def labels(found: Sequence[Far]) -> list[str]:
    """« Villette · instance B », for who is about to write to them."""
    cities = _holding([one.passage_id for one in found])
    return [f"{one.name} · {cities.get(one.passage_id, one.host)}" for one in found]


def reached(post_ids: Collection[int]) -> dict[int, list[Reached]]:
    """Where each of these posts of ours went, by post id; a post that never left the city is not among them."""
    if not post_ids:
        return {}
    rows = db.session.execute(_REACHED, {"ids": sorted(post_ids), "now": clock.now()}).all()
    holding = _holding({row.passage_id for row in rows if row.passage_id is not None and row.is_open})
    found: dict[int, list[Reached]] = {}
    for row in rows:
        is_open = row.passage_id in holding
        takes = is_open and row.unheard_since is None
        there = Reached(row.post_id, row.id, row.uri, row.host, row.inbox, is_open, takes)
        found.setdefault(row.post_id, []).append(there)
    return found


def partner_of(host: str) -> int | None:
    """The instance actor of the partner city at `host`, under an agreement that holds."""
    agreement = agreements.live_with(host)
    return agreement.partner_id if agreement is not None else None


def may_go(post: Post, host: str) -> bool:
    """Whether words of `post` may be shown to the city at `host` now: it was sent there, and the passage is open."""
    return is_said(post) and any(one.is_open and one.host == host for one in reached([post.id]).get(post.id, ()))


def is_said(post: Post) -> bool:
    """Whether it is words of ours for the quartier and its neighbours that stand, under their author's name."""
    return (
        post.uri is None and not post.is_public and post.scope == SCOPE and not post.is_held
        and not post.is_nameless and post.verdict == "visible" and post.deleted_at is None
    )  # fmt: skip


def came_by_passage(post: Post) -> bool:
    """Whether it came from another city for quartiers here."""
    return post.uri is not None and not post.is_public and post.scope == SCOPE


def open_circles(post_id: int) -> dict[int, int | None]:
    """The circles that read a post now, each with the passage through which it came to them, if it came by one."""
    rows = db.session.execute(
        select(PostCircle.circle_id, PostCircle.passage_id, passages.is_open())
        .outerjoin(Passage, Passage.id == PostCircle.passage_id)
        .where(PostCircle.post_id == post_id),
        {"now": clock.now()},
    ).all()
    holding = _holding({passage_id for _one, passage_id, is_open in rows if passage_id is not None and is_open})
    return {one: passage_id for one, passage_id, _open in rows if passage_id is None or passage_id in holding}


__all__ = [
    "SCOPE", "Far", "Reached", "came_by_passage", "is_said", "labels", "may_go", "open_circles",
    "open_from", "open_to", "partner_of", "reached",
]  # fmt: skip
