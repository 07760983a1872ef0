"""What goes to the other city about an agreement: Offer, Accept, Reject, Undo, Update, each with its proof.

All of it bears the agreement's address as `object_uri`, so that it arrives in order. Inside `commit()`.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import select

from federation import activities
from federation.documents import Json
from instance.accounts import keys, remote
from instance.accounts.models import Actor
from instance.core import clock
from instance.core.db import db
from instance.partners import agreements, proofs, terms
from instance.partners.models import Agreement
from instance.peers import outbox

SUSPENDED = "ql:suspended"


def partner_of(agreement: Agreement) -> Actor:
    """Their Application."""
    return db.session.get_one(Actor, agreement.partner_id)


def send_offer(agreement: Agreement, *, renews: str | None = None, answers: str | None = None) -> None:
    """Offer `agreement`; it renews the one at `renews`, or asks for less than the Offer at `answers`."""
    partner = remote.uri_of(partner_of(agreement))
    number, uri = outbox.new_uri()
    agreement.offer_id = number
    document = terms.written(agreement, partner, renews)
    agreement.offer = _text(document)
    said: Json = {
        "@context": terms.CONTEXT, "id": uri, "type": "Offer", "actor": agreements.our_application(), "to": [partner],
        "object": document,
    }  # fmt: skip
    _send(agreement, said | {"inReplyTo": answers} if answers else said, number)


def send_accept(agreement: Agreement) -> None:
    """Yes to their Offer, which stands in it unchanged; kept as our signature."""
    agreement.answer = _text(_answer(agreement, "Accept"))


def send_reject(agreement: Agreement) -> None:
    """No to their Offer."""
    _answer(agreement, "Reject")


def send_end(agreement: Agreement) -> None:
    """Undo of the Offer, whoever made it: nothing is agreed any more."""
    _answer(agreement, "Undo")


def send_shut(agreement: Agreement) -> None:
    """Whether our half is suspended now."""
    number, uri = outbox.new_uri()
    here = agreements.uri_of(agreement)
    outbox.overtake(here, SUSPENDED)  # what they never heard of is not told once it is over
    thing = {"type": terms.KINDS, "id": here, SUSPENDED: agreement.is_shut_here}
    said = _said("Update", uri, agreement, thing) | {"updated": activities.stamp(clock.now())}
    _send(agreement, proofs.sign(said), number)


def _answer(agreement: Agreement, kind: str) -> Json:
    number, uri = outbox.new_uri()
    is_ours = agreement.uri is None
    offer = {
        "id": agreements.offer_uri_of(agreement), "type": "Offer",
        "actor": agreements.our_application() if is_ours else remote.uri_of(partner_of(agreement)),
        "object": msgspec.json.decode(agreement.offer),
    }  # fmt: skip
    said = proofs.sign(_said(kind, uri, agreement, offer))
    _send(agreement, said, number)
    return said


def _said(kind: str, uri: str, agreement: Agreement, thing: Json) -> Json:
    return {
        "@context": terms.CONTEXT, "id": uri, "type": kind, "actor": agreements.our_application(),
        "to": [remote.uri_of(partner_of(agreement))], "object": thing,
    }  # fmt: skip


def _send(agreement: Agreement, said: Json, number: int) -> None:
    ours = db.session.scalars(select(Actor).where(Actor.path == keys.INSTANCE)).one()
    inbox = remote.row(partner_of(agreement).id).inbox
    outbox.send(
        said, outgoing_id=number, sender=ours, inboxes=[inbox], object_uri=agreements.uri_of(agreement), is_public=False
    )


def _text(document: dict[str, Any]) -> str:
    return msgspec.json.encode(document).decode()
