"""Agreements as admins look at them: each with its pairs, what is on its way, and what was not taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, select

from instance.accounts.models import Actor
from instance.core import clock
from instance.core.db import db
from instance.core.errors import NotFound
from instance.partners import agreements
from instance.partners.models import Agreement
from instance.partners.pairs import key
from instance.peers import traffic
from instance.peers.models import Delivery, Outgoing
from instance.quartiers.models import Passage, Quartier

SHOWN = 200
REFUSED_SHOWN = 10
UNDER_WAY = ("pending", "running", "failed")
_ORDER = case(
    (Agreement.state == "received", 0), (Agreement.state == "draft", 1), (Agreement.state == "offered", 2),
    (Agreement.state == "live", 3), else_=4,
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One pair: names of both sides, metres of common border, and how far the two quartiers are with each other."""

    key: str
    ours: str
    theirs: str
    uri: str
    border_m: int
    passage: str  # of `Passage.state`; empty where there is none


def every() -> Sequence[Agreement]:
    """What waits for an admin first, then what holds, then what is over."""
    return db.session.scalars(select(Agreement).order_by(_ORDER, Agreement.since.desc()).limit(SHOWN)).all()


def live() -> Sequence[Agreement]:
    """Those in force now, by name of the other city."""
    query = select(Agreement).where(Agreement.state == "live", Agreement.expires > clock.now())
    found = db.session.scalars(query.order_by(Agreement.partner_name, Agreement.id))
    return [one for one in found if agreements.holds(one)]


def get(agreement_id: int) -> Agreement:
    """Raises `NotFound`."""
    found = db.session.get(Agreement, agreement_id)
    if found is None:
        raise NotFound
    return found


def lines(agreement: Agreement) -> list[Line]:
    """Its pairs, by name."""
    slugs = [one["ours"].removeprefix("/q/") for one in agreement.pairs]
    known = select(Quartier.slug, Quartier.name).where(Quartier.slug.in_(slugs))
    names = {slug: name for slug, name in db.session.execute(known)}  # noqa: C416  rows are no pairs to the checker
    rows = (
        select(Quartier.slug, Actor.uri, Passage.state)
        .join(Quartier, Quartier.id == Passage.quartier_id)
        .join(Actor, Actor.id == Passage.far_id)
        .where(Passage.agreement_id == agreement.id)
    )
    states = {(slug, uri): state for slug, uri, state in db.session.execute(rows)}
    found = []
    for one in agreement.pairs:
        slug = one["ours"].removeprefix("/q/")
        state = states.get((slug, one["theirs"]), "")
        border_m = round(one["border_m"])
        found.append(
            Line(key(one), names.get(slug, slug), one["name"] or one["theirs"], one["theirs"], border_m, state)
        )
    return sorted(found, key=lambda line: (line.ours, line.theirs))


def on_its_way(agreement: Agreement) -> list[traffic.Passage]:
    """What the other city was sent about it and has not taken yet, oldest first."""
    rows = select(Delivery, Outgoing.kind).join(Outgoing, Outgoing.id == Delivery.outgoing_id)
    mine = rows.where(Delivery.object_uri == agreements.uri_of(agreement), Delivery.state.in_(UNDER_WAY))
    return [
        traffic.Passage(row.id, kind, row.host, row.inbox, row.state, row.attempts, row.due_at, row.last_error or "")
        for row, kind in db.session.execute(mine.order_by(Delivery.id))
    ]


def not_taken(host: str) -> list[traffic.Passage]:
    """The newest things from that city that were not kept, each with its reason."""
    return traffic.coming_in(host, "ignored", number=REFUSED_SHOWN)
