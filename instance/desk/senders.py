"""How senders find their tips again, and nobody else does.

A mark is an HMAC, under the instance's secret, of the account and a number from 0 on: an account's tips have as many
marks that nothing joins together. To find them, all marks that an account may have are made and asked for.
"""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from instance.accounts.models import Account
from instance.core import secrets
from instance.core.db import db
from instance.core.errors import Invalid, NotFound
from instance.desk.models import Tip, TipBar
from instance.pages.models import Page

MOST = 100  # tips of one account that lie with pages at the same time


def marks(account_id: int) -> list[str]:
    """Every mark that a tip of this account can bear."""
    return [secrets.mark("tip sender", f"{account_id}:{number}") for number in range(MOST)]


def free_mark(account_id: int) -> str:
    """A mark for one more tip. Raises `Invalid` when none is left."""
    mine = marks(account_id)
    taken = set(db.session.scalars(select(Tip.sender_mark).where(Tip.sender_mark.in_(mine))))
    for mark in mine:
        if mark not in taken:
            return mark
    sentence = _("Vous avez %(num)d infos en cours. Retirez-en une avant d’en écrire une autre.", num=MOST)
    raise Invalid("tip.many", sentence)


def bar_mark(page_id: int, account_id: int) -> str:
    """What a page can shut its desk to, without learning who it is."""
    return secrets.mark("tip bar", f"{page_id}:{account_id}")


def is_barred(page_id: int, account_id: int) -> bool:
    """Whether the page takes no more tips from this account."""
    return db.session.get(TipBar, (page_id, bar_mark(page_id, account_id))) is not None


def of(account_id: int) -> list[Tip]:
    """The account's tips; the newest day first."""
    mine = select(Tip).where(Tip.sender_mark.in_(marks(account_id)))
    return list(db.session.scalars(mine.order_by(Tip.day.desc(), Tip.id)))


def own(account_id: int, tip_id: str) -> Tip:
    """A tip of the account. Raises `NotFound` for anybody else's, whether it exists or not."""
    tip = db.session.scalar(select(Tip).where(Tip.id == tip_id, Tip.sender_mark.in_(marks(account_id))))
    if tip is None:
        raise NotFound
    return tip


def has_news(account_id: int) -> bool:
    """Whether a page answered or graded a tip since the sender looked."""
    found = select(Tip.id).where(Tip.sender_mark.in_(marks(account_id)), Tip.has_news)
    return db.session.scalar(found.limit(1)) is not None


def forget(account: Account) -> None:
    """The account closes: no tip leads to it any more, by mark or by name. Inside `commit()`."""
    mine = update(Tip).where(Tip.sender_mark.in_(marks(account.id)))
    db.session.execute(mine.values(sender_mark=None, sealed_sender=None))
    bars = [bar_mark(page_id, account.id) for page_id in db.session.scalars(select(Page.id))]
    db.session.execute(delete(TipBar).where(TipBar.mark.in_(bars)))
