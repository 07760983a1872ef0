"""Who reads the followers-only posts of somebody elsewhere: a circle per author, of accepted followers here (F1)."""

from __future__ import annotations

from collections.abc import Sequence

from instance.accounts.facts import FollowAccepted
from instance.accounts.models import Actor, RemoteActor
from instance.core.db import db
from instance.quartiers import service as quartiers


def let_in(facts: Sequence[FollowAccepted]) -> None:
    """Reaction: an accepted follow of somebody elsewhere lets one of ours into their circle."""
    for fact in facts:
        follower, followed = db.session.get(Actor, fact.follower_id), db.session.get(RemoteActor, fact.followed_id)
        if follower is None or followed is None or follower.uri is not None:
            continue
        if followed.circle_id is None:
            followed.circle_id = quartiers.new_circle().id
        quartiers.put_in(followed.circle_id, follower.id)
        db.session.flush()


def end(follower_id: int, followed_id: int) -> None:
    """In the transaction in which a follow ends, whoever ended it: older posts are closed with the next ones."""
    followed = db.session.get(RemoteActor, followed_id)
    if followed is not None and followed.circle_id is not None:
        quartiers.take_out(followed.circle_id, follower_id)
