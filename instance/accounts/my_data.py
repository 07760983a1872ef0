"""« Mes données »: everything kept about a person, chapter by chapter; each room contributes its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import format_datetime
from flask_babel import gettext as _
from sqlalchemy import func, select

from instance.accounts import journal, own_connections, second_factor, service, session
from instance.accounts.models import Account, KnownDevice
from instance.core import clock
from instance.core.db import db
from instance.core.i18n import LANGUAGE_NAMES, long_day

Rows = Sequence[tuple[str, str]]  # what it is, what is kept
Contributor = Callable[[int], tuple[str, Rows]]
_contributors: dict[str, Contributor] = {}


def contribute(name: str, chapter: Contributor) -> None:
    """Have `chapter(account_id)` say what a room keeps, as (title, rows); `name` is its key in the download."""
    _contributors[name] = chapter


def chapters(account_id: int) -> dict[str, tuple[str, Rows]]:
    """Every chapter by its key: the account's own first, then the rooms' in the order they came."""
    own: dict[str, Contributor] = {
        "account": _account,
        "identity": _identity,
        "sessions": _sessions,
        "journal": _journal,
        "outside": lambda one: (_("Hors de Quartier Libre"), own_connections.outside(one)),
        "follows": lambda one: (_("Abonnements"), own_connections.follows(one)),
        "blocks": lambda one: (_("Bloqués et masqués par vous"), own_connections.apart(one)),
        "notes": lambda one: (_("Vos notes sur d’autres"), own_connections.notes(one)),
    }
    return {name: tell(account_id) for name, tell in (own | _contributors).items()}


def as_document(account_id: int) -> dict[str, Any]:
    """The same for a download."""
    told = chapters(account_id)
    return {
        "made_at": clock.now().isoformat(timespec="seconds"),
        "chapters": {
            name: {"title": title, "rows": [{"what": what, "kept": kept} for what, kept in rows]}
            for name, (title, rows) in told.items()
        },
    }


def yes_no(value: bool) -> str:
    """« oui » or « non »."""
    return str(_("oui") if value else _("non"))


def _account(account_id: int) -> tuple[str, Rows]:
    account = db.session.get_one(Account, account_id)
    quiet = _("aucune")
    if account.quiet_from_h is not None and account.quiet_to_h is not None:
        quiet = _("de %(begin)s h à %(end)s h", begin=account.quiet_from_h, end=account.quiet_to_h)
    return _("Votre compte"), [
        (_("Identifiant"), f"@{account.actor.handle}"),
        (_("Nom montré aux voisins"), account.actor.shown_name),
        (_("Rue montrée"), account.street or _("aucune")),
        (_("Compte créé le"), long_day(account.created_at)),
        (_("Dernier jour d’utilisation"), long_day(account.active_on) if account.active_on else "—"),
        (_("Langue"), LANGUAGE_NAMES[account.language]),
        (_("Affichage simple"), yes_no(account.is_simple)),
        (_("Heures « ne pas déranger »"), quiet),
        (_("Premières lignes dans les courriels"), yes_no(account.shows_first_lines)),
        (_("Mots dans les notifications des appareils"), yes_no(account.pushes_words)),
        (_("Langue des messages, si l’application ne la dit pas"), account.writes_in or account.language),
        (_("Photos couvertes, si l’application ne dit rien"), yes_no(account.covers_pictures)),
        (_("Compté dans « Vu par »"), yes_no(account.counts_views)),
        (_("Mot de passe"), _("une empreinte, qui ne permet pas de le lire")),
        (_("Deuxième étape de connexion"), _second_step(account_id)),
    ]


def _second_step(account_id: int) -> str:
    mine = second_factor.means(account_id)
    found = [_("une application")] if mine.has_totp else []
    return ", ".join([*found, *(f"« {key.name} »" for key in mine.passkeys)]) or str(_("aucune"))


def _identity(account_id: int) -> tuple[str, Rows]:
    identity = service.identity_of(account_id)
    return _("Votre identité, gardée chiffrée"), [
        (_("Prénom"), identity.first_name),
        (_("Nom"), identity.last_name),
        (_("Adresse e-mail"), identity.email or _("aucune")),
    ]


def _sessions(account_id: int) -> tuple[str, Rows]:
    devices = select(func.count()).select_from(KnownDevice).where(KnownDevice.account_id == account_id)
    rows = [
        (one.device, _("depuis le %(day)s, réseau %(network)s", day=_day(one.created_at), network=one.network or "—"))
        for one in session.of(account_id)
    ]
    rows.append((_("Appareils déjà connus"), str(db.session.scalar(devices))))
    return _("Vos connexions"), rows


def _journal(account_id: int) -> tuple[str, Rows]:
    lines = journal.of(account_id)
    return _("Qui a regardé ou décidé"), [(f"{_day(line.at)} · {line.who}", line.what) for line in lines]


def _day(moment: Any) -> str:
    return str(format_datetime(moment, "d MMM yyyy, H:mm"))
