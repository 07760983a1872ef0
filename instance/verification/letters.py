"""Letters with a code: asked for, printed, ticked as sent, typed, returned, opposed to."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from instance.accounts import service as accounts
from instance.accounts.models import Account, Identity
from instance.core import clock, secrets
from instance.core.db import db, new_id
from instance.core.errors import Invalid
from instance.core.facts import record
from instance.core.i18n import long_day
from instance.quartiers.normalise import plain
from instance.settings import Settings
from instance.verification import codes, doors, pending, postal, service
from instance.verification.facts import LetterReturned
from instance.verification.models import (
    OPEN,
    RUNNING,
    Letter,
    LetterDay,
    Opposition,
    OppositionCode,
    Proof,
)

TRIES = 5
AGAIN_AFTER = timedelta(days=14)
KEPT = timedelta(days=120)  # a returned letter is noted within this time, then its row goes
OPPOSITION_KEPT = timedelta(days=365)


def running(proof: Proof) -> Letter | None:
    """The letter whose code the applicant may still type."""
    letter = latest(proof)
    return letter if letter and letter.state in RUNNING and letter.expires_at > clock.now() else None


def latest(proof: Proof) -> Letter | None:
    """The last letter asked for with this proof, whatever became of it."""
    return db.session.scalar(
        select(Letter)
        .where(Letter.proof_id == proof.id)
        .order_by(Letter.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def ask(proof: Proof, complement: str, settings: Settings) -> Letter:
    """Have a letter sent to the pending address, with a new code. Inside `commit()`, the proof locked.

    Raises `Invalid` with the reason: one is on its way, too many went to this address, the person there objected,
    today's ceiling is reached, or the name or complement cannot be printed.
    """
    identity, address = accounts.identity_of(proof.account_id), pending.read(proof)
    postal.lines(identity.first_name, identity.last_name, address.place, complement)
    _check_wait(proof.account_id)
    to_mark = mark_of_recipient(identity, proof.home_mark or "")
    _check_opposition(to_mark)
    limit = doors.lock(proof.home_mark or "")
    if doors.letters(proof.home_mark or "") >= doors.LETTERS:
        raise Invalid(
            "letter.address",
            _("Trois courriers sont déjà partis à cette adresse en 30 jours. Choisissez un autre moyen."),
        )
    count_for_today(settings)
    doors.note_letter(limit)
    pending.complete(proof, complement)
    db.session.execute(
        update(Letter)
        .where(Letter.proof_id == proof.id, Letter.state.in_(RUNNING))
        .values(state="void", code=None, opposition=None)
    )
    service.choose(proof, "letter")
    return _write(proof, to_mark, settings)


def _write(proof: Proof, to_mark: str, settings: Settings) -> Letter:
    code, opposition = codes.letter_code(), codes.letter_code()
    letter = Letter(
        id=new_id(), proof_id=proof.id, state="waiting", reference=codes.voucher_code(), code=code,
        code_mark=codes.digest(code, secrets.key("code letter")), opposition=opposition, to_mark=to_mark,
        asked_at=clock.now(), expires_at=clock.now() + timedelta(days=settings.letter_days),
    )  # fmt: skip
    mark = codes.digest(opposition, secrets.key("code opposition"))
    db.session.add(letter)
    db.session.add(OppositionCode(code_mark=mark, to_mark=to_mark, since=clock.now()))
    db.session.flush()
    return letter


def holding_up(account_id: int) -> Letter | None:
    """The letter of this account because of which another one has to wait; None if none does."""
    return db.session.scalar(
        select(Letter)
        .join(Proof, Proof.id == Letter.proof_id)
        .where(
            Proof.account_id == account_id,
            Letter.asked_at > clock.now() - AGAIN_AFTER,
            or_(Letter.state.in_(RUNNING), Letter.printed_at.is_not(None), Letter.sent_at.is_not(None)),
        )
        .order_by(Letter.id.desc())
        .limit(1)
    )


def _check_wait(account_id: int) -> None:
    last = holding_up(account_id)
    if last is not None:
        day = long_day(last.asked_at + AGAIN_AFTER)
        raise Invalid(
            "letter.running",
            _("Un courrier est déjà en route. Vous pourrez en demander un autre le %(day)s.", day=day),
        )


def mark_of_recipient(identity: Identity, home_mark: str) -> str:
    """The mark of this name at this address: all that an opposition keeps."""
    return secrets.mark("recipient", f"{plain(f'{identity.first_name} {identity.last_name}')}|{home_mark}")


def _check_opposition(to_mark: str) -> None:
    if db.session.get(Opposition, to_mark) is not None:
        raise Invalid(
            "letter.opposed",
            _("Nous n’écrivons plus à ce nom à cette adresse. Choisissez un autre moyen."),
        )


def count_for_today(settings: Settings) -> None:
    """One more letter today. Raises `Invalid` once the day's ceiling is reached."""
    day = clock.day_of(clock.now(), settings.timezone)
    if db.session.get(LetterDay, day) is None:
        with suppress(IntegrityError), db.session.begin_nested():  # another request may be first
            db.session.execute(insert(LetterDay).values(day=day, number=0))
    counted = db.session.execute(
        update(LetterDay)
        .where(LetterDay.day == day, LetterDay.number < settings.letters_per_day)
        .values(number=LetterDay.number + 1)
        .returning(LetterDay.number)
        .execution_options(synchronize_session=False)
    ).first()
    if counted is None:
        raise Invalid(
            "letter.ceiling",
            _("Il n’y a plus de courrier pour aujourd’hui. Revenez demain, ou choisissez un autre moyen."),
        )


def try_code(proof: Proof, typed: str) -> bool:
    """Count one try at the running letter of `proof`, locked; True when the code is the letter's.

    The fifth wrong one makes the letter void: a sixth try fails even if it is right. A wrong code, a void or
    expired letter and no letter at all look alike to the caller. The count must be committed, so nothing is raised.
    """
    letter = running(proof)
    code = codes.normalise(typed)
    if letter is None:
        return False
    letter.tries += 1
    if code is not None and codes.matches(code, letter.code_mark, secrets.key("code letter")):
        letter.state, letter.code, letter.opposition = "used", None, None
        db.session.flush()
        return True
    if letter.tries >= TRIES:
        letter.state, letter.code, letter.opposition = "void", None, None
    return False


def to_print(quartier_ids: Sequence[int | None]) -> list[Letter]:
    """The letters to be sent in these quartiers (None among them: all), oldest first."""
    return _in_quartiers(quartier_ids, ["waiting"])


def on_their_way(quartier_ids: Sequence[int | None]) -> list[Letter]:
    """Letters that were sent and may come back, latest first."""
    return _in_quartiers(quartier_ids, ["sent", "used", "void", "returned"])[::-1]


def _in_quartiers(quartier_ids: Sequence[int | None], states: list[str]) -> list[Letter]:
    asked = (
        select(Letter)
        .join(Proof, Proof.id == Letter.proof_id)
        .where(Letter.state.in_(states), Letter.asked_at > clock.now() - KEPT)
        .order_by(Letter.id)
    )
    if states != ["waiting"]:
        asked = asked.where(Letter.sent_at.is_not(None))
    if None not in quartier_ids:
        asked = asked.where(Proof.quartier_id.in_(quartier_ids))
    return list(db.session.scalars(asked))


def note_printed(letters: Sequence[Letter], settings: Settings, *, by: int) -> None:
    """They are being printed: each recipient reads in the journal who saw name and address."""
    for letter in letters:
        letter.printed_at = clock.now()
        letter.expires_at = clock.now() + timedelta(days=settings.letter_days)
        accounts.note(letter.proof.account_id, "letter_printed", by=by, acting="verifier")


def note_sent(letter: Letter, settings: Settings) -> None:
    """It is in the post: the codes go, their marks stay. A letter that is not waiting is left as it is."""
    if letter.state == "waiting":
        letter.state, letter.code, letter.opposition = "sent", None, None
        letter.sent_at = clock.now()
        letter.expires_at = clock.now() + timedelta(days=settings.letter_days)


def note_returned(letter: Letter, *, by: int) -> None:
    """It came back: nobody of that name there. The proof it was for ends, a residence resting on it too."""
    if letter.state == "returned" or letter.sent_at is None:
        return
    proof = letter.proof
    letter.state = "returned"
    db.session.flush()
    accounts.note(proof.account_id, "letter_returned", by=by, acting="verifier")
    if proof.state == "granted":
        reason = _("Le courrier est revenu : personne de ce nom à cette adresse.")
        service.revoke(db.session.get_one(Account, proof.account_id), by=by, reason=reason)
    elif proof.state in OPEN:
        service.end(proof, "refused")
        record(LetterReturned(proof.account_id))


def oppose(typed: str) -> None:
    """Stop further letters to the name and address that the code stands for. No account is touched.

    An unknown code changes nothing, and looks the same.
    """
    code = codes.normalise(typed)
    mark = codes.digest(code or "", secrets.key("code opposition"))
    row = db.session.get(OppositionCode, mark)
    if row is None:
        return
    if db.session.get(Opposition, row.to_mark) is None:
        db.session.add(Opposition(to_mark=row.to_mark, since=clock.now()))
    db.session.execute(
        update(Letter)
        .where(Letter.to_mark == row.to_mark, Letter.state == "waiting")
        .values(state="stopped", code=None, opposition=None)
    )
