"""What residents of partner cities claim to be: asked of their city, checked, kept for 14 days at most, taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, and_, delete
from sqlalchemy.dialects import postgresql, sqlite

from federation.documents import Document
from federation.errors import BadDocument, FederationError, NotFound, TooFast, Unreachable
from federation.urls import host_of, is_same_origin
from instance.accounts import keys, remote, throttle
from instance.accounts.models import Actor
from instance.core import clock, fed, jobs
from instance.core.db import commit, db, is_writing
from instance.core.facts import record
from instance.partners import agreements, claim_wire, proofs
from instance.partners.claim_facts import ClaimRevoked
from instance.partners.claim_wire import Asked, Said
from instance.partners.models import Claim, Contact

CHECKED_EVERY = timedelta(hours=1)
GOOD_FOR = timedelta(hours=24)  # after the last good answer of its status address a claim counts no more
# People of one partner city of whom nothing was known here (product.md §4.2); more are refused until tomorrow.
NEW_MEMBERS = throttle.Limit(200, timedelta(days=1))
CHECK = "check_claim"
_CONTACT: Table = Contact.__table__  # type: ignore[assignment]  # a declared class always has a Table
_NOTE = {
    name: dialect.insert(_CONTACT).on_conflict_do_nothing(index_elements=["actor_id", "host"])
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def note_contact(actor_id: int, hosts: Iterable[str]) -> None:
    """One of ours acts towards these partner cities, which may ask for their claim from now on. Inside `commit()`."""
    rows = [{"actor_id": actor_id, "host": host, "since": clock.now()} for host in sorted(set(hosts))]
    if rows:
        connection = db.session.connection()
        connection.execute(_NOTE[connection.dialect.name], rows)


def is_valid(actor_id: int, group_id: int) -> bool:
    """Whether the city of actor `actor_id` vouches now that they live in the quartier `group_id` of a partner.

    Asked while a post comes in, inside `commit()`, it orders a look at the claim's status, at most one an hour.
    """
    claim, now = db.session.get(Claim, (actor_id, group_id)), clock.now()
    if claim is None or claim.revoked_at is not None or claim.valid_until <= now:
        return False
    if claim.checked_at + GOOD_FOR <= now:
        return False
    if claim.checked_at + CHECKED_EVERY <= now and is_writing():
        payload = {"actor_id": str(actor_id), "group_id": str(group_id)}
        hour = int(now.timestamp() // CHECKED_EVERY.total_seconds())
        jobs.put(CHECK, payload, key=f"{CHECK}:{actor_id}:{group_id}:{hour}")
    return True


def fetch(actor_uri: str, group_uri: str) -> str | None:
    """Ask the city of `actor_uri` whether they live in `group_uri`, outside of any transaction; the code of a refusal.

    Raises `Unreachable` and `TooFast` for a city that may answer later.
    """
    found = _asked(actor_uri, group_uri)
    if isinstance(found, str):
        db.session.rollback()
        return found
    asked, application, group_id = found
    db.session.rollback()
    try:
        json = fed.engine().fetch_json(asked.address)
        said = claim_wire.read(json, asked)
        proofs.verify(json, application)
        db.session.rollback()
        # Now that they have acted towards us, their city tells us their name.
        person = fed.engine().fetch_actor(actor_uri)
        if person.id != actor_uri:
            return "fetch.renamed"
        with commit():
            return _keep(person, group_id, said)
    except (Unreachable, TooFast):
        raise
    except NotFound:
        return "claim.refused"
    except FederationError as error:
        return error.code


def _asked(actor_uri: str, group_uri: str) -> tuple[Asked, Actor, int] | str:
    """Whom to ask what; or why it is not asked: only of a live partner, only for a quartier in its agreement."""
    try:
        host = host_of(actor_uri)
        agreement = agreements.live_with(host)
        if agreement is None or not is_same_origin(actor_uri, group_uri):
            return "claim.agreement"
        application = db.session.get_one(Actor, agreement.partner_id)
        issuer = remote.uri_of(application)
        if not is_same_origin(actor_uri, issuer):
            return "claim.agreement"
    except BadDocument:
        return "claim.agreement"
    if all(pair["theirs"] != group_uri for pair in agreement.pairs):
        return "claim.pair"
    group_id = remote.id_of(group_uri)
    if group_id is None:
        return "claim.pair"
    db.session.expunge(application)
    return Asked(actor_uri, group_uri, issuer, fed.uri_of(keys.INSTANCE)), application, group_id


def _keep(person: Document, group_id: int, said: Said) -> str | None:
    """The row, unless it is one newcomer too many; the code of that refusal."""
    known = remote.id_of(person.id)
    claim = db.session.get(Claim, (known, group_id)) if known is not None else None
    if claim is None:
        if throttle.count(throttle.subject("claims", host_of(person.id)), NEW_MEMBERS) is not None:
            return "claim.too_many"
        claim = Claim(actor_id=remote.store(person).id, group_id=group_id)
        db.session.add(claim)
    else:
        remote.store(person)
    mine = and_(Claim.actor_id == claim.actor_id, Claim.group_id == group_id)
    with db.session.no_autoflush:
        db.session.execute(delete(Claim).where(Claim.uri == said.uri, ~mine))  # one claim names one person
    claim.uri, claim.status_uri, claim.level = said.uri, said.status_uri, said.level
    claim.verified, claim.expires, claim.valid_until = said.verified, said.expires, said.valid_until
    claim.checked_at, claim.revoked_at = clock.now(), None
    db.session.flush()
    return None


def check_claim(payload: dict[str, Any]) -> None:
    """Errand: ask the status address of a claim. A city that does not answer is asked again with a later post."""
    actor_id, group_id = int(payload["actor_id"]), int(payload["group_id"])
    claim = db.session.get(Claim, (actor_id, group_id))
    if claim is None or claim.revoked_at is not None:
        return
    uri = claim.status_uri
    db.session.rollback()
    try:
        is_revoked = claim_wire.is_revoked(fed.engine().fetch_json(uri), uri)
    except NotFound:
        is_revoked = True
    except FederationError:
        return
    with commit():
        claim = db.session.get(Claim, (actor_id, group_id))
        if claim is None or claim.status_uri != uri or is_revoked is None:
            return
        if is_revoked:
            revoke(claim)
        else:
            claim.checked_at = clock.now()


def revoke(claim: Claim) -> None:
    """It counts no more, from now on and for what was said before. Inside `commit()`."""
    if claim.revoked_at is None:
        claim.revoked_at = clock.now()
        record(ClaimRevoked(claim.actor_id, claim.group_id))


def forget_over() -> None:
    """Nothing of a claim is kept past its end. Inside `commit()`."""
    db.session.execute(delete(Claim).where(Claim.valid_until <= clock.now()))
