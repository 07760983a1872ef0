"""The acts by which agreements begin, change and end, whoever does them: admins here, or the other side.

An agreement is live once both Applications have proved it: by an Offer, and by an Accept of that Offer unchanged.
All run inside `commit()`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from instance.core import clock, fed, jobs
from instance.core.db import db, new_id
from instance.core.errors import Invalid
from instance.core.facts import record
from instance.partners import agreements, offers, passages, survey
from instance.partners.facts import AgreementEnded, AgreementSigned, AgreementWaits
from instance.partners.models import Agreement
from instance.partners.pairs import Pair
from instance.peers import rules
from instance.peers.facts import HostBlocked

MONTHS = (3, 6, 12)
OPEN = ("draft", "offered", "received")
OVER = ("refused", "ended")
# Why a draft found nothing: survey.py and errands.py write these codes into `reason`.
FAULTS = ("unreachable", "forbidden", "no_city", "no_quartier", "no_border", "blocked")


def begin(address: str, by: int | None, *, looks: bool = True) -> Agreement:
    """A draft with the city at `address`, whose quartiers an errand looks up if it `looks`. Raises `Invalid`."""
    host = survey.host_in(address)
    if host is None:
        raise Invalid("agreement.address", _("Donnez une adresse comme https://ville.exemple."), field="address")
    if host == fed.host():
        raise Invalid("agreement.ours", _("C’est l’adresse de cette ville-ci."), field="address")
    if rules.severity(host) == "block":
        raise Invalid("agreement.blocked", _("Ce serveur est bloqué : levez d’abord le blocage."), field="address")
    waiting = agreements.of_host(host, ["draft"])
    agreement = waiting[0] if waiting else Agreement(
        id=new_id(), host=host, state="draft", pairs=[], audiences=list(agreements.AUDIENCES), published=clock.now(),
        expires=clock.now(), since=clock.now(), decided_by_id=by,
    )  # fmt: skip
    db.session.add(agreement)
    db.session.flush()
    if looks:
        look(agreement)
    return agreement


def look(agreement: Agreement) -> None:
    """Have the other city's quartiers looked up, for a draft or for what they offered."""
    if agreement.state == "draft":
        agreement.reason = ""
    jobs.put("survey_city", {"agreement_id": str(agreement.id)})


def forget(agreement: Agreement) -> None:
    """Throw a draft away."""
    _check(agreement, "draft")
    db.session.delete(agreement)


def propose(agreement: Agreement, pairs: Sequence[Pair], audiences: Sequence[str], months: int, by: int | None) -> None:
    """Offer what was chosen of a draft. Raises `Invalid`."""
    _check(agreement, "draft")
    _fill(agreement, pairs, audiences, months)
    _offer(agreement, by)


def counter(received: Agreement, pairs: Sequence[Pair], audiences: Sequence[str], by: int | None) -> Agreement:
    """Offer less than what they offered, until the same day at the latest. Raises `Invalid`."""
    _check(received, "received")
    if len(pairs) == len(received.pairs) and set(audiences) == set(received.audiences):
        raise Invalid("agreement.same", _("C’est leur proposition : signez-la, ou retirez-en quelque chose."))
    made = _sibling(received)
    _fill(made, pairs, audiences, months=max(MONTHS))
    made.expires = min(made.expires, received.expires)
    _offer(made, by, answers=received.offer_uri)
    _turn(received, "refused", "countered")
    return made


def renew(agreement: Agreement, months: int, by: int | None) -> Agreement:
    """Offer the same once more, for a new term; the old one holds until they sign. Raises `Invalid`."""
    _check(agreement, "live")
    waiting = select(Agreement.id).where(Agreement.renews_id == agreement.id, Agreement.state.in_(OPEN))
    if db.session.scalar(waiting) is not None:
        raise Invalid("agreement.renewing", _("Un renouvellement est déjà proposé."))
    made = _sibling(agreement)
    _fill(made, agreement.pairs, agreement.audiences, months)
    made.renews_id = agreement.id
    _offer(made, by, renews=agreements.uri_of(agreement))
    return made


def sign(agreement: Agreement, by: int | None) -> None:
    """Yes to what they offered. Raises `Invalid` if it is too late."""
    _check(agreement, "received")
    if agreement.expires <= clock.now():
        raise Invalid("agreement.late", _("Cette proposition a expiré : demandez-en une autre."))
    agreement.decided_by_id = by
    with _keyed():
        offers.send_accept(agreement)
    enter_force(agreement)


def enter_force(agreement: Agreement) -> None:
    """Both have signed. It takes the place of an older one with the same city; of two at once, the later one holds."""
    older = agreements.of_host(agreement.host, ["live"])
    if any(_rank(one) > _rank(agreement) and one.id != agreement.renews_id for one in older):
        _turn(agreement, "ended", "superseded")
        return
    _turn(agreement, "live", "")
    # What either side has suspended stays so: a signature asked for before must not open it again.
    agreement.is_shut_here = any(one.is_shut_here for one in older)
    agreement.is_shut_there = any(one.is_shut_there for one in older)
    agreement.there_at = max((one.there_at for one in older if one.there_at), default=None)
    if agreement.is_shut_here:
        with _keyed():
            offers.send_shut(agreement)
    record(AgreementSigned(agreement.id))


def standing(agreement: Agreement) -> Agreement | None:
    """It, or the one that took its place: what was said of a half before counts for that one too."""
    if agreement.state == "live":
        return agreement
    is_replaced = agreement.state == "ended" and agreement.reason in {"renewed", "superseded"}
    return next(iter(agreements.of_host(agreement.host, ["live"])), None) if is_replaced else None


def replace_older(agreement: Agreement) -> None:
    """End what `agreement` takes the place of, once its passages stand under it."""
    for other in agreements.of_host(agreement.host, ["live"]):
        if other.id != agreement.id and (other.id == agreement.renews_id or _rank(other) < _rank(agreement)):
            end_quietly(other, "renewed" if other.id == agreement.renews_id else "superseded")


def _rank(agreement: Agreement) -> tuple[datetime, str]:
    """Both sides reckon alike which of two is the later one."""
    return agreement.published, agreements.uri_of(agreement)


def refuse(agreement: Agreement, by: int | None) -> None:
    """No to what they offered."""
    _check(agreement, "received")
    agreement.decided_by_id = by
    with _keyed():
        offers.send_reject(agreement)
    _turn(agreement, "refused", "here")


def suspend(agreement: Agreement, is_shut: bool, by: int | None) -> None:
    """Suspend our half, or open it again; nothing comes or goes while either half is shut."""
    _check(agreement, "live")
    if agreement.is_shut_here == is_shut:
        return
    agreement.is_shut_here, agreement.decided_by_id = is_shut, by
    with _keyed():
        offers.send_shut(agreement)
    _changed(agreement)


def shut_blocked(facts: Sequence[HostBlocked]) -> None:
    """Reaction: with a server that was blocked nothing is agreed any more, until an admin resumes it."""
    for agreement in db.session.scalars(select(Agreement).where(Agreement.state == "live")).all():
        if not agreement.is_shut_here and rules.severity(agreement.host) == "block":
            agreement.is_shut_here = True
            _changed(agreement)


def suspend_there(agreement: Agreement, is_shut: bool, said_at: datetime) -> None:
    """They suspended their half, or opened it again; older words change nothing."""
    said_at = min(said_at, clock.now())
    if agreement.there_at is not None and said_at < agreement.there_at:
        return
    agreement.there_at = said_at
    if agreement.is_shut_there != is_shut:
        agreement.is_shut_there = is_shut
        _changed(agreement)
        record(AgreementWaits(agreement.id))


def end(agreement: Agreement, by: int | None, reason: str = "here") -> None:
    """End what holds, or take back what we offered; the other side is told.

    With what holds goes what we offered to the same city besides: their yes to it would begin it all again.
    """
    _check(agreement, "live", "offered")
    if agreement.state == "live" and reason == "here":
        for waiting in agreements.of_host(agreement.host, ["offered"]):
            end(waiting, by)
    agreement.decided_by_id = by if by is not None else agreement.decided_by_id
    with _keyed():
        offers.send_end(agreement)
    end_quietly(agreement, reason)


def end_quietly(agreement: Agreement, reason: str) -> None:
    """End it here: they ended it, or know by themselves."""
    _turn(agreement, "ended", reason)
    passages.refresh(agreement)
    record(AgreementEnded(agreement.id))


def run_out(agreement: Agreement) -> None:
    """Its term is over. The other side knows the day too, and is told all the same."""
    end(agreement, None, "expired")
    record(AgreementWaits(agreement.id))


def lapse(agreement: Agreement) -> None:
    """Nobody answered: what we offered is taken back, what they offered is put away."""
    if agreement.state == "offered":
        end(agreement, None, "lapsed")
    else:
        _turn(agreement, "refused", "lapsed")


def refuse_there(agreement: Agreement, reason: str = "there") -> None:
    """They said no to what we offered, or answered by another offer."""
    _turn(agreement, "refused", reason)
    record(AgreementWaits(agreement.id))


def _sibling(agreement: Agreement) -> Agreement:
    made = Agreement(
        id=new_id(), host=agreement.host, partner_id=agreement.partner_id, partner_name=agreement.partner_name,
        rules=agreement.rules, state="draft", pairs=[], audiences=[], published=clock.now(), expires=clock.now(),
        since=clock.now(),
    )  # fmt: skip
    db.session.add(made)
    return made


def _fill(agreement: Agreement, pairs: Sequence[Pair], audiences: Sequence[str], months: int) -> None:
    if not 0 < len(pairs) <= agreements.PAIRS_MAX:
        raise Invalid("agreement.pairs", _("Choisissez au moins deux quartiers qui se touchent."), field="pairs")
    wanted = [one for one in agreements.AUDIENCES if one in audiences]
    if not wanted or set(audiences) - set(wanted):
        sentence = _("Choisissez ce qui peut passer d’une ville à l’autre.")
        raise Invalid("agreement.audiences", sentence, field="audiences")
    if months not in MONTHS:
        raise Invalid("agreement.months", _("Choisissez une durée d’un an au plus."), field="months")
    agreement.pairs, agreement.audiences = list(pairs), wanted
    agreement.published = clock.now().replace(microsecond=0)
    agreement.expires = agreement.published + timedelta(days=365 * months // 12)


def _offer(agreement: Agreement, by: int | None, *, renews: str | None = None, answers: str | None = None) -> None:
    agreement.decided_by_id = by
    db.session.flush()
    with _keyed():
        offers.send_offer(agreement, renews=renews, answers=answers)
    _turn(agreement, "offered", "")


def _turn(agreement: Agreement, state: str, reason: str) -> None:
    agreement.state, agreement.reason, agreement.since = state, reason, clock.now()
    db.session.flush()


def _changed(agreement: Agreement) -> None:
    db.session.flush()
    passages.refresh(agreement)


def _check(agreement: Agreement, *states: str) -> None:
    if agreement.state not in states:
        raise Invalid("agreement.state", _("Cet accord a changé entre-temps : relisez sa page."))


@contextmanager
def _keyed() -> Iterator[None]:
    """Within, our Application signs. Raises `Invalid` while the worker has not made its key."""
    try:
        yield
    except KeyError as error:
        sentence = _("La clé de cette ville n’est pas encore faite : réessayez dans une minute.")
        raise Invalid("agreement.key", sentence) from error
