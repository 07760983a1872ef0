"""What a shop says of itself today (F48): open or closed, until when, delivery and where to, gift cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, exists, insert, or_, select

from instance.accounts.models import Account
from instance.core import clock
from instance.core.db import db
from instance.core.errors import Invalid, NotFound
from instance.pages import founding, service
from instance.pages.models import Page, ShopArea
from instance.quartiers import service as quartiers
from instance.quartiers.models import Quartier

FRESH = timedelta(days=7)  # afterwards what it said is to be confirmed
WORDS_MAX = 120
URL_MAX = 500


@dataclass(frozen=True)
class Status:
    """What the short form holds."""

    is_open: bool
    hours: str
    delivers: bool
    delivers_how: str
    areas: frozenset[int]  # ids of quartiers
    sells_gifts: bool
    gifts_url: str


def needs_confirming(page: Page) -> bool:
    """Whether what the shop said is too old to rely on."""
    return page.status_at is None or page.status_at < clock.now() - FRESH


def say(page: Page, by: Account, status: Status) -> None:
    """The status of now, dated. Raises `Invalid` by field."""
    if page.kind != "shop":
        raise NotFound
    for field in ("hours", "delivers_how"):
        if len(getattr(status, field)) > WORDS_MAX:
            sentence = _("Raccourcissez à %(num)d signes.", num=WORDS_MAX)
            raise Invalid("shop.long", sentence, field=field)
    areas = sorted(status.areas & {one.id for one in around(page)})
    if status.delivers and not areas:
        raise Invalid("shop.areas", _("Cochez les quartiers où vous livrez."), field="areas")
    if status.gifts_url and not (status.gifts_url.startswith("https://") and len(status.gifts_url) <= URL_MAX):
        sentence = _("Collez l’adresse d’une page qui commence par https://.")
        raise Invalid("shop.link", sentence, field="gifts_url")
    page.is_open, page.hours = status.is_open, " ".join(status.hours.split())
    page.delivers, page.sells_gifts = status.delivers, status.sells_gifts
    page.delivers_how = " ".join(status.delivers_how.split()) if status.delivers else ""
    page.gifts_url = status.gifts_url if status.sells_gifts else ""
    page.status_at = clock.now()
    db.session.execute(delete(ShopArea).where(ShopArea.page_id == page.id))
    if status.delivers:
        db.session.execute(insert(ShopArea), [{"page_id": page.id, "quartier_id": one} for one in areas])
    service.note(page, by, "status")
    founding.changed(page)


def around(page: Page) -> list[Quartier]:
    """Where a shop may deliver: its own quartier and those that touch it."""
    home = db.session.get(Quartier, page.quartier_id) if page.quartier_id else None
    return [home, *quartiers.neighbours(home)] if home is not None else []


def areas(page: Page) -> list[Quartier]:
    """Where it delivers, by name."""
    ids = select(ShopArea.quartier_id).where(ShopArea.page_id == page.id)
    return list(db.session.scalars(select(Quartier).where(Quartier.id.in_(ids)).order_by(Quartier.name)))


def of_quartier(quartier: Quartier, *, delivering: bool) -> list[Page]:
    """The shops of a quartier and those that deliver there; `delivering`: these alone (« livre chez moi »)."""
    reached = exists(select(1).where(ShopArea.page_id == Page.id, ShopArea.quartier_id == quartier.id))
    brings = Page.delivers.is_(True) & reached
    here = brings if delivering else or_(Page.quartier_id == quartier.id, brings)
    found = select(Page).where(Page.kind == "shop", Page.state == "published", here)
    return list(db.session.scalars(found.order_by(Page.name)))
