"""Jobs as admins see them: how many in which state, what failed and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from instance.core.db import db
from instance.core.jobs import Job

SHOWN = 100
MAILBOX = re.compile(r"[^\s@<>'\"(){},;]+@[^\s@<>'\"(){},;]+")


@dataclass(frozen=True)
class Trouble:
    """A job that failed, or waits for another try."""

    id: int
    kind: str
    state: str  # failed | pending
    attempts: int
    due_at: datetime
    reason: str


def troubles() -> list[Trouble]:
    """What failed, then what will be tried again, newest first; mail addresses in reasons are left out."""
    rows = db.session.scalars(
        select(Job)
        .where(or_(Job.state == "failed", (Job.state == "pending") & Job.last_error.is_not(None)))
        .order_by(Job.state, Job.id.desc())
        .limit(SHOWN)
    )
    return [
        Trouble(row.id, row.kind, row.state, row.attempts, row.due_at, MAILBOX.sub("…@…", row.last_error or ""))
        for row in rows
    ]
