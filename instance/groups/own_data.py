"""What groups add to « mes données »."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts.models import Account
from instance.accounts.my_data import Rows
from instance.core.db import db
from instance.core.i18n import long_day
from instance.groups.models import Group, GroupSeat


def groups(account_id: int) -> tuple[str, Rows]:
    """The groups to which the person belongs, or asks to."""
    actor_id = db.session.get_one(Account, account_id).actor_id
    rows = db.session.execute(
        select(Group.name, GroupSeat.role, GroupSeat.state, GroupSeat.since)
        .join(GroupSeat, GroupSeat.group_id == Group.id)
        .where(GroupSeat.actor_id == actor_id)
        .order_by(Group.name)
    )
    found = []
    for name, role, state, since in rows:
        word = _("vous tenez ce groupe") if role == "keeper" else _("membre")
        word = {
            "asked": _("demande sans réponse"),
            "away": _("en pause : vous n’habitez aucun quartier"),
            "removed": _("retiré·e par qui tient le groupe"),
        }.get(state, word)
        found.append((name, _("%(word)s, depuis le %(day)s", word=word, day=long_day(since))))
    return _("Vos groupes"), found
