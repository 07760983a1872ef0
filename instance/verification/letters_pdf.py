"""Letters with a code as one PDF, a sheet each: A4, folded in three, for an envelope with a window.

Always French: whoever opens the letterbox must understand it. The fonts are those that every PDF reader has; they
know the signs of Windows-1252, other letters are written without what the font lacks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import ngettext

from instance.core.i18n import in_language
from instance.verification.codes import grouped
from instance.verification.postal import SPELLED

if TYPE_CHECKING:
    from fpdf import FPDF

LEFT_MM = 108.0  # of the address window
TOP_MM = 50.0
ADDRESS_LINE_MM = 4.6
ADDRESS_PT = 10.5  # 38 signs are 84.5 mm
ADDRESS_LINES = 6
FOLD_MM = 99.0
TEXT_MM = 123.0
_MARGIN_MM = 20.0
_HEAD_MM = 14.0
_GAP_MM = 2.7
_ENCODING = "cp1252"
_NARROW_SPACES = str.maketrans({"\u202f": "\u00a0", "\u2007": "\u00a0", "\u2011": "-"})


@dataclass(frozen=True)
class Letter:
    """What stands on one sheet and on no other."""

    recipient: Sequence[str]  # of `postal.lines`
    name: str  # as its bearer writes it
    quartier: str
    code: str
    valid_until: date
    opposition_code: str
    reference: str  # names the letter when it comes back
    page: str = ""  # to an organisation's seat: the name of its page; `quartier` is empty then
    code_page: str = ""  # where it types its code, if elsewhere than everybody


@dataclass(frozen=True)
class LetterLook:
    """What stands on every sheet, and where the envelope has its window."""

    instance: str
    sender: Sequence[str]  # the association and its address
    signed_by: str
    town: str  # before the date; may be empty
    day: date
    code_page: str  # to type: no scheme, no mark of who reads
    opposition_page: str
    left_mm: float = LEFT_MM
    top_mm: float = TOP_MM


def render(letters: Sequence[Letter], look: LetterLook) -> bytes:
    """The PDF, a page per letter in their order; the same bytes for the same letters.

    Its metadata name nobody.
    """
    from fpdf import FPDF  # heavy (it loads pictures and fonts), and only an admin prints letters

    pdf = FPDF(format="A4")
    pdf.core_fonts_encoding = _ENCODING
    pdf.set_auto_page_break(False)
    pdf.set_margins(_MARGIN_MM, _HEAD_MM)
    pdf.c_margin = 0
    pdf.set_creation_date(datetime.combine(look.day, time(), UTC))
    pdf.set_lang("fr")
    with in_language("fr"):
        pdf.set_title(_("Courriers"))
        for letter in letters:
            pdf.add_page()
            _head(pdf, look)
            _address(pdf, letter, look)
            _text(pdf, letter, look)
    return bytes(pdf.output())


def printable(text: str) -> str:
    """`text` in signs that the fonts have: "Łukasz Nguyễn" is "Lukasz Nguyên", what has no likeness is "?"."""
    composed = unicodedata.normalize("NFC", text.translate(_NARROW_SPACES))
    return "".join(_sign(sign) for sign in composed)


def _sign(sign: str) -> str:
    """The sign, or what is left of it when its accents go one by one."""
    if _has(sign):
        return sign
    if sign in SPELLED:
        return SPELLED[sign]
    if unicodedata.combining(sign):
        return ""
    parts = [part for part in unicodedata.decomposition(sign).split() if not part.startswith("<")]
    return "".join(_sign(chr(int(part, 16))) for part in parts) or "?"


def _has(sign: str) -> bool:
    try:
        sign.encode(_ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def _say(pdf: FPDF, text: str, size_pt: float = 11.5, *, bold: bool = False, font: str = "Helvetica") -> None:
    """A paragraph across the page, at the present height."""
    pdf.set_font(font, "B" if bold else "", size_pt)
    pdf.multi_cell(0, size_pt * 0.45, printable(text), align="L", new_x="LMARGIN", new_y="NEXT")


def _head(pdf: FPDF, look: LetterLook) -> None:
    """Who writes, beside the window or above it."""
    room_mm = look.left_mm - _MARGIN_MM - 5
    pdf.set_right_margin(pdf.w - look.left_mm + 5 if room_mm > 50 else _MARGIN_MM)
    pdf.set_xy(_MARGIN_MM, _HEAD_MM)
    _say(pdf, look.instance, bold=True)
    for line in look.sender:
        _say(pdf, line, 9.5)
    pdf.set_right_margin(_MARGIN_MM)


def _address(pdf: FPDF, letter: Letter, look: LetterLook) -> None:
    """The lines in the window, and a tick at the edge where to fold."""
    pdf.set_font("Courier", "", ADDRESS_PT)
    for place, line in enumerate(letter.recipient):
        pdf.set_xy(look.left_mm, look.top_mm + place * ADDRESS_LINE_MM)
        pdf.cell(0, ADDRESS_LINE_MM, printable(line))
    pdf.set_draw_color(150)
    pdf.line(5, FOLD_MM, 9, FOLD_MM)


def _text(pdf: FPDF, letter: Letter, look: LetterLook) -> None:
    pdf.set_xy(_MARGIN_MM, max(TEXT_MM, look.top_mm + ADDRESS_LINES * ADDRESS_LINE_MM + _GAP_MM))
    day = _day(look.day)
    _say(pdf, _("%(town)s, le %(day)s", town=look.town, day=day) if look.town else _("Le %(day)s", day=day))
    pdf.ln(_GAP_MM)
    _say(pdf, _("Bonjour %(name)s,", name=letter.name))
    pdf.ln(_GAP_MM)
    if letter.page:
        _say(pdf, _("Quelqu’un a demandé la page « %(page)s » au nom de votre organisation.", page=letter.page))
        _say(pdf, _("Ce code prouve que la demande vient de vous :"))
    else:
        _say(pdf, _("Vous avez demandé à rejoindre le quartier %(quartier)s.", quartier=letter.quartier))
        _say(pdf, _("Ce code prouve que vous habitez à cette adresse :"))
    pdf.ln(_GAP_MM)
    _say(pdf, grouped(letter.code), 28, bold=True, font="Courier")
    pdf.ln(_GAP_MM)
    _say(pdf, _("Recopiez-le sur cette page :"))
    _say(pdf, letter.code_page or look.code_page, 13, bold=True)
    pdf.ln(1)
    _say(pdf, f"{_validity(letter, look)} {_('Ne le donnez à personne.')}")
    pdf.ln(2 * _GAP_MM)
    _opposition(pdf, letter, look)
    pdf.ln(2 * _GAP_MM)
    _say(pdf, _("À bientôt dans le quartier,"))
    _say(pdf, look.signed_by)
    pdf.ln(_GAP_MM)
    _say(pdf, _("Référence de cette lettre : %(reference)s", reference=letter.reference), 9.5)


def _validity(letter: Letter, look: LetterLook) -> str:
    return ngettext(
        "Il vaut %(num)d jour, jusqu’au %(day)s, et ne sert qu’une fois.",
        "Il vaut %(num)d jours, jusqu’au %(day)s, et ne sert qu’une fois.",
        (letter.valid_until - look.day).days,
        day=_day(letter.valid_until),
    )


def _opposition(pdf: FPDF, letter: Letter, look: LetterLook) -> None:
    """How to get no more letters, for somebody who never asked for one."""
    _say(pdf, _("Vous n’avez rien demandé ?"), bold=True)
    _say(pdf, _("Quelqu’un a donné votre nom et cette adresse. Jetez cette lettre : la demande s’arrête là."))
    _say(pdf, _("Pour ne plus en recevoir, tapez ce code d’opposition, sans compte :"))
    pdf.ln(1)
    _say(pdf, grouped(letter.opposition_code), 14, bold=True, font="Courier")
    _say(pdf, _("sur cette page :"))
    _say(pdf, look.opposition_page, 13, bold=True)
    pdf.ln(1)
    _say(pdf, _("Nous n’écrirons plus à ce nom à cette adresse."))


def _day(day: date) -> str:
    """« 1er janvier 2027 »."""
    return format_date(day, "d MMMM y" if day.day > 1 else "d'er' MMMM y", locale="fr")
