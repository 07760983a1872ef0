"""The city's reference of streets and addresses, each address placed in a quartier by its point.

Never by street or postcode: one street in thirteen runs through several quartiers. Addresses that a newer
file no longer holds stay: somebody may have proved theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, insert, select, update

from instance.core.db import db
from instance.quartiers.address_file import Row
from instance.quartiers.geometry import Locator, outline_of
from instance.quartiers.models import Address, Quartier, Street, StreetWord
from instance.quartiers.normalise import key_words, street_key

StreetKey = tuple[str, str, str]  # INSEE code, postcode, normalised name
_FIELDS = (
    "street_id", "number", "rep", "postcode", "insee", "commune", "town", "afnor", "lon", "lat",
    "quartier_id",
)  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """What an import of addresses did, in rows of the file."""

    rows: int
    added: int
    changed: int
    per_quartier: list[tuple[str, str, int]]  # code, name, rows
    nowhere: int  # hors zone
    other_commune: int  # rows whose commune is not that of the quartier they lie in


def locator() -> Locator[int]:
    """Finds the id of the quartier that holds a point; where two overlap, the lower code has it."""
    rows = db.session.execute(select(Quartier.id, Quartier.outline).order_by(Quartier.code)).all()
    return Locator([(quartier_id, outline_of(outline)) for quartier_id, outline in rows])


def bring_addresses(rows: Sequence[Row]) -> Placed:
    """Bring the streets and addresses of a file in; a second time changes only what differs."""
    streets = _bring_streets(rows)
    find = locator()
    present = {held[1]: held for held in db.session.execute(_present())}
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    places: Counter[int | None] = Counter()
    communes = dict(db.session.execute(select(Quartier.id, Quartier.commune)).all())
    other_commune = 0
    for row in rows:
        quartier_id = find.place(row.lon, row.lat)
        places[quartier_id] += 1
        if quartier_id is not None and communes[quartier_id] not in ("", row.insee):
            other_commune += 1
        values = (
            streets[_street_key(row)], row.number, row.rep, row.postcode, row.insee, row.commune, row.town,
            row.afnor, row.lon, row.lat, quartier_id,
        )  # fmt: skip
        held = present.get(row.ban_id)
        if held is None:
            added.append({"ban_id": row.ban_id, **dict(zip(_FIELDS, values, strict=True))})
        elif tuple(held[2:]) != values:
            changed.append({"held_id": held[0], **dict(zip(_FIELDS, values, strict=True))})
    if added:
        db.session.execute(insert(Address), added)
    _change(changed)
    _drop_empty_streets()
    return Placed(len(rows), len(added), len(changed), _counts(places), places[None], other_commune)


def place_again() -> int:
    """Place every stored address anew, after outlines have changed; returns how many moved."""
    find = locator()
    held = db.session.execute(select(Address.id, Address.lon, Address.lat, Address.quartier_id))
    moved = [
        {"held_id": address_id, "quartier_id": quartier_id}
        for address_id, lon, lat, before in held
        if (quartier_id := find.place(lon, lat)) != before
    ]
    _change(moved)
    return len(moved)


def counts() -> dict[int, int]:
    """Stored addresses by quartier id."""
    placed = select(Address.quartier_id, func.count()).where(Address.quartier_id.is_not(None))
    return {
        quartier_id: number
        for quartier_id, number in db.session.execute(placed.group_by(Address.quartier_id))
        if quartier_id is not None
    }


def _present() -> Any:
    return select(Address.id, Address.ban_id, *(getattr(Address, field) for field in _FIELDS))


def _change(changed: list[dict[str, Any]]) -> None:
    if not changed:
        return
    names = [name for name in changed[0] if name != "held_id"]
    statement = (
        update(Address.__table__)  # type: ignore[arg-type]
        .where(Address.__table__.c.id == bindparam("held_id"))
        .values({name: bindparam(name) for name in names})
    )
    db.session.connection().execute(statement, changed)


def _street_key(row: Row) -> StreetKey:
    return row.insee, row.postcode, street_key(row.street)


def _bring_streets(rows: Iterable[Row]) -> dict[StreetKey, int]:
    """Ids of all streets in `rows`; new ones are written with their words."""
    wanted: dict[StreetKey, dict[str, str]] = {}
    for row in rows:
        key = _street_key(row)
        if key not in wanted:
            wanted[key] = {
                "name": row.street, "key": key[2], "insee": row.insee, "postcode": row.postcode,
                "commune": row.commune,
            }  # fmt: skip
    known = _street_ids()
    new = [values for key, values in wanted.items() if key not in known]
    if new:
        db.session.execute(insert(Street), new)
        known = _street_ids()
        words = [
            {"word": word, "street_id": known[values["insee"], values["postcode"], values["key"]]}
            for values in new
            for word in dict.fromkeys(key_words(values["key"]))
        ]
        db.session.execute(insert(StreetWord), words)
    return known


def _street_ids() -> dict[StreetKey, int]:
    held = db.session.execute(select(Street.insee, Street.postcode, Street.key, Street.id))
    return {(insee, postcode, key): street_id for insee, postcode, key, street_id in held}


def _drop_empty_streets() -> None:
    """Streets that a newer file calls otherwise hold nothing any more."""
    empty = ~exists().where(Address.street_id == Street.id)
    db.session.execute(delete(Street).where(empty), execution_options={"synchronize_session": False})


def _counts(places: Counter[int | None]) -> list[tuple[str, str, int]]:
    rows = db.session.execute(select(Quartier.id, Quartier.code, Quartier.name).order_by(Quartier.code))
    return [(code, name, places[quartier_id]) for quartier_id, code, name in rows if places[quartier_id]]
