"""/api/v1/trends: what three people or more spoke of within a week, of what the caller may read; no likes count."""

from __future__ import annotations

from flask import Response, request

from instance.core import clock
from instance.mastodon import attached, filters, render, tags
from instance.mastodon.api import answer, bp, public, viewer
from instance.posts import tags as marks
from instance.posts import trends


def _window(usual: int) -> dict[str, int]:
    def whole(name: str, default: int, most: int) -> int:
        said = request.args.get(name, "")
        return min(int(said), most) if said.isdecimal() and len(said) < 6 else default

    return {"limit": max(1, whole("limit", usual, 40)), "offset": whole("offset", 0, 1000)}


@bp.get("/v1/trends")
@bp.get("/v1/trends/tags")
@public("read")
def tag_trends() -> Response:
    """Tags."""
    return answer(tags.entities(marks.trending(viewer(), **_window(10))))


@bp.get("/v1/trends/statuses")
@public("read:statuses")
def status_trends() -> Response:
    """Public posts that several people answered."""
    found = trends.statuses(viewer(), **_window(20))
    shown = render.statuses(viewer(), found, rules=filters.of_caller(), context="public")
    return answer([shown[one] for one in found if one in shown])


@bp.get("/v1/trends/links")
@public("read")
def link_trends() -> Response:
    """Pages that several people linked to."""
    found = trends.links(viewer(), **_window(10))
    day = str(int((clock.now() - trends.DAYS).timestamp()))  # of a link the week is told as one
    return answer([
        attached.card(card) | {"history": [{"day": day, "uses": str(uses), "accounts": str(people)}]}
        for card, people, uses in found
    ])  # fmt: skip
