"""Whom the bearer wants to hear of, and the people about whom notices were set apart."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from instance.core import ids, paging
from instance.core.db import commit
from instance.core.errors import NotFound
from instance.mastodon import faces, filters, people, render
from instance.mastodon.api import answer, bearer, bp, flag, listing, number, scope, sent, text
from instance.notifications import policy
from instance.notifications.policy import MEMBERS, Waiting

Json = dict[str, Any]
OLD_MEMBERS = MEMBERS[:4]  # of the first version, which knew yes and no


def _waiting() -> list[Waiting]:
    me = bearer().account
    return policy.waiting(me.id, me.actor_id)


def _summary() -> Json:
    found = _waiting()
    return {"pending_requests_count": len(found), "pending_notifications_count": sum(one.number for one in found)}


def _policy() -> Response:
    chosen = policy.chosen(bearer().account.id)
    return answer({f"for_{name}": chosen[name] for name in MEMBERS} | {"summary": _summary()})


@bp.get("/v2/notifications/policy")
@scope("read:notifications")
def notice_policy() -> Response:
    """The bearer's policy: accept, filter or drop for each sort of stranger."""
    return _policy()


@bp.route("/v2/notifications/policy", methods=["PATCH", "PUT"])  # PUT: Ice Cubes
@scope("write:notifications")
def change_policy() -> Response:
    """Change what was sent of it."""
    fields = sent()
    wishes = {name: said for name in MEMBERS if (said := text(fields, f"for_{name}")) is not None}
    with commit():
        policy.choose(bearer().account.id, wishes)
    return _policy()


def _old_policy() -> Response:
    chosen = policy.chosen(bearer().account.id)
    return answer({f"filter_{name}": chosen[name] != "accept" for name in OLD_MEMBERS} | {"summary": _summary()})


@bp.get("/v1/notifications/policy")
@scope("read:notifications")
def old_policy() -> Response:
    """The same in yes and no."""
    return _old_policy()


@bp.route("/v1/notifications/policy", methods=["PATCH", "PUT"])
@scope("write:notifications")
def change_old_policy() -> Response:
    """Yes sets apart, no accepts."""
    fields = sent()
    said = {name: flag(fields, f"filter_{name}") for name in OLD_MEMBERS}
    with commit():
        wishes = {name: "filter" if word else "accept" for name, word in said.items() if word is not None}
        policy.choose(bearer().account.id, wishes)
    return _old_policy()


def _entities(found: list[Waiting]) -> list[Json]:
    me = bearer().account
    shown = faces.those(me.actor_id, [one.actor_id for one in found])
    last = [one.last_post_id for one in found if one.last_post_id is not None]
    posts = render.statuses(me.actor_id, last, rules=filters.of(me))
    return [
        {
            "id": str(one.actor_id), "created_at": people.stamp(ids.moment_of(one.first_id)),
            "updated_at": people.stamp(ids.moment_of(one.last_id)), "notifications_count": str(one.number),
            "account": shown[one.actor_id], "last_status": posts.get(one.last_post_id or 0),
        }
        for one in found if one.actor_id in shown
    ]  # fmt: skip


@bp.get("/v1/notifications/requests")
@scope("read:notifications")
def notice_requests() -> Response:
    """The people about whom notices were set apart, the latest first."""
    window = paging.window(request.args, default=40, most=80)
    within = [one for one in _waiting() if window.after < one.last_id < window.before]
    page = within[-window.limit :] if window.upwards else within[: window.limit]
    return listing(_entities(page), [one.last_id for one in page])


@bp.get("/v1/notifications/requests/merged")
@scope("read:notifications")
def notice_requests_merged() -> Response:
    """Whether what was accepted stands among the others: at once."""
    return answer({"merged": True})


@bp.get("/v1/notifications/requests/<int:actor_id>")
@scope("read:notifications")
def notice_request(actor_id: int) -> Response:
    """One of them."""
    return answer(_entities(_asked([actor_id]))[0])


def _asked(actor_ids: list[int]) -> list[Waiting]:
    """The requests of these people. Raises `NotFound` unless all are there."""
    known = {one.actor_id: one for one in _waiting()}
    if not actor_ids or not all(one in known for one in actor_ids):
        raise NotFound
    return [known[one] for one in actor_ids]


@bp.post("/v1/notifications/requests/<int:actor_id>/<any(accept, dismiss):word>")
@scope("write:notifications")
def settle_notice_request(actor_id: int, word: str) -> Response:
    """Hear of this person from now on, or throw away what was set apart."""
    return _settle([actor_id], word)


@bp.post("/v1/notifications/requests/<any(accept, dismiss):word>")
@scope("write:notifications")
def settle_notice_requests(word: str) -> Response:
    """The same for several at once."""
    said = sent().get("id", [])
    return _settle([number(one) for one in (said if isinstance(said, list) else [said])], word)


def _settle(actor_ids: list[int], word: str) -> Response:
    me, found = bearer().account, [one.actor_id for one in _asked(actor_ids)]
    with commit():
        (policy.accept if word == "accept" else policy.dismiss)(me.id, me.actor_id, found)
    return answer({})
