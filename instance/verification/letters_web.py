"""/courriers: today's letters to print, to tick as sent, and those that came back; /opposition for who gets one."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, flash, g, make_response, redirect, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from instance.accounts import throttle
from instance.accounts.tries import come_back, count_try
from instance.core.db import commit, db
from instance.core.errors import NotFound
from instance.core.i18n import in_language
from instance.core.web import network, page, settings
from instance.quartiers.access import role_required
from instance.verification import codes, desk, letters, letters_pdf, printing, service
from instance.verification.blueprint import bp
from instance.verification.models import Letter


@bp.get("/courriers")
@role_required("verifier", "admin")
def letters_page() -> Response:
    """What has to be sent, and what was. Neither an address nor a code is on this page."""
    return _list()


def _list(errors: dict[str, str] | None = None, status: int = 200, reference: str = "") -> Response:
    here = desk.served(g.account_id)
    waiting, sent = letters.to_print(here), letters.on_their_way(here)
    both = [letter.proof for letter in [*waiting, *sent]]
    return page(
        "verification/letters.html", status, errors=errors or {}, reference=reference, waiting=waiting, sent=sent,
        people=desk.people(both), places={one.id: service.quartier_of(one).name for one in both},
    )  # fmt: skip


def _printed() -> list[letters_pdf.Letter]:
    """The sheets of today; each recipient reads in the journal who printed."""
    with commit():
        waiting = letters.to_print(desk.served(g.account_id))
        letters.note_printed(waiting, settings(), by=g.account_id)
        return printing.sheets(waiting, settings())


@bp.get("/courriers/imprimer")
@role_required("verifier", "admin")
def print_letters() -> Response:
    """All letters as one page for the printer, a sheet each: in French, whatever who prints them reads."""
    with in_language("fr"):
        look = printing.look(settings())
        return page("verification/letters_print.html", sheets=_printed(), look=look, locale="fr")


@bp.get("/courriers/lettres.pdf")
@role_required("verifier", "admin")
def letters_file() -> Response:
    """The same as one PDF."""
    answer = make_response(letters_pdf.render(_printed(), printing.look(settings())))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = 'inline; filename="lettres.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.post("/courriers")
@role_required("verifier", "admin")
def tick_sent() -> Response:
    """Letters that are in the post: their codes are erased here."""
    wanted = {int(one) for one in request.form.getlist("sent") if one.isdecimal() and len(one) < 20}
    with commit():
        ticked = [letter for letter in letters.to_print(desk.served(g.account_id)) if letter.id in wanted]
        for letter in ticked:
            letters.note_sent(letter, settings())
    if not wanted:
        return _list({"sent": _("Cochez les lettres que vous avez postées.")}, 422)
    flash(ngettext("%(num)d lettre notée envoyée.", "%(num)d lettres notées envoyées.", len(ticked)))
    return make_response(redirect("/courriers", 303))


@bp.post("/courriers/retours")
@role_required("verifier", "admin")
def note_returned() -> Response:
    """A letter that came back, named by its reference: the proof that it was for ends."""
    typed = request.form.get("reference", "")[:20]
    try:
        with commit():
            letters.note_returned(_sent_here(typed), by=g.account_id)
    except NotFound:
        sentence = _("Aucune lettre envoyée de vos quartiers n’a cette référence. Relisez-la au bas de la lettre.")
        return _list({"reference": sentence}, 422, reference=typed)
    flash(_("Le retour est noté. La personne est prévenue."))
    return make_response(redirect("/courriers", 303))


def _sent_here(typed: str) -> Letter:
    reference = codes.normalise(typed, codes.VOUCHER_SIGNS)
    letter = db.session.scalar(select(Letter).where(Letter.reference == reference)) if reference else None
    if letter is None or letter.sent_at is None or not _serves(letter, desk.served(g.account_id)):
        raise NotFound
    return letter


def _serves(letter: Letter, here: Sequence[int | None]) -> bool:
    return None in here or letter.proof.quartier_id in here


@bp.get("/opposition")
def opposition_form() -> Response:
    """For whoever got a letter and never asked for one; no account needed."""
    return page("verification/opposition.html", errors={}, code="")


@bp.post("/opposition")
def oppose() -> Response:
    """The same answer whether the code exists or not."""
    typed = request.form.get("code", "")[:40]
    sentence = ""
    if codes.normalise(typed) is None:
        sentence = _("Recopiez les 8 signes du code d’opposition, en bas de la lettre.")
    else:
        back_at = count_try([(throttle.subject("opposition", network()), throttle.PER_NETWORK)])
        sentence = come_back(back_at) if back_at is not None else ""
    if sentence:
        return page("verification/opposition.html", 422, errors={"code": sentence}, code=typed)
    with commit():
        letters.oppose(typed)
    return page("verification/opposed.html")
