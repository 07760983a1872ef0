"""The wall of a quartier."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from instance.accounts import my_data
from instance.accounts.session import account, login_required
from instance.core.db import commit
from instance.core.web import is_fragment, page, row_number
from instance.legal import service as legal
from instance.posts import cards
from instance.posts.web import count_reader, reading
from instance.quartiers import roles
from instance.quartiers import service as quartiers
from instance.quartiers.access import residence
from instance.timelines import around as lines
from instance.timelines import (
    around_web,
    followed_web,
    follows_web,
    own_data,
    people_web,
    public_web,
    search_web,
    service,
)
from instance.timelines.blueprint import bp


@bp.record_once
def _bind(_state: object) -> None:
    my_data.contribute("lists", own_data.lists)


__all__ = ["around_web", "bp", "followed_web", "follows_web", "people_web", "search_web"]


@bp.get("/q/<slug>")
def wall(slug: str) -> ResponseReturnValue:
    """The wall, for those who live there; for all others what an open quartier says to everybody."""
    home = residence()
    if home is None or home.quartier.slug != slug.lower():
        return public_web.face(slug)
    quartier = home.quartier
    if quartier.state == "open" and "dehors" in request.args:
        return public_web.face(slug)
    if quartier.state != "open":
        return page(
            "timelines/pilot.html", quartier=quartier, current="wall",
            residents=quartiers.residents_number(quartier.id), addresses=quartiers.addresses_number(quartier.id),
            roles=roles.board_of(quartier.id, g.actor_id),
        )  # fmt: skip
    order = request.args.get("tri", account().sort)
    order = order if order in service.ORDERS else "replies"
    before = request.args.get("avant", type=row_number)
    posts, older = service.wall(g.actor_id, quartier.actor_id, order, before)
    pins = service.pinned(g.actor_id, quartier.actor_id) if before is None else []
    shown = [*pins, *posts]
    sheets = cards.notes(shown, reading(quartier.id), {post.id: post.replies for post in shown})
    values: dict[str, Any] = {
        "quartier": quartier, "home": home, "order": order, "older": older, "before": before, "current": "wall",
        "pins": sheets[: len(pins)], "notes": sheets[len(pins) :],
    }  # fmt: skip
    if is_fragment():
        answer = page("timelines/_notes.html", **values)
    else:
        around = quartiers.neighbour_names(quartier.id)
        around += [f"{one.name} · {one.city}" for one in lines.far_neighbours(quartier)]
        board = roles.names_on_board(quartier.id, g.actor_id)
        answer = page("timelines/wall.html", **values, neighbours=around, roles=board, unseen=_guide(before))
    read_whole = [post for post in shown if not cards.is_cut(post) and post.author_id != g.actor_id]
    count_reader(answer, read_whole)
    return answer


def _guide(before: int | None) -> int | None:
    """The version of the guide that the reader has not been shown yet, on the first page of a wall."""
    return legal.unseen_guide(account()) if before is None else None


@bp.post("/q/<slug>/tri")
@login_required
def sort(slug: str) -> ResponseReturnValue:
    """Keep the order in which the reader wants the wall."""
    order = request.form.get("tri", "")
    if order in service.ORDERS:
        with commit():
            account().sort = order
    return redirect(url_for("timelines.wall", slug=slug), 303)
