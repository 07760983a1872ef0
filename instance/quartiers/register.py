"""The operator's list of quartiers: who is where, in numbers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select

from instance.core import clock
from instance.core.db import db
from instance.quartiers import reference
from instance.quartiers.models import Membership, Quartier, QuartierPair


@dataclass(frozen=True)
class Entry:
    """One line of the list."""

    code: str
    slug: str
    name: str
    state: str  # pilot | open | dormant
    residents: int  # whose proof is live
    homes: int  # different addresses among these
    addresses: int  # of the reference
    adjacent: list[str]  # codes of the neighbours


def entries() -> list[Entry]:
    """Every quartier, by code; five statements whatever their number."""
    quartiers = db.session.execute(
        select(Quartier.id, Quartier.code, Quartier.slug, Quartier.name, Quartier.state).order_by(Quartier.code)
    ).all()
    codes = {quartier.id: quartier.code for quartier in quartiers}
    near = _neighbours(codes)
    people = _people()
    addresses = reference.counts()
    return [
        Entry(code, slug, name, state, *people.get(id_, (0, 0)), addresses.get(id_, 0), sorted(near[id_]))
        for id_, code, slug, name, state in quartiers
    ]


def _neighbours(codes: dict[int, str]) -> dict[int, list[str]]:
    near: dict[int, list[str]] = defaultdict(list)
    kept = select(QuartierPair.a_id, QuartierPair.b_id).where(QuartierPair.origin != "removed")
    for one, other in db.session.execute(kept):
        near[one].append(codes[other])
        near[other].append(codes[one])
    return near


def _people() -> dict[int, tuple[int, int]]:
    """Residents and their different addresses by quartier id."""
    counted = (
        select(Membership.quartier_id, func.count(), func.count(Membership.home_mark.distinct()))
        .where(Membership.writes_until > clock.now())
        .group_by(Membership.quartier_id)
    )
    return {quartier_id: (residents, homes) for quartier_id, residents, homes in db.session.execute(counted)}
