"""What is not kept: ended sessions, mutes that ran out, networks after QL_LOG_DAYS, unused links, counts of tries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update

from instance.accounts import passwords, second_factor, throttle
from instance.accounts.models import LoginSession, Mute
from instance.core import clock
from instance.core.db import commit, db
from instance.core.web import settings


def forget_traces(_: dict[str, Any]) -> None:
    """Task, once an hour."""
    now = clock.now()
    old = now - timedelta(days=settings().log_days)
    with commit():
        db.session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
        db.session.execute(
            update(LoginSession)
            .where(LoginSession.created_at < old, LoginSession.network != "")
            .values(network="")
            .execution_options(synchronize_session=False)
        )
        db.session.execute(delete(Mute).where(Mute.until <= now))
        passwords.forget_old()
        second_factor.forget_old()
        throttle.forget_old()
