"""What this room keeps about a person, as « mes données » tells it, and the words of its journal lines."""

from __future__ import annotations

from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from instance.accounts import journal
from instance.accounts.my_data import Rows
from instance.core import clock
from instance.core.db import db
from instance.core.i18n import long_day
from instance.quartiers.models import Address, Quartier
from instance.verification import household, pending, service
from instance.verification.models import Letter, Proof, Vouch

ACTS = {
    "proof_granted": _l("Votre adresse a été vérifiée."),
    "proof_refused": _l("Votre demande a été refusée et votre adresse effacée."),
    "proof_revoked": _l("Votre vérification a été retirée. %(reason)s"),
    "letter_returned": _l("Un courrier à votre nom est revenu."),
    "account_opened": _l("Votre compte a été ouvert au guichet."),
}


def describe_acts() -> None:
    """Give the journal its sentences for what verifiers do."""
    for act, sentence in ACTS.items():
        journal.describe(act, sentence)


def proofs(account_id: int) -> tuple[str, Rows]:
    """Each proof with what is left of it; the address of an open one, its owner's alone."""
    states = {
        "asked": _("demandée"), "running": _("en cours"), "review": _("regardée par l’association"),
        "granted": _("accordée"), "refused": _("refusée"), "revoked": _("retirée"), "expired": _("finie"),
        "ended": _("remplacée ou abandonnée"),
    }  # fmt: skip
    methods = {
        "letter": _("courrier"), "desk": _("guichet"), "vouch": _("parrainage"), "household": _("code du foyer"),
    }  # fmt: skip
    rows: list[tuple[str, str]] = []
    found = select(Proof).where(Proof.account_id == account_id).order_by(Proof.id)
    for proof in db.session.scalars(found):
        quartier = db.session.get_one(Quartier, proof.quartier_id)
        rows.append((_("Preuve pour %(name)s", name=quartier.name), states[proof.state]))
        if proof.method:
            rows.append((_("Moyen"), methods[proof.method]))
        if proof.month:
            rows.append((_("Mois de la vérification"), format_date(proof.month, "MMMM yyyy")))
        if proof.expires_at:
            rows.append((_("Valable jusqu’au"), long_day(proof.expires_at)))
        if proof.pending is not None:
            kept = pending.read(proof)
            rows.append((_("Adresse à prouver, gardée chiffrée"), kept.label))
            if kept.complement:
                rows.append((_("Complément pour le courrier"), kept.complement))
    return _("Vos preuves d’adresse"), [*rows, *_others(account_id)]


def _others(account_id: int) -> Rows:
    rows: list[tuple[str, str]] = []
    letters = select(Letter).join(Proof, Proof.id == Letter.proof_id).where(Proof.account_id == account_id)
    for letter in db.session.scalars(letters.order_by(Letter.id)):
        rows.append((_("Courrier demandé le"), long_day(letter.asked_at)))
    given = select(func.count()).select_from(Vouch).where(Vouch.voucher_id == account_id)
    if number := db.session.scalar(given):
        rows.append((_("Parrainages donnés"), ngettext("%(num)d personne", "%(num)d personnes", number)))
    if household.has_household(account_id):
        rows.append((_("Foyer"), _("vous faites partie d’un foyer, que personne ne voit")))
    for code in household.invitations(account_id):
        rows.append((_("Code du foyer pour"), f"{code.first_name} {code.last_name}"))
    due_at = service.recheck_due(account_id)
    if due_at is not None and due_at > clock.now():
        rows.append((_("Nouvelle preuve demandée avant le"), long_day(due_at)))
    waiting = service.waiting_of(account_id)
    if waiting is not None:
        street = db.session.get_one(Address, waiting.address_id).street.name
        rows.append((_("Vous attendez un quartier, rue"), street))
    return rows
