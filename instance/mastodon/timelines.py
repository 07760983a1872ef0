"""/api/v1/timelines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request
from sqlalchemy import select

from instance.accounts.models import Actor
from instance.accounts.shown import neighbours
from instance.core import paging
from instance.core.db import db
from instance.mastodon import render
from instance.mastodon.api import bearer, bp, listing, scope
from instance.mastodon.people import account, remote_rows
from instance.quartiers.access import residence
from instance.timelines import home as lines
from instance.timelines.home import Entry


@bp.get("/v1/timelines/home")
@scope("read:statuses")
def home() -> Response:
    """The quartier's wall, followed people, and own posts."""
    viewer, here = bearer().account.actor_id, residence()
    found = lines.home(viewer, here.quartier.actor_id if here else None, paging.window(request.args))
    return listing(_shown(viewer, found), [line.id for line in found])


def _shown(viewer: int, found: Sequence[Entry]) -> list[Any]:
    posts = render.statuses(viewer, [line.post_id for line in found])
    boosters = {line.booster_id for line in found if line.booster_id is not None}
    people = _people(viewer, boosters)
    shown: list[Any] = []
    for line in found:
        if line.post_id not in posts:
            continue
        inner = posts[line.post_id]
        if line.booster_id is None:
            shown.append(inner)
        else:
            shown.append(render.boosted(line.id, inner, people[line.booster_id], line.post_id))
    return shown


def _people(viewer: int, actor_ids: set[int]) -> dict[int, Any]:
    if not actor_ids:
        return {}
    people = list(db.session.scalars(select(Actor).where(Actor.id.in_(actor_ids))))
    remote, near = remote_rows({one.id for one in people if one.uri}), neighbours(viewer, actor_ids)
    return {one.id: account(one, remote.get(one.id), is_near=one.id in near) for one in people}
