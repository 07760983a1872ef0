"""Where partner cities ask for a residency claim, and whether one still holds (federation.md §9).

Everybody else, and everything that is not exactly so, gets the answer of an address that never was.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState

from federation.errors import TooFast
from instance.accounts import closing, my_data
from instance.core import clock
from instance.core.db import commit
from instance.fediverse import answers, callers
from instance.partners import claims_given
from instance.partners.claim_wire import Json
from instance.partners.claims_given import Partner

bp = Blueprint("attest", __name__)


@bp.record_once
def _bind(_state: BlueprintSetupState) -> None:
    my_data.contribute("claims", claims_given.told_about)
    closing.on_close(claims_given.end)


@bp.get("/attest")
def attest() -> Response:
    """A claim about somebody who lives here and acted towards the partner that asks."""
    actor, group = request.args.get("actor", ""), request.args.get("group", "")
    return _answer(lambda asking: claims_given.give(asking, actor, group))


@bp.get("/attest/<token>/status")
def status(token: str) -> Response:
    """Whether that claim still holds, for the partner to whom it was given."""
    return _answer(lambda asking: claims_given.status(asking, token))


def _answer(say: Callable[[Partner], Json | None]) -> Response:
    """What `say` answers the partner who signed this request, within what one partner may ask."""
    try:
        asking = callers.partner()
    except TooFast as error:
        return answers.later(error.retry_after_s)
    if asking is None:
        return answers.absent()
    with commit():
        until = claims_given.wait(asking)
        said = say(asking) if until is None else None
    if until is not None:
        return answers.later(max(1, int((until - clock.now()).total_seconds()) + 1))
    return answers.absent() if said is None else answers.private(said)
