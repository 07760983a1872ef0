"""Agreements with other cities in the hands of admins: look for a city, propose, sign, suspend, renew, end."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.admin import peers
from instance.admin.accords import ACTS, PASSAGES, Act
from instance.admin.blueprint import bp
from instance.core.db import commit
from instance.core.errors import Invalid, NotFound
from instance.core.web import page
from instance.partners import agreements, overview, pairs, signing, words
from instance.partners.models import Agreement
from instance.quartiers.access import role_required


@bp.get("/admin/accords")
@role_required("admin")
def accord_list() -> ResponseReturnValue:
    """All of them, and where to begin one."""
    return _list("", {})


def _list(typed: str, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    return page(
        "admin/accords.html", status, found=overview.every(), typed=typed, errors=errors, state=words.state,
        current="work",
    )  # fmt: skip


@bp.post("/admin/accords")
@role_required("admin")
def begin_accord() -> ResponseReturnValue:
    """Have another city looked for."""
    typed = request.form.get("address", "")
    try:
        with commit():
            agreement_id = signing.begin(typed, g.account_id).id
    except Invalid as refusal:
        return _list(typed, {refusal.field: refusal.sentence}, 422)
    return redirect(url_for("admin.accord", agreement_id=agreement_id), 303)


@bp.get("/admin/accords/<int:agreement_id>")
@role_required("admin")
def accord(agreement_id: int) -> ResponseReturnValue:
    """One: what it says, how it stands on each side, what is on its way, what was not taken."""
    return _one(overview.get(agreement_id), {})


def _one(agreement: Agreement, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    lines = overview.lines(agreement)
    is_sent = bool(request.form)
    chosen = {
        "pairs": request.form.getlist("pair") if is_sent else [line.key for line in lines],
        "audiences": request.form.getlist("audience") if is_sent else agreement.audiences,
        "months": request.form.get("months", str(max(signing.MONTHS))),
    }
    return page(
        "admin/accord.html", status, one=agreement, lines=lines, chosen=chosen, errors=errors, months=signing.MONTHS,
        state=words.state(agreement), fault=words.fault(agreement.reason), audiences=_audiences(agreement),
        acts=[(name, act) for name, act in ACTS.items() if _is_open(name, act, agreement)], passage_words=PASSAGES,
        going=overview.on_its_way(agreement), refused=overview.not_taken(agreement.host), words=peers.STATES,
        reason_words=peers.reason_words, address=agreements.uri_of(agreement), current="work",
    )  # fmt: skip


def _audiences(agreement: Agreement) -> list[tuple[str, str]]:
    """What may be chosen: of a draft all there is, of an offer what it names."""
    offered = agreements.AUDIENCES if agreement.state == "draft" else agreement.audiences
    return [(name, words.audience(name)) for name in offered]


def _is_open(name: str, act: Act, agreement: Agreement) -> bool:
    if name in {"suspendre", "reprendre"} and agreement.is_shut_here == (name == "suspendre"):
        return False
    return agreement.state in act.states


@bp.post("/admin/accords/<int:agreement_id>/chercher")
@role_required("admin")
def look_again(agreement_id: int) -> ResponseReturnValue:
    """Look the other city up once more."""
    with commit():
        signing.look(overview.get(agreement_id))
    return redirect(url_for("admin.accord", agreement_id=agreement_id), 303)


@bp.post("/admin/accords/<int:agreement_id>/proposer")
@role_required("admin")
def propose_accord(agreement_id: int) -> ResponseReturnValue:
    """Offer what was ticked; of an offer of theirs, fewer pairs, which is a counter-offer."""
    agreement = overview.get(agreement_id)
    wanted = pairs.chosen(agreement.pairs, request.form.getlist("pair"))
    audiences, months = request.form.getlist("audience"), request.form.get("months", "")
    try:
        with commit():
            agreement = overview.get(agreement_id)
            if agreement.state == "received":
                agreement = signing.counter(agreement, wanted, audiences, g.account_id)
            else:
                signing.propose(agreement, wanted, audiences, int(months) if months.isdecimal() else 0, g.account_id)
            made_id = agreement.id
    except Invalid as refusal:
        return _one(overview.get(agreement_id), {refusal.field: refusal.sentence}, 422)
    flash(_("C’est envoyé à l’autre ville, qui doit signer."), "ok")
    return redirect(url_for("admin.accord", agreement_id=made_id), 303)


@bp.get("/admin/accords/<int:agreement_id>/<name>")
@role_required("admin")
def ask_accord(agreement_id: int, name: str) -> ResponseReturnValue:
    """What an act means, before it is done."""
    agreement, act = overview.get(agreement_id), _act(name)
    if not _is_open(name, act, agreement):
        return redirect(url_for("admin.accord", agreement_id=agreement_id), 303)
    return page(
        "admin/accord_act.html", one=agreement, act=act, name=name, lines=overview.lines(agreement), errors={},
        current="work",
    )  # fmt: skip


@bp.post("/admin/accords/<int:agreement_id>/<name>")
@role_required("admin")
def do_accord(agreement_id: int, name: str) -> ResponseReturnValue:
    """Do it."""
    act = _act(name)
    try:
        with commit():
            act.do(overview.get(agreement_id), g.account_id)
    except Invalid as refusal:
        return _one(overview.get(agreement_id), {refusal.field: refusal.sentence}, 422)
    flash(str(act.done), "ok")
    if name == "oublier":
        return redirect(url_for("admin.accord_list"), 303)
    return redirect(url_for("admin.accord", agreement_id=agreement_id), 303)


def _act(name: str) -> Act:
    if name not in ACTS:
        raise NotFound
    return ACTS[name]
