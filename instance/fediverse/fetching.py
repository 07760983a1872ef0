"""The errand behind an activity that waits: fetch the actor or the claim that its handler missed, then try it again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from federation.errors import FederationError, TooFast, Unreachable
from instance.accounts import remote
from instance.core import fed
from instance.core.db import commit, db
from instance.partners import claims
from instance.peers import incoming
from instance.peers.models import Incoming


def fetch_for(payload: dict[str, Any]) -> None:
    """Task: fetch and keep what an incoming activity waits for, within its budget, outside of any transaction.

    A server that does not answer now is asked again later; one that has no such actor settles the activity.
    """
    incoming_id, uri, kind = int(payload["incoming_id"]), str(payload["uri"]), str(payload.get("kind", ""))
    waits = select(Incoming.fetches).where(Incoming.id == incoming_id, Incoming.state == "waiting")
    spent = db.session.scalar(waits)
    is_known = kind != "claim" and remote.find(uri) is not None
    db.session.rollback()
    if spent is None:
        return
    left = incoming.BUDGET - spent
    with fed.engine().budget(left) as budget:
        refusal = None if is_known else _claim(uri) if kind == "claim" else _fetch(uri)
    with commit():
        incoming.resume(incoming_id, left - budget.left, refusal)


def _claim(uris: str) -> str | None:
    """The same for the claim of a person on a Group: the two addresses, a space between."""
    actor_uri, _space, group_uri = uris.partition(" ")
    return claims.fetch(actor_uri, group_uri)


def _fetch(uri: str) -> str | None:
    """Keep the actor at `uri`; the code of the refusal where there is none. Raises `Unreachable`, `TooFast`."""
    try:
        found = fed.engine().fetch_actor(uri)
        if found.id != uri:
            return "fetch.renamed"
        with commit():
            remote.store(found)
    except (Unreachable, TooFast):
        raise
    except FederationError as error:
        return error.code
    return None
