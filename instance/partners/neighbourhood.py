"""What moderators see of the quartiers of other cities that touch theirs, and of other Groups that ask to follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select

from instance.accounts.models import Actor, Follow
from instance.core import clock
from instance.core.db import db
from instance.partners import agreements
from instance.partners.models import Agreement
from instance.quartiers.models import Passage, Quartier


@dataclass(frozen=True)
class Line:
    """A quartier of another city beside one of ours: how the two stand, and what may be done."""

    passage_id: int
    name: str
    city: str
    border_m: float
    state: str  # of the passage, or "open", "closed" where both sides said yes
    words: str
    until: datetime
    holds: bool  # the agreement is in force
    differs: bool  # their list of adjacent quartiers says otherwise
    compared_at: datetime | None

    @property
    def acts(self) -> tuple[str, ...]:
        """Keys of what a moderator may do with it now."""
        if self.state in {"new", "refused"}:
            return ("propose",) if self.holds else ()
        if self.state == "invited":
            return ("accept", "refuse") if self.holds else ("refuse",)
        return ("take_back",) if self.state == "asked" else ("leave",)


@dataclass(frozen=True)
class Asking:
    """A Group elsewhere that is no neighbour under an agreement and wants to follow one of our quartiers."""

    follow_id: int
    name: str
    acct: str
    actor_id: int


@dataclass(frozen=True)
class Around:
    """One of our quartiers with all that stands around it in other cities."""

    quartier: Quartier
    lines: Sequence[Line]
    asking: Sequence[Asking]


def around(quartiers: Iterable[Quartier]) -> list[Around]:
    """For each quartier its neighbours in other cities, by name, and the Groups that ask to follow it."""
    return [Around(one, _lines(one), _asking(one)) for one in quartiers]


def touched(quartier_ids: Iterable[int | None], *, is_admin: bool) -> list[Quartier]:
    """The open quartiers of a moderator, by name; for admins also every one that touches another city or is shut."""
    mine = Quartier.id.in_([one for one in quartier_ids if one is not None])
    others = or_(Quartier.is_shut, Quartier.id.in_(select(Passage.quartier_id)))
    found = select(Quartier).where(Quartier.state == "open", or_(mine, others) if is_admin else mine)
    return list(db.session.scalars(found.order_by(Quartier.name)))


def waiting(quartier_ids: Iterable[int | None], *, is_admin: bool) -> int:
    """How many quartiers and other Groups wait for an answer of this moderator, or of any for an admin."""
    mine = select(Quartier.id).where(Quartier.state == "open")
    if not is_admin:
        mine = mine.where(Quartier.id.in_([one for one in quartier_ids if one is not None]))
    invited = select(func.count()).where(Passage.state == "invited", Passage.quartier_id.in_(mine))
    asking = select(func.count()).select_from(Follow).join(Actor, Actor.id == Follow.follower_id)
    asking = asking.join(Quartier, Quartier.actor_id == Follow.followed_id).where(Quartier.id.in_(mine), *_strange())
    return (db.session.scalar(invited) or 0) + (db.session.scalar(asking) or 0)


def _strange() -> tuple[ColumnElement[bool], ...]:
    """Conditions on Follow, Actor and Quartier: a Group that waits for a yes and stands under no agreement."""
    passage = select(Passage.id).where(Passage.quartier_id == Quartier.id, Passage.far_id == Follow.follower_id)
    return Follow.state == "pending", Actor.kind == "group", ~passage.correlate(Quartier, Follow).exists()


def _asking(quartier: Quartier) -> list[Asking]:
    rows = (
        select(Follow.id, Actor)
        .join(Actor, Actor.id == Follow.follower_id)
        .join(Quartier, Quartier.actor_id == Follow.followed_id)
        .where(Quartier.id == quartier.id, *_strange())
        .order_by(Follow.id)
    )
    return [Asking(number, actor.shown_name, actor.acct, actor.id) for number, actor in db.session.execute(rows)]


def _lines(quartier: Quartier) -> list[Line]:
    rows = (
        select(Passage, Actor, Agreement)
        .join(Actor, Actor.id == Passage.far_id)
        .join(Agreement, Agreement.id == Passage.agreement_id)
        .where(Passage.quartier_id == quartier.id)
        .order_by(Actor.shown_name, Passage.id)
    )
    return [_line(quartier, *row) for row in db.session.execute(rows)]


def _line(quartier: Quartier, passage: Passage, far: Actor, agreement: Agreement) -> Line:
    is_open = passage.is_open and passage.until > clock.now()
    state = passage.state if passage.state != "joined" else ("open" if is_open else "closed")
    return Line(
        passage.id, far.shown_name, agreement.partner_name or agreement.host, passage.border_m, state,
        _why(quartier, passage, agreement, state), agreement.expires,
        agreements.holds(agreement) and not quartier.is_shut, passage.differs, passage.compared_at,
    )  # fmt: skip


def _why(quartier: Quartier, passage: Passage, agreement: Agreement, state: str) -> str:
    if state == "closed":
        return _why_closed(quartier, passage, agreement)
    if state == "open" and passage.unheard_since is not None:
        return _("Ouvert, pas encore reçu par l’autre ville : rien n’y part avant.")
    return _word(state)


def _word(state: str) -> str:
    return {
        "new": _("Rien n’est encore proposé."),
        "asked": _("Proposé par vous : l’autre quartier n’a pas encore répondu."),
        "invited": _("L’autre quartier vous propose d’échanger."),
        "refused": _("Refusé. Vous pouvez proposer de nouveau."),
    }.get(state, _("Ouvert : les annonces passent."))


def _why_closed(quartier: Quartier, passage: Passage, agreement: Agreement) -> str:
    if quartier.is_shut:
        return _("Coupé par votre quartier.")
    if passage.is_shut_there:
        return _("Coupé par l’autre quartier.")
    if agreement.is_shut_here or agreement.is_shut_there:
        return _("L’accord entre les deux villes est suspendu.")
    if not agreements.holds(agreement):
        return _("L’accord entre les deux villes est terminé.")
    return _("L’accord entre les deux villes ne laisse rien passer ici.")
