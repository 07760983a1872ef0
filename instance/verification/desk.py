"""The desk: a verifier looks at a document, types nothing of it, and says yes or no. Each look is in the journal."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts import names, passwords
from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core.db import db
from instance.core.errors import Invalid, NotAllowed, NotFound
from instance.quartiers import roles
from instance.quartiers import service as quartiers
from instance.quartiers.models import Address
from instance.settings import Settings
from instance.verification import codes, doors, pending, service
from instance.verification.models import OPEN, Proof


def served(account_id: int) -> list[int | None]:
    """Quartier ids in which this account verifies; None stands for everywhere."""
    return [*roles.served(account_id, "verifier"), *roles.served(account_id, "admin")]


def serves(account_id: int, quartier_id: int) -> bool:
    """Whether this account verifies in this quartier."""
    here = served(account_id)
    return None in here or quartier_id in here


def find(verifier_id: int, typed: str) -> Proof:
    """The open proof with this desk number or handle, in a quartier that the verifier serves.

    Raises `Invalid`, the same for an unknown number, somebody without an open proof and one of elsewhere.
    """
    code = codes.normalise(typed, codes.VOUCHER_SIGNS)
    asked = select(Proof).where(Proof.state.in_(OPEN))
    proof = None
    if code is not None:
        proof = db.session.scalar(asked.where(Proof.code_mark == service.mark_of(code)))
    if proof is None:
        person = accounts.by_login(f"@{typed.strip().lstrip('@')}")
        proof = db.session.scalar(asked.where(Proof.account_id == person.id)) if person else None
    if proof is None or proof.account_id == verifier_id or not serves(verifier_id, proof.quartier_id):
        raise Invalid(
            "desk.unknown",
            _("Personne n’attend ici sous ce numéro ou cet identifiant. Relisez-le avec la personne."),
            field="number",
        )
    return proof


def get(verifier_id: int, proof_id: int, *, lock: bool = False) -> Proof:
    """An open proof that this verifier may decide. Raises `NotFound` for any other, and for one's own."""
    if proof_id >= 2**63:
        raise NotFound
    asked = select(Proof).where(Proof.id == proof_id, Proof.state.in_(OPEN))
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    proof = db.session.scalar(asked)
    if proof is None or proof.account_id == verifier_id or not serves(verifier_id, proof.quartier_id):
        raise NotFound
    return proof


def look(proof: Proof, *, by: int) -> pending.Pending:
    """The address that was declared; the person reads in the journal who looked. Inside `commit()`."""
    accounts.note(proof.account_id, "address_seen", by=by, acting="verifier")
    return pending.read(proof)


def accept(proof: Proof, settings: Settings, *, by: int) -> bool:
    """A document with this name and address was shown: strong proof; as `service.grant`.

    A proof that waits because many came to one address is granted now: this is the human look.
    """
    is_looked_at = proof.state == "review"
    method = proof.method if is_looked_at and proof.method in service.LEVELS else "desk"
    return service.grant(proof, method, settings, by=by, despite_burst=is_looked_at)


def queue(verifier_id: int) -> list[Proof]:
    """Proofs that wait for somebody to look because many came to one address, oldest first."""
    here = served(verifier_id)
    asked = select(Proof).where(Proof.state == "review").order_by(Proof.id)
    if None not in here:
        asked = asked.where(Proof.quartier_id.in_(here))
    return [proof for proof in db.session.scalars(asked) if proof.account_id != verifier_id]


def open_account(new: accounts.NewAccount, address: Address, settings: Settings, *, by: int) -> tuple[Account, bool]:
    """An account made at the desk for somebody who shows a document, verified at once; whether it is a resident.

    Raises `Invalid` naming the field, `NotAllowed` for an address of a quartier that the verifier does not serve.
    """
    if address.quartier_id is None or not serves(by, address.quartier_id):
        raise NotAllowed("desk.elsewhere", _("Cette adresse n’est pas dans un quartier de votre guichet."))
    account = accounts.create(new)
    accounts.note(account.id, "account_opened", by=by, acting="verifier")
    proof = service.begin(account, address)
    return account, accept(proof, settings, by=by)


def resident_named(verifier_id: int, handle: str) -> Account:
    """The resident with this handle in a quartier that the verifier serves. Raises `Invalid` for any other."""
    actor = names.actor_named(handle.strip().lstrip("@"))
    account = db.session.scalar(select(Account).where(Account.actor_id == actor.id)) if actor else None
    home = quartiers.residence(account.id) if account else None
    if account is None or home is None or not serves(verifier_id, home.quartier.id):
        raise Invalid(
            "desk.resident",
            _("Aucun habitant vérifié de vos quartiers n’a cet identifiant."),
            field="handle",
        )
    return account


def without_email(verifier_id: int, handle: str) -> Account:
    """Who has this handle and no e-mail to which a link could go, in a quartier that the verifier serves.

    Raises `Invalid` for anybody else; holders of a role are for an admin, so that a verifier cannot become one.
    """
    account = accounts.by_login(f"@{handle.strip().lstrip('@')}")
    place = _place_of(account.id) if account else None
    if account is None or account.id == verifier_id or place is None or not serves(verifier_id, place):
        sentence = _("Personne de vos quartiers n’a cet identifiant. Relisez-le avec la personne.")
        raise Invalid("desk.person", sentence, field="login")
    if accounts.identity_of(account.id).email is not None:
        sentence = _("Cette personne a une adresse e-mail : « Mot de passe oublié » lui envoie un lien.")
        raise Invalid("desk.email", sentence, field="login")
    if roles.of(account.id) and not roles.has(verifier_id, "admin"):
        sentence = _("Cette personne a un rôle : l’administration seule lui donne un mot de passe.")
        raise Invalid("desk.role", sentence, field="login")
    return account


def _place_of(account_id: int) -> int | None:
    """The quartier where somebody lives, or asks to."""
    home = quartiers.residence(account_id)
    if home is not None:
        return home.quartier.id
    return db.session.scalar(select(Proof.quartier_id).where(Proof.account_id == account_id, Proof.state.in_(OPEN)))


def give_password(account: Account, *, by: int) -> str:
    """A new password for somebody who forgot it, to be shown once; every session ends, the journal says so."""
    password = codes.password()
    passwords.give(account, password)
    accounts.note(account.id, "password_set", by=by, acting="verifier")
    return password


def revoke(account: Account, reason: str, *, by: int) -> None:
    """Take a verification back, with a reason that the person reads."""
    if account.id == by:
        raise NotAllowed("desk.self", _("Demandez à quelqu’un d’autre de le faire."))
    reason = " ".join(reason.split())
    if not 5 <= len(reason) <= 300:
        raise Invalid("desk.reason", _("Écrivez le motif en une phrase, 300 signes au plus."), field="reason")
    service.revoke(account, by=by, reason=reason)


def raise_limit(proof: Proof, most: int) -> None:
    """An admin lets `most` new residents in 30 days in at the address of `proof` (a big building)."""
    if not doors.ARRIVALS <= most <= 500:
        raise Invalid("desk.limit", _("Écrivez un nombre entre 5 et 500."), field="most")
    doors.raise_limit(proof.home_mark or "", most)


def people(proofs: Sequence[Proof]) -> dict[int, str]:
    """Legal names by account id, for the lists of the desk and the letters."""
    found = (accounts.identity_of(proof.account_id) for proof in proofs)
    return {one.account_id: f"{one.first_name} {one.last_name}" for one in found}
