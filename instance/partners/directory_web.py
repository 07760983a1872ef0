"""/annuaire: the cities and quartiers that are known here, on maps of our own drawing and as a list. For everybody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from instance.core import pieces
from instance.core.errors import NotFound
from instance.core.i18n import language
from instance.core.web import page, settings
from instance.partners import atlas, directory
from instance.partners.directory import City, Line
from instance.quartiers.geometry import bounds_of

bp = Blueprint("directory", __name__)
PAGES_MAX = 1_000


@bp.get("/annuaire")
def shown() -> ResponseReturnValue:
    """One page of the directory; its drawings are made once for what is known now."""
    number = request.args.get("page", 1, type=int)
    if not 1 <= number <= PAGES_MAX:
        raise NotFound
    key = ("directory", directory.version(), settings().name, language(), number)
    made = pieces.find(key)
    if made is None:
        made = pieces.put(key, _made(number))
    return page("partners/directory.html", regions=Markup(made))  # made by a template


def _made(number: int) -> str:
    """The body of one page. Raises `NotFound` for one that is not there."""
    whole = directory.pages(directory.cities(settings().name))
    if number > len(whole):
        raise NotFound
    cities = whole[number - 1]
    bounds = {city.host: [bounds_of(one.outline) for one in city.lines if one.outline] for city in cities}
    by_host = {city.host: city for city in cities}
    groups = [[by_host[host] for host in hosts] for hosts in atlas.together(bounds)]
    share = atlas.POSITIONS // max(1, len(groups))
    return render_template(
        "partners/_directory.html", regions=[_region(group, share) for group in groups],
        older=number + 1 if number < len(whole) else None, newer=number - 1 or None,
    )  # fmt: skip


def _region(cities: list[City], positions: int) -> dict[str, Any]:
    lines = [line for city in cities for line in city.lines]
    drawing = atlas.draw({line.key: line.outline for line in lines if line.outline}, positions)
    words = {"pilot": _("pilote"), "open": _("ouvert"), "dormant": _("en sommeil")}
    drawn = drawing.shapes if drawing else {}
    shapes = [
        {"name": line.name, "path": drawn[line.key].path, "x": drawn[line.key].label_x, "y": drawn[line.key].label_y,
         "role": _role(line), "href": line.href, "info": f"{words[line.state]}, {line.city}", "number": place}
        for place, line in enumerate(lines, 1) if line.key in drawn
    ]  # fmt: skip
    rows = [
        {"name": line.name, "href": line.href, "info": f"{words[line.state]} · {line.city}",
         "pilot": line.state != "open", "far": not line.is_ours}
        for line in lines
    ]  # fmt: skip
    return {"cities": cities, "drawing": drawing, "shapes": shapes, "rows": rows}


def _role(line: Line) -> str:
    """How it is drawn: lit where it is open, and otherwise for ours than for others'."""
    if line.state != "open":
        return "far"
    return "self" if line.is_ours else "near"
