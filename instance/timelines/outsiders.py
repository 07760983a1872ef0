"""People and groups of other servers as a resident meets them: found, and what they say as far as it is known here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import bindparam, exists, select

from instance.accounts import lookup, outside, relations
from instance.accounts.models import Account, Actor, RemoteActor
from instance.accounts.relations import Relation
from instance.core.db import BigId, db
from instance.groups import service as groups
from instance.media import elsewhere
from instance.media.models import Media
from instance.pages import feeds
from instance.posts import finding, visibility
from instance.posts.models import Post
from instance.posts.threads import REPLIES, shown
from instance.quartiers import profiles
from instance.timelines.service import AFTER_ALL, BEFORE, PAGE, OnWall

AUTHOR = bindparam("author", type_=BigId)
ASKED_MAX = 500  # signs
_BY = (
    shown()
    .add_columns(REPLIES)
    .where(Post.author_id == AUTHOR, Post.id < BEFORE)
    .order_by(Post.id.desc())
    .limit(PAGE + 1)
)  # fmt: skip


@dataclass(frozen=True)
class Silent:
    """A feed: a source with a page, and nobody behind it who could be followed."""

    url: str
    summary: str = ""
    icon_url: None = None
    moved_to: None = None
    gone_at: None = None


@dataclass(frozen=True)
class Outsider:
    """Somebody, a group or a feed of another server, and how the reader stands to them."""

    actor: Actor
    remote: RemoteActor | Silent
    portrait: str | None  # key of the picture
    relation: Relation

    @property
    def is_feed(self) -> bool:
        """Whether nobody is behind it who could answer."""
        return isinstance(self.remote, Silent)


def path_to(asked: str, viewer: int, home_id: int | None, *, asks_others: bool) -> str | None:
    """The page here of the person, group or message that `asked` names; None for nobody, and for whoever is hidden."""
    asked = asked.strip()[:ASKED_MAX]
    post_id = finding.by_address(asked)
    if post_id is not None and visibility.may_read(viewer, post_id):
        return f"/p/{post_id}"
    found = lookup.find(asked, viewer, asks_others=asks_others) if asked else []
    return next((path for one in found if (path := page_of(one, viewer, home_id))), None)


def page_of(actor: Actor, viewer: int, home_id: int | None) -> str | None:
    """The page about `actor` here; None where this reader, who lives in `home_id`, has no sight of them."""
    if actor.uri is not None:
        return f"/comptes/{actor.id}"
    if actor.kind != "person":
        is_group = actor.path is not None and actor.path.startswith(groups.PATH)
        return actor.path if not is_group or groups.may_see(actor.id, viewer, home_id) else None
    if profiles.seen(actor.handle, viewer, home_id) is not None:
        return actor.path
    account = db.session.scalar(select(Account).where(Account.actor_id == actor.id, Account.state == "active"))
    return actor.path if account is not None and outside.is_shown_outside(account) else None


def outsider(viewer: int, actor_id: int) -> Outsider | None:
    """Who this is to the reader; None if absent, of this instance, gone, or if they blocked the reader."""
    actor = db.session.get(Actor, actor_id)
    if actor is None or actor.uri is None:
        return None
    known = db.session.get(RemoteActor, actor_id) or _feed(actor)
    if known is None:
        return None
    relation = relations.of(viewer, [actor_id])[0]
    if known.gone_at is not None or (not relation.blocks and not relations.may_meet(viewer, actor)):
        return None
    return Outsider(actor, known, elsewhere.portraits([actor_id]).get(actor_id), relation)


def _feed(actor: Actor) -> Silent | None:
    """What is known of an actor that no server describes."""
    source = feeds.sources([actor.id]).get(actor.id)
    return Silent(source.site or actor.uri or "") if source is not None else None


def lacks_portrait(who: Outsider) -> bool:
    """Whether its picture, or its new picture, was never asked for: that happens once a resident looks."""
    known = db.session.scalar(select(Media.source_url).where(Media.actor_id == who.actor.id))
    return who.remote.icon_url is not None and known != who.remote.icon_url


def said_by(viewer: int, author_id: int, before: int | None) -> tuple[Sequence[OnWall], int | None]:
    """One page of what this author said, as far as `viewer` may read it, and the cursor of the next page."""
    values = {**visibility.reader(viewer), "author": author_id, "before": before or AFTER_ALL}
    rows = cast(Sequence[OnWall], db.session.connection().execute(_BY, values).all())
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


_PUBLIC = select(RemoteActor.url).where(
    RemoteActor.actor_id == AUTHOR,
    RemoteActor.gone_at.is_(None),
    exists(select(1).where(Post.author_id == AUTHOR, Post.reply_to_id.is_not(None), visibility.readable())),
)


def origin(actor_id: int) -> str | None:
    """The page elsewhere of somebody whose words strangers read in a thread here."""
    return db.session.scalar(_PUBLIC, {**visibility.reader(None), "author": actor_id})
