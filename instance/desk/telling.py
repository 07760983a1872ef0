"""Once a day a page's team hears that tips wait: never at the moment one comes, never a word of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from instance.core.db import commit, db
from instance.core.facts import record
from instance.desk.facts import DeskHasNews
from instance.desk.models import Tip
from instance.pages.models import Page, PageMember


def tell_desks(_payload: dict[str, Any]) -> None:
    """Task, daily: one fact for each member of each team that has something new on its desk."""
    with commit():
        waiting = Tip.is_fresh & ~Tip.is_told
        pages = select(Tip.page_id).join(Page, Page.id == Tip.page_id).where(waiting, Page.state == "published")
        found = list(db.session.scalars(pages.distinct()))
        members = select(PageMember.account_id, PageMember.page_id).where(
            PageMember.page_id.in_(found), PageMember.state == "live"
        )
        for account_id, page_id in db.session.execute(members.order_by(PageMember.page_id, PageMember.account_id)):
            record(DeskHasNews(account_id, page_id))
        db.session.execute(update(Tip).where(Tip.page_id.in_(found), waiting).values(is_told=True))
