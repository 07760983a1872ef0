"""The public side of an open quartier: what its residents say to everybody, how to follow it, and its feed.

Always as a stranger sees it: residents look at this page to know what leaves. A pilot has no public side.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import defer

from instance.core import fed
from instance.core.db import db
from instance.core.errors import NotFound
from instance.core.web import feed, page, row_number
from instance.posts import atom, cards
from instance.posts.cards import Reading
from instance.quartiers import profile_web
from instance.quartiers import service as quartiers
from instance.quartiers.access import residence
from instance.quartiers.models import Quartier
from instance.timelines import service
from instance.timelines.blueprint import bp

STRANGER = None


def face(slug: str) -> Response:
    """The page for strangers. Raises `NotFound` for a pilot as for a quartier that never was."""
    quartier = _open(slug)
    before = request.args.get("avant", type=row_number)
    posts, older = service.outside(STRANGER, quartier.actor_id, before)
    notes = cards.notes(posts, Reading(None), {post.id: post.replies for post in posts})
    return page(
        "timelines/public.html", quartier=quartier, notes=notes, older=older, before=before,
        address=f"@{quartier.slug}@{fed.host()}", residents=quartiers.residents_number(quartier.id),
        feed_url=url_for("timelines.public_feed", slug=quartier.slug), lives_here=residence() is not None,
    )  # fmt: skip


def writings(actor_id: int, before: int | None) -> tuple[Sequence[Markup], int | None]:
    """One page of what a resident said to everybody, and the cursor of the next one."""
    posts, older = service.signed(actor_id, before)
    return cards.notes(posts, Reading(None), {post.id: post.replies for post in posts}), older


@bp.record_once
def _bind(_state: object) -> None:
    profile_web.register_writings(writings)


@bp.get("/q/<slug>/atom.xml")
def public_feed(slug: str) -> Response:
    """The newest public words for feed readers (RFC 4287)."""
    quartier = _open(slug)
    posts, _older = service.outside(STRANGER, quartier.actor_id, None)
    title = _("%(name)s, à tous", name=quartier.name)
    return feed(atom.atom(f"/q/{quartier.slug}", title, quartier.opened_at or quartier.created_at, posts))


def _open(slug: str) -> Quartier:
    found = db.session.scalar(
        select(Quartier).where(Quartier.slug == slug.lower(), Quartier.state == "open").options(defer(Quartier.outline))
    )
    if found is None:
        raise NotFound
    return found
