"""Pages of residents for others: vouch for a neighbour, let the household in, say that one moves."""

from __future__ import annotations

from flask import Response, flash, g, make_response, redirect, request
from flask_babel import gettext as _

from instance.accounts import service as accounts
from instance.accounts import session as sessions
from instance.accounts import throttle
from instance.accounts.models import Account
from instance.accounts.tries import come_back, count_try
from instance.core.db import commit, db
from instance.core.errors import DomainError, Invalid, NotAllowed
from instance.core.web import page, settings
from instance.quartiers.access import residence, resident_required
from instance.verification import codes, household, moving, vouching
from instance.verification.blueprint import bp


@bp.get("/parrainer")
@resident_required
def vouch_form() -> Response:
    """Where the six signs of an applicant are typed."""
    return _vouch_page()


def _vouch_page(code: str = "", error: str = "", status: int = 200) -> Response:
    refusal = ""
    try:
        vouching.may_vouch(g.account_id)
    except NotAllowed as no:
        refusal = no.sentence
    return page(
        "verification/vouch.html", status, code=code, errors={"code": error} if error else {}, refusal=refusal,
        left=vouching.left(g.account_id),
    )  # fmt: skip


@bp.post("/parrainer")
@resident_required
def look_up() -> Response:
    """Whose code it is: the name, never the address."""
    typed = request.form.get("code", "")[:40]
    back_at = count_try([(throttle.subject("vouch", str(g.account_id)), throttle.PER_ACCOUNT)])
    if back_at is not None:
        return _vouch_page(typed, come_back(back_at), 429)
    try:
        found = vouching.find(g.account_id, typed)
    except DomainError as error:
        return _vouch_page(typed, error.sentence, error.status)
    person = accounts.identity_of(found.account_id)
    return page("verification/vouch_confirm.html", name=f"{person.first_name} {person.last_name}", code=typed)


@bp.post("/parrainer/confirmer")
@resident_required
def vouch() -> Response:
    """Stand in for that person."""
    typed = request.form.get("code", "")[:40]
    back_at = count_try([(throttle.subject("vouch", str(g.account_id)), throttle.PER_ACCOUNT)])
    if back_at is not None:
        return _vouch_page(typed, come_back(back_at), 429)
    try:
        with commit():
            is_resident = vouching.vouch(g.account_id, typed, settings())
    except DomainError as error:
        return _vouch_page(typed, error.sentence, error.status)
    flash(_("Merci. Votre voisin est vérifié.") if is_resident else _("Merci. Votre parole compte."))
    return make_response(redirect("/parrainer", 303))


@bp.get("/foyer")
@resident_required
def household_page() -> Response:
    """Invite somebody of the same address; say that somebody lives here no more."""
    return _household_page()


def _household_page(errors: dict[str, str] | None = None, status: int = 200, **values: str) -> Response:
    refusal = ""
    try:
        household.may_invite(g.account_id)
    except NotAllowed as no:
        refusal = no.sentence
    return page(
        "verification/household.html", status, errors=errors or {}, refusal=refusal, typed=values,
        invitations=household.invitations(g.account_id), has_household=household.has_household(g.account_id),
        most=settings().household,
    )  # fmt: skip


@bp.post("/foyer/inviter")
@resident_required
def invite() -> Response:
    """A code for one named person, shown this once."""
    first, last = request.form.get("first_name", "")[:100], request.form.get("last_name", "")[:100]
    try:
        with commit():
            code = household.invite(g.account_id, first, last, settings())
    except DomainError as error:
        return _household_page({error.field: error.sentence}, error.status, first_name=first, last_name=last)
    return page("verification/household_invitation.html", code=codes.grouped(code), name=f"{first} {last}".strip())


@bp.post("/foyer/reprendre")
@resident_required
def withdraw() -> Response:
    """Take an unused code back."""
    code_id = request.form.get("code_id", "")
    if code_id.isdecimal() and len(code_id) < 19:
        with commit():
            household.withdraw(g.account_id, int(code_id))
        flash(_("Le code n’est plus bon."))
    return make_response(redirect("/foyer", 303))


@bp.post("/foyer/parti")
@resident_required
def say_gone() -> Response:
    """« Cette personne n'habite plus ici »: the same answer whoever is named."""
    first, last = request.form.get("gone_first_name", "")[:100], request.form.get("gone_last_name", "")[:100]
    typed = {"gone_first_name": first, "gone_last_name": last}
    try:
        accounts.check_name(first, "gone_first_name")
        accounts.check_name(last, "gone_last_name")
    except Invalid as error:
        return _household_page({error.field: error.sentence}, 422, **typed)
    back_at = count_try([(throttle.subject("gone", str(g.account_id)), household.SAID)])
    if back_at is not None:
        return _household_page({"": come_back(back_at)}, 429, **typed)
    with commit():
        household.say_gone(g.account_id, first, last)
    flash(_("C’est noté. Si cette personne est de votre foyer, nous lui demandons une nouvelle preuve."))
    return make_response(redirect("/foyer", 303))


@bp.get("/demenager")
@resident_required
def moving_page() -> Response:
    """What ends and what stays, before it is said for good."""
    return page("verification/moving.html", home=residence(), errors={})


@bp.post("/demenager")
@resident_required
def move() -> Response:
    """End the residence now; the next page asks for the new address."""
    name = request.form.get("name", "")
    if name not in {"signed", "nameless"}:
        errors = {"name": _("Dites si vos mots restent signés.")}
        return page("verification/moving.html", 422, home=residence(), errors=errors)
    with commit():
        account = db.session.get_one(Account, sessions.account().id)
        moving.move_away(account, nameless=name == "nameless")
    flash(_("Vous ne lisez plus ce mur. Dites-nous votre nouvelle adresse quand vous voulez."))
    return make_response(redirect("/preuve/adresse", 303))
