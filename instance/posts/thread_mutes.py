"""Threads of which somebody wants no more notices: they are read as before, and nobody learns of it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, delete, select

from instance.core.db import BigId, db
from instance.posts.models import ThreadMute

# Asked for everything that is told: built once (performance.md, rule 5).
_WHO = select(ThreadMute.actor_id, ThreadMute.thread_id).where(
    ThreadMute.thread_id.in_(bindparam("threads", expanding=True, type_=BigId)),
    ThreadMute.actor_id.in_(bindparam("actors", expanding=True, type_=BigId)),
)


def mute(actor_id: int, thread_id: int) -> None:
    """No more notices of this thread. Twice is once."""
    if db.session.get(ThreadMute, (actor_id, thread_id)) is None:
        db.session.add(ThreadMute(actor_id=actor_id, thread_id=thread_id))


def unmute(actor_id: int, thread_id: int) -> None:
    """Notices again."""
    db.session.execute(
        delete(ThreadMute).where(ThreadMute.actor_id == actor_id, ThreadMute.thread_id == thread_id)
    )  # fmt: skip


def who(actor_ids: Collection[int], thread_ids: Collection[int]) -> set[tuple[int, int]]:
    """Pairs of actor and thread that are muted, in one statement; none at all for nobody."""
    if not actor_ids or not thread_ids:
        return set()
    rows = db.session.connection().execute(_WHO, {"threads": list(thread_ids), "actors": list(actor_ids)})
    return {(row[0], row[1]) for row in rows}
