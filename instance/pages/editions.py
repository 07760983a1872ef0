"""Editions of a page: sets of quartiers, ours and those of partner cities (F08)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select

from instance.accounts.models import Account, Actor
from instance.core.db import db, new_id
from instance.core.errors import Invalid, NotFound
from instance.pages import service
from instance.pages.models import Edition, EditionPlace, Page
from instance.quartiers.models import Passage, Quartier
from instance.quartiers.slugs import slug_of

NAME_MAX = 60
MOST = 50


def of(page: Page) -> list[Edition]:
    """The editions of `page`, by name."""
    return list(db.session.scalars(select(Edition).where(Edition.page_id == page.id).order_by(Edition.name)))


def places(edition: Edition) -> list[Actor]:
    """Its quartiers, by name."""
    ids = select(EditionPlace.actor_id).where(EditionPlace.edition_id == edition.id)
    return list(db.session.scalars(select(Actor).where(Actor.id.in_(ids)).order_by(Actor.shown_name)))


def choices(page: Page) -> list[Actor]:
    """Quartiers that an edition may cover: open ones of ours, those of partner cities, and who follows the page."""
    ours = select(Quartier.actor_id).where(Quartier.state == "open")
    theirs = select(Passage.far_id)
    known = select(Actor.id).where(Actor.kind == "group", Actor.uri.is_not(None), Actor.id.in_(theirs))
    found = select(Actor).where(Actor.id.in_(ours) | Actor.id.in_(known))
    return list(db.session.scalars(found.order_by(Actor.host.is_not(None), Actor.shown_name, Actor.id)))


def add(page: Page, by: Account | None, name: str, actor_ids: Iterable[int]) -> Edition:
    """A new edition. Raises `Invalid` by field."""
    name = " ".join(name.split())
    slug = slug_of(name)
    if not slug or len(name) > NAME_MAX:
        sentence = _("Donnez à l’édition un nom de %(num)d signes au plus.", num=NAME_MAX)
        raise Invalid("edition.name", sentence, field="name")
    if db.session.scalar(select(Edition.id).where(Edition.page_id == page.id, Edition.slug == slug)) is not None:
        raise Invalid("edition.taken", _("Cette page a déjà une édition de ce nom."), field="name")
    if len(of(page)) >= MOST:
        raise Invalid("edition.many", _("Une page compte %(num)d éditions au plus.", num=MOST), field="name")
    edition = Edition(id=new_id(), page_id=page.id, slug=slug, name=name)
    db.session.add(edition)
    db.session.flush()
    cover(page, by, edition, actor_ids)
    return edition


def cover(page: Page, by: Account | None, edition: Edition, actor_ids: Iterable[int]) -> None:
    """Which quartiers the edition covers from now on; what was published before stays where it stands."""
    possible = {one.id for one in choices(page)}
    wanted = sorted(set(actor_ids) & possible)
    if not wanted:
        raise Invalid("edition.places", _("Cochez au moins un quartier."), field="places")
    db.session.execute(delete(EditionPlace).where(EditionPlace.edition_id == edition.id))
    db.session.execute(insert(EditionPlace), [{"edition_id": edition.id, "actor_id": one} for one in wanted])
    service.note(page, by, "edition", name=edition.name)


def get(page: Page, edition_id: int) -> Edition:
    """One of the page's own. Raises `NotFound`."""
    found = db.session.get(Edition, edition_id)
    if found is None or found.page_id != page.id:
        raise NotFound
    return found


def remove(page: Page, by: Account, edition_id: int) -> None:
    """The edition ends; its posts stay where they stand."""
    edition = get(page, edition_id)
    service.note(page, by, "edition_ended", name=edition.name)
    db.session.delete(edition)


def chosen(page: Page, slugs: Sequence[str]) -> list[Edition]:
    """Those of `slugs` that the page has; none: the post is for all who subscribed. Raises `Invalid` for others."""
    found = [one for one in of(page) if one.slug in set(slugs)]
    if len(found) < len(set(slugs)):
        raise Invalid("edition.unknown", _("Choisissez une des éditions de la page."), field="edition")
    return found
