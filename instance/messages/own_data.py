"""What messages add to « mes données »; the person's own words stand in the chapter of posts."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts import shown
from instance.accounts.models import Account
from instance.accounts.my_data import Rows
from instance.core import ids
from instance.core.db import db
from instance.core.i18n import long_day
from instance.core.paging import HIGHEST, Window
from instance.messages import service
from instance.messages.models import WrittenHost

LISTED = 1000


def conversations(account_id: int) -> tuple[str, Rows]:
    """With whom the person writes, and the servers to which they agreed to write."""
    actor_id = db.session.get_one(Account, account_id).actor_id
    rows = []
    for line in service.conversations(actor_id, Window(HIGHEST, 0, LISTED, False)):
        names = ", ".join(one.name for one in shown.people(actor_id, line.others))
        rows.append((names or _("Plus personne"), long_day(ids.moment_of(line.last_post_id))))
    hosts = select(WrittenHost).where(WrittenHost.account_id == account_id).order_by(WrittenHost.host)
    rows += [
        (_("Serveur confirmé : %(host)s", host=one.host), long_day(one.since)) for one in db.session.scalars(hosts)
    ]
    return _("Vos conversations"), rows
