"""What this room keeps about a person, as « mes données » tells it, and what goes when the account closes."""

from __future__ import annotations

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import delete

from instance.accounts.journal import role_word
from instance.accounts.models import Account
from instance.accounts.my_data import Rows, yes_no
from instance.core.db import db
from instance.core.errors import Invalid
from instance.core.i18n import long_day
from instance.quartiers import roles as role_service
from instance.quartiers.models import CircleMember, Membership, Quartier


def residence(account_id: int) -> tuple[str, Rows]:
    """The proof of address: what is left of it."""
    title = _("Votre quartier")
    member = db.session.get(Membership, account_id)
    if member is None:
        return title, []
    quartier = db.session.get_one(Quartier, member.quartier_id)
    levels = {"strong": _("fort"), "simple": _("simple")}
    return title, [
        (_("Quartier"), quartier.name),
        (_("Niveau de la preuve"), levels[member.level]),
        (_("Mois de la preuve"), format_date(member.joined_month, "MMMM yyyy")),
        (_("Vous écrivez jusqu’au"), long_day(member.writes_until)),
        (_("Vous lisez jusqu’au"), long_day(member.reads_until)),
        (_("Empreinte de l’adresse, illisible"), yes_no(member.home_mark is not None)),
        (_("Membre fondateur"), yes_no(quartier.founder_id == account_id)),
    ]


def roles(account_id: int) -> tuple[str, Rows]:
    """The roles that the person holds."""
    held = []
    for role in role_service.of(account_id):
        quartier = db.session.get(Quartier, role.quartier_id) if role.quartier_id else None
        place = quartier.name if quartier else _("toute l’instance")
        held.append((f"{role_word(role.name)} · {place}", _("depuis le %(day)s", day=long_day(role.given_at))))
    return _("Vos rôles"), held


def check_admin_left(account: Account) -> None:
    """Raises `Invalid` for the last admin: an instance without one could not be run."""
    if role_service.has(account.id, "admin") and len(role_service.holders("admin", None)) == 1:
        raise Invalid("role.last", _("Nommez d’abord quelqu’un d’autre : il faut au moins un administrateur."))


def erase(account: Account) -> None:
    """Every circle is left, the quartier's too; residence and roles go with the account's row."""
    db.session.execute(delete(CircleMember).where(CircleMember.actor_id == account.actor_id))
