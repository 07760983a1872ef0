"""/guichet: find who stands there, look at what was declared, say yes or no; accounts without e-mail; the queue."""

from __future__ import annotations

from flask import Response, flash, g, make_response, redirect, request
from flask_babel import gettext as _

from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.core.errors import DomainError, NotFound
from instance.core.web import page, settings
from instance.quartiers.access import my_roles, role_required
from instance.verification import desk, doors, service
from instance.verification.blueprint import bp
from instance.verification.models import Proof


@bp.get("/guichet")
@role_required("verifier", "admin")
def desk_page() -> Response:
    """The desk: a number to type, and whoever waits for a look."""
    return _desk()


def _desk(errors: dict[str, str] | None = None, status: int = 200, **typed: str) -> Response:
    waiting = desk.queue(g.account_id)
    return page(
        "verification/desk.html", status, errors=errors or {}, typed=typed, waiting=waiting,
        people=desk.people(waiting), places={one.id: service.quartier_of(one).name for one in waiting},
    )  # fmt: skip


@bp.post("/guichet")
@role_required("verifier", "admin")
def find() -> Response:
    """By desk number or handle."""
    typed = request.form.get("number", "")[:60]
    try:
        proof = desk.find(g.account_id, typed)
    except DomainError as error:
        return _desk({"number": error.sentence}, 422, number=typed)
    return make_response(redirect(f"/guichet/{proof.id}", 303))


@bp.get("/guichet/<int:proof_id>")
@role_required("verifier", "admin")
def look(proof_id: int) -> Response:
    """Name and address to compare with the document. The person reads in the journal who looked."""
    return _look(proof_id)


def _look(proof_id: int, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    with commit():
        label = desk.look(desk.get(g.account_id, proof_id), by=g.account_id).label
    proof = desk.get(g.account_id, proof_id)
    return page(
        "verification/desk_person.html", status, errors=errors or {}, proof=proof, label=label,
        name=desk.people([proof])[proof.account_id], quartier=service.quartier_of(proof),
        newcomers=doors.arrivals(proof.home_mark or ""), may_raise="admin" in my_roles(),
    )  # fmt: skip


def _locked(proof_id: int) -> Proof:
    return desk.get(g.account_id, proof_id, lock=True)


@bp.post("/guichet/<int:proof_id>/oui")
@role_required("verifier", "admin")
def accept(proof_id: int) -> Response:
    """A document with this name and this address was shown."""
    if request.form.get("seen") != "1":
        return _look(proof_id, {"seen": _("Cochez cette case après avoir regardé le document.")}, 422)
    with commit():
        is_resident = desk.accept(_locked(proof_id), settings(), by=g.account_id)
    if is_resident:
        flash(_("L’adresse est vérifiée."))
        return make_response(redirect("/guichet", 303))
    flash(_("Beaucoup de nouveaux habitants à cette adresse : regardez encore, puis décidez."), "info")
    return make_response(redirect(f"/guichet/{proof_id}", 303))


@bp.post("/guichet/<int:proof_id>/non")
@role_required("verifier", "admin")
def refuse(proof_id: int) -> Response:
    """The document shows another name or another address."""
    with commit():
        service.refuse(_locked(proof_id), by=g.account_id)
    flash(_("La demande est refusée et l’adresse effacée. La personne est prévenue."))
    return make_response(redirect("/guichet", 303))


@bp.post("/guichet/<int:proof_id>/limite")
@role_required("admin")
def raise_limit(proof_id: int) -> Response:
    """A big building: more new residents in 30 days come in without a look."""
    typed = request.form.get("most", "").strip()
    try:
        with commit():
            desk.raise_limit(_locked(proof_id), int(typed) if typed.isdecimal() and len(typed) < 5 else 0)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return _look(proof_id, {"most": error.sentence}, 422)
    flash(_("La limite de cette adresse est relevée."))
    return make_response(redirect(f"/guichet/{proof_id}", 303))


@bp.post("/guichet/mot-de-passe")
@role_required("verifier", "admin")
def find_forgetful() -> Response:
    """Somebody without e-mail who forgot their password."""
    typed = request.form.get("login", "")[:60]
    try:
        account = desk.without_email(g.account_id, typed)
    except DomainError as error:
        return _desk({"login": error.sentence}, 422, login=typed)
    return _giving(account)


def _giving(account: Account, errors: dict[str, str] | None = None) -> Response:
    person = accounts.identity_of(account.id)
    return page(
        "verification/desk_password.html", 422 if errors else 200, errors=errors or {}, handle=account.actor.handle,
        name=f"{person.first_name} {person.last_name}",
    )  # fmt: skip


@bp.post("/guichet/mot-de-passe/nouveau")
@role_required("verifier", "admin")
def give_password() -> Response:
    """Make a password; the answer shows it, this once."""
    typed = request.form.get("login", "")[:60]
    try:
        with commit():
            account = desk.without_email(g.account_id, typed)
            is_seen = request.form.get("seen") == "1"
            password = desk.give_password(account, by=g.account_id) if is_seen else ""
    except DomainError as error:
        return _desk({"login": error.sentence}, 422, login=typed)
    if not is_seen:
        return _giving(account, {"seen": _("Cochez cette case après avoir regardé le document.")})
    return page("verification/desk_password_made.html", handle=account.actor.handle, password=password)


@bp.post("/guichet/habitant")
@role_required("verifier", "admin")
def find_resident() -> Response:
    """A resident whose verification is to be taken back."""
    typed = request.form.get("handle", "")[:60]
    try:
        account = desk.resident_named(g.account_id, typed)
    except DomainError as error:
        return _desk({"handle": error.sentence}, 422, handle=typed)
    return _revoking(account)


def _revoking(account: Account, error: str = "", reason: str = "") -> Response:
    person = accounts.identity_of(account.id)
    return page(
        "verification/desk_revoke.html", 422 if error else 200, errors={"reason": error} if error else {},
        reason=reason, handle=account.actor.handle, name=f"{person.first_name} {person.last_name}",
    )  # fmt: skip


@bp.post("/guichet/retirer")
@role_required("verifier", "admin")
def revoke() -> Response:
    """Take a verification back, with a reason."""
    handle, reason = request.form.get("handle", "")[:60], request.form.get("reason", "")[:400]
    account = desk.resident_named(g.account_id, handle)
    account_id = account.id
    try:
        with commit():
            desk.revoke(db.session.get_one(Account, account_id), reason, by=g.account_id)
    except DomainError as error:
        return _revoking(db.session.get_one(Account, account_id), error.sentence, reason)
    flash(_("La vérification est retirée. La personne est prévenue."))
    return make_response(redirect("/guichet", 303))
