"""/api/v1/featured_tags: words marked with # that somebody shows on their profile."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import func, select

from instance.accounts.models import Account, Actor
from instance.core import clock, ids
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotFound
from instance.core.fed import uri_of
from instance.mastodon import tags as tag_entities
from instance.mastodon.api import answer, bearer, bp, scope, sent, text
from instance.mastodon.sight import reader
from instance.posts import tags, visibility
from instance.posts.models import Post, PostTag
from instance.timelines import tastes
from instance.timelines.models import FeaturedTag

Json = dict[str, Any]
MOST, SUGGESTED = 10, 10


def of_account(actor: Actor) -> list[Json]:
    """The FeaturedTag entities of somebody, with counts of what the caller may read."""
    rows = db.session.execute(
        select(FeaturedTag).join(Account, Account.id == FeaturedTag.account_id).where(Account.actor_id == actor.id)
    )
    return _shown(actor, [row[0] for row in rows.all()])


def _shown(actor: Actor, rows: list[FeaturedTag]) -> list[Json]:
    used = (
        select(PostTag.name, func.count(), func.max(PostTag.post_id))
        .join(Post, Post.id == PostTag.post_id)
        .where(PostTag.name.in_([row.name for row in rows]), Post.author_id == actor.id, ~Post.is_nameless)
        .where(visibility.readable())
        .group_by(PostTag.name)
    )
    found = {name: (number, last) for name, number, last in db.session.execute(used, visibility.reader(reader()))}
    return [
        {
            "id": str(row.id), "name": row.shown, "url": f"{uri_of(actor.path or '/')}/tagged/{row.name}",
            "statuses_count": str(found.get(row.name, (0, 0))[0]),
            "last_status_at": str(ids.moment_of(found[row.name][1]).date()) if row.name in found else None,
        }
        for row in sorted(rows, key=lambda row: row.id)
    ]  # fmt: skip


@bp.get("/v1/featured_tags")
@scope("read:accounts")
def featured_tags() -> Response:
    """The bearer's own."""
    return answer(of_account(bearer().account.actor))


@bp.post("/v1/featured_tags")
@scope("write:accounts")
def feature_tag() -> Response:
    """One more, by its name."""
    return answer(_shown(bearer().account.actor, [_feature(text(sent(), "name") or "")])[0])


def _feature(name: str) -> FeaturedTag:
    folded, me = tastes.checked(name), bearer().account
    mine = select(FeaturedTag).where(FeaturedTag.account_id == me.id)
    with commit():
        rows = {row.name: row for row in db.session.scalars(mine)}
        if folded in rows:
            return rows[folded]
        if len(rows) >= MOST:
            raise Invalid("tag.featured", _("Votre profil montre déjà %(num)d mots : ôtez-en un.", num=MOST))
        shown = name.strip().removeprefix("#")[: tags.NAME_MAX]
        row = FeaturedTag(account_id=me.id, name=folded, shown=shown, since=clock.now())
        db.session.add(row)
    return row


@bp.delete("/v1/featured_tags/<int:row_id>")
@scope("write:accounts")
def end_featured_tag(row_id: int) -> Response:
    """One less."""
    with commit():
        row = db.session.get(FeaturedTag, row_id)
        if row is None or row.account_id != bearer().account.id:
            raise NotFound
        db.session.delete(row)
    return answer({})


@bp.get("/v1/featured_tags/suggestions")
@scope("read:accounts")
def suggested_tags() -> Response:
    """The tags that the bearer used most and does not show yet."""
    me = bearer().account
    shown = select(FeaturedTag.name).where(FeaturedTag.account_id == me.id)
    used = (
        select(func.max(PostTag.shown))
        .join(Post, Post.id == PostTag.post_id)
        .where(Post.author_id == me.actor_id, Post.deleted_at.is_(None), PostTag.name.not_in(shown))
        .group_by(PostTag.name)
        .order_by(func.count().desc(), PostTag.name)
        .limit(SUGGESTED)
    )
    return answer(tag_entities.entities(list(db.session.scalars(used))))


@bp.post("/v1/tags/<name>/feature")
@scope("write:accounts")
def feature_by_name(name: str) -> Response:
    """The same by the tag's own address."""
    _feature(name)
    return answer(tag_entities.entities([name])[0])


@bp.post("/v1/tags/<name>/unfeature")
@scope("write:accounts")
def unfeature_by_name(name: str) -> Response:
    """The same the other way."""
    folded = tastes.checked(name)
    with commit():
        mine = select(FeaturedTag).where(FeaturedTag.account_id == bearer().account.id, FeaturedTag.name == folded)
        for row in db.session.scalars(mine):
            db.session.delete(row)
    return answer(tag_entities.entities([name])[0])
