"""/preuve: the state of one's proof, the ways to prove, the codes to type."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, flash, g, make_response, redirect, request
from flask_babel import gettext as _

from instance.accounts import service as accounts
from instance.accounts import session as sessions
from instance.accounts import throttle
from instance.accounts.models import Account
from instance.accounts.session import login_required
from instance.accounts.tries import come_back, count_try
from instance.core.db import commit, db
from instance.core.errors import DomainError, Invalid
from instance.core.web import page, settings
from instance.quartiers.access import residence
from instance.verification import address_web, codes, household, letters, pending, service, vouching
from instance.verification.blueprint import bp
from instance.verification.models import Proof

METHODS = ("letter", "desk", "vouch", "household")
COMPLEMENT_MAX = 120
LETTERS = throttle.Limit(3, timedelta(days=1))  # by one account: the day's ceiling is for everybody


@bp.get("/preuve")
@login_required
def proof() -> Response:
    """Where one's proof of address stands, and what to do next."""
    return _show()


@bp.post("/preuve")
@login_required
def choose() -> Response:
    """Take one of the ways: have a letter sent, go to the desk, ask two neighbours, type a household code."""
    method = request.form.get("method", "")
    complement = request.form.get("complement", "")[:COMPLEMENT_MAX]
    if method not in METHODS:
        return _show({"method": _("Choisissez un des quatre moyens.")}, complement=complement, status=422)
    asked = throttle.subject("letter-asked", str(g.account_id))
    back_at = count_try([(asked, LETTERS)]) if method == "letter" else None
    if back_at is not None:
        return _show({"method": come_back(back_at)}, method=method, complement=complement, status=429)
    try:
        with commit():
            mine = _locked()
            if mine.state == "review":
                raise Invalid("proof.review", _("Votre demande est en cours d’examen. Il n’y a rien à faire."))
            if method == "letter":
                letters.ask(mine, complement, settings())
            else:
                service.choose(mine, method)
    except DomainError as error:
        if method == "letter":
            with commit():
                throttle.give_back(asked)
        field = error.field if error.field == "complement" else "method"
        return _show({field: error.sentence}, method=method, complement=complement, status=422)
    return make_response(redirect("/preuve/foyer" if method == "household" else "/preuve", 303))


def _locked() -> Proof:
    mine = service.open_proof(g.account_id, lock=True)
    if mine is None:
        raise Invalid("proof.none", _("Dites d’abord à quelle adresse vous habitez."))
    return mine


def _show(
    errors: dict[str, str] | None = None, *, method: str = "", complement: str = "", status: int = 200
) -> Response:
    mine = service.open_proof(g.account_id)
    letter = letters.latest(mine) if mine else None
    kept = pending.read(mine) if mine else None
    return page(
        "verification/proof.html",
        status,
        errors=errors or {},
        chosen=method or (mine.method if mine else "") or "letter",
        complement=complement or (kept.complement if kept else ""),
        home=residence(),
        granted=service.granted_proof(g.account_id),
        due_at=service.recheck_due(g.account_id),
        waiting=service.waiting_of(g.account_id),
        proof=mine,
        quartier=service.quartier_of(mine) if mine else None,
        label=kept.label if kept else "",
        name=accounts.identity_of(g.account_id),
        has_email=accounts.identity_of(g.account_id).email is not None,
        letter=letter,
        is_running=letter is not None and mine is not None and letters.running(mine) is not None,
        shown=codes.grouped(mine.code) if mine and mine.code else "",
        vouched=vouching.count(mine) if mine else 0,
    )


@bp.get("/code")
@login_required
def short_code() -> Response:
    """The short way that letters name."""
    return make_response(redirect("/preuve/code", 303))


@bp.get("/preuve/code")
@login_required
def letter_code() -> Response:
    """Where the code of the letter is typed."""
    return page("verification/code.html", errors={}, code="")


@bp.post("/preuve/code")
@login_required
def try_letter_code() -> Response:
    """The right code makes a resident. A wrong one, a void letter and no letter at all get the same sentence."""
    typed = request.form.get("code", "")[:40]
    back_at = count_try([(throttle.subject("letter", str(g.account_id)), throttle.PER_ACCOUNT)])
    if back_at is not None:
        return page("verification/code.html", 429, errors={"code": come_back(back_at)}, code=typed)
    with commit():
        mine = service.open_proof(g.account_id, lock=True)
        is_right = mine is not None and letters.try_code(mine, typed)
        is_resident = is_right and mine is not None and service.grant(mine, "letter", settings())
    if is_right:
        return welcome(is_resident)
    sentence = _(
        "Ce code n’est pas le bon, ou il n’est plus valable. Au bout de cinq essais, il faut un autre courrier."
    )
    return page("verification/code.html", 422, errors={"code": sentence}, code=typed)


def welcome(is_resident: bool) -> Response:
    """Where a proof that was just decided leads."""
    if is_resident:
        flash(_("Votre adresse est vérifiée. Votre quartier vous est ouvert."))
        return make_response(redirect("/", 303))
    flash(_("Merci. Quelqu’un de l’association regarde encore votre demande."), "info")
    return make_response(redirect("/preuve", 303))


@bp.get("/preuve/foyer")
@login_required
def household_code() -> Response:
    """Where the code of somebody of the same household is typed."""
    mine = service.open_proof(g.account_id)
    if mine is None:
        return make_response(redirect("/preuve", 303))
    return page("verification/household_code.html", errors={}, code="", label=pending.read(mine).label)


@bp.post("/preuve/foyer")
@login_required
def try_household_code() -> Response:
    """The right code, for this name and this address, makes a resident."""
    typed = request.form.get("code", "")[:40]
    sentence = ""
    back_at = count_try([(throttle.subject("household", str(g.account_id)), throttle.PER_ACCOUNT)])
    try:
        if back_at is not None:
            raise Invalid("household.often", come_back(back_at))
        with commit():
            is_resident = household.join(_locked(), typed, settings())
        return welcome(is_resident)
    except Invalid as error:
        sentence = error.sentence
    mine = service.open_proof(g.account_id)
    label = pending.read(mine).label if mine else ""
    return page("verification/household_code.html", 422, errors={"code": sentence}, code=typed, label=label)


def _address_step() -> address_web.Step:
    return address_web.Step("/preuve/adresse", "")


@bp.get("/preuve/adresse")
@login_required
def new_address() -> Response:
    """The address to prove: a first one, a new one, or the same again to renew the proof."""
    return address_web.show("verification/new_address.html", _address_step())


@bp.post("/preuve/adresse")
@login_required
def choose_new_address() -> Response:
    """What was typed or picked."""
    step = _address_step()
    if address_web.take(step):
        return make_response(redirect("/preuve/adresse", 303))
    return address_web.show("verification/new_address.html", step, 422 if step.error else 200)


@bp.post("/preuve/adresse/choisir")
@login_required
def begin() -> Response:
    """Begin to prove the chosen address, or wait there for a quartier."""
    hit = address_web.chosen()
    if hit is None:
        return make_response(redirect("/preuve/adresse", 303))
    try:
        with commit():
            account = db.session.get_one(Account, sessions.account().id)
            address = address_web.address_of(hit)
            if address.quartier_id is None:
                service.wait_for_quartier(account, address, wants_to_found=request.form.get("found") == "1")
            else:
                service.begin(account, address, shows_street=request.form.get("street") == "1")
    except DomainError as error:
        step = _address_step()
        step.error = error.sentence
        return address_web.show("verification/new_address.html", step, 422)
    address_web.forget()
    return make_response(redirect("/preuve", 303))


@bp.post("/preuve/fonder")
@login_required
def found() -> Response:
    """In the waiting area: say whether one wants to found a quartier (F59)."""
    with commit():
        row = service.waiting_of(g.account_id)
        if row is not None:
            row.wants_to_found = request.form.get("found") == "1"
    flash(_("C’est noté."))
    return make_response(redirect("/preuve", 303))
