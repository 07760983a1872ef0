"""Whether the other city knows that a passage is open: words that came there before would be refused, and lost.

A passage opens here at once for what they send. Nothing goes there until they have taken what opens it on their side:
the Accept of an Offer, the word that our half is resumed or a quartier not shut any more, the Accept of their Follow.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select

from instance.accounts import follows
from instance.accounts.models import Actor
from instance.core import ids
from instance.core.db import db
from instance.core.facts import record
from instance.core.jobs import Job
from instance.partners import agreements, offers, passages
from instance.partners.models import Agreement
from instance.peers.deliveries import ANSWERS
from instance.peers.models import Delivery, Outgoing
from instance.quartiers.facts import PassageHeard
from instance.quartiers.models import Passage, Quartier

UNTAKEN = ("pending", "running", "failed")
UNSAID = ("fact:FollowAccepted", "fact:QuartierShut")  # of which a letter will come


def look(_facts: Sequence[object] = ()) -> None:
    """Reaction, and once an hour: words go again through the passages of which the other side knows by now."""
    for passage in db.session.scalars(select(Passage).where(Passage.unheard_since.is_not(None))).all():
        if passage.unheard_since is not None and not _is_under_way(passage):
            since, passage.unheard_since = ids.at(passage.unheard_since), None
            record(PassageHeard(passage.id, since))


def is_half_untaken(agreement: Agreement) -> bool:
    """Whether they have not yet taken how it stands with our half: suspended, or resumed."""
    untaken = exists().where(
        Outgoing.object_uri == agreements.uri_of(agreement), Outgoing.kind == "Update Agreement",
        Outgoing.body.contains(f'"{offers.SUSPENDED}"'), Delivery.outgoing_id == Outgoing.id,
        Delivery.state.in_(UNTAKEN),
    )  # fmt: skip
    return bool(db.session.scalar(select(untaken)))


def _is_under_way(passage: Passage) -> bool:
    group_id = db.session.get_one(Quartier, passage.quartier_id).actor_id
    far = db.session.get_one(Actor, passage.far_id)
    theirs = follows.between(far.id, group_id)
    agreement = passages.agreement_of(passage)
    renewed = db.session.get(Agreement, agreement.renews_id) if agreement.renews_id is not None else None
    about = [agreements.uri_of(one) for one in (agreement, renewed) if one is not None]
    about += [theirs.uri] if theirs is not None and theirs.uri else []
    untaken = exists().where(
        Outgoing.object_uri.in_(about), Outgoing.kind.in_(ANSWERS), Delivery.outgoing_id == Outgoing.id,
        Delivery.state.in_(UNTAKEN),
    )  # fmt: skip
    if db.session.scalar(select(untaken)):
        return True
    unsaid = select(Job.payload).where(Job.state.in_(["pending", "running"]), Job.kind.in_(UNSAID))
    mine = {"follower_id": far.id, "followed_id": group_id}
    return any(
        said.get("quartier_id") == passage.quartier_id or {key: said.get(key) for key in mine} == mine
        for said in db.session.scalars(unsaid)
    )
