"""The one indicator: how much neighbours talk with each other under a post (product.md §3.5).

Over seven days: D, the distinct verified residents who replied in the thread, and R, the distinct ordered pairs of whom
one replied directly to the other. The page and its team are one person, who counts in R alone; who is no resident of
this instance counts nowhere here (a partner city tells its own two numbers). What was deleted or removed does not
count, nor what answers it directly. Intensity = D + R.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import aliased

from instance.accounts.models import Account
from instance.core import clock, ids
from instance.core.db import BigId, db
from instance.desk.models import PageMeasure
from instance.pages.models import Page, PageMember
from instance.posts.models import Post

WINDOW = timedelta(days=7)
FEWEST = 3  # residents of a quartier below whom nothing is told of it
_WINDOW_IDS = int(WINDOW.total_seconds() * 1000) << 16  # ids carry the time
THE_PAGE = 0


@dataclass
class Talk:
    """Who replied (D) and who answered whom (R), as numbers of actors; only their sizes are ever told."""

    people: set[int] = field(default_factory=set)
    pairs: set[tuple[int, int]] = field(default_factory=set)

    @property
    def numbers(self) -> tuple[int, int]:
        """D and R."""
        return len(self.people), len(self.pairs)


@dataclass
class Thread:
    """The talk under one post, as a whole and by quartier (of who spoke; of who was answered, where the page spoke)."""

    whole: Talk = field(default_factory=Talk)
    by_quartier: dict[int, Talk] = field(default_factory=dict)


_ROOT, _REPLY, _ABOVE = aliased(Post), aliased(Post), aliased(Post)
_ROWS = (
    select(
        _ROOT.id, _REPLY.author_id, _REPLY.home_id, _REPLY.uri.is_not(None),
        _ABOVE.author_id, _ABOVE.home_id, _ABOVE.uri.is_not(None),
    )
    .join(_REPLY, and_(_REPLY.thread_id == _ROOT.id, _REPLY.id > _ROOT.id, _REPLY.id < _ROOT.id + _WINDOW_IDS))
    .join(_ABOVE, _ABOVE.id == _REPLY.reply_to_id)
    .where(
        _ROOT.author_id == bindparam("page", type_=BigId),
        _ROOT.id >= bindparam("first", type_=BigId),
        _ROOT.id < bindparam("end", type_=BigId),
        _ROOT.reply_to_id.is_(None),
        *(
            condition
            for one in (_ROOT, _REPLY, _ABOVE)
            for condition in (one.deleted_at.is_(None), one.verdict == "visible", ~one.is_held)
        ),
    )
    .distinct()
)  # fmt: skip


def threads(page_actor_id: int, team: Collection[int], first: int, end: int) -> dict[int, Thread]:
    """The talk under the posts of this author whose ids lie in [first, end); a post without a word has none."""
    rows = db.session.connection().execute(_ROWS, {"page": page_actor_id, "first": first, "end": end})
    ours = {page_actor_id, *team}
    found: dict[int, Thread] = {}
    for root, speaker, home, is_foreign, answered, answered_home, is_answered_foreign in rows:
        x = THE_PAGE if speaker in ours else None if home is None or is_foreign else speaker
        y = THE_PAGE if answered in ours else None if answered_home is None or is_answered_foreign else answered
        if x is None:
            continue
        place = home if x != THE_PAGE else answered_home
        thread = found.setdefault(root, Thread())
        talks = [thread.whole] if place is None else [thread.whole, thread.by_quartier.setdefault(place, Talk())]
        for talk in talks:
            if x != THE_PAGE:
                talk.people.add(x)
            if y is not None and x != y:
                talk.pairs.add((x, y))
    return found


def team_of(page_actor_id: int) -> list[int]:
    """The actors of a page's team; nobody for a page of elsewhere."""
    members = select(Account.actor_id).join(PageMember, PageMember.account_id == Account.id)
    ours = members.join(Page, Page.id == PageMember.page_id).where(Page.actor_id == page_actor_id)
    return list(db.session.scalars(ours.where(PageMember.state == "live")))


def of_post(post_id: int) -> tuple[int, int]:
    """D and R of a post, as far as they stand on this instance."""
    author_id = db.session.scalar(select(Post.author_id).where(Post.id == post_id)) or 0
    found = threads(author_id, team_of(author_id), post_id, post_id + 1)
    return found[post_id].whole.numbers if post_id in found else (0, 0)


@dataclass(frozen=True)
class Measured:
    """A post of a page and how it is talked of: here, in quartiers of here, in quartiers of other cities."""

    post_id: int
    title: str
    here: tuple[int, int]
    by_quartier: dict[int, tuple[int, int]]  # those with enough people
    elsewhere: list[PageMeasure]
    is_over: bool  # the seven days are

    @property
    def intensity(self) -> int:
        """D + R, of here and of the cities that told theirs."""
        return sum(self.here) + sum(one.repliers + one.exchanges for one in self.elsewhere)


def of_page(page: Page, since: datetime, until: datetime) -> list[Measured]:
    """The posts that `page` published in that time, newest first."""
    first, end = ids.at(since), ids.at(until)
    own = select(Post.id, Post.title).where(
        Post.author_id == page.actor_id, Post.id >= first, Post.id < end, Post.reply_to_id.is_(None),
        Post.deleted_at.is_(None),
    )  # fmt: skip
    posts = db.session.execute(own.order_by(Post.id.desc())).all()
    told: dict[int, list[PageMeasure]] = {}
    wanted = select(PageMeasure).join(Post, Post.id == PageMeasure.post_id).where(Post.author_id == page.actor_id)
    for row in db.session.scalars(wanted.where(PageMeasure.post_id >= first, PageMeasure.post_id < end)):
        told.setdefault(row.post_id, []).append(row)
    talked = threads(page.actor_id, team_of(page.actor_id), first, end)
    over = ids.at(clock.now() - WINDOW)
    return [_measured(post_id, title, talked.get(post_id, Thread()), told.get(post_id, []), is_over=post_id < over)
            for post_id, title in posts]  # fmt: skip


def _measured(post_id: int, title: str, thread: Thread, told: list[PageMeasure], *, is_over: bool) -> Measured:
    places = {place: talk.numbers for place, talk in thread.by_quartier.items() if len(talk.people) >= FEWEST}
    return Measured(post_id, title, thread.whole.numbers, places, told, is_over)


def by_month(posts: Collection[Measured], zone: ZoneInfo) -> list[tuple[str, float, int]]:
    """For each month ("2026-11", the newest first) the median over its posts, and their number."""
    months: dict[str, list[int]] = {}
    for post in posts:
        day = clock.day_of(ids.moment_of(post.post_id), zone)
        months.setdefault(f"{day:%Y-%m}", []).append(post.intensity)
    return [(month, float(median(found)), len(found)) for month, found in sorted(months.items(), reverse=True)]
