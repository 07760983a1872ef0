"""Household codes: a strong resident lets one named person of the same address in. Nobody sees who else is there."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from instance.accounts import service as accounts
from instance.accounts.models import Identity
from instance.accounts.throttle import Limit
from instance.core import clock, secrets
from instance.core.db import db, new_id
from instance.core.errors import Invalid, NotAllowed
from instance.quartiers.models import Membership
from instance.settings import Settings
from instance.verification import codes, doors, rechecks, service
from instance.verification.models import HouseholdCode, HouseholdMember, Proof

GOOD_FOR = timedelta(days=14)
ASKED_AGAIN_AFTER = timedelta(days=180)
SAID = Limit(5, timedelta(days=1))  # « n'habite plus ici » by one account


def may_invite(account_id: int) -> Membership:
    """The residence that lets this account give household codes. Raises `NotAllowed` with the reason."""
    member = db.session.get(Membership, account_id)
    is_strong = member is not None and member.level == "strong" and member.writes_until > clock.now()
    if member is None or not is_strong or member.home_mark is None:
        raise NotAllowed(
            "household.level",
            _("Pour inviter votre foyer, il faut une adresse prouvée par courrier ou au guichet."),
        )
    return member


def invite(account_id: int, first_name: str, last_name: str, settings: Settings) -> str:
    """A new code for the person of this name, good once and for 14 days. Inside `commit()`.

    Raises `NotAllowed` as `may_invite`, `Invalid` for a name and when the household is full.
    """
    member = may_invite(account_id)
    first = accounts.check_name(first_name, "first_name")
    last = accounts.check_name(last_name, "last_name")
    doors.lock(member.home_mark or "")
    forget_old()
    household_id = _household_of(account_id)
    waiting = select(func.count()).select_from(HouseholdCode).where(HouseholdCode.household_id == household_id)
    if _size(household_id) + (db.session.scalar(waiting) or 0) >= settings.household:
        raise _full(settings)
    code = codes.household_code()
    db.session.add(
        HouseholdCode(
            id=new_id(), giver_id=account_id, household_id=household_id, first_name=first, last_name=last,
            code_mark=_mark(code), expires_at=clock.now() + GOOD_FOR,
        )
    )  # fmt: skip
    return code


def _full(settings: Settings) -> Invalid:
    sentence = _("Un foyer compte %(most)d personnes au plus, invitations comprises.", most=settings.household)
    return Invalid("household.full", sentence)


def _household_of(account_id: int) -> int:
    row = db.session.get(HouseholdMember, account_id)
    if row is None:
        row = HouseholdMember(account_id=account_id, household_id=new_id())
        db.session.add(row)
        db.session.flush()
    return row.household_id


def _size(household_id: int) -> int:
    members = select(func.count()).select_from(HouseholdMember).where(HouseholdMember.household_id == household_id)
    return db.session.scalar(members) or 0


def _mark(code: str) -> str:
    return codes.digest(code, secrets.key("code household"))


def invitations(account_id: int) -> list[HouseholdCode]:
    """The codes that this account gave and nobody used yet."""
    return list(
        db.session.scalars(
            select(HouseholdCode)
            .where(HouseholdCode.giver_id == account_id, HouseholdCode.expires_at > clock.now())
            .order_by(HouseholdCode.id)
        )
    )


def withdraw(account_id: int, code_id: int) -> None:
    """Take a code back that was not used."""
    db.session.execute(delete(HouseholdCode).where(HouseholdCode.id == code_id, HouseholdCode.giver_id == account_id))


def join(proof: Proof, typed: str, settings: Settings) -> bool:
    """Prove the address of `proof` (locked) by a household code; as `service.grant`. Inside `commit()`.

    Raises `Invalid`, the same for an unknown, used or old code, another name and another address.
    """
    code = codes.normalise(typed, codes.HOUSEHOLD_SIGNS)
    row = None
    if code is not None:
        row = db.session.scalar(select(HouseholdCode).where(HouseholdCode.code_mark == _mark(code)).with_for_update())
    if row is None or not _fits(row, proof):
        raise Invalid(
            "household.code",
            _("Ce code ne va pas avec votre nom et votre adresse, ou il n’est plus bon. Vérifiez les trois."),
            field="code",
        )
    household_id, home_mark = row.household_id, proof.home_mark or ""
    doors.lock(home_mark)
    if _size(household_id) >= settings.household:
        raise _full(settings)
    db.session.delete(row)
    proof.household_id = household_id
    db.session.flush()
    return service.grant(proof, "household", settings)


def _fits(row: HouseholdCode, proof: Proof) -> bool:
    """The code is live, for this person, and its giver proved this very address."""
    giver = db.session.get(Membership, row.giver_id)
    if giver is None or giver.level != "strong" or giver.writes_until <= clock.now():
        return False
    identity = accounts.identity_of(proof.account_id)
    is_same_name = _name(identity.first_name, identity.last_name) == _name(row.first_name, row.last_name)
    return row.expires_at > clock.now() and is_same_name and giver.home_mark == proof.home_mark


def _name(first: str, last: str) -> str:
    """One form for a name, in any script: small letters without accents, one space between words."""
    bare = unicodedata.normalize("NFKD", f"{first} {last}").casefold()
    return " ".join(
        "".join(sign if sign.isalpha() else " " for sign in bare if not unicodedata.combining(sign)).split()
    )


def has_household(account_id: int) -> bool:
    """Whether the account belongs to one."""
    return db.session.get(HouseholdMember, account_id) is not None


def say_gone(account_id: int, first_name: str, last_name: str) -> None:
    """« Cette personne n'habite plus ici »: asks her for a new proof, without saying who asked.

    Ends nothing by itself, answers the same whether there is such a member or not, and works on one person
    once in six months, whoever says it. Inside `commit()`.
    """
    mine = db.session.get(HouseholdMember, account_id)
    if mine is None:
        return
    wanted = _name(first_name, last_name)
    rows = db.session.execute(
        select(HouseholdMember, Identity)
        .join(Identity, Identity.account_id == HouseholdMember.account_id)
        .where(HouseholdMember.household_id == mine.household_id, HouseholdMember.account_id != account_id)
    )
    for member, identity in rows.all():
        is_fresh = member.asked_at is not None and member.asked_at > clock.now() - ASKED_AGAIN_AFTER
        if not is_fresh and _name(identity.first_name, identity.last_name) == wanted:
            member.asked_at = clock.now()
            rechecks.ask(member.account_id)


def forget_old() -> None:
    """Invitations that are over go, with the names in them."""
    db.session.execute(delete(HouseholdCode).where(HouseholdCode.expires_at <= clock.now()))
