"""/pages: the pages of this city, each with who it is and what it says to everybody; as strangers see them."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.core import fed
from instance.core.errors import NotFound
from instance.core.web import current_account_id, page, row_number
from instance.core.web import feed as feed_answer
from instance.pages import ambassadors, founding, service, shops, site
from instance.pages.blueprint import bp
from instance.pages.models import Page
from instance.posts import atom, cards
from instance.posts.web import reading
from instance.quartiers.access import residence

STRANGER = None


def kind_words() -> dict[str, str]:
    """The interface's words for the four kinds of page."""
    return {"media": _("Média"), "association": _("Association"), "shop": _("Commerce"), "townhall": _("Mairie")}


@bp.get("/pages")
def listing() -> ResponseReturnValue:
    """All published pages, by kind."""
    home = residence()
    return page(
        "pages/list.html", pages=founding.listed(), kinds=kind_words(),
        may_found=home is not None and home.level == "strong", current="wall",
    )  # fmt: skip


@bp.get("/pages/<slug>")
def site_page(slug: str) -> ResponseReturnValue:
    """Who speaks, how to follow, and what was said; a draft leads its team to the workshop and is absent to others."""
    found = service.by_slug(slug)
    account_id = current_account_id()
    is_team = account_id is not None and service.is_member(found.id, account_id)
    if found.state != "published":
        if is_team and found.state != "closed":
            return redirect(url_for("pages.workshop", slug=found.slug), 303)
        raise NotFound
    before = request.args.get("avant", type=row_number)
    who = reading()
    posts, older = site.said_by(found, who.actor_id, before)
    notes = cards.notes(posts, who, {post.id: post.replies for post in posts})
    return page("pages/site.html", **about(found), notes=notes, older=older, before=before, is_team=is_team)


def about(found: Page) -> dict[str, Any]:
    """What the head of a page shows."""
    is_shop = found.kind == "shop"
    return {
        "found": found, "kind": kind_words()[found.kind], "address": f"@{found.slug}@{fed.host()}",
        "texts": [(word, getattr(found, name)) for name, word in service.about_words().items()],
        "feed_url": url_for("pages.feed", slug=found.slug), "stale": is_shop and shops.needs_confirming(found),
        "areas": shops.areas(found) if is_shop else [], "ambassadors": ambassadors.shown(found),
    }  # fmt: skip


@bp.get("/pages/<slug>/atom.xml")
def feed(slug: str) -> Response:
    """The newest posts and articles for feed readers (RFC 4287)."""
    found = service.published(slug)
    posts, _older = site.said_by(found, STRANGER)
    return feed_answer(atom.atom(f"/pages/{found.slug}", found.name, found.published_at or found.created_at, posts))
