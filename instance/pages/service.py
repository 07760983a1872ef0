"""Pages: found by address or actor, who is of their team, and what they say to everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select

from instance.accounts.models import Account, Actor
from instance.core import clock, markup
from instance.core.db import db, new_id
from instance.core.errors import Invalid, NotAllowed, NotFound
from instance.core.facts import record
from instance.core.secrets import token
from instance.media import service as media
from instance.pages.models import Edition, EditionPlace, Page, PageLine, PageMember
from instance.posts import naming
from instance.posts.facts import PostPublished
from instance.posts.models import Post, Seen
from instance.posts.service import TITLE_MAX, Words

KINDS = ("media", "association", "shop", "townhall")
POST_KINDS = ("news", "article")
TEXT_MAX = {"news": 5000, "article": 50_000}


def by_slug(slug: str) -> Page:
    """The page at /pages/<slug>, whatever its state. Raises `NotFound`."""
    page = db.session.scalar(select(Page).where(Page.slug == slug.lower()))
    if page is None:
        raise NotFound
    return page


def published(slug: str) -> Page:
    """The page at /pages/<slug> as strangers may know it. Raises `NotFound` for a draft as for none."""
    page = by_slug(slug)
    if page.state != "published":
        raise NotFound
    return page


def page_of(actor_id: int) -> Page | None:
    """The page whose actor this is."""
    return db.session.scalar(select(Page).where(Page.actor_id == actor_id))


def is_member(page_id: int, account_id: int) -> bool:
    """Whether the account is of this page's team now."""
    return role_of(page_id, account_id) is not None


def role_of(page_id: int, account_id: int) -> str | None:
    """manager, editor, or None for who is not of the team (an invitation that waits is no role)."""
    live = (PageMember.page_id == page_id) & (PageMember.account_id == account_id) & (PageMember.state == "live")
    return db.session.scalar(select(PageMember.role).where(live))


def of_account(account_id: int) -> list[Page]:
    """The pages that the account speaks for, by name."""
    mine = select(PageMember.page_id).where(PageMember.account_id == account_id, PageMember.state == "live")
    return list(db.session.scalars(select(Page).where(Page.id.in_(mine), Page.state != "closed").order_by(Page.name)))


def note(page: Page, by: Account | None, act: str, **detail: str) -> None:
    """A line in the page's journal, which its team reads."""
    line = PageLine(page_id=page.id, by_id=by.id if by else None, act=act, detail=detail, at=clock.now())
    db.session.add(line)


def publish(page: Page, account: Account, words: Words, editions: Sequence[Edition] = ()) -> int:
    """A post or an article of `page`, written by `account` of its team, read by everybody; the id.

    With `editions` it stands on the walls of their quartiers alone (F08). Raises `Invalid` naming the field.
    """
    if not is_member(page.id, account.id):
        raise NotFound
    if page.state != "published":
        raise NotAllowed("page.unpublished", _("Cette page n’est pas encore publiée."))
    if found := _sent_before(page, words):
        return found
    words = check(words)
    post_id = _write(page, account, words, editions)
    note(page, account, "posted", post=str(post_id))
    record(PostPublished(post_id))
    return post_id


def check(words: Words) -> Words:
    """`words` trimmed. Raises `Invalid` for what is missing or too long."""
    title, text = " ".join(words.title.split()), words.text.replace("\r\n", "\n").strip()
    if words.kind not in POST_KINDS:
        raise Invalid("post.kind", _("Choisissez le genre de message."), field="kind")
    if not title:
        raise Invalid("post.title", _("Écrivez un titre."), field="title")
    if len(title) > TITLE_MAX:
        raise Invalid("post.title_long", _("Raccourcissez le titre à %(num)d signes.", num=TITLE_MAX), field="title")
    if not text and words.kind == "article":
        raise Invalid("post.empty", _("Écrivez l’article."), field="text")
    most = TEXT_MAX[words.kind]
    if len(text) > most:
        raise Invalid("post.long", _("Raccourcissez le texte à %(num)d signes.", num=most), field="text")
    return Words(text, title, words.kind, words.language, words.once, words.photos)


def groups_of(editions: Sequence[Edition]) -> list[Actor]:
    """The Groups of these editions' quartiers, ours and of other cities, each once."""
    ids = [edition.id for edition in editions]
    places = select(EditionPlace.actor_id).where(EditionPlace.edition_id.in_(ids))
    return list(db.session.scalars(select(Actor).where(Actor.id.in_(places)).order_by(Actor.id)))


def _sent_before(page: Page, words: Words) -> int | None:
    if not words.once:
        return None
    return db.session.scalar(select(Post.id).where(Post.author_id == page.actor_id, Post.once == words.once))


def _write(page: Page, account: Account, words: Words, editions: Sequence[Edition]) -> int:
    post_id = new_id()
    places = [one.path or one.uri for one in groups_of(editions)]
    row: dict[str, Any] = {
        "id": post_id, "author_id": page.actor_id, "acted_by_id": account.id, "kind": words.kind,
        "state": "published", "title": words.title, "text": words.text, "html": markup.from_text(words.text),
        "language": words.language, "scope": "public", "is_public": True, "home_id": None, "street": None,
        "is_nameless": False, "thread_id": post_id, "reply_to_id": None, "once": words.once, "version": 1,
        "media_count": len(words.photos), "verdict": "visible", "team_circle_id": page.circle_id,
        "details": {"audience": places, "editions": [one.name for one in editions]} if editions else None,
    }  # fmt: skip
    db.session.execute(insert(Post), [row])
    db.session.execute(insert(Seen), [{"post_id": post_id, "key": token(), "number": 0}])
    naming.keep(post_id, f"{words.title} {words.text}", is_public=True)
    if words.photos:
        media.attach(account.id, list(words.photos), post_id)
    return post_id
