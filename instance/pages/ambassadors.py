"""Residents who speak well of a page and get something for it: asked by the page, agreed by them, always said (F49).

Whoever is one and names the page (@its-slug) in a message has the label stand first in it, for ever and wherever it
goes. Nothing else comes of it: no further reach, no other place.
"""

from __future__ import annotations

import re

from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import select

from instance.accounts.models import Account, Actor
from instance.core import clock, fed, french
from instance.core.db import db
from instance.core.errors import Invalid, NotFound
from instance.pages import service, team
from instance.pages.models import Ambassador, Page

INTEREST_MAX = 200


def of(page: Page) -> list[tuple[Ambassador, Account]]:
    """Those of the page, asked or agreed."""
    rows = db.session.execute(
        select(Ambassador, Account)
        .join(Account, Account.id == Ambassador.account_id)
        .where(Ambassador.page_id == page.id)
        .order_by(Ambassador.since, Ambassador.account_id)
    )
    return [(row, account) for row, account in rows]


def shown(page: Page) -> list[tuple[str, str]]:
    """Name for strangers and interest of those who agreed: who speaks for money is no secret."""
    live = [(who.actor, row.interest) for row, who in of(page) if row.state == "live"]
    return [(actor.outside_name or f"@{actor.handle}", interest) for actor, interest in live]


def ask(page: Page, by: Account, handle: str, interest: str) -> None:
    """Propose it to a resident, with what they get. Raises `Invalid` by field."""
    interest = " ".join(interest.split())
    if not 3 <= len(interest) <= INTEREST_MAX:
        sentence = _("Dites en %(num)d signes ce que la personne reçoit.", num=INTEREST_MAX)
        raise Invalid("ambassador.interest", sentence, field="interest")
    account = team.resident_named(handle)
    if db.session.get(Ambassador, (page.id, account.id)) is not None:
        raise Invalid("ambassador.twice", _("C’est déjà proposé à cette personne."), field="handle")
    db.session.add(
        Ambassador(page_id=page.id, account_id=account.id, interest=interest, state="asked", since=clock.now())
    )
    service.note(page, by, "ambassador", handle=account.actor.handle)


def mine(account_id: int) -> list[tuple[Page, Ambassador]]:
    """What this account was asked, or agreed to."""
    rows = db.session.execute(
        select(Page, Ambassador)
        .join(Ambassador, Ambassador.page_id == Page.id)
        .where(Ambassador.account_id == account_id, Page.state == "published")
        .order_by(Page.name)
    )
    return [(page, row) for page, row in rows]


def answer(page: Page, account: Account, *, is_yes: bool) -> None:
    """The person's own yes or no, at any time."""
    row = db.session.get(Ambassador, (page.id, account.id))
    if row is None:
        raise NotFound
    if is_yes:
        row.state, row.since = "live", clock.now()
    else:
        db.session.delete(row)


def end(page: Page, by: Account, account_id: int) -> None:
    """The page's own end of it. What was labelled stays so."""
    row = db.session.get(Ambassador, (page.id, account_id))
    if row is None:
        raise NotFound
    db.session.delete(row)
    service.note(page, by, "ambassador_ended")


def labels(account_id: int, text: str) -> Markup:
    """What has to stand first in words of this account that name a page for which it speaks; empty for all others."""
    if "@" not in text:
        return Markup("")
    found = Markup("")
    rows = db.session.execute(
        select(Page.slug, Actor.shown_name, Ambassador.interest)
        .join(Ambassador, Ambassador.page_id == Page.id)
        .join(Actor, Actor.id == Page.actor_id)
        .where(Ambassador.account_id == account_id, Ambassador.state == "live", Page.state == "published")
        .order_by(Page.slug)
    )
    here = re.escape(fed.host())
    for slug, name, interest in rows:
        if re.search(rf"(?<![\w@/])@{re.escape(slug)}(?:@{here})?(?![\w@-])", text, re.IGNORECASE):
            words = _(
                "Ambassadeur ou ambassadrice %(of_name)s. Intérêt : %(interest)s",
                name=name,
                of_name=french.of(name),
                interest=interest,
            )
            found += Markup("<p><strong>{}</strong></p>").format(escape(words))
    return found
