"""Where neighbours of other cities live, as their own city vouches for it: beside the name, « Villette · instance B ».

It is read from the claim that stood when the words came (`Post.from_id`), and from nothing that the words or their
author's profile say. Without a claim there is but the name of the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from sqlalchemy import bindparam, select, update

from instance.accounts.models import Actor
from instance.core.db import BigId, db
from instance.partners.claim_facts import ClaimRevoked
from instance.partners.models import Agreement
from instance.posts.models import Post

_GROUPS = select(Actor.id, Actor.shown_name, Actor.host).where(
    Actor.id.in_(bindparam("ids", expanding=True, type_=BigId)), Actor.host.is_not(None)
)
_CITIES = (
    select(Agreement.host, Agreement.partner_name)
    .where(Agreement.host.in_(bindparam("hosts", expanding=True)))
    .order_by(Agreement.id)
)


class Vouched(Protocol):
    """Columns of a post that say where its author lives."""

    from_id: int | None


def labels(posts: Iterable[Vouched]) -> dict[int, str]:
    """The quartier and the city of those posts whose author's city vouches for it, by `from_id`.

    Two statements for all of them; none where nobody is vouched for.
    """
    return named(post.from_id for post in posts if post.from_id is not None)


def named(group_ids: Iterable[int]) -> dict[int, str]:
    """The same of quartiers of other cities, by their Groups; those of this city are left out."""
    wanted = sorted(set(group_ids))
    if not wanted:
        return {}
    connection = db.session.connection()
    groups = connection.execute(_GROUPS, {"ids": wanted}).all()
    hosts = sorted({host for _id, _name, host in groups if host})
    cities = {host: name for host, name in connection.execute(_CITIES, {"hosts": hosts}) if name}
    return {group_id: f"{name} · {cities.get(host or '', host)}" for group_id, name, host in groups}


def forget_revoked(facts: Sequence[ClaimRevoked]) -> None:
    """Reaction: a city does not vouch any more; what that person wrote bears the name of the server alone."""
    for fact in facts:
        vouched = update(Post).where(Post.author_id == fact.actor_id, Post.from_id == fact.group_id)
        db.session.execute(vouched.values(from_id=None, version=Post.version + 1))
