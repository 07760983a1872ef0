"""A quartier subscribes to a page: a referent asks, a moderator agrees, its public posts stand on the wall.

The page is one of ours, of another instance, any account of the fediverse (the quartier's Group follows it), or a feed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import exists, func, or_, select

from instance.accounts import follows, relations
from instance.accounts.models import Account, Actor, Follow, Mute, RemoteActor
from instance.core import clock
from instance.core.db import db, new_id
from instance.core.errors import Invalid, NotFound
from instance.core.signs import one_line
from instance.pages import feeds
from instance.pages.models import FeedSource, Page, PageWish
from instance.posts import standing
from instance.posts.models import Boost, Post, WallEntry
from instance.quartiers.models import Passage, Quartier, Subscription

ASKED_MAX, REASON_MAX = 500, 500
WISHES_MAX = 20  # of one quartier at a time


@dataclass(frozen=True)
class Line:
    """A subscription as a list shows it."""

    subscription: Subscription
    actor: Actor
    place: str  # the quartier's name
    asked_by: str
    follow: str  # accepted | pending | none; local | feed where nobody is followed over the wire; gone
    problem: str  # of a feed that fails
    is_muted: bool = False

    @property
    def path(self) -> str:
        """The page about it here."""
        return self.actor.path or f"/comptes/{self.actor.id}"


def stand(post_id: int, page_actor_id: int, audience: Collection[str] | None = None) -> int:
    """Put a new public post of a page on the walls of those who subscribed; on how many. Inside `commit()`.

    `audience` names the Groups of an edition, by path or by address; None: the post is for all.
    """
    return standing.stand(post_id, page_actor_id, audience)


def wish(quartier: Quartier, account: Account, asked: str, reason: str) -> PageWish:
    """What a referent asks for, before it is known what that is. Raises `Invalid` naming the field."""
    asked, reason = asked.strip()[:ASKED_MAX], one_line(reason, REASON_MAX)
    if not asked:
        raise Invalid("wish.asked", _("Écrivez un nom ou une adresse."), field="asked")
    if not reason:
        raise Invalid("wish.reason", _("Dites en une phrase à quoi cela sert au quartier."), field="reason")
    number = select(func.count(PageWish.id)).where(PageWish.quartier_id == quartier.id)
    if (db.session.scalar(number) or 0) >= WISHES_MAX:
        raise Invalid("wish.many", _("Retirez d’abord une demande sans réponse."), field="asked")
    made = PageWish(
        id=new_id(), quartier_id=quartier.id, asked=asked, reason=reason, asked_by_id=account.id, since=clock.now()
    )
    db.session.add(made)
    db.session.flush()
    return made


def local(asked: str) -> Actor | None:
    """The published page of this instance that bears this slug."""
    slug = asked.strip().removeprefix("/pages/").lower()
    found = select(Actor).join(Page, Page.actor_id == Actor.id).where(Page.slug == slug, Page.state == "published")
    return db.session.scalar(found)


def ask(quartier_id: int, actor: Actor, reason: str, by: int | None) -> Subscription:
    """The subscription that waits for a moderator; asked for anew where it was refused or ended.

    Raises `Invalid` for what is subscribed or asked already, and for who is no page.
    """
    if not _may_be_taken(actor):
        raise Invalid("subscription.kind", _("Ce compte n’est pas une page."), field="asked")
    row = between(quartier_id, actor.id)
    if row is not None and row.state in {"asked", "live"}:
        sentence = _("C’est déjà demandé.") if row.state == "asked" else _("Le quartier y est déjà abonné.")
        raise Invalid("subscription.twice", sentence, field="asked")
    if row is None:
        row = Subscription(id=new_id(), quartier_id=quartier_id, actor_id=actor.id)
        db.session.add(row)
    row.state, row.reason, row.asked_by_id, row.decided_by_id, row.since = "asked", reason, by, None, clock.now()
    db.session.flush()
    return row


def _may_be_taken(actor: Actor) -> bool:
    """Residents and quartiers of ours are no pages; elsewhere anything that speaks, and feeds."""
    if actor.path is not None:
        return actor.path.startswith("/pages/") and follows.may_be_followed(actor)
    return db.session.get(FeedSource, actor.id) is not None or follows.may_be_followed(actor)


def between(quartier_id: int, actor_id: int) -> Subscription | None:
    """The subscription of this quartier to this page, whatever its state."""
    pair = select(Subscription).where(Subscription.quartier_id == quartier_id, Subscription.actor_id == actor_id)
    return db.session.scalar(pair)


def agree(row: Subscription, by: int) -> None:
    """Yes: from now on its public posts stand on the wall. Raises `NotFound` for what does not wait."""
    _must_be(row, "asked")
    _settle(row, "live", by)
    quartier, page = db.session.get_one(Quartier, row.quartier_id), db.session.get_one(Actor, row.actor_id)
    if db.session.get(FeedSource, page.id) is not None:
        feeds.wake(page.id)
        return
    made = follows.follow(quartier.actor, page)
    if page.path is not None:
        follows.accept(made)  # a page of ours is open to every quartier: its public posts are for all


def refuse(row: Subscription, by: int) -> None:
    """No."""
    _must_be(row, "asked")
    _settle(row, "refused", by)


def end(row: Subscription, by: int) -> None:
    """No more: future posts do not come; the threads that stand stay where they are."""
    _must_be(row, "live", "asked")
    _settle(row, "ended", by)
    quartier = db.session.get_one(Quartier, row.quartier_id)
    followed = follows.between(quartier.actor_id, row.actor_id)
    is_passage = exists(select(1).where(Passage.quartier_id == quartier.id, Passage.far_id == row.actor_id))
    if followed is not None and not db.session.scalar(select(is_passage)):
        follows.end(followed)


def ask_again(row: Subscription) -> None:
    """Follow a page anew that never answered, or said no."""
    _must_be(row, "live")
    quartier, page = db.session.get_one(Quartier, row.quartier_id), db.session.get_one(Actor, row.actor_id)
    if db.session.get(FeedSource, page.id) is not None:
        feeds.wake(page.id)
        return
    followed = follows.between(quartier.actor_id, page.id)
    if followed is not None and followed.state == "pending":
        follows.end(followed)
    follows.follow(quartier.actor, page)


def _must_be(row: Subscription, *states: str) -> None:
    db.session.refresh(row, with_for_update=True)
    if row.state not in states:
        raise NotFound


def _settle(row: Subscription, state: str, by: int) -> None:
    row.state, row.decided_by_id, row.since = state, by, clock.now()
    db.session.flush()


def lines(quartier_ids: Collection[int], *states: str, viewer: int | None = None) -> list[Line]:
    """The subscriptions of these quartiers in these states, by quartier and name; muted ones marked for `viewer`."""
    asker = select(Actor.shown_name).join(Account, Account.actor_id == Actor.id)
    muted = exists(select(1).where(Mute.muter_id == (viewer or 0), Mute.muted_id == Actor.id, relations.live()))
    is_gone = or_(RemoteActor.gone_at.is_not(None), Page.state.is_not(None) & (Page.state != "published"))
    rows = (
        select(
            Subscription, Actor, Quartier.name, Follow.state, FeedSource, is_gone,
            asker.where(Account.id == Subscription.asked_by_id).scalar_subquery(), muted,
        )
        .join(Actor, Actor.id == Subscription.actor_id)
        .join(Quartier, Quartier.id == Subscription.quartier_id)
        .outerjoin(FeedSource, FeedSource.actor_id == Actor.id)
        .outerjoin(RemoteActor, RemoteActor.actor_id == Actor.id)
        .outerjoin(Page, Page.actor_id == Actor.id)
        .outerjoin(Follow, (Follow.follower_id == Quartier.actor_id) & (Follow.followed_id == Actor.id))
        .where(Subscription.quartier_id.in_(quartier_ids), Subscription.state.in_(states))
        .order_by(Quartier.name, Actor.shown_name, Subscription.id)
    )  # fmt: skip
    return [
        Line(
            row,
            actor,
            place,
            by or "",
            "gone" if gone else _way(actor, feed, state),
            feed.problem if feed else "",
            bool(is_muted),
        )
        for row, actor, place, state, feed, gone, by, is_muted in db.session.execute(rows)
    ]


def _way(actor: Actor, feed: FeedSource | None, state: str | None) -> str:
    if feed is not None:
        return "feed"
    return "local" if actor.path is not None else state or "none"


def waiting_number(quartier_ids: Collection[int]) -> int:
    """How many subscriptions wait for a moderator there."""
    waiting = select(func.count(Subscription.id)).where(
        Subscription.quartier_id.in_(quartier_ids), Subscription.state == "asked"
    )
    return db.session.scalar(waiting) or 0


def wishes(quartier_id: int) -> list[PageWish]:
    """What is looked for, or was not found, the latest first."""
    mine = select(PageWish).where(PageWish.quartier_id == quartier_id)
    return list(db.session.scalars(mine.order_by(PageWish.id.desc())))


def drop_wish(quartier_id: int, wish_id: int) -> None:
    """Look for it no more."""
    found = db.session.get(PageWish, wish_id)
    if found is None or found.quartier_id != quartier_id:
        raise NotFound
    db.session.delete(found)


def voices(page_id: int) -> list[int]:
    """Who speaks under this page's name on walls here: itself, and whoever signs what its channel shows."""
    shown = select(Post.author_id).join(Boost, Boost.post_id == Post.id).where(Boost.actor_id == page_id)
    stands = exists(select(1).where(WallEntry.post_id == Post.id, WallEntry.reason == "page"))
    return [page_id, *db.session.scalars(shown.where(stands, Post.author_id != page_id).distinct())]


def follow_move(follower_id: int, old_id: int, heir_id: int) -> None:
    """A page moved to another server and its followers were led on: so is the quartier's subscription."""
    quartier_id = db.session.scalar(select(Quartier.id).where(Quartier.actor_id == follower_id))
    row = between(quartier_id, old_id) if quartier_id is not None else None
    if row is not None and row.state == "live" and between(row.quartier_id, heir_id) is None:
        row.actor_id = heir_id
        db.session.flush()
