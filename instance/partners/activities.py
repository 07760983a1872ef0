"""Handlers: what the Application of another city says about agreements (federation.md §9).

The signature of the request has shown who speaks; each activity carries a proof by the same Application besides, so
that what was agreed can be shown later. None fetches. Everything may come twice, late, or from somebody else.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import func, select

from federation.documents import Activity
from federation.errors import Ignored, Refused
from federation.urls import host_of, is_same_origin
from instance.accounts import remote, throttle
from instance.accounts.models import Actor
from instance.core import clock
from instance.core.db import db, new_id
from instance.core.facts import record
from instance.partners import agreements, passages_wire, signing, terms
from instance.partners.facts import AgreementWaits
from instance.partners.models import Agreement
from instance.partners.terms import Terms
from instance.peers import tombstones

PENDING_PER_HOST = 3  # offers of one city that wait for an admin here
PENDING_OF_STRANGERS = 20  # of all cities with which there is nothing yet
# Each is looked up, which costs: also those that are taken back at once.
OFFERS = throttle.Limit(10, timedelta(days=1))


def receive_offer(activity: Activity) -> None:
    """Another city offers an agreement: kept for the admins once every check of it has passed."""
    application = _application(activity)
    found = terms.read(activity.json.get("object"), application)
    _check_new(activity, found)
    if tombstones.is_laid(activity.id):
        raise Ignored("undone")
    host = host_of(activity.actor)
    answered = _answered(activity, application, found)
    renewed = _renewed(found, application)
    _check_room(host)
    agreement = Agreement(
        id=new_id(), uri=found.uri, offer_uri=activity.id, partner_id=application.id, host=host,
        partner_name=application.shown_name, state="received", pairs=found.pairs, audiences=found.audiences,
        rules=found.rules, published=found.published, expires=found.expires, since=clock.now(),
        offer=_text(activity.json["object"]), renews_id=renewed.id if renewed else None,
    )  # fmt: skip
    db.session.add(agreement)
    db.session.flush()
    if answered is not None:
        signing.refuse_there(answered, "countered")
    signing.look(agreement)
    record(AgreementWaits(agreement.id))


def _application(activity: Activity) -> Actor:
    """Who speaks, if it is the Application of a city. Raises `Missing`, `Refused`."""
    found = remote.get(activity.actor)
    if found.kind != "application" or found.uri is None:
        raise Refused("agreement.application")
    return found


def _check_new(activity: Activity, found: Terms) -> None:
    """An Offer counts once, for ever: a replay finds its agreement, whatever became of it."""
    known = agreements.find(found.uri) or agreements.find_offer(activity.id)
    if known is not None:
        raise Ignored("agreement.known")


def _answered(activity: Activity, application: Actor, found: Terms) -> Agreement | None:
    """Our Offer to which this is a counter-offer: of fewer pairs, never of more."""
    uri = activity.one("inReplyTo")
    if uri is None:
        return None
    ours = agreements.find_offer(uri)
    if ours is None or ours.uri is not None or ours.state != "offered" or ours.partner_id != application.id:
        raise Ignored("agreement.unknown")
    pairs = {(one["ours"], one["theirs"]) for one in ours.pairs}
    wanted = {(one["ours"], one["theirs"]) for one in found.pairs}
    if not wanted <= pairs or not set(found.audiences) <= set(ours.audiences) or found.expires > ours.expires:
        raise Refused("agreement.wider")
    return ours


def _renewed(found: Terms, application: Actor) -> Agreement | None:
    """The agreement between the two that this one is to take the place of."""
    if found.renews is None:
        return None
    old = agreements.find(found.renews)
    if old is None or old.partner_id != application.id or old.state != "live":
        raise Ignored("agreement.unknown")
    return old


def _check_room(host: str) -> None:
    """Few may wait: of one city, and of all cities with which nothing was ever begun."""
    received = select(func.count()).select_from(Agreement).where(Agreement.state == "received")
    if (db.session.scalar(received.where(Agreement.host == host)) or 0) >= PENDING_PER_HOST:
        raise Ignored("agreement.many")
    if throttle.count(throttle.subject("agreement", remote.registered(host)), OFFERS) is not None:
        raise Ignored("agreement.many")
    # Where nobody of ours began or signed anything, an offer that came and was taken back is no acquaintance.
    is_over = (Agreement.state == "ended") & (Agreement.uri.is_(None) | (Agreement.answer != ""))
    begun = Agreement.state.in_(["draft", "offered", "live"]) | is_over
    met = select(Agreement.host).where(begun)
    if db.session.scalar(met.where(Agreement.host == host).limit(1)) is not None:
        return
    if (db.session.scalar(received.where(Agreement.host.not_in(met))) or 0) >= PENDING_OF_STRANGERS:
        raise Ignored("agreement.many")


def receive_accept(activity: Activity) -> None:
    """Yes to our Offer, unchanged and proved: the agreement holds."""
    agreement = _of_partner(activity, is_ours=True)
    if agreement.state == "live":
        return
    if agreement.state != "offered":
        raise Ignored("agreement.over")
    offer = activity.json.get("object")
    if not isinstance(offer, dict) or offer.get("object") != msgspec.json.decode(agreement.offer):
        raise Refused("agreement.altered")
    if agreement.expires <= clock.now():
        raise Ignored("agreement.expired")
    agreement.answer = _text(activity.json)
    signing.enter_force(agreement)
    record(AgreementWaits(agreement.id))


def receive_reject(activity: Activity) -> None:
    """No to our Offer."""
    agreement = _of_partner(activity, is_ours=True)
    if agreement.state == "offered":
        signing.refuse_there(agreement)


def receive_undo(activity: Activity) -> None:
    """The other city ends what holds, or takes back what it offered; one that comes first is remembered."""
    uri = activity.object_id or ""
    if agreements.find_offer(uri) is None:
        if not is_same_origin(uri, activity.actor):
            raise Ignored("agreement.unknown")
        tombstones.lay(uri)
        return
    agreement = _of_partner(activity)
    if agreement.state == "received" and agreement.uri is not None:
        signing.end_quietly(agreement, "withdrawn")
    elif agreement.state == "offered":
        signing.refuse_there(agreement)
    elif agreement.state == "live":
        is_expired = agreement.expires <= clock.now()
        signing.end_quietly(agreement, "expired" if is_expired else "there")
        record(AgreementWaits(agreement.id))


def receive_update(activity: Activity) -> None:
    """The other city suspends its half, opens it again, or says which of its quartiers are shut."""
    application = _application(activity)
    said = activity.claimed
    agreement = agreements.find(said.id) if said is not None else None
    is_shut = said.flag("ql:suspended") if said is not None else None
    said_at = activity.moment("updated") or activity.moment("published")
    if said is None or agreement is None or agreement.partner_id != application.id:
        raise Ignored("agreement.unknown")
    terms.check_proof(activity.json, application)
    agreement = signing.standing(agreement)
    if agreement is None:
        raise Ignored("agreement.over")
    if passages_wire.SHUT in said.json:
        passages_wire.receive_shut(agreement, activity)
    elif is_shut is None or said_at is None:
        raise Refused("agreement.form")
    else:
        signing.suspend_there(agreement, is_shut, said_at)


def _of_partner(activity: Activity, *, is_ours: bool = False) -> Agreement:
    """The agreement whose Offer is answered or undone by its other side, with a proof of the whole."""
    application = _application(activity)
    agreement = agreements.find_offer(activity.object_id or "")
    if agreement is None or agreement.partner_id != application.id or (is_ours and agreement.uri is not None):
        raise Ignored("agreement.unknown")
    terms.check_proof(activity.json, application)
    return agreement


def _text(document: Any) -> str:
    return msgspec.json.encode(document).decode()
