"""What was sent is forgotten when nobody needs it any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, not_, or_, select

from instance.core import clock, ids
from instance.core.db import commit, db
from instance.peers.models import Delivery, Outgoing
from instance.peers.outbox import DELETES, TELLS

KEPT = timedelta(days=7)  # as jobs that are done
FAILED_KEPT = timedelta(days=30)  # for an admin to look at and repeat


def forget_sent(_: dict[str, Any]) -> None:
    """Task: activities whose deliveries are over go, deliveries with them.

    Those that told of an object stay as long as it does: they know who is to be told when it is deleted.
    """
    now = clock.now()
    old, older = Outgoing.id < ids.at(now - KEPT), Outgoing.id < ids.at(now - FAILED_KEPT)
    tells = or_(*(Outgoing.kind.like(one) for one in TELLS))
    deletes = or_(*(Outgoing.kind.startswith(one) for one in DELETES))
    unfinished = exists().where(
        Delivery.outgoing_id == Outgoing.id, Delivery.state.in_(["pending", "running", "failed"])
    )  # fmt: skip
    with commit():
        gone = select(Outgoing.object_uri).where(older, deletes)
        db.session.execute(delete(Outgoing).where(older, Outgoing.object_uri.in_(gone)))
        db.session.execute(delete(Outgoing).where(not_(tells), not_(deletes), or_(and_(old, ~unfinished), older)))
