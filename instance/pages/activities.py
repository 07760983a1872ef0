"""A page as other servers see it: an Organization; and what they hear when it changes or ends (federation.md §3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update

from federation import activities
from federation.activities import stamp
from instance.accounts import actor_document, follows, keys, updating
from instance.accounts.models import Actor, ActorKey, Follow
from instance.core import clock, fed, markup
from instance.core.db import db
from instance.pages import service
from instance.pages.facts import PageChanged, PageClosed
from instance.pages.models import Page
from instance.peers import outbox
from instance.peers.models import Delivery, Outgoing

Json = dict[str, Any]


def open_at(slug: str) -> Page | None:
    """The page that strangers may know under this slug; a draft is as absent as one that never was."""
    return db.session.scalar(select(Page).where(Page.slug == slug.lower(), Page.state == "published"))


def document(page: Page) -> Json | None:
    """The Organization; None while the worker has not made its keys."""
    said = actor_document.frame(page.actor)
    if said is None:
        return None
    said |= {
        "name": page.name, "url": said["id"], "summary": about(page), "featured": f"{said['id']}/featured",
        "manuallyApprovesFollowers": False, "discoverable": True, "indexable": True, "ql:pageKind": page.kind,
    }  # fmt: skip
    if page.published_at is not None:
        said["published"] = stamp(page.published_at)
    return said


def remains(slug: str) -> Json | None:
    """What is left of a page that was there for everybody and was closed; None for any other."""
    page = db.session.scalar(select(Page).where(Page.slug == slug, Page.state == "closed"))
    if page is None or page.published_at is None:
        return None
    return activities.tombstone(fed.uri_of(page.actor.path or ""), former_type="Organization")


def about(page: Page) -> str:
    """« Qui sommes-nous » as HTML."""
    words = service.about_words()
    texts = [page.summary, *(f"**{words[name]}** {getattr(page, name)}" for name in words)]
    return markup.from_text("\n\n".join(text for text in texts if text))


def send_changed(facts: Sequence[PageChanged]) -> None:
    """Reaction: Update, to the followers elsewhere; several changes in a row are one."""
    for page_id in dict.fromkeys(fact.page_id for fact in facts):
        page = db.session.get(Page, page_id)
        said = document(page) if page is not None and page.state == "published" else None
        if page is not None and said is not None:
            updating.tell(page.actor, said)


def send_closed(facts: Sequence[PageClosed]) -> None:
    """Reaction: Delete of the actor, to every server that was told anything in its name; its key goes a week later."""
    for fact in facts:
        page = db.session.get(Page, fact.page_id)
        if page is not None and page.state == "closed":
            _say_farewell(page.actor)


def _say_farewell(actor: Actor) -> None:
    told = select(Delivery.inbox).join(Outgoing, Outgoing.id == Delivery.outgoing_id)
    inboxes = follows.follower_inboxes(actor.id)
    inboxes |= set(db.session.scalars(told.where(Outgoing.sender == actor.path).distinct()))
    uri = fed.uri_of(actor.path or "")
    if inboxes:
        number, activity_uri = outbox.new_uri()
        said = activities.delete(uri, id=activity_uri, actor=uri)
        outbox.send(said, outgoing_id=number, sender=actor, inboxes=inboxes, object_uri=uri, is_public=False)
    db.session.execute(delete(Follow).where((Follow.follower_id == actor.id) | (Follow.followed_id == actor.id)))
    ends = update(ActorKey).where(ActorKey.actor_id == actor.id)
    db.session.execute(ends.values(retired_at=clock.now() + keys.FAREWELL))
