"""Reactions about tips: somebody hears that there is something, and nothing of what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from instance.core.db import db
from instance.core.web import settings
from instance.notifications import service
from instance.notifications.service import News
from instance.pages.models import Page


class Answered(Protocol):
    """A page answered this account (a fact of the desk, which this room does not know)."""

    @property
    def account_id(self) -> int: ...


class Waiting(Answered, Protocol):
    """Tips wait for this member of a page's team."""

    @property
    def page_id(self) -> int: ...


def tell_desk(facts: Sequence[Waiting]) -> None:
    """« Du nouveau au bureau de votre page. » Once a day, whatever came: no number, no word, no source."""
    for fact in facts:
        place = db.session.get(Page, fact.page_id)
        if place is not None:
            service.tell([fact.account_id], News("desk", f"/pages/{place.slug}/bureau/infos"), settings().timezone)


def tell_tip(facts: Sequence[Answered]) -> None:
    """« Une page a répondu à une de vos infos », to who wrote under their own name."""
    for fact in facts:
        service.tell([fact.account_id], News("tip", "/mes-infos"), settings().timezone)
