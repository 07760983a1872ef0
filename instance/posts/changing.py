"""An own post changed as programs do it: words, warning, language and pictures in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts.models import Account
from instance.core.db import db
from instance.core.errors import Invalid, NotAllowed
from instance.media import service as media
from instance.media.models import Media
from instance.posts import service
from instance.posts.models import Post
from instance.posts.service import Words


@dataclass(frozen=True)
class Picture:
    """A picture that the post is to have; what is None stays as it is."""

    media_id: int
    description: str | None = None
    focus: tuple[float, float] | None = None


def edit(
    account: Account, post_id: int, words: Words, pictures: Sequence[Picture] | None, *, lives_in: int | None
) -> Post:
    """New words for an own post, and just these pictures in this order (None: those it has). Inside `commit()`.

    What it said before stays in its history. Raises `Invalid` for pictures that are not the account's to use.
    """
    post = service.own(account, post_id)
    there = _on(post.id)
    wanted = there if pictures is None else _wanted(account.id, post.id, [one.media_id for one in pictures])
    version, was = post.version, post.language
    service.edit(account, post_id, replace(words, photos=tuple(one.key for one in wanted)), lives_in=lives_in)
    post.language = words.language
    is_other = pictures is not None and _rearrange(account, post, there, wanted, pictures)
    if post.version == version and (is_other or words.language != was):
        service.keep_version(post)
        service.tell_others(post)
    return post


def pictures_of(post_id: int) -> list[int]:
    """The pictures of a post, by id, in their order."""
    return [one.id for one in _on(post_id)]


def _on(post_id: int) -> list[Media]:
    rows = select(Media).where(Media.post_id == post_id, Media.state == "ready")
    return list(db.session.scalars(rows.order_by(Media.position, Media.id)))


def _wanted(account_id: int, post_id: int, media_ids: Sequence[int]) -> list[Media]:
    usable = Media.post_id.is_(None) | (Media.post_id == post_id)
    rows = select(Media).where(Media.id.in_(media_ids), Media.owner_id == account_id, Media.state == "ready", usable)
    found = {one.id: one for one in db.session.scalars(rows)}
    if any(one not in found for one in media_ids):
        raise Invalid("media.gone", _("Une photo n’est plus là. Ajoutez-la de nouveau."), field="media_ids")
    return [found[one] for one in media_ids]


def _rearrange(
    account: Account, post: Post, there: Sequence[Media], wanted: Sequence[Media], pictures: Sequence[Picture]
) -> bool:
    """Whether anything about the pictures is another than before."""
    before = [(one.id, one.description, one.focus_x, one.focus_y) for one in there]
    kept = {one.id for one in wanted}
    for one in there:
        if one.id not in kept:
            media.remove(one)
    old = {one.id for one in there}
    media.attach(account.id, [one.key for one in wanted if one.id not in old], post.id)
    for position, (one, said) in enumerate(zip(wanted, pictures, strict=True)):
        one.position = position
        if said.description is not None:
            one.description = media.described(said.description)
        if said.focus is not None:
            media.aim(one, *said.focus)
    post.media_count = len(wanted)
    return before != [(one.id, one.description, one.focus_x, one.focus_y) for one in wanted]


def speaks_to_all(post_id: int | None) -> bool:
    """Whether words beside this picture are words to everybody. Raises `NotAllowed` where moderation has the post."""
    post = db.session.get(Post, post_id) if post_id is not None else None
    if post is not None and post.verdict != "visible":
        raise NotAllowed("post.judged", _("Ce message est entre les mains de la modération."))
    return post is not None and post.is_public


def redrawn(post_id: int | None) -> None:
    """A picture of this post is described otherwise: what is kept of the post is drawn anew, and told elsewhere."""
    post = db.session.get(Post, post_id) if post_id is not None else None
    if post is not None and post.deleted_at is None:
        post.version += 1
        service.tell_others(post)
