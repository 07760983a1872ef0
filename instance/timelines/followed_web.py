"""« Suivis »: what followed people and groups say and pass on, beside the wall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask import g, request
from flask.typing import ResponseReturnValue
from sqlalchemy import bindparam, select

from instance.accounts import shown
from instance.accounts.models import Actor
from instance.core.db import BigId, db
from instance.core.paging import HIGHEST
from instance.core.web import is_fragment, page, row_number
from instance.posts import cards, threads, visibility
from instance.posts.models import Post
from instance.posts.web import reading
from instance.quartiers.access import residence, resident_required
from instance.timelines import home as lines
from instance.timelines.blueprint import bp
from instance.timelines.home import Entry
from instance.timelines.service import PAGE, OnWall

_SHOWN = (
    threads.shown()
    .add_columns(threads.REPLIES)
    .where(Post.id.in_(bindparam("posts", type_=BigId, expanding=True)))
)  # fmt: skip


@bp.get("/suivis")
@resident_required
def followed() -> ResponseReturnValue:
    """What comes by follows, the newest first."""
    before = request.args.get("avant", type=row_number)
    found = lines.followed(g.actor_id, before or HIGHEST, PAGE)
    home = residence()
    template = "timelines/_followed.html" if is_fragment() else "timelines/followed.html"
    return page(
        template, entries=_sheets(found), before=before, older=found[-1].id if len(found) == PAGE else None,
        home=home, current="wall",
    )  # fmt: skip


def _sheets(found: Sequence[Entry]) -> list[tuple[str, Any]]:
    """Each line as who passed it on (empty where nobody had to) and its sheet."""
    values = {**visibility.reader(g.actor_id), "posts": [line.post_id for line in found]}
    rows = cast(Sequence[OnWall], db.session.connection().execute(_SHOWN, values).all())
    sheets = cards.notes(rows, reading(), {post.id: post.replies for post in rows})
    by_id = {post.id: sheet for post, sheet in zip(rows, sheets, strict=True)}
    names = _names({line.booster_id for line in found if line.booster_id is not None})
    return [(names.get(line.booster_id or 0, ""), by_id[line.post_id]) for line in found if line.post_id in by_id]


def _names(actor_ids: set[int]) -> dict[int, str]:
    if not actor_ids:
        return {}
    actors = db.session.scalars(select(Actor).where(Actor.id.in_(actor_ids)))
    return {one.id: one.name for one in shown.people(g.actor_id, actors)}
