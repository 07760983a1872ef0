"""Relationship entities: what stands between the bearer and others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request

from instance.accounts import relations
from instance.mastodon.api import answer, bearer, bp, number, scope
from instance.quartiers.access import residence
from instance.timelines import given

Json = dict[str, Any]
MANY = 80


@bp.get("/v1/accounts/relationships")
@scope("read:follows")
def relationships() -> Response:
    """What stands between the bearer and each of `id[]`."""
    asked = request.args.getlist("id[]") or request.args.getlist("id")
    return answer(of([number(one) for one in asked[:MANY]]))


def of(actor_ids: Sequence[int]) -> list[Json]:
    """The relationships to `actor_ids`; being blocked is never told.

    Between the bearer and an id that nobody has stands nothing: the same answer as for somebody who is hidden.
    """
    me, here = bearer().account.actor_id, residence()
    found = {one.actor_id: one for one in relations.of(me, actor_ids)}
    unasked = {one.id for one in given.to(me, here.quartier if here else None).all}
    return [_shown(found.get(one, relations.nothing(one)), is_given=one in unasked) for one in dict.fromkeys(actor_ids)]


def to(actor_id: int) -> Response:
    """The answer of each act on one account."""
    return answer(of([actor_id])[0])


def _shown(one: relations.Relation, *, is_given: bool = False) -> Json:
    return {
        "id": str(one.actor_id), "following": one.follows or is_given, "requested": one.asked and not is_given,
        "followed_by": one.is_followed_by, "showing_reblogs": one.shows_boosts or is_given,
        "notifying": one.notifies, "languages": one.languages, "blocking": one.blocks, "blocked_by": False,
        "muting": one.mutes, "muting_notifications": one.mutes and one.mutes_notices, "muting_expires_at": None,
        "requested_by": one.is_asked_by, "domain_blocking": one.blocks_host, "endorsed": one.endorses, "note": one.note,
    }  # fmt: skip
