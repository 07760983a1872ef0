"""Agreements as everybody else asks for them: which cities are partners now, and which agreement has which address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, bindparam, select

from instance.accounts import keys
from instance.core import clock, fed
from instance.core.db import Moment, db
from instance.core.web import HIGHEST
from instance.partners.models import Agreement

AUDIENCES = ("public", "neighbours", "group")  # residents’ words are in none (federation.md §9)
YEAR = timedelta(days=366)
PAIRS_MAX = 100
PATH = "/accords/"


def _holds() -> ColumnElement[bool]:
    return (
        (Agreement.state == "live")
        & (Agreement.expires > bindparam("now", type_=Moment))
        & Agreement.is_shut_here.is_(False)
        & Agreement.is_shut_there.is_(False)
    )


_OF_HOST = (Agreement.host == bindparam("host")) & _holds()
_LIVE = select(Agreement).where(_OF_HOST).order_by(Agreement.published.desc()).limit(1)
_IS_LIVE = select(Agreement.id).where(_OF_HOST).limit(1)


def holds(agreement: Agreement) -> bool:
    """Whether it is in force now: signed, not over, suspended by neither side."""
    is_shut = agreement.is_shut_here or agreement.is_shut_there
    return agreement.state == "live" and not is_shut and agreement.expires > clock.now()


def live_with(host: str) -> Agreement | None:
    """The agreement with the city at `host` that is in force now."""
    return db.session.scalar(_LIVE, {"host": host, "now": clock.now()})


def is_partner(host: str) -> bool:
    """Whether one is. Asked for each signed GET, so it loads no row."""
    return db.session.connection().scalar(_IS_LIVE, {"host": host, "now": clock.now()}) is not None


def our_application() -> str:
    """The address by which partners know this city."""
    return fed.uri_of(keys.INSTANCE)


def uri_of(agreement: Agreement) -> str:
    """The address of an agreement: at whoever offered it."""
    return agreement.uri or fed.uri_of(f"{PATH}{agreement.id}")


def offer_uri_of(agreement: Agreement) -> str:
    """The address of its Offer."""
    return agreement.offer_uri or fed.uri_of(f"/a/{agreement.offer_id}")


def find(uri: str) -> Agreement | None:
    """The agreement at this address, ours or theirs."""
    path = fed.path_of(uri)
    if path is None:
        return db.session.scalar(select(Agreement).where(Agreement.uri == uri))
    found = db.session.get(Agreement, _number(path, PATH))
    return found if found is not None and found.uri is None else None


def find_offer(uri: str) -> Agreement | None:
    """The agreement whose Offer has this address."""
    path = fed.path_of(uri)
    if path is None:
        return db.session.scalar(select(Agreement).where(Agreement.offer_uri == uri))
    return db.session.scalar(select(Agreement).where(Agreement.offer_id == _number(path, "/a/")))


def _number(path: str, before: str) -> int:
    digits = path.removeprefix(before) if path.startswith(before) else ""
    fits = digits.isascii() and digits.isdecimal() and len(digits) <= 19
    return int(digits) if fits and int(digits) <= HIGHEST else -1


def of_host(host: str, states: Iterable[str]) -> list[Agreement]:
    """All with this city in one of `states`, oldest first."""
    rows = select(Agreement).where(Agreement.host == host, Agreement.state.in_(list(states)))
    return list(db.session.scalars(rows.order_by(Agreement.id)))
