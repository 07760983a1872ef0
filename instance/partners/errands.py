"""Errands about agreements: look at the other city outside of transactions, then write down what was found.

And what the clock does: agreements run out, offers that nobody answered lapse, admins hear of it in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from federation.errors import FederationError, TooFast, Unreachable
from instance.accounts import remote
from instance.core import clock, fed, jobs
from instance.core.db import commit, db
from instance.core.facts import record
from instance.core.web import settings
from instance.partners import agreements, hearing, pairs, passages, signing, survey, terms
from instance.partners.facts import AgreementSigned, AgreementWaits
from instance.partners.models import Agreement
from instance.partners.survey import City, NotFoundOut
from instance.quartiers import activities as groups

REMIND = timedelta(days=30)
LAPSE = timedelta(days=60)  # offers that nobody answered
DRAFTS_KEPT = timedelta(days=30)


def survey_city(payload: dict[str, Any]) -> None:
    """Task: for a draft, find the city and the quartiers that touch ours; for an offer of theirs, names and borders.

    What goes wrong is written into the draft: an admin reads it there, and asks again.
    """
    agreement_id = int(payload["agreement_id"])
    agreement = db.session.get(Agreement, agreement_id)
    if agreement is None or agreement.state not in {"draft", "received"}:
        return
    host, is_draft = agreement.host, agreement.state == "draft"
    db.session.rollback()
    try:
        city = survey.look(host)
        found = pairs.adjacent(city.quartiers, settings().border_m)
        db.session.rollback()
    except NotFoundOut as fault:
        with commit():
            _note(agreement_id, fault.code if is_draft else "")
        return
    with commit():
        agreement = db.session.get_one(Agreement, agreement_id)
        if agreement.state == "draft":
            _keep(agreement, city, found)
        elif agreement.state == "received":
            agreement.pairs = pairs.named(agreement.pairs, city.quartiers, found)


def _note(agreement_id: int, code: str) -> None:
    agreement = db.session.get(Agreement, agreement_id)
    if agreement is not None and agreement.state == "draft":
        agreement.reason, agreement.pairs = code, []


def _keep(agreement: Agreement, city: City, found: list[pairs.Pair]) -> None:
    partner = remote.store(city.application)
    agreement.partner_id, agreement.partner_name = partner.id, partner.shown_name
    agreement.rules = terms.address(city.application.one("ql:rules"))
    agreement.pairs = found[: agreements.PAIRS_MAX]
    has_quartiers = any(one.outline for one in city.quartiers)
    agreement.reason = "" if found else "no_border" if has_quartiers else "no_quartier"


def order_ways(facts: Sequence[AgreementSigned]) -> None:
    """Reaction: what was signed opens ways, once the Groups on the other side are known."""
    for fact in facts:
        jobs.put("open_ways", {"agreement_id": str(fact.agreement_id)})


def open_ways(payload: dict[str, Any]) -> None:
    """Task: make the passages of a signed agreement, once the Groups of the other side are known.

    A Group that is not to be had now is asked for again later, the others are open meanwhile; one that is gone stays
    away.
    """
    agreement = db.session.get(Agreement, int(payload["agreement_id"]))
    if agreement is None or agreement.state != "live":
        return
    agreement_id, wanted = agreement.id, [one["theirs"] for one in agreement.pairs]
    waits = _fetch_groups(wanted)
    with commit():
        agreement = db.session.get_one(Agreement, agreement_id)
        if agreement.state != "live":
            return
        for one in agreement.pairs:
            far, quartier = remote.find(one["theirs"]), groups.open_at(one["ours"].removeprefix("/q/"))
            if far is not None and far.kind == "group" and quartier is not None:
                passages.make(agreement, quartier, far, one["border_m"])
        signing.replace_older(agreement)
    if waits is not None:
        raise waits


def _fetch_groups(uris: Iterable[str]) -> FederationError | None:
    """Keep the Groups that are not known yet; what stood in the way of one that may be had later."""
    waits: FederationError | None = None
    for uri in dict.fromkeys(uris):
        is_known = remote.find(uri) is not None
        db.session.rollback()
        if is_known:
            continue
        try:
            found = fed.engine().fetch_actor(uri)
            if found.id == uri and found.type == "Group":
                with commit():
                    remote.store(found)
        except (Unreachable, TooFast) as error:
            waits = error
        except FederationError:
            continue
    return waits


def tend_agreements(_: dict[str, Any]) -> None:
    """Task, once an hour: what ran out ends and the other side is told; admins hear 30 days before."""
    now = clock.now()
    for agreement_id in _ids(Agreement.state == "live", Agreement.expires <= now):
        with commit():
            signing.run_out(db.session.get_one(Agreement, agreement_id))
    unanswered = (Agreement.expires <= now) | (Agreement.since < now - LAPSE)
    for agreement_id in _ids(Agreement.state.in_(["offered", "received"]), unanswered):
        with commit():
            signing.lapse(db.session.get_one(Agreement, agreement_id))
    soon = (Agreement.expires <= now + REMIND) & Agreement.reminded_at.is_(None)
    for agreement_id in _ids(Agreement.state == "live", soon):
        with commit():
            db.session.get_one(Agreement, agreement_id).reminded_at = now
            record(AgreementWaits(agreement_id))
    with commit():
        hearing.look()
    with commit():
        db.session.execute(delete(Agreement).where(Agreement.state == "draft", Agreement.since < now - DRAFTS_KEPT))
        # What nobody signed is known until its own term is over: then a replay is refused for that.
        unsigned = Agreement.state.in_(signing.OVER) & (Agreement.answer == "") & (Agreement.expires < now)
        db.session.execute(delete(Agreement).where(unsigned))


def _ids(*conditions: Any) -> list[int]:
    found = list(db.session.scalars(select(Agreement.id).where(*conditions).order_by(Agreement.id)))
    db.session.rollback()
    return found
