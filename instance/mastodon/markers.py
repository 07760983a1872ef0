"""/api/v1/markers: how far each timeline was read, so that a person's programs agree."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from instance.core import clock
from instance.core.db import commit, db
from instance.core.errors import DomainError, Invalid
from instance.core.web import HIGHEST
from instance.mastodon import notices
from instance.mastodon.api import answer, bearer, bp, number, scope, sent
from instance.mastodon.models import Marker
from instance.mastodon.people import stamp
from instance.notifications import service
from instance.notifications.models import Notification

Json = dict[str, Any]
TIMELINES = ("home", "notifications")
ROUNDED = 64  # ids: by so much a number of ours differs at most once it went through JavaScript; a thousandth of a ms


class Conflict(DomainError):
    """Another program wrote the same marker at the same time."""

    status = 409


def _shown(row: Marker) -> Json:
    return {"last_read_id": str(row.last_read_id), "version": row.version, "updated_at": stamp(row.updated_at)}


@bp.get("/v1/markers")
@scope("read:statuses")
def markers() -> Response:
    """The markers of the timelines asked for that have one."""
    asked = request.args.getlist("timeline[]") or request.args.getlist("timeline")
    rows = select(Marker).where(Marker.account_id == bearer().account.id, Marker.timeline.in_(asked))
    return answer({row.timeline: _shown(row) for row in db.session.scalars(rows)})


@bp.post("/v1/markers")
@scope("write:statuses")
def set_markers() -> Response:
    """Move markers; each move counts one version up."""
    asked = _asked(sent())
    account_id = bearer().account.id
    if "notifications" in asked:
        asked["notifications"] = _meant(account_id, asked["notifications"])
    try:
        with commit():
            for timeline, last_read_id in asked.items():
                _move(account_id, timeline, last_read_id)
            if "notifications" in asked:
                service.mark_read_up_to(account_id, asked["notifications"], notices.TYPES)
    except IntegrityError as error:
        raise _conflict() from error
    rows = select(Marker).where(Marker.account_id == account_id, Marker.timeline.in_(asked))
    return answer({row.timeline: _shown(row) for row in db.session.scalars(rows)})


def _asked(fields: Json) -> dict[str, int]:
    found = {}
    for timeline in TIMELINES:
        given = fields.get(timeline)
        last = given.get("last_read_id") if isinstance(given, dict) else fields.get(f"{timeline}[last_read_id]")
        if last is not None:
            found[timeline] = number(last)
    if not found:
        raise Invalid("marker", _("Dites jusqu’où vous avez lu, par exemple home[last_read_id]."))
    return found


def _meant(account_id: int, said: int) -> int:
    """The notice that a program says it showed last.

    Phanpy says `most_recent_notification_id` of a group, which is a JSON number: JavaScript rounds it.
    """
    near = Notification.id.between(said, min(said + ROUNDED, HIGHEST))
    return (
        db.session.scalar(select(func.max(Notification.id)).where(Notification.account_id == account_id, near)) or said
    )


def _move(account_id: int, timeline: str, last_read_id: int) -> None:
    row = db.session.get(Marker, (account_id, timeline))
    now = clock.now()
    if row is None:
        db.session.add(Marker(account_id=account_id, timeline=timeline, last_read_id=last_read_id, updated_at=now))
        db.session.flush()
        return
    same = (Marker.account_id == account_id) & (Marker.timeline == timeline) & (Marker.version == row.version)
    moved = update(Marker).where(same).values(last_read_id=last_read_id, version=row.version + 1, updated_at=now)
    if db.session.execute(moved.returning(Marker.timeline)).first() is None:
        raise _conflict()


def follow_reading(account_id: int) -> None:
    """What was read in the page is read for programs too: the marker goes on to where nothing waits below it.

    Inside `commit()`. It never goes back, and a program that moves it at the same moment wins.
    """
    last, now = service.read_up_to(account_id, notices.TYPES), clock.now()
    mine = (Marker.account_id == account_id) & (Marker.timeline == "notifications")
    if not last:
        return
    fresh = {"account_id": account_id, "timeline": "notifications", "last_read_id": last, "version": 1}
    fresh |= {"updated_at": now}
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    made = dialect.insert(Marker).values(fresh).on_conflict_do_nothing(index_elements=["account_id", "timeline"])
    if db.session.execute(made.returning(Marker.timeline)).first() is None:
        moved = update(Marker).where(mine, Marker.last_read_id < last)
        db.session.execute(moved.values(last_read_id=last, version=Marker.version + 1, updated_at=now))


def _conflict() -> Conflict:
    return Conflict("marker.conflict", _("Un autre programme écrivait au même moment. Réessayez."))
