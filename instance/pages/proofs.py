"""The proof that a page speaks for its organisation: a letter to the seat with a code, or papers seen at the desk.

The rules are those of letters to residents (product.md §4.1). An e-mail proves nothing, from whatever address.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts.models import Account
from instance.core import clock, secrets
from instance.core.db import db, new_id
from instance.core.errors import Invalid, NotAllowed, NotFound
from instance.core.i18n import long_day
from instance.pages import founding, service
from instance.pages.models import Page, PageProof
from instance.quartiers.normalise import plain
from instance.settings import Settings
from instance.verification import codes, desk, doors, letters, letters_pdf, postal
from instance.verification.models import Opposition, OppositionCode

RUNNING = ("waiting", "sent")


def running(page: Page) -> PageProof | None:
    """The letter whose code the team may still type."""
    proof = latest(page)
    return proof if proof and proof.state in RUNNING and proof.expires_at > clock.now() else None


def latest(page: Page) -> PageProof | None:
    """The last letter asked for, whatever became of it."""
    return db.session.scalar(
        select(PageProof)
        .where(PageProof.page_id == page.id)
        .order_by(PageProof.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def seat_lines(page: Page, complement: str, street: str, town: str) -> list[str]:
    """The lines of the window. Raises `Invalid` for what no letter would reach."""
    if not plain(street) or not plain(town) or not any(sign.isdigit() for sign in town):
        sentence = _("Écrivez le siège : numéro et rue, puis code postal et ville.")
        raise Invalid("page.seat", sentence, field="street" if not plain(street) else "town")
    try:
        found = [postal.recipient("", page.name), *postal.complement_lines(complement)]
        return [*found, *postal.complement_lines(street), postal.complement_lines(town)[0]]
    except Invalid as refusal:
        raise Invalid(refusal.code, refusal.sentence, field="street") from refusal


def ask(page: Page, by: Account, seat: Sequence[str], settings: Settings) -> PageProof:
    """Have a letter sent to the seat. Inside `commit()`.

    Raises `Invalid`: one is on its way, too many went to this address, the organisation objected, the day is full.
    """
    if page.proved_by is not None or page.state not in {"draft", "waiting"}:
        raise NotAllowed("page.proved", _("L’organisation de cette page est déjà prouvée."))
    last = latest(page)
    if last is not None and last.state != "refused" and last.asked_at > clock.now() - letters.AGAIN_AFTER:
        day = long_day(last.asked_at + letters.AGAIN_AFTER)
        sentence = _("Un courrier est déjà en route. Vous pourrez en demander un autre le %(day)s.", day=day)
        raise Invalid("letter.running", sentence, field="street")
    home_mark = secrets.mark("page seat", plain(" ".join(seat[1:])))
    to_mark = secrets.mark("recipient", f"{plain(seat[0])}|{home_mark}")
    if db.session.get(Opposition, to_mark) is not None:
        sentence = _("Nous n’écrivons plus à ce nom à cette adresse. Choisissez un autre moyen.")
        raise Invalid("letter.opposed", sentence, field="street")
    limit = doors.lock(home_mark)
    if doors.letters(home_mark) >= doors.LETTERS:
        sentence = _("Trois courriers sont déjà partis à cette adresse en 30 jours. Choisissez un autre moyen.")
        raise Invalid("letter.address", sentence, field="street")
    letters.count_for_today(settings)
    doors.note_letter(limit)
    if last is not None:
        _end(last, "void")
    page.state = "waiting"
    service.note(page, by, "letter_asked")
    return _write(page, by, seat, to_mark, settings)


def _write(page: Page, by: Account, seat: Sequence[str], to_mark: str, settings: Settings) -> PageProof:
    code, opposition = codes.letter_code(), codes.letter_code()
    proof = PageProof(
        id=new_id(), page_id=page.id, state="waiting", reference=codes.voucher_code(), seat="\n".join(seat),
        to_mark=to_mark, code=code, code_mark=codes.digest(code, secrets.key("code page")), opposition=opposition,
        asked_by_id=by.id, asked_at=clock.now(), expires_at=clock.now() + timedelta(days=settings.letter_days),
    )  # fmt: skip
    mark = codes.digest(opposition, secrets.key("code opposition"))
    db.session.add(proof)
    db.session.add(OppositionCode(code_mark=mark, to_mark=to_mark, since=clock.now()))
    db.session.flush()
    return proof


def _end(proof: PageProof, state: str) -> None:
    if proof.state in RUNNING:
        proof.state, proof.code, proof.opposition, proof.seat = state, None, None, None


def try_code(page: Page, typed: str, by: Account) -> bool:
    """Count one try at the running letter; True when the code is the letter's, and the organisation is proved.

    The fifth wrong one makes the letter void: a sixth fails even if it is right. The count must be committed, so
    nothing is raised.
    """
    db.session.scalars(select(Page).where(Page.id == page.id).with_for_update()).one()
    proof, code = running(page), codes.normalise(typed)
    if proof is None or page.state not in {"draft", "waiting"}:
        return False
    proof.tries += 1
    if code is not None and codes.matches(code, proof.code_mark, secrets.key("code page")):
        _end(proof, "used")
        founding.prove(page, "letter", by)
        return True
    if proof.tries >= letters.TRIES:
        _end(proof, "void")
        page.state = "draft"
    return False


def to_print(verifier_id: int) -> list[tuple[PageProof, Page]]:
    """Letters to seats that wait for printing, for who verifies there; oldest first. None to a seat that objects."""
    rows = _here(verifier_id, ("waiting",))
    return [(proof, page) for proof, page in rows if db.session.get(Opposition, proof.to_mark) is None]


def on_their_way(verifier_id: int) -> list[tuple[PageProof, Page]]:
    """Letters to seats that were sent, latest first."""
    return [row for row in _here(verifier_id, ("sent", "used", "returned")) if row[0].sent_at is not None][::-1]


def _here(verifier_id: int, states: tuple[str, ...]) -> list[tuple[PageProof, Page]]:
    served = desk.served(verifier_id)
    asked = select(PageProof, Page).join(Page, Page.id == PageProof.page_id).where(PageProof.state.in_(states))
    if None not in served:
        asked = asked.where(Page.quartier_id.in_(served))
    rows = db.session.execute(asked.where(PageProof.asked_at > clock.now() - letters.KEPT).order_by(PageProof.id))
    return [(proof, page) for proof, page in rows if not service.is_member(page.id, verifier_id)]


def sheets(rows: Sequence[tuple[PageProof, Page]], settings: Settings) -> list[letters_pdf.Letter]:
    """They are being printed: one sheet for each, its codes unsealed for the paper."""
    host, found = urlsplit(settings.base_url).netloc, []
    for proof, page in rows:
        proof.printed_at = clock.now()
        proof.expires_at = clock.now() + timedelta(days=settings.letter_days)
        found.append(
            letters_pdf.Letter(
                recipient=(proof.seat or "").split("\n"), name=page.name, quartier="", code=proof.code or "",
                valid_until=clock.day_of(proof.expires_at, settings.timezone), opposition_code=proof.opposition or "",
                reference=proof.reference, page=page.name, code_page=f"{host}/pages/{page.slug}/preuve",
            )
        )  # fmt: skip
    return found


def note_sent(proof: PageProof, settings: Settings) -> None:
    """It is in the post: the codes go, their marks stay."""
    if proof.state == "waiting":
        proof.state, proof.code, proof.opposition = "sent", None, None
        proof.sent_at = clock.now()
        proof.expires_at = clock.now() + timedelta(days=settings.letter_days)


def refuse(proof: PageProof, page: Page, by: Account) -> None:
    """The seat is not the one that the register has for this number: nothing is sent."""
    _end(proof, "refused")
    page.state = "draft"
    service.note(page, by, "letter_refused")


def note_returned(proof: PageProof, page: Page, by: Account) -> None:
    """It came back: nobody of that name there. A proof that rests on it ends, the page leaves the public."""
    was_used = proof.state == "used"
    proof.seat = None
    proof.state = "returned"
    service.note(page, by, "letter_returned")
    if was_used and page.proved_by == "letter":
        founding.take_offline(page)
    elif page.state == "waiting":
        page.state = "draft"


def find(verifier_id: int, proof_id: int) -> tuple[PageProof, Page]:
    """A letter that this verifier sees to. Raises `NotFound` for any other."""
    for proof, page in _here(verifier_id, ("waiting", "sent", "used")):
        if proof.id == proof_id:
            return proof, page
    raise NotFound


def at_desk(verifier_id: int) -> list[Page]:
    """Pages whose organisation is to be proved, for who verifies there and is of none of their teams."""
    served = desk.served(verifier_id)
    asked = select(Page).where(Page.proved_by.is_(None), Page.state.in_(("draft", "waiting")))
    if None not in served:
        asked = asked.where(Page.quartier_id.in_(served))
    return [page for page in db.session.scalars(asked.order_by(Page.id)) if not service.is_member(page.id, verifier_id)]


def seen_at_desk(page: Page, by: Account) -> None:
    """A verifier saw the organisation's papers: that it is registered, and that this person may speak for it."""
    if page not in at_desk(by.id):
        raise NotFound
    last = latest(page)
    if last is not None:
        _end(last, "void")
    founding.prove(page, "desk", by)
