"""Quartiers from a file into the city: rows, neighbours, drawings. All of a file or nothing of it.

A quartier that was imported before keeps its id, slug and state. Its outline may change while it is a pilot;
frontiers are fixed once it is open. Pairs made or removed by hand stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts import names
from instance.accounts.models import Actor
from instance.core import clock
from instance.core.db import db, new_id
from instance.core.errors import Invalid
from instance.quartiers import reference, service, shapes
from instance.quartiers.borders import ONE_FILE_M, TWO_FILES_M, Area, common_border_m, overlap_m2
from instance.quartiers.geometry import geometry_of, outline_of
from instance.quartiers.models import Plan, Quartier, QuartierPair
from instance.quartiers.quartier_file import Drawn
from instance.quartiers.slugs import free_slug

NOISE_M2 = 1.0


@dataclass(frozen=True)
class Source:
    """Where quartiers come from: the file's name, and every code in it, also those not asked for."""

    name: str
    codes: Collection[str]


@dataclass(frozen=True)
class Brought:
    """What an import of quartiers did; `pairs` counts all neighbours in the city afterwards."""

    added: int
    changed: int
    unchanged: int
    pairs: int
    moved_addresses: int


def bring_quartiers(drawn: Sequence[Drawn], source: Source, border_m: float) -> Brought:
    """Make or bring up to date the quartiers of `drawn`; neighbours share at least `border_m` metres.

    Raises `Invalid` when an open quartier's outline would change, when two quartiers overlap, or when a code
    belongs to another place.
    """
    present = {q.code: q for q in db.session.scalars(select(Quartier).order_by(Quartier.code))}
    changed = [item for item in drawn if item.code in present and _is_changed(present[item.code], item)]
    for item in changed:
        _check_change(present[item.code], item)
    added = [item for item in drawn if item.code not in present]
    for item in drawn:
        if item.code in present:
            _update(present[item.code], item, source)
        else:
            present[item.code] = _found(item, source)
    areas = {code: Area.of(outline_of(quartier.outline)) for code, quartier in present.items()}
    touched = {item.code for item in drawn}
    _check_overlaps(present, areas, {item.code for item in (*added, *changed)}, source)
    _pair(present, areas, touched, source, border_m)
    db.session.flush()
    moved = 0
    if added or changed:
        _draw_plan(present, areas)
        moved = reference.place_again()
    db.session.flush()
    pairs = db.session.scalars(select(QuartierPair.a_id).where(QuartierPair.origin != "removed")).all()
    return Brought(len(added), len(changed), len(drawn) - len(added) - len(changed), len(pairs), moved)


def _is_changed(quartier: Quartier, item: Drawn) -> bool:
    return outline_of(quartier.outline) != item.outline


def _check_change(quartier: Quartier, item: Drawn) -> None:
    other_commune = quartier.commune and item.commune and quartier.commune != item.commune
    old, new = Area.of(outline_of(quartier.outline)), Area.of(item.outline)
    if other_commune or not old.bounds.meets(new.bounds):
        raise Invalid(
            "import.other_place",
            _(
                "Le code %(code)s est déjà celui de %(name)s, ailleurs. Donnez un autre code à ce quartier.",
                code=quartier.code,
                name=quartier.name,
            ),
        )
    if quartier.state != "pilot":
        raise Invalid(
            "import.frontier",
            _(
                "%(name)s (%(code)s) est ouvert : son contour ne peut plus changer."
                " Retirez ce quartier du fichier, ou choisissez les autres avec --only.",
                code=quartier.code,
                name=quartier.name,
            ),
        )


def _found(item: Drawn, source: Source) -> Quartier:
    """A new pilot with its actor, its circle and its name for ever."""
    slug = free_slug(item.name, item.commune, item.code, names.is_taken)
    now = clock.now()
    actor = Actor(id=new_id(), kind="group", handle=slug, path=f"/q/{slug}", shown_name=item.name, created_at=now)
    db.session.add(actor)
    db.session.flush()
    names.take(slug, actor)
    quartier = Quartier(
        id=new_id(), actor_id=actor.id, circle_id=service.new_circle().id, code=item.code, slug=slug,
        name=item.name, commune=item.commune, state="pilot", source=source.name, created_at=now,
    )  # fmt: skip
    _outline(quartier, item)
    db.session.add(quartier)
    return quartier


def _update(quartier: Quartier, item: Drawn, source: Source) -> None:
    quartier.source = source.name
    quartier.commune = item.commune or quartier.commune
    if quartier.name != item.name:
        actor = db.session.get_one(Actor, quartier.actor_id)
        quartier.name = actor.shown_name = item.name
        actor.version += 1
    if _is_changed(quartier, item):
        _outline(quartier, item)


def _outline(quartier: Quartier, item: Drawn) -> None:
    bounds = Area.of(item.outline).bounds
    quartier.outline = geometry_of(item.outline)
    quartier.min_lon, quartier.min_lat = bounds.min_lon, bounds.min_lat
    quartier.max_lon, quartier.max_lat = bounds.max_lon, bounds.max_lat
    quartier.silhouette = shapes.silhouette(item.outline)


def _tolerance_m(one: Quartier, other: Quartier, source: Source) -> float:
    """Outlines of one file meet exactly; those of two files run beside each other."""
    is_one_file = one.source == other.source or {one.code, other.code} <= set(source.codes)
    return ONE_FILE_M if is_one_file else TWO_FILES_M


def _check_overlaps(present: dict[str, Quartier], areas: dict[str, Area], new: set[str], source: Source) -> None:
    """Refuse outlines that overlap by more than what two drawings of one border differ."""
    for code in sorted(new):
        for other in sorted(areas):
            if other == code or (other in new and other < code):
                continue
            overlap = overlap_m2(areas[code], areas[other])
            if overlap <= NOISE_M2:
                continue
            tolerance = _tolerance_m(present[code], present[other], source)
            if overlap > tolerance * common_border_m(areas[code], areas[other], tolerance):
                raise Invalid(
                    "import.overlap",
                    _(
                        "%(one)s (%(code)s) et %(other)s (%(other_code)s) se recouvrent sur %(area)s m²."
                        " Corrigez leurs contours, puis relancez.",
                        one=present[code].name,
                        code=code,
                        other=present[other].name,
                        other_code=other,
                        area=round(overlap),
                    ),
                )


def _pair(
    present: dict[str, Quartier], areas: dict[str, Area], touched: set[str], source: Source, border_m: float
) -> None:
    """Bring the neighbours of the touched quartiers up to date."""
    known = {(pair.a_id, pair.b_id): pair for pair in db.session.scalars(select(QuartierPair))}
    for code in sorted(touched):
        for other in sorted(areas):
            if other == code or (other in touched and other < code):
                continue
            one, two = present[code], present[other]
            length = common_border_m(areas[code], areas[other], _tolerance_m(one, two, source))
            ids = (min(one.id, two.id), max(one.id, two.id))
            pair = known.get(ids)
            if pair is not None and pair.origin == "computed" and length < border_m:
                db.session.delete(pair)
            elif pair is not None:
                pair.border_m = round(length, 1)
            elif length >= border_m:
                db.session.add(QuartierPair(a_id=ids[0], b_id=ids[1], border_m=round(length, 1)))


def _draw_plan(present: dict[str, Quartier], areas: dict[str, Area]) -> None:
    """Draw the one plan of all quartiers anew."""
    frame = shapes.plan_frame([area.bounds for area in areas.values()])
    drawings = shapes.plan_shapes({code: area.outline for code, area in areas.items()}, frame)
    for code, drawing in drawings.items():
        quartier = present[code]
        quartier.shape, quartier.label_x, quartier.label_y = drawing.path, drawing.label_x, drawing.label_y
    plan = db.session.get(Plan, 1)
    if plan is None:
        db.session.add(Plan(id=1, width=frame.width, height=frame.height))
    else:
        plan.width, plan.height = frame.width, frame.height
