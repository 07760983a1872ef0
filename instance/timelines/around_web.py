"""« Autour », beside the wall: the public words of the neighbour quartiers, for those who live here."""

from __future__ import annotations

from flask import g, request
from flask.typing import ResponseReturnValue

from instance.core.errors import NotFound
from instance.core.web import is_fragment, page, row_number
from instance.posts import cards
from instance.posts.web import reading
from instance.quartiers.access import residence
from instance.timelines import around as lines
from instance.timelines.blueprint import bp


@bp.get("/q/<slug>/autour")
def around(slug: str) -> ResponseReturnValue:
    """What is said around, the newest first. Raises `NotFound` for who does not live here, and for a pilot."""
    home = residence()
    if home is None or home.quartier.slug != slug.lower() or home.quartier.state != "open":
        raise NotFound
    before = request.args.get("avant", type=row_number)
    near = lines.neighbours(home.quartier)
    posts, older = lines.posts(g.actor_id, near, before)
    badges = lines.badges(posts, near)
    sheets = cards.notes(posts, reading(home.quartier.id), {post.id: post.replies for post in posts})
    entries = [(badges[post.id], sheet) for post, sheet in zip(posts, sheets, strict=True)]
    template = "timelines/_around.html" if is_fragment() else "timelines/around.html"
    return page(
        template, quartier=home.quartier, entries=entries, near=near, older=older, before=before, current="wall"
    )  # fmt: skip
