"""Who lives where: residence, circles, the life of a quartier from pilot to open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ScalarSelect, bindparam, delete, func, select, union_all
from sqlalchemy.orm import defer, lazyload

from instance.accounts.models import Account, Actor
from instance.core import clock
from instance.core.db import BigId, Moment, db
from instance.core.errors import Invalid, NotFound
from instance.core.facts import record
from instance.quartiers.facts import QuartierOpened, ResidentVerified
from instance.quartiers.models import Circle, CircleMember, Membership, Quartier, QuartierPair, VerifiedDay
from instance.settings import Settings

READ_ONLY = timedelta(days=30)
VOUCHES_AFTER = timedelta(days=30)
Settle = Callable[[Account, int | None, datetime | None], None]
_settlers: list[Settle] = []


def on_settled(settle: Settle) -> None:
    """Have `settle(account, quartier id, end of reading)` called in the transaction in which somebody's residence
    changes (None, None: it ends): what it lets them read in rooms above follows at once."""
    if settle not in _settlers:
        _settlers.append(settle)


def settled(account: Account, quartier_id: int | None, reads_until: datetime | None) -> None:
    """Tell the rooms above."""
    for settle in _settlers:
        settle(account, quartier_id, reads_until)


@dataclass(frozen=True)
class Home:
    """What a proof of address gives: where, how strongly, until when."""

    quartier_id: int
    level: str  # strong | simple
    home_mark: str | None
    expires_at: datetime


@dataclass(frozen=True)
class Residence:
    """A live residence as pages need it."""

    account_id: int
    quartier: Quartier
    level: str
    writes: bool  # False in the 30 days after the proof's end
    expires_at: datetime

    @property
    def may_post(self) -> bool:
        """The wall takes words: the proof is live and the quartier open."""
        return self.writes and self.quartier.state == "open"


def new_circle() -> Circle:
    """A circle without members."""
    circle = Circle()
    db.session.add(circle)
    db.session.flush()
    return circle


def put_in(circle_id: int, actor_id: int, until: datetime | None = None) -> None:
    """Make `actor_id` a reader of `circle_id`, until `until` if given."""
    member = db.session.get(CircleMember, (circle_id, actor_id))
    if member is None:
        db.session.add(CircleMember(circle_id=circle_id, actor_id=actor_id, until=until))
    else:
        member.until = until


def take_out(circle_id: int, actor_id: int) -> None:
    """`actor_id` reads `circle_id` no more, from the next request on."""
    db.session.execute(
        delete(CircleMember).where(CircleMember.circle_id == circle_id, CircleMember.actor_id == actor_id)
    )


def by_slug(slug: str) -> Quartier:
    """The quartier at /q/<slug>. Raises `NotFound`."""
    quartier = db.session.scalar(select(Quartier).where(Quartier.slug == slug.lower()))
    if quartier is None:
        raise NotFound
    return quartier


def those(ids: set[int]) -> list[Quartier]:
    """Open quartiers by their ids, by name."""
    found = select(Quartier).where(Quartier.id.in_(ids), Quartier.state == "open").order_by(Quartier.name)
    return list(db.session.scalars(found))


def open_to_outsiders(quartier: Quartier, *, holds: bool, posts: bool) -> None:
    """Say whether replies from outside wait for a moderator, and whether outsiders may begin public threads.

    Other servers read the second one in the quartier's document (`postingRestrictedToMods`).
    """
    quartier.holds_outsiders, quartier.outsiders_post = holds, posts


def by_code(code: str) -> Quartier:
    """The quartier with this code of the imported file. Raises `Invalid` naming the code."""
    quartier = db.session.scalar(select(Quartier).where(Quartier.code == code))
    if quartier is None:
        raise Invalid("quartier.code", _("Aucun quartier n’a le code %(code)s.", code=code), field="quartier")
    return quartier


# Asked for every page: built once, and without the outline, which only maps need (performance.md, rule 5).
_RESIDENCE = (
    select(Membership.level, Membership.writes_until, Quartier)
    .join(Quartier, Quartier.id == Membership.quartier_id)
    .where(
        Membership.account_id == bindparam("account_id", type_=BigId),
        Membership.reads_until > bindparam("now", type_=Moment),
    )
    .options(defer(Quartier.outline))
)


# Of a writer inside `commit()`, where rows are read anew: one statement for both (performance.md, rule 5).
_WRITER = (
    select(Account, Quartier)
    .join(Quartier, Quartier.id == bindparam("quartier_id", type_=BigId))
    .where(Account.id == bindparam("account_id", type_=BigId))
    .options(lazyload(Account.actor), defer(Quartier.outline))
)


def wall_of(actor_id: ColumnElement[int]) -> ScalarSelect[int]:
    """The Group of the quartier in which the actor in another statement's row lives at its moment `now`."""
    lives = Membership.reads_until > bindparam("now", type_=Moment)
    home = select(Quartier.actor_id).join(Membership, Membership.quartier_id == Quartier.id)
    home = home.join(Account, Account.id == Membership.account_id)
    return home.where(Account.actor_id == actor_id, lives).scalar_subquery()


def residence(account_id: int) -> Residence | None:
    """Where the account lives now; None for a visitor."""
    now = clock.now()
    row = db.session.execute(_RESIDENCE, {"account_id": account_id, "now": now}).first()
    if row is None:
        return None
    level, writes_until, quartier = row
    return Residence(account_id, quartier, level, writes_until > now, writes_until)


def writer(account_id: int, quartier_id: int) -> tuple[Account, Quartier]:
    """Who is about to write and the quartier, as they are now. Inside `commit()`."""
    account, quartier = db.session.execute(_WRITER, {"account_id": account_id, "quartier_id": quartier_id}).one()
    return account, quartier


_HERE = bindparam("quartier_id", type_=BigId)
_AROUND = Quartier.id.in_(
    union_all(
        select(QuartierPair.b_id).where(QuartierPair.a_id == _HERE, QuartierPair.origin != "removed"),
        select(QuartierPair.a_id).where(QuartierPair.b_id == _HERE, QuartierPair.origin != "removed"),
    )
)
_NEIGHBOURS = select(Quartier).where(_AROUND).order_by(Quartier.name)
_NEIGHBOUR_NAMES = select(Quartier.name).where(_AROUND).order_by(Quartier.name)


def neighbours(quartier: Quartier) -> list[Quartier]:
    """The neighbour quartiers, by name."""
    return list(db.session.scalars(_NEIGHBOURS, {"quartier_id": quartier.id}))


def neighbour_names(quartier_id: int) -> list[str]:
    """The names of the neighbour quartiers."""
    return list(db.session.connection().scalars(_NEIGHBOUR_NAMES, {"quartier_id": quartier_id}))


def residents_number(quartier_id: int) -> int:
    """Verified residents whose proof is live."""
    live = (Membership.quartier_id == quartier_id) & (Membership.writes_until > clock.now())
    return db.session.scalar(select(func.count()).select_from(Membership).where(live)) or 0


def addresses_number(quartier_id: int) -> int:
    """Different addresses among them."""
    live = (Membership.quartier_id == quartier_id) & (Membership.writes_until > clock.now())
    return db.session.scalar(select(func.count(Membership.home_mark.distinct())).where(live)) or 0


def resident_accounts(quartier_id: int) -> list[int]:
    """Account ids of those who read this quartier's wall now."""
    return list(
        db.session.scalars(
            select(Membership.account_id)
            .where(Membership.quartier_id == quartier_id, Membership.reads_until > clock.now())
            .order_by(Membership.account_id)
        )
    )


def admit(account: Account, home: Home, settings: Settings) -> None:
    """Make `account` a resident; an earlier residence ends. Opens the quartier when the thresholds are reached.

    Called when a proof is granted; sees to circle, growth curve and the fact that others react to.
    """
    quartier = db.session.scalars(select(Quartier).where(Quartier.id == home.quartier_id).with_for_update()).one()
    present = db.session.get(Membership, account.id)
    is_new = present is None or present.quartier_id != quartier.id or present.reads_until <= clock.now()
    vouches_from = clock.now() + VOUCHES_AFTER if home.level == "strong" else None
    if present is not None:
        if not is_new and present.level == home.level == "strong" and present.home_mark == home.home_mark:
            vouches_from = present.vouches_from  # a renewed proof goes on
        _end(account)
    reads_until = home.expires_at + READ_ONLY
    db.session.add(
        Membership(
            account_id=account.id, quartier_id=quartier.id, level=home.level, home_mark=home.home_mark,
            joined_month=clock.day_of(clock.now(), settings.timezone).replace(day=1), vouches_from=vouches_from,
            writes_until=home.expires_at, reads_until=reads_until,
        )
    )  # fmt: skip
    put_in(quartier.circle_id, account.actor_id, reads_until)
    account.actor.version += 1
    db.session.flush()
    settled(account, quartier.id, reads_until)
    if is_new:
        _count_day(quartier.id, settings.timezone)
        record(ResidentVerified(account.id, quartier.id))
    if quartier.founder_id is None and home.level == "strong":
        quartier.founder_id = account.id
    _open_if_ready(quartier, settings)


def leave(account: Account) -> None:
    """End the residence at once: membership and circle; nothing of the old wall can be read any more."""
    _end(account)
    settled(account, None, None)


def _end(account: Account) -> None:
    member = db.session.get(Membership, account.id)
    if member is None:
        return
    quartier = db.session.get_one(Quartier, member.quartier_id)
    take_out(quartier.circle_id, account.actor_id)
    db.session.delete(member)
    db.session.flush()


def _count_day(quartier_id: int, zone: ZoneInfo) -> None:
    day = clock.day_of(clock.now(), zone)
    row = db.session.get(VerifiedDay, (quartier_id, day))
    if row is None:
        db.session.add(VerifiedDay(quartier_id=quartier_id, day=day, number=1))
    else:
        row.number += 1


def _open_if_ready(quartier: Quartier, settings: Settings) -> None:
    if quartier.state != "pilot" or residents_number(quartier.id) < settings.open_residents:
        return
    if addresses_number(quartier.id) >= settings.open_addresses:
        _open(quartier, None)


def open_by_hand(quartier: Quartier, reason: str | None) -> None:
    """Open a pilot before its thresholds, with a reason that is kept. Raises `Invalid` if it is open."""
    if quartier.state == "open":
        raise Invalid("quartier.open", _("Ce quartier est déjà ouvert."))
    _open(quartier, reason or _("ouvert par l’administration"))


def _open(quartier: Quartier, reason: str | None) -> None:
    quartier.state, quartier.opened_at, quartier.opened_reason = "open", clock.now(), reason
    db.session.get_one(Actor, quartier.actor_id).version += 1
    record(QuartierOpened(quartier.id))
