"""Looking for words, people and tags among what the reader may read; and the page of one tag."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask.typing import ResponseReturnValue

from instance.accounts import shown
from instance.core.errors import NotFound
from instance.core.web import current_viewer, page, row_number
from instance.posts import cards, search, tags
from instance.posts.web import reading
from instance.quartiers.access import residence, resident_required
from instance.timelines import found, people
from instance.timelines.blueprint import bp

ASKED_MAX = 200
PEOPLE = 8  # in a page that shows all


@bp.get("/recherche")
@resident_required
def look_for() -> ResponseReturnValue:
    """The form, and what was found: people and tags first, then posts, newest first."""
    asked = request.args.get("q", "").strip()[:ASKED_MAX]
    before = request.args.get("avant", type=row_number)
    told: dict[str, Any] = {"people": [], "tags": [], "notes": [], "older": None}
    if asked:
        told = _found(asked, before)
    return page("timelines/look_for.html", **told, asked=asked, before=before, home=residence(), current="wall")


def _found(asked: str, before: int | None) -> dict[str, Any]:
    ids = search.find(g.actor_id, asked, before=before, limit=search.SHOWN + 1)
    notes = _notes(ids[: search.SHOWN])
    older = ids[search.SHOWN - 1] if len(ids) > search.SHOWN else None
    if before is not None:
        return {"people": [], "tags": [], "notes": notes, "older": older}
    return {
        "people": _people(asked), "notes": notes, "older": older,
        "tags": [(one, tags.path_of(one)) for one in tags.beginning_with(g.actor_id, asked, limit=PEOPLE)],
    }  # fmt: skip


def _notes(post_ids: list[int]) -> list[Any]:
    rows = found.several(current_viewer(), post_ids)
    return list(cards.notes(rows, reading(), {row.id: row.replies for row in rows}))


def _people(asked: str) -> list[shown.Person]:
    home = residence()
    named = people.find(g.actor_id, home.quartier.id if home else None, asked, limit=PEOPLE)
    return shown.people(g.actor_id, named)


@bp.get("/mots/<name>")
def tag(name: str) -> ResponseReturnValue:
    """Posts marked with a word, newest first: of those that the reader may read."""
    if not tags.fold(name):
        raise NotFound
    before = request.args.get("avant", type=row_number)
    viewer = current_viewer()
    rows, older = found.tagged(viewer, tags.fold(name), before)
    notes = cards.notes(rows, reading(), {row.id: row.replies for row in rows})
    return page(
        "timelines/tag.html", name=tags.shown_as(viewer, name), path=tags.path_of(name), notes=notes, older=older,
        before=before, current="wall",
    )  # fmt: skip
