"""Wire side: how a quartier of another city talks of a page of ours, as two numbers (product.md §3.5)."""

from __future__ import annotations

from sqlalchemy import delete

from federation.documents import Activity, Document
from federation.errors import Ignored, Refused
from federation.urls import host_of
from instance.accounts import remote
from instance.accounts.models import Actor
from instance.core import clock, fed
from instance.core.db import db
from instance.core.web import row_number
from instance.desk.intensity import FEWEST
from instance.desk.models import PageMeasure
from instance.pages import service as pages
from instance.partners import agreements
from instance.posts.models import Post

MOST = 5_000  # people of one quartier in one thread
MOST_EACH = 20  # others whom each of them answered
URI_MAX = 500


def receive_intensity(activity: Activity) -> None:
    """Keep the numbers of a quartier of a partner city.

    Raises `Ignored` for what is about no post of a page here and from whoever is no partner, `Refused` for numbers
    that nobody may tell or that cannot be: fewer than three people, more than live in a quartier, too many pairs.
    """
    group, told = _speaker(activity)
    post = _post(told.one("ql:post") or "")
    if not agreements.is_partner(host_of(group.uri or "")):  # anybody can name a Group and follow a page
        raise Ignored("intensity.stranger")
    repliers, exchanges = (_number(told, name) for name in ("ql:repliers", "ql:exchanges"))
    if not FEWEST <= repliers <= MOST or not 0 <= exchanges <= repliers * MOST_EACH:
        raise Refused("intensity.numbers")
    row = db.session.get(PageMeasure, (post.id, group.id))
    if row is None:
        row = PageMeasure(post_id=post.id, group_id=group.id)
        db.session.add(row)
    row.uri, row.repliers, row.exchanges, row.at = told.id, repliers, exchanges, clock.now()
    db.session.flush()


def forget_intensity(activity: Activity) -> None:
    """The Group takes its numbers back: too few people are left in them."""
    group, told = _speaker(activity)
    db.session.execute(delete(PageMeasure).where(PageMeasure.uri == told.id, PageMeasure.group_id == group.id))


def _speaker(activity: Activity) -> tuple[Actor, Document]:
    told, group = activity.object, remote.find(activity.actor)
    if told is None or not told.id.startswith(f"{activity.actor}/intensity/") or len(told.id) > URI_MAX:
        raise Refused("intensity.origin")
    if group is None or group.kind != "group" or group.uri is None:
        raise Ignored("intensity.stranger")
    return group, told


def _post(uri: str) -> Post:
    """A public post of a page here that begins a thread."""
    path = fed.path_of(uri) or ""
    try:
        post = db.session.get(Post, row_number(path.removeprefix("/p/")))
    except ValueError:
        post = None
    page = pages.page_of(post.author_id) if post is not None else None
    if post is None or page is None or page.state != "published" or post.uri is not None or not post.is_public:
        raise Ignored("intensity.no_post")
    if post.reply_to_id is not None or post.deleted_at is not None:
        raise Ignored("intensity.no_post")
    return post


def _number(told: Document, name: str) -> int:
    found = told.json.get(name)
    return found if isinstance(found, int) else -1
