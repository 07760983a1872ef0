"""/api/v1/notifications: what Mastodon has a word for; the rest of our notices stands in the page."""

from __future__ import annotations

from collections.abc import Collection

from flask import Response, request
from sqlalchemy import delete, func, select

from instance.core import paging
from instance.core.db import commit, db
from instance.core.errors import NotFound
from instance.mastodon import notices
from instance.mastodon.api import answer, bearer, bp, flag, listing, number, scope
from instance.mastodon.models import Marker
from instance.notifications.models import Notification

FEW, MANY = 100, 1000  # unread ones that are counted


def words(name: str) -> list[str]:
    """A list in the address."""
    return request.args.getlist(f"{name}[]") or request.args.getlist(name)


def kinds() -> list[str]:
    """Our kinds that `types[]` and `exclude_types[]` ask for."""
    return notices.kinds_of(words("types"), words("exclude_types"))


@bp.get("/v1/notifications")
@scope("read:notifications")
def notifications() -> Response:
    """The bearer's notices, newest first; of one account, or with those set apart, where asked."""
    window = paging.window(request.args, default=40, most=80)
    asked = request.args.get("account_id")
    even_filtered = bool(flag(request.args, "include_filtered"))
    me = bearer().account
    doer_id = number(asked) if asked else None
    rows = notices.page(me, window, kinds(), doer_id=doer_id, even_filtered=even_filtered)
    return listing(list(notices.documents(me, rows).values()), [row.id for row in rows])


@bp.get("/v1/notifications/unread_count")
@scope("read:notifications")
def unread_notices() -> Response:
    """How many came since the bearer last looked, counted so far as is of use."""
    return answer({"count": unread(kinds(), grouped=False)})


def unread(wanted: Collection[str], *, grouped: bool) -> int:
    """How many notices nobody looked at: neither on the page, nor a client that moved its marker."""
    me, limit = bearer().account, request.args.get("limit", "")
    most = min(int(limit), MANY) if limit.isdecimal() and len(limit) < 6 else FEW
    marker = select(Marker.last_read_id).where(Marker.account_id == me.id, Marker.timeline == "notifications")
    seen = func.coalesce(marker.scalar_subquery(), 0)
    query = notices.mine().where(Notification.read_at.is_(None), Notification.id > seen)
    if grouped:
        query = query.where(notices.LEADS)
    few = query.with_only_columns(Notification.id).limit(most).subquery()
    found = db.session.scalar(select(func.count()).select_from(few), notices.values(me, wanted))
    return found or 0


@bp.get("/v1/notifications/<int:notification_id>")
@scope("read:notifications")
def notification(notification_id: int) -> Response:
    """One notice, set apart or not."""
    me = bearer().account
    found = notices.documents(me, notices.those(me, [notification_id], even_filtered=True))
    if notification_id not in found:
        raise NotFound
    return answer(found[notification_id])


@bp.post("/v1/notifications/<int:notification_id>/dismiss")
@scope("write:notifications")
def dismiss_notice(notification_id: int) -> Response:
    """Throw one notice away."""
    throw_away([row.id for row in notices.those(bearer().account, [notification_id], even_filtered=True)])
    return answer({})


def throw_away(found: Collection[int]) -> None:
    """Delete these notices, which the caller has. Raises `NotFound` for none."""
    if not found:
        raise NotFound
    with commit():
        db.session.execute(delete(Notification).where(Notification.id.in_(found)))


@bp.post("/v1/notifications/clear")
@scope("write:notifications")
def clear_notices() -> Response:
    """Throw away all that clients know; what the house told (measures, roles) stays in the page."""
    with commit():
        mine = (Notification.account_id == bearer().account.id) & Notification.kind.in_(list(notices.TYPES))
        db.session.execute(delete(Notification).where(mine, ~Notification.is_filtered))
    return answer({})
