"""What other servers took back: an address that is laid to rest here is not taken again for 90 days.

Deletes and Undos may overtake what they end; whichever comes first, the outcome is the same.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from instance.core import clock
from instance.core.db import commit, db
from instance.peers.models import Tombstone

KEPT = timedelta(days=90)
URI_MAX_BYTES = 2000  # a longer key does not fit into a PostgreSQL index

_LAID = select(Tombstone.uri).where(Tombstone.uri == bindparam("uri"))


def lay(uri: str) -> None:
    """From now on nothing with this address is taken. Inside `commit()`."""
    if len(uri.encode()) > URI_MAX_BYTES:
        return  # the activity that it ends was not taken either
    dialect = sqlite if db.session.get_bind().dialect.name == "sqlite" else postgresql
    stone = dialect.insert(Tombstone).values(uri=uri, at=clock.now()).on_conflict_do_nothing(index_elements=["uri"])
    db.session.execute(stone)


def is_laid(uri: str) -> bool:
    """Whether the thing at this address was taken back before."""
    return db.session.connection().scalar(_LAID, {"uri": uri}) is not None


def forget_old(_: dict[str, Any]) -> None:
    """Task: stones of 90 days go."""
    with commit():
        db.session.execute(delete(Tombstone).where(Tombstone.at < clock.now() - KEPT))
