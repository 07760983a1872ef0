"""An agreement of ours at its own address: for the city that it was made with, and absent for everybody else."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response

from federation.errors import FederationError, TooFast
from federation.urls import host_of
from instance.accounts.models import Actor
from instance.core import fed
from instance.core.db import db
from instance.fediverse import answers, callers
from instance.partners import agreements
from instance.partners.models import Agreement
from instance.peers import rules

bp = Blueprint("accords", __name__)


@bp.get("/accords/<int:agreement_id>")
def agreement(agreement_id: int) -> Response:
    """What was offered, with our proof, whatever became of it since."""
    found = db.session.get(Agreement, agreement_id)
    if found is None or not found.offer or agreements.uri_of(found) != fed.uri_of(f"{agreements.PATH}{agreement_id}"):
        return answers.absent()
    offer, partner = found.offer, db.session.get_one(Actor, found.partner_id).uri or ""
    db.session.rollback()  # its key may have to be fetched: no transaction stays open meanwhile
    try:
        is_theirs = _is_signed_by(partner)
    except TooFast as error:
        return answers.later(error.retry_after_s)
    return answers.private(msgspec.json.decode(offer)) if is_theirs else answers.absent()


def _is_signed_by(partner: str) -> bool:
    """No key is fetched for anybody but the other side, by the name that the request gives itself."""
    host = callers.signing_host()
    if host is None or host != host_of(partner) or rules.severity(host) == "block":
        return False
    try:
        return fed.engine().reader(callers.as_sent()) == partner
    except TooFast:
        raise
    except FederationError:
        return False
