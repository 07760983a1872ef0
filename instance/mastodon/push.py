"""/api/v1/push/subscription: the device behind a token, and what it wants to hear of."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import select

from instance.core import clock
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotFound
from instance.mastodon.api import answer, bearer, bp, flag, scope, sent, text
from instance.mastodon.models import Token
from instance.mastodon.tokens import covers
from instance.notifications import push
from instance.notifications.models import PushSubscription

WHOLE = 0x7FFFFFFF  # some clients read this id as a number of 32 bits


@bp.record_once
def _bind(_state: object) -> None:
    push.register_programs(living)


def living(token_ids: Collection[int]) -> dict[int, str]:
    """The names of applications whose tokens are alive and cover `push`, by token."""
    rows = db.session.scalars(
        select(Token).where(Token.id.in_(token_ids), Token.revoked_at.is_(None), Token.expires_at > clock.now())
    )
    return {row.id: row.application.name for row in rows if covers(frozenset(row.scopes.split()), "push")}


@bp.get("/v1/push/subscription")
@scope("push")
def push_subscription() -> Response:
    """The device of this token; 404 where there is none."""
    return answer(_entity(_mine()))


@bp.post("/v1/push/subscription")
@scope("push")
def make_push_subscription() -> Response:
    """This device from now on; the one before hears no more."""
    me, fields = bearer(), sent()
    device, data = _part(fields, "subscription"), _part(fields, "data")
    keys = _part(device, "keys")
    wanted = push.Wanted(
        text(device, "endpoint") or "", text(keys, "p256dh") or "", text(keys, "auth") or "",
        flag(device, "standard") or False, _alerts(data), text(data, "policy") or text(fields, "policy") or "all",
    )  # fmt: skip
    push.check(wanted)
    with commit():
        push.subscribe(me.account.id, wanted, token_id=me.token_id)
    return answer(_entity(_mine()))


@bp.put("/v1/push/subscription")
@scope("push")
def change_push_subscription() -> Response:
    """Other news, or news of others, for the same device."""
    fields = sent()
    data, token_id = _part(fields, "data"), bearer().token_id
    policy = text(data, "policy") or text(fields, "policy")
    if policy is not None and policy not in push.POLICIES:
        raise Invalid("push.policy", _("policy doit être all, followed, follower ou none."), field="policy")
    with commit():
        row = _mine()
        if "alerts" in data:
            row.alerts = _alerts(data)
        if policy is not None:
            row.policy = policy
    return answer(_entity(push.of_token(token_id)))


@bp.delete("/v1/push/subscription")
@scope("push")
def drop_push_subscription() -> Response:
    """This device hears no more."""
    with commit():
        push.unsubscribe(token_id=bearer().token_id)
    return answer({})


def _mine() -> PushSubscription:
    found = push.of_token(bearer().token_id)
    if found is None:
        raise NotFound
    return found


def _part(fields: dict[str, Any], name: str) -> dict[str, Any]:
    found = fields.get(name)
    return found if isinstance(found, dict) else {}


def _alerts(data: dict[str, Any]) -> list[str]:
    said = _part(data, "alerts")
    return [name for name in push.ALERTS if flag(said, name)]


def _entity(row: PushSubscription | None) -> dict[str, Any]:
    if row is None:
        raise NotFound
    return {
        "id": row.id & WHOLE, "endpoint": row.endpoint, "standard": row.is_standard, "policy": row.policy,
        "alerts": {name: name in row.alerts for name in push.ALERTS}, "server_key": push.public_key(),
    }  # fmt: skip
