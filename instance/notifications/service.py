"""Telling people: rows for the page, jobs for the mails; each only to those who may read what it is about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, bindparam, delete, func, or_, select, update

from instance.accounts import shown
from instance.accounts.models import Account, Actor, Identity
from instance.core import clock, ids, jobs, secrets
from instance.core.db import BigId, db, new_id
from instance.core.facts import record
from instance.notifications import policy
from instance.notifications.facts import NoticeGiven
from instance.notifications.models import ALWAYS_IN_PAGE, KINDS, NO_MAIL_UNLESS_ASKED, NoticeSetting, Notification
from instance.posts import visibility
from instance.posts.models import Post
from instance.quartiers.models import Quartier

PAGE = 30
AGAIN = timedelta(days=1)  # the same deed of the same person is told once within
NEVER = 2**63 - 1  # above every id


@dataclass(frozen=True)
class News:
    """What is told: a kind, what it is about, and where the reader is led."""

    kind: str
    path: str
    post_id: int | None = None
    quartier_id: int | None = None
    actor_id: int | None = None  # who did it, where that is not the author of the post


@dataclass(frozen=True)
class Channels:
    """The roads that an account chose for a kind."""

    in_page: bool
    by_mail: bool


def channels(account_id: int, kind: str) -> Channels:
    """What the account chose, else the default: both, mails for roles left out."""
    row = db.session.get(NoticeSetting, (account_id, kind))
    if row is None:
        return default_channels(kind)
    return Channels(row.in_page or kind in ALWAYS_IN_PAGE, row.by_mail)


def default_channels(kind: str) -> Channels:
    """What holds for who has not chosen: both, mails for roles and the like left out."""
    return Channels(True, kind not in NO_MAIL_UNLESS_ASKED)


def choose(account_id: int, kind: str, *, in_page: bool, by_mail: bool) -> None:
    """Keep the account's choice for `kind`."""
    row = db.session.get(NoticeSetting, (account_id, kind))
    if row is None:
        db.session.add(NoticeSetting(account_id=account_id, kind=kind, in_page=in_page, by_mail=by_mail))
    else:
        row.in_page, row.by_mail = in_page, by_mail


def tell(account_ids: Iterable[int], news: News, zone: ZoneInfo) -> None:
    """Tell each account once; a mail waits for the end of its quiet hours (F58)."""
    wanted = sorted(set(account_ids))
    if not wanted:
        return
    known = select(Notification.account_id).where(
        Notification.kind == news.kind,
        Notification.post_id.is_not_distinct_from(news.post_id),
        Notification.quartier_id.is_not_distinct_from(news.quartier_id),
        Notification.account_id.in_(wanted),
    )
    if news.post_id is None and news.actor_id is not None:
        known = known.where(Notification.actor_id == news.actor_id, Notification.id > ids.at(clock.now() - AGAIN))
    told = set(db.session.scalars(known)) if news.post_id or news.actor_id else set()
    people = select(Account, Identity.email.is_not(None)).join(Identity, Identity.account_id == Account.id)
    found = people.where(Account.id.in_([one for one in wanted if one not in told]), Account.state == "active")
    rows = db.session.execute(found).all()
    for (account, has_mail), word in zip(rows, _judged([row[0] for row in rows], news), strict=True):
        chosen = channels(account.id, news.kind)
        if word == "drop" or not (chosen.in_page or chosen.by_mail):
            continue
        row = Notification(
            id=new_id(), account_id=account.id, kind=news.kind, post_id=news.post_id, quartier_id=news.quartier_id,
            actor_id=news.actor_id, path=news.path, read_at=None if chosen.in_page else clock.now(),
            is_filtered=word == "filter",
        )  # fmt: skip
        db.session.add(row)
        if chosen.in_page and not row.is_filtered:
            record(NoticeGiven(row.id))
        if chosen.by_mail and has_mail and not row.is_filtered:
            due = after_quiet(clock.now(), account.quiet_from_h, account.quiet_to_h, zone)
            jobs.put("mail_notice", {"notification_id": str(row.id)}, due_at=due)
    db.session.flush()


def _judged(readers: Sequence[Account], news: News) -> list[str]:
    """What the policy of each reader says about whoever did this."""
    doer = news.actor_id
    if doer is None and news.post_id is not None and news.kind in policy.ABOUT_PEOPLE:
        doer = db.session.scalar(select(Post.author_id).where(Post.id == news.post_id))
    if doer is None:
        return ["accept"] * len(readers)
    return policy.judged([policy.About(one.id, one.actor_id, news.kind, doer, news.post_id) for one in readers])


def after_quiet(moment: datetime, from_h: int | None, to_h: int | None, zone: ZoneInfo) -> datetime:
    """`moment`, or the end of the quiet hours that it falls into; hours are the city's, 22 to 7 spans midnight."""
    if from_h is None or to_h is None or from_h == to_h:
        return moment
    local = moment.astimezone(zone)
    is_quiet = from_h <= local.hour < to_h if from_h < to_h else local.hour >= from_h or local.hour < to_h
    if not is_quiet:
        return moment
    day = local.date() + timedelta(days=1 if local.hour >= to_h else 0)
    return datetime.combine(day, time(to_h), zone).astimezone(UTC)


def _mine(account_id: int) -> Select[Notification, int | None, str | None, str | None]:
    """The account's notices about what it may read now, set apart or not; a notice about anything else is not there.

    A block takes away what was told of that person (`forget_of`).
    """
    about = Notification.post_id.is_(None) | (Notification.kind == "measure") | visibility.readable()
    return (
        select(Notification, policy.DOER, Post.title, Quartier.name)
        .outerjoin(Post, Post.id == Notification.post_id)
        .outerjoin(Quartier, or_(Quartier.id == Notification.quartier_id, Quartier.id == Post.home_id))
        .where(Notification.account_id == account_id, about)
    )


@dataclass(frozen=True)
class Shown:
    """A notice as the page shows it."""

    id: int
    kind: str
    path: str
    who: str
    title: str
    place: str
    is_read: bool


def page(account_id: int, viewer: int, before: int | None) -> list[Shown]:
    """The account's notices, newest first, `PAGE` at most."""
    query = _mine(account_id).where(~Notification.is_filtered).order_by(Notification.id.desc()).limit(PAGE)
    if before is not None:
        query = query.where(Notification.id < before)
    return _shown(viewer, db.session.execute(query, visibility.reader(viewer)).all())


def _shown(viewer: int, rows: Sequence[Row[Notification, int | None, str | None, str | None]]) -> list[Shown]:
    """`rows` of `_mine`; who did something is named as the reader may name them, who left no name not at all."""
    doers = {row[1] for row in rows} - {None}
    actors = db.session.scalars(select(Actor).where(Actor.id.in_(doers))).all() if doers else ()
    names = {one.id: one.name for one in shown.people(viewer, actors)}
    return [
        Shown(
            row.id, row.kind, row.path, names.get(doer or 0, ""), title or "", place or "", row.read_at is not None,
        )
        for row, doer, title, place in rows
    ]  # fmt: skip


def one(account_id: int, viewer: int, notification_id: int) -> Shown | None:
    """One notice, if it is the account's and about something that it may read."""
    query = _mine(account_id).where(Notification.id == notification_id)
    return next(iter(_shown(viewer, db.session.execute(query, visibility.reader(viewer)).all())), None)


# Asked for every page: built once (performance.md, rule 5).
_UNREAD = (
    select(func.count())
    .select_from(Notification)
    .outerjoin(Post, Post.id == Notification.post_id)
    .where(
        Notification.account_id == bindparam("account_id", type_=BigId),
        Notification.read_at.is_(None),
        ~Notification.is_filtered,
        Notification.post_id.is_(None) | (Notification.kind == "measure") | visibility.readable(),
    )
)


def unread(account_id: int, viewer: int) -> int:
    """How many notices wait to be read."""
    return db.session.connection().scalar(_UNREAD, {**visibility.reader(viewer), "account_id": account_id}) or 0


Read = Callable[[int], None]
_reads: list[Read] = []


def on_read(read: Read) -> None:
    """Have `read(account_id)` called in the transaction in which an account reads notices in the page."""
    if read not in _reads:
        _reads.append(read)


def mark_read(account_id: int, notification_id: int | None = None) -> None:
    """Mark one notice as read, or all."""
    query = update(Notification).where(Notification.account_id == account_id, Notification.read_at.is_(None))
    if notification_id is not None:
        query = query.where(Notification.id == notification_id)
    db.session.execute(query.values(read_at=clock.now()))
    for read in _reads:
        read(account_id)


def mark_read_up_to(account_id: int, last_id: int, kinds: Collection[str]) -> None:
    """Mark as read what a program showed: notices of `kinds` up to `last_id`. What it has no word for waits on."""
    shown_there = Notification.kind.in_(kinds), ~Notification.is_filtered, Notification.id <= last_id
    mine = update(Notification).where(Notification.account_id == account_id, Notification.read_at.is_(None))
    db.session.execute(mine.where(*shown_there).values(read_at=clock.now()))


def read_up_to(account_id: int, kinds: Collection[str]) -> int:
    """The newest notice of `kinds` below which the account has read them all; 0 where there is none."""
    mine = select(func.max(Notification.id)).where(
        Notification.account_id == account_id, Notification.kind.in_(kinds), ~Notification.is_filtered
    )
    first = mine.with_only_columns(func.min(Notification.id)).where(Notification.read_at.is_(None)).correlate(None)
    return db.session.scalar(mine.where(Notification.id < func.coalesce(first.scalar_subquery(), NEVER))) or 0


def forget_post(post_ids: list[int]) -> None:
    """Notices of deleted posts go with them; what moderation told stays."""
    db.session.execute(delete(Notification).where(Notification.post_id.in_(post_ids), Notification.kind != "measure"))


def forget_of(account_id: int, actor_id: int) -> None:
    """Nothing told of this person stays with who blocked them."""
    mine = delete(Notification).where(Notification.account_id == account_id, Notification.actor_id == actor_id)
    db.session.execute(mine)


def forget_update(actor_id: int, post_id: int) -> None:
    """An earlier change of this post, told to actor `actor_id`, gives way to the one that is told now."""
    mine = select(Account.id).where(Account.actor_id == actor_id).scalar_subquery()
    told = Notification.account_id == mine, Notification.kind == "update", Notification.post_id == post_id
    db.session.execute(delete(Notification).where(*told))


def settle_request(account_id: int, actor_id: int) -> bool:
    """The request of this person was answered: its notice is read. Whether there was one."""
    told = update(Notification).where(
        Notification.account_id == account_id, Notification.kind == "follow_request", Notification.actor_id == actor_id
    )
    found = db.session.execute(told.values(read_at=clock.now()).returning(Notification.id)).all()
    return bool(found)


def unsubscribe_token(account_id: int, kind: str) -> str:
    """A token that can do nothing but end the mails of one kind (RFC 8058)."""
    return secrets.signed("unsubscribe", f"{account_id}.{kind}")


def unsubscribe(token: str) -> str | None:
    """End the mails that `token` names; the kind, or None for a token that is not ours."""
    found = subscription(token)
    if found is None:
        return None
    account_id, kind = found
    if db.session.get(Account, account_id) is not None:
        choose(account_id, kind, in_page=channels(account_id, kind).in_page, by_mail=False)
    return kind


def subscription(token: str) -> tuple[int, str] | None:
    """Account id and kind that a token names."""
    account_id, _dot, kind = (secrets.checked("unsubscribe", token) or "").partition(".")
    return (int(account_id), kind) if kind in KINDS else None
