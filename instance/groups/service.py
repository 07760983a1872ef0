"""Thematic groups: founded, seen, joined, kept, left, closed. Nothing of one ever leaves the city.

A member reads by the group's circle, up to the end of their own residence; whoever may not see a group finds nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update

from instance.accounts import names
from instance.accounts.models import Account, Actor
from instance.core import clock, markup
from instance.core.db import db, new_id
from instance.core.errors import Invalid, NotAllowed, NotFound
from instance.core.facts import record
from instance.core.signs import one_line
from instance.groups.facts import GroupAsked, GroupJoined
from instance.groups.models import Group, GroupSeat
from instance.posts.audience import GROUP, Audience, Place
from instance.quartiers import service as quartiers
from instance.quartiers.models import Membership, Quartier, QuartierPair
from instance.quartiers.normalise import plain

NAME_MAX = 60
SUMMARY_MAX = 500
JOININGS = ("open", "asked")
PATH = "/g/"
KEPT_MAX = 10  # groups that one person may have founded and that live
SLUG_MAX = 28  # a handle has 30 signs: two are for a number


@dataclass(frozen=True)
class Wish:
    """A group as somebody would like to found it."""

    name: str
    summary: str = ""
    is_whole_city: bool = False
    joining: str = "open"
    admits_neighbours: bool = False


def found(account: Account, home: Quartier, wish: Wish) -> Group:
    """A new group whose first keeper is `account`, who lives in `home`. Raises `Invalid` naming the field."""
    name, summary = one_line(wish.name, NAME_MAX + 1), " ".join(wish.summary.split())
    if not 3 <= len(name) <= NAME_MAX:
        raise Invalid("group.name", _("Donnez au groupe un nom de 3 à %(num)d signes.", num=NAME_MAX), field="name")
    if len(summary) > SUMMARY_MAX:
        raise Invalid("group.summary", _("Raccourcissez à %(num)d signes.", num=SUMMARY_MAX), field="summary")
    if wish.joining not in JOININGS:
        raise Invalid("group.joining", _("Choisissez comment on rejoint le groupe."), field="joining")
    mine = select(func.count()).where(Group.created_by == account.id, Group.state == "live")
    if (db.session.scalar(mine) or 0) >= KEPT_MAX:
        raise Invalid("group.many", _("Vous avez déjà fondé dix groupes : fermez-en un d’abord."), field="name")
    slug = _free_slug(name)
    actor = Actor(id=new_id(), kind="group", handle=slug, path=f"{PATH}{slug}", shown_name=name, created_at=clock.now())
    db.session.add(actor)
    db.session.flush()
    names.take(slug, actor)
    group = Group(
        id=new_id(), actor_id=actor.id, circle_id=quartiers.new_circle().id, slug=slug, name=name, summary=summary,
        quartier_id=None if wish.is_whole_city else home.id, joining=wish.joining, state="live",
        admits_neighbours=wish.admits_neighbours and not wish.is_whole_city, created_by=account.id,
        created_at=clock.now(),
    )  # fmt: skip
    db.session.add(group)
    db.session.flush()
    _let_in(group, account, role="keeper")
    return group


def _free_slug(name: str) -> str:
    """A handle made of the name: in clients of the API, naming it writes to the group."""
    base = plain(name).replace(" ", "_").strip("_")
    if len(base) > SLUG_MAX:
        base = base[: SLUG_MAX + 1].rpartition("_")[0] or base[:SLUG_MAX]
    if not base or not base[0].isalpha() or len(base) < 2:
        base = f"groupe_{base}"[:SLUG_MAX].strip("_")
    for number in range(1, 100):
        slug = base if number == 1 else f"{base}{number}"
        if not names.is_taken(slug):
            return slug
    raise Invalid("group.taken", _("Ce nom est déjà pris. Choisissez-en un autre."), field="name")


def _seat_of(actor_id: int, *states: str) -> ColumnElement[bool]:
    return exists(
        select(1).where(
            GroupSeat.group_id == Group.id, GroupSeat.actor_id == actor_id, GroupSeat.state.in_(states or ("member",))
        )
    )


def _admits(home_id: int | None) -> ColumnElement[bool]:
    """Whether a group takes residents of quartier `home_id` (None: of nowhere)."""
    if home_id is None:
        return Group.id.is_(None)
    near = exists(
        select(1).where(
            QuartierPair.origin != "removed",
            or_(
                (QuartierPair.a_id == Group.quartier_id) & (QuartierPair.b_id == home_id),
                (QuartierPair.b_id == Group.quartier_id) & (QuartierPair.a_id == home_id),
            ),
        )
    )
    return or_(Group.quartier_id.is_(None), Group.quartier_id == home_id, Group.admits_neighbours & near)


def admits(group_id: int, home_id: int | None) -> bool:
    """Whether a group takes somebody who lives in quartier `home_id`."""
    return db.session.scalar(select(Group.id).where(Group.id == group_id, _admits(home_id))) is not None


def _in_sight(actor_id: int, home_id: int | None) -> ColumnElement[bool]:
    """Members see theirs, closed ones too; others those that live and that they may join; visitors none."""
    if home_id is None:
        return Group.id.is_(None)
    return or_(_seat_of(actor_id), (Group.state == "live") & _admits(home_id))


def seen(slug: str, actor_id: int, home_id: int | None) -> Group:
    """The group at /g/<slug>, for who may see it. Raises `NotFound` for all others alike."""
    row = db.session.scalar(select(Group).where(Group.slug == slug.lower(), _in_sight(actor_id, home_id)))
    if row is None:
        raise NotFound
    return row


def may_see(group_actor_id: int, actor_id: int, home_id: int | None) -> bool:
    """Whether `actor_id`, who lives in `home_id`, may know of the group behind this actor."""
    known = select(Group.id).where(Group.actor_id == group_actor_id, _in_sight(actor_id, home_id))
    return db.session.scalar(known) is not None


def in_sight(actor_id: int, home_id: int | None) -> list[Group]:
    """Every group that this person may see, by name."""
    return list(db.session.scalars(select(Group).where(_in_sight(actor_id, home_id)).order_by(Group.name, Group.id)))


def of(actor_id: int) -> list[Group]:
    """The groups to which an actor belongs now, by name."""
    mine = select(Group).where(_seat_of(actor_id)).order_by(Group.name, Group.id)
    return list(db.session.scalars(mine))


def by_id(group_id: int, actor_id: int) -> Group:
    """One of the actor's own groups, by the number of the group or of its actor. Raises `NotFound`."""
    known = select(Group).where(or_(Group.id == group_id, Group.actor_id == group_id), _seat_of(actor_id))
    row = db.session.scalar(known)
    if row is None:
        raise NotFound
    return row


def named(text: str, actor_id: int) -> Group | None:
    """The own group whose handle `text` names as @slug. Raises `NotFound` where it names one of others."""
    handles = {word.lower() for word in markup.mentioned(text)}
    if not handles:
        return None
    first = db.session.scalar(select(Group.id).where(Group.slug.in_(handles)).order_by(Group.id).limit(1))
    return by_id(first, actor_id) if first is not None else None


def audience(group: Group, account: Account) -> Audience:
    """Readers of new words of `account` in `group`. Raises `NotFound` unless a member, `NotAllowed` once closed."""
    seat = db.session.get(GroupSeat, (group.id, account.actor_id))
    if seat is None or seat.state != "member":
        raise NotFound
    if group.state != "live":
        raise NotAllowed("group.closed", _("Ce groupe est fermé : on le lit encore, on n’y écrit plus."))
    here = Place(group.actor_id, group.circle_id, GROUP)
    return Audience(GROUP, False, frozenset({group.circle_id}), (here,))


def seat_of(group: Group, actor_id: int) -> GroupSeat | None:
    """How an actor stands to a group."""
    return db.session.get(GroupSeat, (group.id, actor_id))


def join(group: Group, account: Account, home_id: int | None) -> GroupSeat:
    """Become a member, or ask to. Inside `commit()`.

    Raises `NotFound` for who may not see the group, `NotAllowed` for whom a keeper took out.
    """
    group = seen(group.slug, account.actor_id, home_id)
    seat = seat_of(group, account.actor_id)
    if seat is not None and seat.state == "removed":
        raise NotAllowed("group.removed", _("Vous avez été retiré·e de ce groupe."))
    if seat is not None and seat.state != "away":
        return seat
    if group.state != "live" or home_id is None:
        raise NotFound
    if group.joining == "open":
        return _let_in(group, account)
    seat = _put(group, account.actor_id, "asked")
    record(GroupAsked(group.id, account.actor_id))
    return seat


def _put(group: Group, actor_id: int, state: str, role: str = "member") -> GroupSeat:
    seat = seat_of(group, actor_id)
    if seat is None:
        seat = GroupSeat(group_id=group.id, actor_id=actor_id, role=role)
        db.session.add(seat)
    seat.state, seat.since = state, clock.now()
    note_change(actor_id)
    return seat


def note_change(actor_id: int) -> None:
    """The groups of an actor are others from now on: what is kept of them counts no more."""
    db.session.flush()
    mine = update(Account).where(Account.actor_id == actor_id)
    db.session.execute(mine.values(groups_version=Account.groups_version + 1))


def _let_in(group: Group, account: Account, role: str = "member") -> GroupSeat:
    until = db.session.scalar(select(Membership.reads_until).where(Membership.account_id == account.id))
    if until is None:
        raise NotFound
    quartiers.put_in(group.circle_id, account.actor_id, until)
    return _put(group, account.actor_id, "member", role)


def leave(group: Group, actor_id: int) -> None:
    """Read and write there no more, from the next request on; also takes a request back. Inside `commit()`.

    Who was taken out cannot leave: that would let them in again.
    """
    quartiers.take_out(group.circle_id, actor_id)
    mine = delete(GroupSeat).where(GroupSeat.group_id == group.id, GroupSeat.actor_id == actor_id)
    db.session.execute(mine.where(GroupSeat.state != "removed"))
    note_change(actor_id)
    settle_keepers([group.id])


def settle_keepers(group_ids: Collection[int]) -> None:
    """A group whose keepers are all gone is kept by whoever has been in it longest. Inside `commit()`."""
    db.session.flush()
    for group_id in group_ids:
        seats = select(GroupSeat).where(GroupSeat.group_id == group_id, GroupSeat.state == "member")
        present = list(db.session.scalars(seats.order_by(GroupSeat.since, GroupSeat.actor_id)))
        if present and not any(one.role == "keeper" for one in present):
            present[0].role = "keeper"
    db.session.flush()


def members(group: Group, state: str = "member") -> Sequence[tuple[Actor, GroupSeat]]:
    """Who belongs to it, or asks to, the first ones first."""
    rows = select(Actor, GroupSeat).join(GroupSeat, GroupSeat.actor_id == Actor.id)
    rows = rows.where(GroupSeat.group_id == group.id, GroupSeat.state == state)
    return [(one, seat) for one, seat in db.session.execute(rows.order_by(GroupSeat.since, Actor.id))]


def kept_by(slug: str, account: Account, home_id: int | None) -> Group:
    """The group, for one of its keepers. Raises `NotFound` for everybody else."""
    group = seen(slug, account.actor_id, home_id)
    seat = seat_of(group, account.actor_id)
    if seat is None or seat.role != "keeper" or seat.state != "member":
        raise NotFound
    return group


def accept(group: Group, actor_id: int) -> None:
    """Let in who asks. Inside `commit()`; the caller has checked the keeper. Raises `NotFound`."""
    seat, account = _asked(group, actor_id), _account(actor_id)
    home = quartiers.residence(account.id)
    if not admits(group.id, home.quartier.id if home else None):
        db.session.delete(seat)
        raise NotFound
    _let_in(group, account)
    record(GroupJoined(group.id, actor_id))


def refuse(group: Group, actor_id: int) -> None:
    """Say no to who asks; nothing tells them. Inside `commit()`."""
    db.session.delete(_asked(group, actor_id))


def _asked(group: Group, actor_id: int) -> GroupSeat:
    seat = seat_of(group, actor_id)
    if seat is None or seat.state != "asked":
        raise NotFound
    return seat


def _account(actor_id: int) -> Account:
    row = db.session.scalar(select(Account).where(Account.actor_id == actor_id))
    if row is None:
        raise NotFound
    return row


def remove(group: Group, actor_id: int) -> None:
    """Take a member out who is no keeper, until a keeper says otherwise. The caller has checked the keeper."""
    seat = seat_of(group, actor_id)
    if seat is None or seat.state != "member" or seat.role == "keeper":
        raise NotFound
    quartiers.take_out(group.circle_id, actor_id)
    _put(group, actor_id, "removed")


def let_return(group: Group, actor_id: int) -> None:
    """Who was taken out may join again, as anybody. Inside `commit()`; the caller has checked the keeper."""
    seat = seat_of(group, actor_id)
    if seat is None or seat.state != "removed":
        raise NotFound
    db.session.delete(seat)


def close(group: Group) -> None:
    """Write there no more; its members still read it, nobody joins it. Inside `commit()`."""
    group.state = "closed"
    db.session.execute(delete(GroupSeat).where(GroupSeat.group_id == group.id, GroupSeat.state == "asked"))
