"""Proof of an organisation: the team's side (/pages/<slug>/preuve), and the verifiers' (/guichet/pages)."""

from __future__ import annotations

from flask import Response, flash, g, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts import throttle
from instance.accounts.tries import come_back, count_try
from instance.core.db import commit, db
from instance.core.errors import DomainError, NotFound
from instance.core.web import page, settings
from instance.pages import proofs
from instance.pages.blueprint import bp
from instance.pages.doors import team_required
from instance.pages.founding_web import again, done, me
from instance.pages.models import Page
from instance.pages.site_web import kind_words
from instance.quartiers.access import role_required
from instance.verification import letters_pdf, printing


@bp.get("/pages/<slug>/preuve")
@team_required()
def proof(found: Page) -> ResponseReturnValue:
    """Letter, code, desk: how the organisation is proved."""
    return _proof(found, {})


def _proof(found: Page, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    return page(
        "pages/proof.html", status, found=found, running=proofs.running(found), latest=proofs.latest(found),
        errors=errors, typed=request.form, current="me",
    )  # fmt: skip


@bp.post("/pages/<slug>/courrier")
@team_required("manager")
def ask_letter(found: Page) -> ResponseReturnValue:
    """Have a letter sent to the seat."""
    form = request.form
    try:
        with commit():
            fresh = again(found)
            seat = proofs.seat_lines(fresh, form.get("complement", ""), form.get("street", ""), form.get("town", ""))
            proofs.ask(fresh, me(), seat, settings())
    except DomainError as refusal:
        return _proof(again(found), {refusal.field: refusal.sentence}, refusal.status)
    return done(found.slug, _("Le courrier sera imprimé et posté au siège."), "pages.proof")


@bp.post("/pages/<slug>/preuve")
@team_required()
def type_code(found: Page) -> ResponseReturnValue:
    """The code of the letter."""
    back_at = count_try([(throttle.subject("page code", str(found.id)), throttle.PER_ACCOUNT)])
    if back_at is not None:
        return _proof(again(found), {"code": come_back(back_at)}, 429)
    with commit():
        is_right = proofs.try_code(again(found), request.form.get("code", "")[:40], me())
    if is_right:
        return done(found.slug, _("L’organisation est prouvée."))
    sentence = _("Ce code ne convient pas. Relisez la lettre : après cinq essais, il en faut une autre.")
    return _proof(again(found), {"code": sentence}, 422)


@bp.get("/guichet/pages")
@role_required("verifier", "admin")
def desk_list() -> ResponseReturnValue:
    """Letters to seats, to print and to tick as sent; and organisations that come to the desk with their papers."""
    return page(
        "pages/desk.html", waiting=proofs.to_print(g.account_id), sent=proofs.on_their_way(g.account_id),
        pages=proofs.at_desk(g.account_id), kinds=kind_words(), current="work",
    )  # fmt: skip


@bp.get("/guichet/pages/lettres.pdf")
@role_required("verifier", "admin")
def letters_file() -> Response:
    """All letters to seats as one PDF, a sheet each."""
    with commit():
        sheets = proofs.sheets(proofs.to_print(g.account_id), settings())
    answer = make_response(letters_pdf.render(sheets, printing.look(settings())))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = 'inline; filename="lettres-pages.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.post("/guichet/pages/courriers/<int:proof_id>")
@role_required("verifier", "admin")
def note_letter(proof_id: int) -> ResponseReturnValue:
    """It is in the post, it came back, or its seat is not the one of the register."""
    what = request.form.get("what", "")
    with commit():
        found, owner = proofs.find(g.account_id, proof_id)
        if what == "sent" and found.printed_at is not None:
            proofs.note_sent(found, settings())
        elif what == "refused" and found.state == "waiting":
            proofs.refuse(found, owner, me())
        elif what == "returned" and found.sent_at is not None:
            proofs.note_returned(found, owner, me())
        else:
            raise NotFound
    flash(_("C’est noté."), "ok")
    return redirect("/guichet/pages", 303)


@bp.post("/guichet/pages/<int:page_id>")
@role_required("verifier", "admin")
def seen(page_id: int) -> ResponseReturnValue:
    """The papers of the organisation were seen."""
    with commit():
        found = db.session.get(Page, page_id)
        if found is None:
            raise NotFound
        proofs.seen_at_desk(found, me())
    flash(_("L’organisation est prouvée."), "ok")
    return redirect("/guichet/pages", 303)
