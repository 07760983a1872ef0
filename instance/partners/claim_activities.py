"""What partner cities say of their residents' claims by themselves: that one is over (federation.md §9)."""

from __future__ import annotations

from federation.documents import Activity
from federation.errors import Ignored
from federation.urls import is_same_origin
from instance.accounts import remote
from instance.core.db import db
from instance.partners import claims
from instance.partners.models import Claim


def receive_undo_add(activity: Activity) -> None:
    """A quartier takes somebody out of its residents: their claim counts no more, whatever was agreed since."""
    inner = activity.claimed
    person = inner.one("object") if inner is not None else None
    if inner is None or not person or inner.one("target") != f"{activity.actor}/residents":
        raise Ignored("undo.unknown")
    if not is_same_origin(person, activity.actor):
        raise Ignored("undo.stranger")
    actor_id, group_id = remote.id_of(person), remote.id_of(activity.actor)
    claim = db.session.get(Claim, (actor_id, group_id)) if actor_id and group_id else None
    if claim is None:
        raise Ignored("undo.unknown")
    claims.revoke(claim)
