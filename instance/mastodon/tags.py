"""/api/v1/tags: a word marked with #, how much it was used in public, whether the bearer follows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, g
from sqlalchemy import select

from instance.core.db import db
from instance.core.errors import NotFound
from instance.mastodon.api import answer, bp, public, viewer
from instance.posts import tags
from instance.timelines.models import FollowedTag

Json = dict[str, Any]


def short(name: str) -> Json:
    """The Tag of a status."""
    return {"name": name, "url": tags.url_of(name)}


def entities(names: Sequence[str]) -> list[Json]:
    """The Tag entities of `names` as written, in their order, in two statements.

    Days are counted in posts that everybody may read, so that no number tells of words for a few.
    """
    folded = [tags.fold(name) for name in names]
    days, followed = tags.history(folded), _followed(folded)
    return [
        short(name)
        | {
            "id": one, "following": one in followed, "featuring": False,
            "history": [
                {"day": str(int(day.begins.timestamp())), "uses": str(day.uses), "accounts": str(day.people)}
                for day in days[one]
            ],
        }
        for name, one in zip(names, folded, strict=True)
    ]  # fmt: skip


def _followed(folded: Sequence[str]) -> set[str]:
    if viewer() is None or not folded:
        return set()
    mine = select(FollowedTag.name).where(FollowedTag.account_id == g.account_id, FollowedTag.name.in_(folded))
    return set(db.session.scalars(mine))


@bp.get("/v1/tags/<name>")
@public("read")
def one_tag(name: str) -> Response:
    """One tag, also one that nobody used yet: it can be followed."""
    if not tags.fold(name):
        raise NotFound
    return answer(entities([tags.shown_as(viewer(), name)])[0])
