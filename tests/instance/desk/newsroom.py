"""A page with its team, as tests of the desk need it."""

from __future__ import annotations

from sqlalchemy import select

from instance.accounts.models import Account, Actor
from instance.core import clock
from instance.core.db import commit, db, new_id
from instance.pages import service as pages
from instance.pages.models import Page, PageMember
from instance.posts.service import Words
from instance.quartiers import service as quartiers
from instance.quartiers.models import Subscription
from tests.city import City, Someone

CONTACT = "redaction@ourcq.example, 01 99 00 12 34"


def newsroom(city: City, slug: str = "fil-ourcq", *, name: str = "Le Fil de l’Ourcq") -> str:
    """A published media page without a team; its slug."""
    with commit():
        actor = Actor(
            id=new_id(), kind="organization", handle=slug, path=f"/pages/{slug}", shown_name=name,
            created_at=clock.now(),
        )  # fmt: skip
        db.session.add(actor)
        db.session.flush()
        db.session.add(
            Page(
                id=new_id(), actor_id=actor.id, circle_id=quartiers.new_circle().id, slug=slug, kind="media", name=name,
                name_key=slug, state="published", publisher="L’association", funding="Ses lecteurs", contact=CONTACT,
                proved_by="desk", proved_at=clock.now(), created_at=clock.now(), published_at=clock.now(),
            )
        )  # fmt: skip
    return slug


def page_of(slug: str) -> Page:
    return db.session.scalars(select(Page).where(Page.slug == slug)).one()


def join(slug: str, someone: Someone, role: str = "editor") -> Someone:
    """Make somebody a member of the team."""
    with commit():
        page = page_of(slug)
        db.session.add(
            PageMember(page_id=page.id, account_id=someone.account_id, role=role, state="live", since=clock.now())
        )
        quartiers.put_in(page.circle_id, someone.actor_id)
    return someone


def subscribe(city: City, slug: str, actor_id: int) -> None:
    """The quartier takes the posts of this actor."""
    with commit():
        db.session.add(
            Subscription(quartier_id=city.quartier_id(slug), actor_id=actor_id, state="live", since=clock.now())
        )


def publish(slug: str, someone: Someone, title: str = "Square Léon") -> int:
    """A post of the page; its id."""
    with commit():
        page, account = page_of(slug), db.session.get_one(Account, someone.account_id)
        return pages.publish(page, account, Words("Ce que la Ville a promis.", title))
