"""What this city tells partner cities about its residents: that they live in a quartier, and when that is over.

Only to a live partner, for a quartier with an open passage to it, about somebody who acted towards it first. Each
answer is a row that the resident reads; whatever ends the residence takes it back at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Protocol

from flask_babel import gettext as _
from sqlalchemy import delete, select

from federation.errors import BadDocument
from federation.urls import host_of, is_same_origin
from instance.accounts import keys, throttle
from instance.accounts.models import Account, Actor, RemoteActor
from instance.accounts.my_data import Rows
from instance.core import clock, fed, secrets
from instance.core.db import commit, db, new_id
from instance.core.i18n import long_day
from instance.partners import claim_wire, claims, proofs
from instance.partners.claim_wire import Asked, Json
from instance.partners.models import Agreement, ClaimGiven, Contact
from instance.peers import outbox
from instance.quartiers import passages
from instance.quartiers import service as quartiers
from instance.quartiers.models import Membership, Quartier

PER_PARTNER = throttle.Limit(600, timedelta(hours=1))
SAME = timedelta(hours=1)
KEPT = timedelta(days=365)  # after its end, for the resident to read
SHOWN = 100  # of the newest, to the resident
PERSON, GROUP = re.compile(r"/u/[a-z][a-z0-9_]{1,29}"), re.compile(r"/q/[a-z0-9-]{1,100}")
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Partner:
    """The Application of a live partner city, which has proved that it asks."""

    actor_id: int
    uri: str
    host: str


def wait(partner: Partner) -> datetime | None:
    """Count a question of `partner`; the moment to come back at if it is one too many. Inside `commit()`."""
    return throttle.count(throttle.subject("attest", partner.host), PER_PARTNER)


def has_acted(actor_id: int, host: str) -> bool:
    """Whether one of ours has acted towards this partner city."""
    return db.session.get(Contact, (actor_id, host)) is not None


def give(partner: Partner, actor_uri: str, group_uri: str) -> Json | None:
    """The signed claim that this resident of ours lives in that quartier; None for whatever is not so.

    Inside `commit()`: it leaves a row for the resident; asked again within the hour, it is the same claim.
    """
    person, group = fed.path_of(actor_uri) or "", fed.path_of(group_uri) or ""
    found = _living(person, group) if PERSON.fullmatch(person) and GROUP.fullmatch(group) else None
    if found is None or not has_acted(found[0].actor_id, partner.host):
        return None
    account, member, quartier = found
    if not _has_passage(quartier, partner):
        return None
    given = _given(account, member, partner)
    return proofs.sign(claim_wire.document(given, Asked(actor_uri, group_uri, fed.uri_of(keys.INSTANCE), partner.uri)))


def _given(account: Account, member: Membership, partner: Partner) -> ClaimGiven:
    """The row of an answer: a new one, or that of the last hour if it said the same."""
    now = clock.now()
    words = {
        "account_id": account.id, "quartier_id": member.quartier_id, "host": partner.host, "level": member.level,
        "verified": f"{member.joined_month:%Y-%m}", "expires": f"{member.writes_until:%Y-%m}",
    }  # fmt: skip
    same = select(ClaimGiven).filter_by(**words).where(ClaimGiven.revoked_at.is_(None))
    given = db.session.scalar(same.where(ClaimGiven.issued_at > now - SAME).limit(1))
    if given is None:
        given = ClaimGiven(
            id=new_id(), token=secrets.token(), issued_at=now, valid_until=now + claim_wire.LIFE, **words
        )
        db.session.add(given)
        db.session.flush()
    return given


def status(partner: Partner, token: str) -> Json | None:
    """Whether a claim holds still, for the partner to whom it was given."""
    named = token if TOKEN.fullmatch(token) else ""
    given = db.session.scalar(select(ClaimGiven).where(ClaimGiven.token == named, ClaimGiven.host == partner.host))
    return claim_wire.status(given) if given is not None else None


def _living(person: str, group: str) -> tuple[Account, Membership, Quartier] | None:
    """Account, residence and quartier at these two paths, if that account lives there now and may speak for itself."""
    row = db.session.execute(
        select(Account, Membership, Quartier)
        .join(Actor, Actor.id == Account.actor_id)
        .join(Membership, Membership.account_id == Account.id)
        .join(Quartier, Quartier.id == Membership.quartier_id)
        .where(
            Actor.path == person, Account.state == "active", Membership.writes_until > clock.now(),
            Quartier.actor_id.in_(select(Actor.id).where(Actor.path == group)), Quartier.state == "open",
        )
    ).first()  # fmt: skip
    return (row[0], row[1], row[2]) if row is not None else None


def _has_passage(quartier: Quartier, partner: Partner) -> bool:
    return any(is_same_origin(far.uri, partner.uri) for far in passages.open_from(quartier))


# Taken back


class About(Protocol):
    """Any fact about an account."""

    @property
    def account_id(self) -> int: ...


def review(facts: Sequence[About]) -> None:
    """Reaction: something about a residence changed; claims that are not true any more are taken back."""
    for account_id in dict.fromkeys(fact.account_id for fact in facts):
        _take_back([one for one in _live(account_id) if not _is_true(one)])


def forget_contacts(facts: Sequence[About]) -> None:
    """Reaction: who has a new home has acted towards nobody from there; no partner follows them to it."""
    for fact in facts:
        actor_id = select(Account.actor_id).where(Account.id == fact.account_id).scalar_subquery()
        db.session.execute(delete(Contact).where(Contact.actor_id == actor_id))


def end(account: Account) -> None:
    """The account closes: every claim about it is taken back, and whom it acted towards is forgotten."""
    _take_back(_live(account.id))
    db.session.execute(delete(Contact).where(Contact.actor_id == account.actor_id))


def tend_claims(_payload: dict[str, Any]) -> None:
    """Task, hourly: take back what ran out unseen, as a proof of address does; forget what is over."""
    with commit():
        _take_back([one for one in _live(None) if not _is_true(one)])
        db.session.execute(delete(ClaimGiven).where(ClaimGiven.valid_until < clock.now() - KEPT))
        claims.forget_over()


def _live(account_id: int | None) -> list[ClaimGiven]:
    found = select(ClaimGiven).where(ClaimGiven.revoked_at.is_(None), ClaimGiven.valid_until > clock.now())
    if account_id is not None:
        found = found.where(ClaimGiven.account_id == account_id)
    return list(db.session.scalars(found.order_by(ClaimGiven.id)))


def _is_true(given: ClaimGiven) -> bool:
    account = db.session.get(Account, given.account_id)
    home = quartiers.residence(given.account_id)
    is_home = home is not None and home.writes and home.quartier.id == given.quartier_id
    return account is not None and account.state == "active" and is_home


def _take_back(over: list[ClaimGiven]) -> None:
    """Mark them, and tell each partner once for each quartier."""

    def told(one: ClaimGiven) -> tuple[int, int, str]:
        return one.account_id, one.quartier_id, one.host

    for (account_id, quartier_id, host), some in groupby(sorted(over, key=told), told):
        first, *rest = some
        for one in (first, *rest):
            one.revoked_at = clock.now()
        db.session.flush()
        _tell(first, db.session.get_one(Account, account_id), db.session.get_one(Quartier, quartier_id), host)


def _tell(given: ClaimGiven, account: Account, quartier: Quartier, host: str) -> None:
    """Undo{Add} by the quartier, to the partner's own inbox; also while the agreement is suspended."""
    application = _application(host)
    if application is None:
        return
    person, group = account.actor, db.session.get_one(Actor, quartier.actor_id)
    number, uri = outbox.new_uri()
    subject, place = fed.uri_of(person.path or ""), fed.uri_of(group.path or "")
    audience, inbox = application
    said = claim_wire.revocation(given, id=uri, subject=subject, group=place, audience=audience)
    outbox.send(
        said, outgoing_id=number, sender=group, inboxes=[inbox], object_uri=claim_wire.uri_of(given), is_public=False
    )


def _application(host: str) -> tuple[str, str] | None:
    """Address and inbox of the Application of a city with which there is, or was, an agreement."""
    row = db.session.execute(
        select(Actor.uri, RemoteActor.inbox)
        .join(Agreement, Agreement.partner_id == Actor.id)
        .join(RemoteActor, RemoteActor.actor_id == Actor.id)
        .where(Agreement.host == host, RemoteActor.gone_at.is_(None))
        .order_by(Agreement.id.desc())
        .limit(1)
    ).first()
    if row is None or row[0] is None or not _is_of(row[0], host):
        return None
    return row[0], row[1]


def _is_of(uri: str, host: str) -> bool:
    try:
        return host_of(uri) == host
    except BadDocument:
        return False


# For the resident


def told_about(account_id: int) -> tuple[str, Rows]:
    """« Mes données »: which partner city was told where the person lives, when, and what exactly; newest first."""
    levels = {"strong": _("fort"), "simple": _("simple")}
    rows = []
    found = select(ClaimGiven, Quartier.name).join(Quartier, Quartier.id == ClaimGiven.quartier_id)
    found = found.where(ClaimGiven.account_id == account_id).order_by(ClaimGiven.id.desc()).limit(SHOWN)
    for given, name in db.session.execute(found):
        words = _(
            "habite %(quartier)s, preuve de niveau %(level)s, de %(verified)s à %(expires)s ; valable jusqu’au %(day)s",
            quartier=name, level=levels.get(given.level, given.level), verified=given.verified, expires=given.expires,
            day=long_day(given.valid_until),
        )  # fmt: skip
        if given.revoked_at is not None:
            words = _("%(words)s ; reprise le %(day)s", words=words, day=long_day(given.revoked_at))
        rows.append((f"{long_day(given.issued_at)} · {given.host}", words))
    return _("Ce que d’autres villes savent de votre quartier"), rows
