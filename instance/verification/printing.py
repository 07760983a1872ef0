"""From letter rows to what stands on the sheets: names, lines, codes, dates."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask_babel import gettext as _

from instance.accounts import service as accounts
from instance.core import clock, french
from instance.settings import Settings
from instance.verification import letters_pdf, pending, postal, service
from instance.verification.models import Letter


def sheets(letters: Sequence[Letter], settings: Settings) -> list[letters_pdf.Letter]:
    """One sheet for each letter that waits; its codes are unsealed for the paper."""
    return [_sheet(letter, settings) for letter in letters]


def _sheet(letter: Letter, settings: Settings) -> letters_pdf.Letter:
    person, address = accounts.identity_of(letter.proof.account_id), pending.read(letter.proof)
    return letters_pdf.Letter(
        recipient=postal.lines(person.first_name, person.last_name, address.place, address.complement),
        name=f"{person.first_name} {person.last_name}",
        quartier=service.quartier_of(letter.proof).name,
        code=letter.code or "",
        valid_until=clock.day_of(letter.expires_at, settings.timezone),
        opposition_code=letter.opposition or "",
        reference=letter.reference,
    )


def look(settings: Settings) -> letters_pdf.LetterLook:
    """What stands on every sheet of this instance."""
    host = urlsplit(settings.base_url).netloc
    return letters_pdf.LetterLook(
        instance=settings.name,
        sender=[one for one in (settings.operator, *settings.postal_address) if one],
        signed_by=settings.operator or _("L’équipe %(of_name)s", name=settings.name, of_name=french.of(settings.name)),
        town="",
        day=clock.day_of(clock.now(), settings.timezone),
        code_page=f"{host}/code",
        opposition_page=f"{host}/opposition",
        left_mm=settings.letter_left_mm,
        top_mm=settings.letter_top_mm,
    )
