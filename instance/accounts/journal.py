"""The words for journal lines: what was done, by whom, in which role. Rooms add the acts of their own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import aliased

from instance.accounts.models import Account, Actor, JournalLine
from instance.core.db import db

ROLES: dict[str, LazyString] = {
    "admin": _l("administration"),
    "verifier": _l("vérification des adresses"),
    "moderator": _l("modération"),
    "referent": _l("référent·e de quartier"),
}
_acts: dict[str, LazyString] = {
    "role_given": _l("Rôle confié : %(role)s. %(quartier)s"),
    "role_taken": _l("Rôle retiré : %(role)s. %(quartier)s"),
    "password_set": _l("Un nouveau mot de passe vous a été donné, à votre demande."),
    "second_factor_reset": _l("La deuxième étape de votre connexion a été retirée, à votre demande."),
    "address_seen": _l("Votre adresse en attente a été regardée."),
    "letter_printed": _l("Votre courrier a été imprimé, avec votre nom et votre adresse."),
    "report_seen": _l("Un de vos mots, signalé, a été lu pour la modération."),
}


@dataclass(frozen=True)
class Entry:
    """One line as its subject reads it."""

    at: datetime
    what: str
    who: str


def describe(act: str, sentence: LazyString) -> None:
    """Say what `act` means; %(…)s in `sentence` takes the line's details, « role » in words."""
    _acts[act] = sentence


def of(account_id: int) -> list[Entry]:
    """The journal of `account_id`, newest first. A line's detail `acting` names the role of who acted."""
    doer, face = aliased(Account), aliased(Actor)
    rows = db.session.execute(
        select(JournalLine, face.shown_name)
        .outerjoin(doer, doer.id == JournalLine.by_id)
        .outerjoin(face, face.id == doer.actor_id)
        .where(JournalLine.account_id == account_id)
        .order_by(JournalLine.id.desc())
    )
    return [Entry(line.at, _what(line), _who(name, line.detail.get("acting", ""))) for line, name in rows]


def role_word(name: str) -> str:
    """The interface's word for a role."""
    return str(ROLES.get(name, name))


def _what(line: JournalLine) -> str:
    details: defaultdict[str, str] = defaultdict(str, line.detail)
    details["role"] = role_word(details["role"])
    sentence = _acts.get(line.act)
    return (str(sentence) % details).strip() if sentence is not None else line.act


def _who(name: str | None, role: str) -> str:
    shown = name or _("l’équipe de l’instance")
    return f"{shown} ({role_word(role)})" if role else str(shown)
