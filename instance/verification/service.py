"""The life of a proof of address: begun, granted in one place only, refused, revoked, ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core import clock, french, secrets
from instance.core.db import db, new_id
from instance.core.errors import Invalid, NotAllowed
from instance.core.facts import record
from instance.quartiers import service as quartiers
from instance.quartiers.models import Address, Membership, Quartier, Waiting
from instance.settings import Settings
from instance.verification import codes, doors, pending, rechecks
from instance.verification.facts import ProofRefused, ProofRevoked
from instance.verification.fingerprint import fingerprint
from instance.verification.models import (
    OPEN,
    RUNNING,
    HouseholdCode,
    HouseholdMember,
    Letter,
    PendingAddress,
    Proof,
    Recheck,
)

LEVELS = {"letter": "strong", "desk": "strong", "vouch": "simple", "household": "simple"}
IDLE = timedelta(days=60)  # an open proof that nobody touches is dropped, its address erased


def open_proof(account_id: int, *, lock: bool = False) -> Proof | None:
    """The proof that the account is working on; with `lock`, no other request touches it until the commit."""
    asked = select(Proof).where(Proof.account_id == account_id, Proof.state.in_(OPEN))
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(asked)


def granted_proof(account_id: int) -> Proof | None:
    """The proof on which the account's residence rests."""
    return db.session.scalar(select(Proof).where(Proof.account_id == account_id, Proof.state == "granted"))


def begin(account: Account, address: Address, *, shows_street: bool = False) -> Proof:
    """Begin to prove `address`, which lies in a quartier; an earlier unfinished proof is dropped.

    Raises `NotAllowed` for a resident of another quartier, who has to say « je déménage » first.
    """
    if address.quartier_id is None:
        raise Invalid("address.outside", _("Cette adresse n’est dans aucun quartier."), field="address")
    _start_anew(account, address)
    proof = Proof(
        id=new_id(), account_id=account.id, quartier_id=address.quartier_id, state="asked",
        home_mark=fingerprint(address), touched_at=clock.now(),
    )  # fmt: skip
    pending.keep(proof, pending.of_address(address, shows_street=shows_street))
    db.session.add(proof)
    db.session.flush()
    return proof


def _start_anew(account: Account, address: Address) -> None:
    """Drop what was begun before; one request at a time per account."""
    db.session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
    home = quartiers.residence(account.id)
    if home is not None and home.quartier.id != address.quartier_id:
        name, at_name = home.quartier.name, french.at(home.quartier.name)
        sentence = _("Vous habitez %(at_name)s. Dites d’abord que vous déménagez.", name=name, at_name=at_name)
        raise NotAllowed("proof.lives_elsewhere", sentence)
    present = open_proof(account.id, lock=True)
    if present is not None:
        end(present)
    db.session.execute(delete(Waiting).where(Waiting.account_id == account.id))


def wait_for_quartier(account: Account, address: Address, *, wants_to_found: bool) -> None:
    """Note that the account waits for a quartier around `address`, which lies in none yet (F59).

    Raises `NotAllowed` as `begin`.
    """
    _start_anew(account, address)
    db.session.add(
        Waiting(
            account_id=account.id,
            sealed_address=str(address.id),
            wants_to_found=wants_to_found,
            since=clock.now(),
        )
    )


def waiting_of(account_id: int) -> Waiting | None:
    """The account's place in the waiting area."""
    return db.session.scalar(select(Waiting).where(Waiting.account_id == account_id))


def choose(proof: Proof, method: str) -> None:
    """Go the way of `method`. For desk and vouchers the proof gets the six signs that the applicant shows."""
    proof.method, proof.touched_at = method, clock.now()
    if proof.state == "asked":
        proof.state = "running"
    if method in {"desk", "vouch"} and proof.code is None:
        code = codes.voucher_code()
        proof.code, proof.code_mark = code, mark_of(code)


def mark_of(code: str) -> str:
    """The mark by which a proof is found from the six signs that its applicant shows."""
    return codes.digest(code, secrets.key("code shown"))


def grant(proof: Proof, method: str, settings: Settings, *, by: int | None = None, despite_burst: bool = False) -> bool:
    """Decide for `proof`: the address is erased and the account becomes a resident.

    False, and nothing of this, when too many new residents came to this address: then a verifier or an admin
    has to look (`despite_burst`). Inside `commit()`, the proof locked. This is the only place that grants.
    """
    account = db.session.get_one(Account, proof.account_id)
    home_mark = proof.home_mark or ""
    limit = doors.lock(home_mark)
    is_new_here = not _lives_at(account.id, home_mark)
    proof.method, proof.touched_at = method, clock.now()
    is_for_a_look = proof.state == "review" or (is_new_here and doors.is_crowded(limit, home_mark))
    if is_for_a_look and not despite_burst:
        proof.state = "review"
        return False
    if is_new_here:
        doors.note_arrival(limit)
    _put_in_household(proof, is_new_here)
    _show_street(account, pending.read(proof), is_new_here)
    earlier = granted_proof(account.id)
    if earlier is not None:
        _close(earlier, "ended")
        db.session.flush()
    expires_at = _decide(proof, method, settings, by)
    rechecks.settle(account.id)
    quartiers.admit(account, quartiers.Home(proof.quartier_id, LEVELS[method], home_mark, expires_at), settings)
    if by is not None:
        accounts.note(account.id, "proof_granted", by=by, acting="verifier")
    return True


def _decide(proof: Proof, method: str, settings: Settings, by: int | None) -> datetime:
    home_mark = proof.home_mark
    _close(proof, "granted")
    level = LEVELS[method]
    months = settings.strong_months if level == "strong" else settings.simple_months
    proof.level, proof.home_mark, proof.verifier_id = level, home_mark, by
    proof.month = clock.day_of(clock.now(), settings.timezone).replace(day=1)
    expires_at = clock.add_months(clock.now(), months)
    proof.expires_at = expires_at
    db.session.flush()
    return expires_at


def _lives_at(account_id: int, home_mark: str) -> bool:
    member = db.session.get(Membership, account_id)
    return member is not None and member.home_mark == home_mark and member.reads_until > clock.now()


def _put_in_household(proof: Proof, is_new_here: bool) -> None:
    if is_new_here or proof.household_id is not None:
        db.session.execute(delete(HouseholdMember).where(HouseholdMember.account_id == proof.account_id))
    if proof.household_id is not None:
        db.session.add(HouseholdMember(account_id=proof.account_id, household_id=proof.household_id))


def _show_street(account: Account, address: pending.Pending, is_new_here: bool) -> None:
    if address.shows_street or is_new_here:
        accounts.set_street(account, address.street if address.shows_street else None)


def end(proof: Proof, state: str = "ended") -> None:
    """Close `proof` without a residence: address, fingerprint and codes are erased."""
    _close(proof, state)
    db.session.flush()


def _close(proof: Proof, state: str) -> None:
    """Erase what only an open proof needs. A letter on its way is void; its opposition code goes on."""
    db.session.execute(delete(PendingAddress).where(PendingAddress.proof_id == proof.id))
    db.session.expire(proof, ["pending"])
    db.session.execute(
        update(Letter)
        .where(Letter.proof_id == proof.id, Letter.state.in_(RUNNING))
        .values(state="void", code=None, opposition=None)
    )
    proof.state, proof.level, proof.touched_at = state, None, clock.now()
    proof.code = proof.code_mark = proof.home_mark = proof.household_id = None


def refuse(proof: Proof, *, by: int) -> None:
    """A verifier says no: the address is erased, the person is told and may begin anew."""
    end(proof, "refused")
    accounts.note(proof.account_id, "proof_refused", by=by, acting="verifier")
    record(ProofRefused(proof.account_id))


def revoke(account: Account, *, by: int | None, reason: str = "") -> None:
    """End a residence at once, with its proof. Whoever was vouched for by this account is checked anew."""
    if db.session.get(Membership, account.id) is None:
        return
    leave(account, "revoked")
    rechecks.ask_vouchees(account.id)
    accounts.note(account.id, "proof_revoked", by=by, reason=reason)
    record(ProofRevoked(account.id))


def leave(account: Account, state: str) -> None:
    """End residence, proof, household and invitations of `account`: expired, revoked, or moved (`ended`)."""
    proof = granted_proof(account.id)
    if proof is not None:
        end(proof, state)
    rechecks.settle(account.id)
    db.session.execute(delete(HouseholdMember).where(HouseholdMember.account_id == account.id))
    db.session.execute(delete(HouseholdCode).where(HouseholdCode.giver_id == account.id))
    accounts.set_street(account, None)
    quartiers.leave(account)


def recheck_due(account_id: int) -> datetime | None:
    """Until when a new proof is asked of this resident; None if it isn't."""
    row = db.session.get(Recheck, account_id)
    return row.due_at if row else None


def quartier_of(proof: Proof) -> Quartier:
    """The quartier that `proof` is for."""
    return db.session.get_one(Quartier, proof.quartier_id)
