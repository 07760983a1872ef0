"""Who may open a case, and what they see of it: the reported post and the thread as its quartier reads it.

A case is a post with its reports. It is open to the moderators of the quartier that the post was written from, save
those who are part of it: its author, who reported it, and whom a block stands between and one of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from instance.accounts import service as accounts
from instance.accounts.models import Account, Block, JournalLine
from instance.core import clock, ids
from instance.core.db import db
from instance.core.errors import NotFound
from instance.core.facts import record
from instance.media import service as media
from instance.media.models import Media
from instance.moderation.facts import CaseWaits, ReportReceived
from instance.moderation.models import Measure, Report
from instance.pages.models import Page, PageMember
from instance.posts.models import Post, PostCircle, WallEntry
from instance.quartiers import roles
from instance.quartiers.models import Membership, Quartier, Role

AROUND = 10  # posts shown before and after the reported one
ONE_LOOK = timedelta(hours=1)  # pictures of a page opened so long ago belong to that look


@dataclass(frozen=True)
class Judge:
    """Who asks: an account that may hold roles."""

    account_id: int
    actor_id: int


@dataclass(frozen=True)
class Line:
    """A case in the list; no word of the post."""

    report_id: int
    number: int
    place: str

    @property
    def since(self) -> datetime:
        """When the first report came."""
        return ids.moment_of(self.report_id)


@dataclass(frozen=True)
class InForce:
    """A measure in the list of those that may be lifted."""

    measure: Measure
    place: str
    report_id: int


_ROOT = aliased(Post)
_REPORT = aliased(Report)
# The quartier whose moderators decide: where the post was written, where its thread stands, where the page sits that
# began it, or else, for words from other servers, where somebody lives who reported them.
_PLACE = func.coalesce(
    Post.home_id,
    select(_ROOT.home_id).where(_ROOT.id == Post.thread_id).correlate(Post).scalar_subquery(),
    select(func.min(Quartier.id))
    .join(WallEntry, WallEntry.wall_id == Quartier.actor_id)
    .where(WallEntry.post_id == Post.thread_id, WallEntry.reason == "outside")
    .correlate(Post)
    .scalar_subquery(),
    select(Page.quartier_id)
    .join(_ROOT, _ROOT.author_id == Page.actor_id)
    .where(_ROOT.id == Post.thread_id)
    .correlate(Post)
    .scalar_subquery(),
    select(func.min(Membership.quartier_id))
    .join(_REPORT, _REPORT.reporter_id == Membership.account_id)
    .where(_REPORT.post_id == Post.id)
    .correlate(Post)
    .scalar_subquery(),
)


def place_name(post: Post) -> str:
    """The name of the quartier whose moderators decide about `post`."""
    named = select(Quartier.name).select_from(Post).join(Quartier, Quartier.id == _PLACE).where(Post.id == post.id)
    return db.session.scalar(named) or ""


def _apart(judge: Judge, other: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return or_(
        and_(Block.blocker_id == judge.actor_id, Block.blocked_id == other),
        and_(Block.blocker_id == other, Block.blocked_id == judge.actor_id),
    )


def _is_party(judge: Judge) -> ColumnElement[bool]:
    """Whether the judge is part of the case of `Post`."""
    report, reporter = aliased(Report), aliased(Account)
    reported = exists(select(1).where(report.post_id == Post.id, report.reporter_id == judge.account_id))
    author_apart = exists(select(1).where(_apart(judge, Post.author_id)))
    reporter_apart = exists(
        select(1)
        .select_from(report)
        .join(reporter, reporter.id == report.reporter_id)
        .join(Block, _apart(judge, reporter.actor_id))
        .where(report.post_id == Post.id)
    )
    speaks_for_it = exists(
        select(1)
        .select_from(PageMember)
        .join(Page, Page.id == PageMember.page_id)
        .where(Page.actor_id == Post.author_id, PageMember.account_id == judge.account_id)
    )
    return or_(Post.author_id == judge.actor_id, speaks_for_it, reported, author_apart, reporter_apart)


def _serves(judge: Judge) -> ColumnElement[bool]:
    served = [one for one in roles.served(judge.account_id, "moderator") if one is not None]
    return _PLACE.in_(served) if served else false()


def open_lines(judge: Judge) -> list[Line]:
    """The cases that wait for the judge, the oldest first."""
    first = func.min(Report.id)
    rows = db.session.execute(
        select(first, func.count(), Quartier.name)
        .select_from(Report)
        .join(Post, Post.id == Report.post_id)
        .join(Quartier, Quartier.id == _PLACE)
        .where(Report.outcome.is_(None), Post.deleted_at.is_(None), _serves(judge), ~_is_party(judge))
        .group_by(Report.post_id, Quartier.name)
        .order_by(first)
    )
    return [Line(report_id, number, place) for report_id, number, place in rows]


def call_moderators(facts: Sequence[ReportReceived]) -> None:
    """Reaction: each moderator who may open the case is to be told, at the first report of a post that waits."""
    for fact in facts:
        report = db.session.get(Report, fact.report_id)
        if report is None or report.outcome is not None or reports_of(report.post_id)[0].id != report.id:
            continue
        home_id = db.session.scalar(select(_PLACE).select_from(Post).where(Post.id == report.post_id))
        if home_id is None:
            continue
        for one in roles.holders("moderator", home_id):
            judge = Judge(one.id, one.actor_id)
            if db.session.scalar(select(Post.id).where(Post.id == report.post_id, ~_is_party(judge))) is not None:
                record(CaseWaits(one.id, home_id))


def in_force(judge: Judge) -> list[InForce]:
    """Measures of others that the judge may lift, the newest first."""
    report = select(func.max(Report.id)).where(Report.post_id == Post.id).correlate(Post).scalar_subquery()
    rows = db.session.execute(
        select(Measure, Quartier.name, report)
        .join(Post, Post.id == Measure.post_id)
        .join(Quartier, Quartier.id == _PLACE)
        .where(
            Measure.appeal_of_id.is_(None),
            or_(Measure.until_at.is_(None), Measure.until_at > clock.now()),
            Measure.decided_by_id.is_distinct_from(judge.account_id),
            Post.deleted_at.is_(None),
            report.is_not(None),
            _serves(judge),
            ~_is_party(judge),
        )
        .order_by(Measure.id.desc())
        .limit(50)
    )
    return [InForce(measure, place, report_id) for measure, place, report_id in rows]


def find(judge: Judge, report_id: int) -> tuple[Report, Post]:
    """A case that is open, or whose measure is in force. Raises `NotFound` for all that is not the judge's."""
    row = db.session.execute(
        select(Report, Post)
        .join(Post, Post.id == Report.post_id)
        .where(
            Report.id == report_id,
            or_(Report.outcome.is_(None), Post.verdict != "visible"),
            Post.deleted_at.is_(None),
            _serves(judge),
            ~_is_party(judge),
        )
    ).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def find_appeal(judge: Judge, appeal_id: int) -> tuple[Measure, Measure, Post, bool]:
    """An open appeal, the measure contested, the post; and whether the judge moderates there (and sees the thread).

    For another moderator than who decided, or for an admin, so that a small team has a second reader.
    """
    contested = aliased(Measure)
    row = db.session.execute(
        select(Measure, contested, Post, _serves(judge))
        .join(contested, contested.id == Measure.appeal_of_id)
        .join(Post, Post.id == Measure.post_id)
        .where(Measure.id == appeal_id, _open_appeal(judge, contested))
    ).first()
    if row is None:
        raise NotFound
    return row[0], row[1], row[2], bool(row[3])


def _open_appeal(judge: Judge, contested: type[Measure]) -> ColumnElement[bool]:
    is_admin = roles.has(judge.account_id, "admin")
    return and_(
        Measure.measure.is_(None),
        contested.decided_by_id.is_distinct_from(judge.account_id),
        Post.deleted_at.is_(None),
        ~_is_party(judge),
        *([] if is_admin else [_serves(judge)]),
    )


def open_appeals(judge: Judge) -> list[tuple[Measure, str]]:
    """Appeals that wait for the judge, with the quartier's name, the oldest first."""
    contested = aliased(Measure)
    rows = db.session.execute(
        select(Measure, Quartier.name)
        .join(contested, contested.id == Measure.appeal_of_id)
        .join(Post, Post.id == Measure.post_id)
        .join(Quartier, Quartier.id == _PLACE)
        .where(_open_appeal(judge, contested))
        .order_by(Measure.id)
    )
    return [(appeal, place) for appeal, place in rows]


def reports_of(post_id: int) -> list[Report]:
    """Every open report of a post, the oldest first."""
    rows = select(Report).where(Report.post_id == post_id, Report.outcome.is_(None)).order_by(Report.id)
    return list(db.session.scalars(rows))


def measure_of(post: Post) -> Measure | None:
    """The measure that holds for a post now."""
    if post.verdict == "visible":
        return None
    latest = select(Measure).where(Measure.post_id == post.id, Measure.appeal_of_id.is_(None))
    return db.session.scalar(latest.order_by(Measure.id.desc()).limit(1))


def around(judge: Judge, post: Post) -> tuple[list[Post], list[Post]]:
    """What stands before and after the post, as far as residents of its quartier read it; blocks hold here too."""
    circle = select(Quartier.circle_id).where(Quartier.id == post.home_id).scalar_subquery()
    named = exists(select(1).where(PostCircle.post_id == Post.id, PostCircle.circle_id == circle))
    rows = select(Post).where(
        Post.thread_id == post.thread_id,
        Post.deleted_at.is_(None),
        Post.verdict == "visible",
        or_(Post.is_public, named),
        ~exists(select(1).where(_apart(judge, Post.author_id))),
    )
    before = db.session.scalars(rows.where(Post.id < post.id).order_by(Post.id.desc()).limit(AROUND)).all()
    after = db.session.scalars(rows.where(Post.id > post.id).order_by(Post.id).limit(AROUND)).all()
    first = [] if any(one.id == post.thread_id for one in before) or post.id == post.thread_id else [post.thread_id]
    begin = db.session.scalars(rows.where(Post.id.in_(first))).all() if first else []
    return [*begin, *reversed(before)], list(after)


def photos_of(post: Post) -> Sequence[Media]:
    """The pictures of the reported post, in their order."""
    return db.session.scalars(select(Media).where(Media.post_id == post.id).order_by(Media.position, Media.id)).all()


def photo(post: Post, number: int) -> bytes:
    """Picture `number` (from 1) of a post. The caller has checked the case. Raises `NotFound`.

    The gate of pictures knows no roles: it is asked as the post's author, who may always see them.
    """
    photos = photos_of(post)
    if not 1 <= number <= len(photos):
        raise NotFound
    return media.show(photos[number - 1].key, "large", media.Reader(post.author_id)).data


def note_look(judge: Judge, post: Post, acting: str, *, is_picture: bool = False) -> None:
    """A line in the author's journal: who looked, in which role. Pictures belong to the look at their page."""
    author = db.session.scalar(select(Account.id).where(Account.actor_id == post.author_id))
    if author is None:
        return
    detail = {"acting": acting, "post": str(post.id)}
    if is_picture:
        lately = select(JournalLine.id).where(
            JournalLine.account_id == author, JournalLine.by_id == judge.account_id, JournalLine.act == "report_seen",
            JournalLine.detail == detail, JournalLine.at > clock.now() - ONE_LOOK,
        )  # fmt: skip
        if db.session.scalar(lately.limit(1)) is not None:
            return
    accounts.note(author, "report_seen", by=judge.account_id, **detail)


def waiting() -> tuple[int, int]:
    """How many posts wait for a decision, and how many of them in quartiers without a moderator: numbers only."""
    served = select(Role.quartier_id).where(Role.name == "moderator")
    unserved = func.count(func.distinct(case((_PLACE.in_(served), None), else_=Post.id)))
    row = db.session.execute(
        select(func.count(func.distinct(Post.id)), unserved)
        .select_from(Report)
        .join(Post, Post.id == Report.post_id)
        .where(Report.outcome.is_(None), Post.deleted_at.is_(None))
    ).one()
    return int(row[0]), int(row[1])
