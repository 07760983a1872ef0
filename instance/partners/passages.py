"""Passages: a quartier of ours and one of a partner city follow each other (FEP-d36d), under their agreement.

The two Follows decide the state; the agreement and the kill switches of both sides decide whether it counts.
All but the queries run inside `commit()`, may be run again, and come to the same in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts import follows
from instance.accounts.facts import FollowAccepted, FollowAsked
from instance.accounts.models import Account, Actor, Follow
from instance.core import clock
from instance.core.db import db
from instance.core.errors import Invalid
from instance.core.facts import record
from instance.partners import agreements
from instance.partners.facts import PassageInvited
from instance.partners.models import Agreement
from instance.quartiers.facts import PassageClosed, PassageOpened, QuartierOpened, QuartierShut
from instance.quartiers.models import Passage, Quartier


def make(agreement: Agreement, quartier: Quartier, far: Actor, border_m: float) -> Passage:
    """The passage of one pair of `agreement`; one from an earlier agreement goes on under this one."""
    pair = select(Passage).where(Passage.quartier_id == quartier.id, Passage.far_id == far.id)
    passage = db.session.scalar(pair)
    if passage is None:
        passage = Passage(
            agreement_id=agreement.id, quartier_id=quartier.id, far_id=far.id, state="new", is_open=False,
            border_m=border_m, until=agreement.expires,
        )  # fmt: skip
        db.session.add(passage)
    passage.agreement_id, passage.border_m = agreement.id, border_m
    db.session.flush()
    _settle(passage, agreement)
    return passage


def refresh(agreement: Agreement) -> None:
    """Bring the passages of `agreement` in line with it: called whenever it was signed or changed.

    Where it ended both Groups stop following each other. A renewal takes the passages over (`make`) before the old
    agreement ends.
    """
    for passage in db.session.scalars(select(Passage).where(Passage.agreement_id == agreement.id)).all():
        if agreement.state in {"ended", "refused"}:
            _part(passage, "new")
        _settle(passage, agreement)


def propose(passage: Passage, account: Account) -> None:
    """Ask the quartier on the other side; where it asked before, this is the yes. Raises `Invalid` if it may not."""
    _check(passage)
    group, far = _sides(passage)
    passage.asked_by_id = account.id
    asked = follows.between(far.id, group.id)
    if asked is not None:
        follows.accept(asked)
    if follows.between(group.id, far.id) is None:
        follows.follow(group, far)
    _settle(passage, agreement_of(passage))


def refuse(passage: Passage) -> None:
    """No to the quartier on the other side, which may be asked later."""
    _part(passage, "refused")


def leave(passage: Passage) -> None:
    """End it, or take the question back: nothing comes or goes from this moment."""
    _part(passage, "new")


def shut(quartier: Quartier, is_shut: bool) -> None:
    """The kill switch: close all passages of `quartier`, or open again those that stood."""
    if quartier.is_shut == is_shut:
        return
    quartier.is_shut = is_shut
    db.session.flush()
    for passage in of_quartier(quartier):
        _settle(passage, agreement_of(passage))
    record(QuartierShut(quartier.id))


def receive_shut(agreement: Agreement, uris: Sequence[str], said_at: datetime) -> None:
    """The partner said which of its quartiers are shut; all others of the agreement are not. Older words are void."""
    for passage in db.session.scalars(select(Passage).where(Passage.agreement_id == agreement.id)).all():
        far = db.session.get_one(Actor, passage.far_id)
        if passage.said_at is None or passage.said_at <= said_at:
            passage.is_shut_there, passage.said_at = far.uri in uris, said_at
            _settle(passage, agreement)


def of_quartier(quartier: Quartier) -> list[Passage]:
    """All passages of `quartier`, whatever their state, by the name of the other side."""
    query = select(Passage).join(Actor, Actor.id == Passage.far_id).where(Passage.quartier_id == quartier.id)
    return list(db.session.scalars(query.order_by(Actor.shown_name, Passage.id)))


def settle_followed(facts: Sequence[FollowAsked | FollowAccepted]) -> None:
    """Reaction: a Group asked to follow another, or said yes to it."""
    for fact in facts:
        passage = between(fact.follower_id, fact.followed_id)
        if passage is not None:
            _settle(passage, agreement_of(passage))


def settle_opened(facts: Sequence[QuartierOpened]) -> None:
    """Reaction: a quartier that opens may be known elsewhere from now on."""
    for fact in facts:
        for passage in of_quartier(db.session.get_one(Quartier, fact.quartier_id)):
            _settle(passage, agreement_of(passage))


def close_ended(follower_id: int, followed_id: int) -> None:
    """A follow of either side ends: the passage closes in the same transaction, and so does the other follow."""
    passage = between(follower_id, followed_id)
    if passage is None or passage.state in {"new", "refused"}:
        return
    is_a_no = passage.state == "asked" and followed_id == passage.far_id
    passage.state = "refused" if is_a_no else "new"
    _set_open(passage, False)
    other = follows.between(followed_id, follower_id)
    if other is not None:
        _end(other, passage)


def agreement_of(passage: Passage) -> Agreement:
    """The agreement under which a passage stands."""
    return db.session.get_one(Agreement, passage.agreement_id)


follows.register_end(close_ended)


def _part(passage: Passage, state: str) -> None:
    group, far = _sides(passage)
    passage.state = state
    _set_open(passage, False)
    for row in (follows.between(group.id, far.id), follows.between(far.id, group.id)):
        if row is not None:
            _end(row, passage)


def _end(row: Follow, passage: Passage) -> None:
    if row.followed_id == passage.far_id:
        follows.end(row)
    else:
        follows.reject(row)


def _settle(passage: Passage, agreement: Agreement) -> None:
    """State and openness as the two follows, the agreement and the switches have it now."""
    group, far = _sides(passage)
    quartier = db.session.get_one(Quartier, passage.quartier_id)
    holds = _holds(agreement, quartier, far) and not quartier.is_shut and not passage.is_shut_there
    mine, theirs = follows.between(group.id, far.id), follows.between(far.id, group.id)
    if holds and mine is not None and theirs is not None:
        follows.accept(theirs)  # we asked: their asking back is their yes
    if mine is not None and theirs is not None and mine.state == theirs.state == "accepted":
        passage.joined_at = passage.joined_at if passage.state == "joined" else clock.now()
        passage.state = "joined"
    elif mine is not None:
        passage.state = "asked"
    elif theirs is not None:
        if passage.state != "invited" and holds:
            record(PassageInvited(passage.id))
        passage.state = "invited"
    elif passage.state != "refused":
        passage.state = "new"
    passage.until = agreement.expires
    passage.lets_public = "public" in agreement.audiences
    passage.lets_neighbours = "neighbours" in agreement.audiences
    lets_anything = passage.lets_public or passage.lets_neighbours
    _set_open(passage, holds and lets_anything and passage.state == "joined")


def _holds(agreement: Agreement, quartier: Quartier, far: Actor) -> bool:
    """Whether the agreement is in force now, for this very pair."""
    path = db.session.get_one(Actor, quartier.actor_id).path
    is_named = any(pair["ours"] == path and pair["theirs"] == far.uri for pair in agreement.pairs)
    return agreements.holds(agreement) and is_named and quartier.state == "open"


def _set_open(passage: Passage, is_open: bool) -> None:
    if passage.is_open != is_open:
        passage.is_open, passage.differs = is_open, False  # what their list said was about how it stood before
        passage.unheard_since = clock.now() if is_open else None  # hearing.py asks whether they know
        record(PassageOpened(passage.id) if is_open else PassageClosed(passage.id))
    db.session.flush()


def _check(passage: Passage) -> None:
    quartier, far = db.session.get_one(Quartier, passage.quartier_id), db.session.get_one(Actor, passage.far_id)
    if quartier.is_shut:
        raise Invalid("passage.shut", _("Les échanges de ce quartier avec les autres villes sont coupés."))
    if not _holds(agreement_of(passage), quartier, far):
        raise Invalid("passage.agreement", _("L’accord entre les deux villes n’est pas en vigueur."))


def _sides(passage: Passage) -> tuple[Actor, Actor]:
    """Our Group and theirs."""
    quartier = db.session.get_one(Quartier, passage.quartier_id)
    return db.session.get_one(Actor, quartier.actor_id), db.session.get_one(Actor, passage.far_id)


def between(one_id: int, other_id: int) -> Passage | None:
    """The passage between these two Groups, whichever of them is ours."""
    query = select(Passage).join(Quartier, Quartier.id == Passage.quartier_id)
    for mine, far in ((one_id, other_id), (other_id, one_id)):
        found = db.session.scalar(query.where(Quartier.actor_id == mine, Passage.far_id == far))
        if found is not None:
            return found
    return None
