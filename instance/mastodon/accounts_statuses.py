"""/api/v1/accounts/:id/…: what somebody said, the bearer's lists with them, the tags on their profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request

from instance.core import paging
from instance.mastodon import filters, sight
from instance.mastodon.api import answer, bearer, bp, flag, listing, public, scope, viewer
from instance.mastodon.featured_tags import of_account
from instance.mastodon.lists import entity
from instance.mastodon.timelines import entities
from instance.quartiers.access import residence
from instance.timelines import authored, lists
from instance.timelines.home import Entry


@bp.get("/v1/accounts/<int:actor_id>/statuses")
@public("read:statuses")
def statuses_of(actor_id: int) -> Response:
    """What the caller may read of somebody; of a Group, what stands on its wall."""
    author, here = sight.other(actor_id), residence()
    asked = request.args.to_dict()
    if flag(asked, "pinned"):
        found = authored.pinned(viewer(), author)
        return answer(_shown(found))
    choice = authored.choice_of(
        only_media=bool(flag(asked, "only_media")), no_replies=bool(flag(asked, "exclude_replies")),
        no_boosts=bool(flag(asked, "exclude_reblogs")), tag=asked.get("tagged", ""),
    )  # fmt: skip
    found = authored.page(viewer(), author, here.quartier if here else None, choice, paging.window(request.args))
    return listing(_shown(found), [line.id for line in found])


def _shown(found: Sequence[Entry]) -> list[Any]:
    rules = filters.NONE if viewer() is None else filters.of(bearer().account)
    return list(entities(sight.reader(), found, rules=rules, context="account").values())


@bp.get("/v1/accounts/<int:actor_id>/lists")
@scope("read:lists")
def lists_with(actor_id: int) -> Response:
    """The bearer's own lists on which somebody stands."""
    other = sight.other(actor_id)
    return answer([entity(one) for one in lists.holding(bearer().account, other.id)])


@bp.get("/v1/accounts/<int:actor_id>/featured_tags")
@public("read:accounts")
def tags_of(actor_id: int) -> Response:
    """The tags that somebody shows on their profile."""
    return answer(of_account(sight.other(actor_id)))
