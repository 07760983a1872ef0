"""Pages: found by address or actor, who is of their team, and what they say to everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select, update

from instance.accounts.models import Account, Actor
from instance.core import bus, clock, markup
from instance.core.db import db, new_id
from instance.core.errors import Invalid, NotAllowed, NotFound
from instance.core.facts import record
from instance.core.secrets import token
from instance.media import service as media
from instance.pages.models import Edition, EditionPlace, Page, PageLine, PageMember
from instance.posts import naming, retracting, search, standing, tags, visibility
from instance.posts.facts import PostPublished
from instance.posts.models import Mention, Post, PostCircle, PostEdit, Seen, WallEntry
from instance.posts.service import TITLE_MAX, Words, moment_of

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


def may_know(actor: Actor) -> bool:
    """Gate: of our organizations strangers know, and may follow, published ones."""
    if actor.kind != "organization":
        return True
    return db.session.scalar(select(Page.state).where(Page.actor_id == actor.id)) == "published"


def about_words() -> dict[str, str]:
    """The questions that the three texts of « Qui sommes-nous » answer."""
    return {"publisher": _("Qui publie :"), "funding": _("Qui paie :"), "contact": _("Nous joindre :")}


def note(page: Page, by: Account | None, act: str, **detail: str) -> None:
    """A line in the page's journal, which its team reads."""
    line = PageLine(page_id=page.id, by_id=by.id if by else None, act=act, detail=detail, at=clock.now())
    db.session.add(line)


def publish(page: Page, account: Account, words: Words, editions: Sequence[Edition] = ()) -> int:
    """A post or an article of `page`, written by `account` of its team, read by everybody; the id.

    With `editions` it stands on the walls of their quartiers alone (F08). Raises `Invalid` naming the field.
    """
    _must_speak(page, account)
    if found := _sent_before(page, words):
        return found
    words = check(words)
    places = [one.path or one.uri or "" for one in groups_of(editions)] if editions else None
    details: dict[str, Any] = {"page_kind": page.kind}
    if places is not None:
        details |= {"audience": places, "editions": [one.name for one in editions]}
    post_id = new_id()
    _write(page, account, words, {"id": post_id, "thread_id": post_id, "details": details})
    note(page, account, "posted", post=str(post_id))
    standing.stand(post_id, page.actor_id, places)
    record(PostPublished(post_id))
    return post_id


def reply(page: Page, account: Account, answered: Post, words: Words) -> int:
    """An answer of the page under its own post, read by those who read what it answers; the id.

    Raises `NotFound` for any other thread, and for what the team may not read.
    """
    _must_speak(page, account)
    root = answerable(page, account, answered)
    if found := _sent_before(page, words):
        return found
    words = check(words, is_reply=True)
    post_id = new_id()
    more = {
        "id": post_id, "thread_id": root.id, "reply_to_id": answered.id, "scope": answered.scope,
        "is_public": answered.is_public, "home_id": answered.home_id, "details": {"page_kind": page.kind},
    }  # fmt: skip
    circles = set(db.session.scalars(select(PostCircle.circle_id).where(PostCircle.post_id == answered.id)))
    _write(page, account, words, more)
    readers = [{"post_id": post_id, "circle_id": one} for one in sorted(circles | {page.circle_id})]
    db.session.execute(insert(PostCircle), readers)
    moved = update(WallEntry).where(WallEntry.post_id == root.id).values(last_id=post_id)
    db.session.execute(moved if answered.is_public else moved.where(WallEntry.circle_id.in_(circles)))
    note(page, account, "answered", post=str(post_id))
    record(PostPublished(post_id))
    return post_id


def answerable(page: Page, account: Account, answered: Post) -> Post:
    """The post of `page` in whose thread `answered` stands, if its team may read and answer there. Else `NotFound`."""
    root = answered if answered.thread_id == answered.id else db.session.get(Post, answered.thread_id)
    if root is None or root.author_id != page.actor_id or answered.is_held:
        raise NotFound
    if root.deleted_at is not None or not visibility.may_read(account.actor_id, answered.id):
        raise NotFound
    return root


def own(page: Page, post_id: int) -> Post:
    """A post or an answer of `page` that still has its words. Raises `NotFound` for anything else."""
    post = db.session.get(Post, post_id)
    if post is None or post.author_id != page.actor_id or post.deleted_at is not None or post.state == "retracted":
        raise NotFound
    return post


def correct(page: Page, account: Account, post_id: int, words: Words, why: str = "") -> Post:
    """New words for a page's post; the old ones stay readable, and `why` says what was put right."""
    _must_speak(page, account)
    post = own(page, post_id)
    if post.verdict != "visible":
        raise NotAllowed("post.judged", _("Ce message est entre les mains de la modération."))
    words = check(words, is_reply=post.reply_to_id is not None)
    if (words.title, words.text) == (post.title, post.text):
        return post
    written_at = post.edited_at or moment_of(post)
    db.session.add(
        PostEdit(post_id=post.id, version=post.version, title=post.title, html=post.html, written_at=written_at)
    )
    post.title, post.text, post.html = words.title, words.text, tags.linked(markup.from_text(words.text))
    db.session.execute(delete(Mention).where(Mention.post_id == post.id))
    naming.keep(post.id, f"{words.title} {words.text}", is_public=post.is_public)
    tags.renew(post.id, tags.in_text(f"{words.title} {words.text}"))
    search.keep(post)
    retracting.correct(post, why)
    note(page, account, "corrected", post=str(post.id))
    return post


def retract(page: Page, account: Account, post_id: int, reason: str) -> Post:
    """Take a page's post back, with a reason that everybody reads in its place."""
    _must_speak(page, account)
    post = own(page, post_id)
    retracting.retract(post, reason)
    note(page, account, "retracted", post=str(post.id))
    return post


def _must_speak(page: Page, account: Account) -> None:
    if not is_member(page.id, account.id):
        raise NotFound
    if page.state != "published":
        raise NotAllowed("page.unpublished", _("Cette page n’est pas encore publiée."))


def check(words: Words, *, is_reply: bool = False) -> Words:
    """`words` trimmed. Raises `Invalid` for what is missing or too long."""
    title, text = " ".join(words.title.split()), words.text.replace("\r\n", "\n").strip()
    if words.kind not in POST_KINDS:
        raise Invalid("post.kind", _("Choisissez le genre de message."), field="kind")
    if not is_reply and not title:
        raise Invalid("post.title", _("Écrivez un titre."), field="title")
    if len(title) > TITLE_MAX:
        raise Invalid("post.title_long", _("Raccourcissez le titre à %(num)d signes.", num=TITLE_MAX), field="title")
    if not text and (words.kind == "article" or is_reply):
        raise Invalid("post.empty", _("Écrivez le texte."), field="text")
    most = TEXT_MAX[words.kind]
    if len(text) > most:
        raise Invalid("post.long", _("Raccourcissez le texte à %(num)d signes.", num=most), field="text")
    return Words(text, "" if is_reply else title, words.kind, words.language, words.once, words.photos)


def groups_of(editions: Sequence[Edition]) -> list[Actor]:
    """The Groups of these editions' quartiers, ours and of other cities, each once."""
    ids = [edition.id for edition in editions]
    places = select(EditionPlace.actor_id).where(EditionPlace.edition_id.in_(ids))
    return list(db.session.scalars(select(Actor).where(Actor.id.in_(places)).order_by(Actor.id)))


def _sent_before(page: Page, words: Words) -> int | None:
    if not words.once:
        return None
    return db.session.scalar(select(Post.id).where(Post.author_id == page.actor_id, Post.once == words.once))


def _write(page: Page, account: Account, words: Words, more: dict[str, Any]) -> None:
    row: dict[str, Any] = {
        "author_id": page.actor_id, "acted_by_id": account.id, "kind": words.kind, "state": "published",
        "title": words.title, "text": words.text, "html": tags.linked(markup.from_text(words.text)),
        "language": words.language,
        "scope": "public", "is_public": True, "home_id": None, "street": None, "is_nameless": False,
        "reply_to_id": None, "once": words.once, "version": 1, "media_count": len(words.photos), "verdict": "visible",
        "team_circle_id": page.circle_id,
    }  # fmt: skip
    post_id = more["id"]
    db.session.execute(insert(Post), [row | more])
    bus.publish({"update": post_id})
    db.session.execute(insert(Seen), [{"post_id": post_id, "key": token(), "number": 0}])
    naming.keep(post_id, f"{words.title} {words.text}", is_public=(row | more)["is_public"])
    tags.keep(post_id, tags.in_text(f"{words.title} {words.text}"))
    search.index_new(post_id, words.title, words.text)
    if words.photos:
        media.attach(account.id, list(words.photos), post_id)
