"""Vouching: two strong residents of the quartier, from different addresses, stand in for an applicant."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select

from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core import clock
from instance.core.db import db, new_id
from instance.core.errors import Invalid, NotAllowed
from instance.quartiers.models import Membership
from instance.settings import Settings
from instance.verification import codes, service
from instance.verification.models import OPEN, Proof, Vouch

NEEDED = 2
PER_WINDOW = 3
WINDOW = timedelta(days=30)


def may_vouch(account_id: int) -> Membership:
    """The residence that lets this account vouch.

    Raises `NotAllowed` with the reason: simple level, strong for less than 30 days, no known address, read-only.
    """
    member = db.session.get(Membership, account_id)
    if member is None or member.writes_until <= clock.now() or member.level != "strong":
        raise NotAllowed("vouch.level", _("Pour parrainer, il faut une adresse prouvée par courrier ou au guichet."))
    if member.vouches_from is None or member.vouches_from > clock.now():
        raise NotAllowed("vouch.young", _("Vous pourrez parrainer 30 jours après votre vérification."))
    if member.home_mark is None:
        raise NotAllowed(
            "vouch.address",
            _("Votre compte ne porte pas d’adresse. Prouvez-la par courrier ou au guichet pour parrainer."),
        )
    return member


def left(account_id: int) -> int:
    """How many more times this account may vouch within the running 30 days."""
    since = clock.now() - WINDOW
    given = select(func.count()).select_from(Vouch).where(Vouch.voucher_id == account_id, Vouch.at > since)
    return max(0, PER_WINDOW - (db.session.scalar(given) or 0))


def _are_apart(one_id: int, other_id: int) -> bool:
    """Whether a block keeps two accounts apart."""
    one, other = db.session.get_one(Account, one_id), db.session.get_one(Account, other_id)
    return bool(db.session.scalar(select(accounts.apart(one.actor_id, other.actor_id))))


def find(voucher_id: int, typed: str) -> Proof:
    """The open proof in the voucher's quartier whose applicant shows this code.

    Raises `Invalid`, the same for an unknown code, one of another quartier, a decided one, one's own, and that of
    somebody whom a block keeps apart.
    """
    member = may_vouch(voucher_id)
    code = codes.normalise(typed, codes.VOUCHER_SIGNS)
    proof = None
    if code is not None:
        proof = db.session.scalar(
            select(Proof).where(
                Proof.code_mark == service.mark_of(code),
                Proof.state.in_(OPEN),
                Proof.quartier_id == member.quartier_id,
                Proof.account_id != voucher_id,
            )
        )
    if proof is None or _are_apart(voucher_id, proof.account_id):
        raise Invalid(
            "vouch.code",
            _("Ce code n’est pas connu dans votre quartier. Demandez à la personne de vous le relire."),
            field="code",
        )
    return proof


def vouch(voucher_id: int, typed: str, settings: Settings) -> bool:
    """Stand in for the applicant who shows `typed`; True once two neighbours did. Inside `commit()`.

    Raises `NotAllowed` as `may_vouch`; `Invalid` for a code as `find`, for a fourth time in 30 days, for a second
    time for the same person, and when the other voucher lives at the same address.
    """
    db.session.execute(select(Account.id).where(Account.id == voucher_id).with_for_update())
    member = may_vouch(voucher_id)
    found = find(voucher_id, typed)
    proof = db.session.scalars(
        select(Proof).where(Proof.id == found.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if proof.state not in OPEN:
        raise Invalid("vouch.decided", _("Cette demande est déjà réglée."), field="code")
    if left(voucher_id) == 0:
        raise Invalid(
            "vouch.often", _("Vous avez parrainé trois personnes en 30 jours. Revenez plus tard."), field="code"
        )
    _check_others(proof, voucher_id, member.home_mark)
    db.session.add(Vouch(id=new_id(), proof_id=proof.id, voucher_id=voucher_id, at=clock.now()))
    db.session.flush()
    if count(proof) < NEEDED:
        return False
    return service.grant(proof, "vouch", settings)


def _check_others(proof: Proof, voucher_id: int, home_mark: str | None) -> None:
    for other_id, other_home in _counting(proof):
        if other_id == voucher_id:
            raise Invalid("vouch.twice", _("Vous vous êtes déjà porté garant de cette personne."), field="code")
        if other_home == home_mark:
            raise Invalid(
                "vouch.same_address",
                _("Il faut deux voisins d’adresses différentes. Laissez quelqu’un d’ailleurs parrainer."),
                field="code",
            )


def _counting(proof: Proof) -> list[tuple[int, str | None]]:
    """The vouchers of `proof` whose word counts today, with the marks of their homes."""
    rows = db.session.execute(
        select(Membership.account_id, Membership.home_mark)
        .join(Vouch, Vouch.voucher_id == Membership.account_id)
        .where(
            Vouch.proof_id == proof.id,
            Membership.quartier_id == proof.quartier_id,
            Membership.level == "strong",
            Membership.writes_until > clock.now(),
        )
    )
    return [(account_id, home_mark) for account_id, home_mark in rows]


def count(proof: Proof) -> int:
    """How many neighbours stand in for the applicant today, each address once."""
    return len({home_mark for _account_id, home_mark in _counting(proof)})
