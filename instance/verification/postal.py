"""The address on a letter (NF Z10-011): at most six lines of at most 38 plain capitals, no punctuation.

Source: La Poste, norm NF Z10-011: name, up to two lines of complement, number and street, postcode and town.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _

from instance.core.errors import Invalid
from instance.quartiers.normalise import WORDS_OF_REPETITIONS, plain, town_of
from instance.quartiers.postal import STREET_SIGNS, street_line

LINES = 6
SIGNS = 38
COMPLEMENT_LINES = 2
_TOWN_SIGNS = 32
# Latin letters that no accent can be taken from.
SPELLED = {
    "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ẞ": "SS", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ŋ": "ng", "Ŋ": "Ng", "ħ": "h",
    "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ə": "e", "Ə": "E", "ɓ": "b", "Ɓ": "B", "ɗ": "d", "Ɗ": "D", "ƙ": "k",
    "Ƙ": "K", "ɛ": "e", "Ɛ": "E", "ɔ": "o", "Ɔ": "O",
}  # fmt: skip
_LETTERS = {"Lu", "Ll", "Lt", "Lo"}  # not "Lm", which holds the apostrophes of some keyboards
_TO_ASCII = str.maketrans(SPELLED)


@dataclass(frozen=True)
class Place:
    """Where a letter goes, as the address file says it."""

    number: int  # 0 = the street has no numbers
    rep: str  # "b", "t", "p1"
    street: str
    afnor: str  # the file's own short form of the street, or ""
    postcode: str
    town: str  # libelle_acheminement, or ""
    commune: str


def lines(first_name: str, last_name: str, place: Place, complement: str = "") -> list[str]:
    """The lines of the address window, three to five, none blank.

    Raises `Invalid` for a name in another script and for a complement longer than two lines: a letter
    would not arrive, so ask before it is accepted.
    """
    found = [
        recipient(first_name, last_name),
        *complement_lines(complement),
        house_line(place.number, place.rep, place.street, place.afnor),
        town_line(place.postcode, place.town, place.commune),
    ]
    return [line for line in found if line]


def recipient(first_name: str, last_name: str) -> str:
    """The name in capitals; first names become initials, then go, before the family name loses a sign.

    Raises `Invalid` if a letter of it is in another script than ours.
    """
    if _is_foreign(first_name + last_name) or not _capitals(last_name):
        sentence = _("Écrivez votre nom en lettres latines, comme sur votre boîte aux lettres.")
        raise Invalid("name.script", sentence, field="last_name")
    firsts, last = _capitals(first_name).split(), _capitals(last_name)
    for shorter in _shorter(firsts):
        line = " ".join([*shorter, last]).strip()
        if len(line) <= SIGNS:
            return line
    return last[:SIGNS].rstrip()


def _shorter(firsts: list[str]) -> Iterator[list[str]]:
    """First names, the last ones cut to initials first, then left out one by one."""
    yield firsts
    for place in reversed(range(len(firsts))):
        firsts = [*firsts[:place], firsts[place][0], *firsts[place + 1 :]]
        yield firsts
    while firsts:
        firsts = firsts[:-1]
        yield firsts


def complement_lines(complement: str) -> list[str]:
    """Flat, floor, building, "chez …": none to two lines, broken at commas and line ends if that is enough.

    Raises `Invalid` if there is more, or letters in another script than ours.
    """
    if _is_foreign(complement):
        sentence = _("Écrivez le complément d’adresse en lettres latines.")
        raise Invalid("complement.script", sentence, field="complement")
    parts = [_capitals(part) for part in complement.replace(",", "\n").splitlines()]
    parts = [part for part in parts if part]
    for found in (parts, _packed(parts), _packed(" ".join(parts).split())):
        if len(found) <= COMPLEMENT_LINES and all(len(line) <= SIGNS for line in found):
            return found
    sentence = _("Raccourcissez le complément d’adresse : deux lignes de 38 signes au plus.")
    raise Invalid("complement.long", sentence, field="complement")


def _packed(parts: list[str]) -> list[str]:
    """The parts in their order, as many on a line as it takes."""
    found: list[str] = []
    for part in parts:
        if found and len(found[-1]) + 1 + len(part) <= SIGNS:
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found


def street(name: str, afnor: str = "") -> str:
    """The street in capitals, at most 32 signs: whole if it fits, else the file's short form, else ours."""
    whole = _capitals(name)
    if len(whole) <= STREET_SIGNS:
        return whole
    given = _capitals(afnor)
    return given if given and len(given) <= STREET_SIGNS else street_line(whole)


def house_line(number: int, rep: str, name: str, afnor: str = "") -> str:
    """Number, repetition and street: "40 BIS RUE MYRHA". Where that is too long "BIS" is "B"."""
    way = street(name, afnor)
    if not number:
        return way
    sign = _capitals(rep)
    word = WORDS_OF_REPETITIONS.get(sign.lower(), sign).upper()
    start = f"{number} {word}".strip()
    if len(start) + 1 + len(way) > SIGNS:
        start = f"{number} {sign}".strip()
    return f"{start} {street_line(way, SIGNS - len(start) - 1)}".strip()


def town_line(postcode: str, town: str, commune: str) -> str:
    """Postcode and town, without arrondissement: "75018 PARIS"."""
    name = _capitals(town) or _capitals(town_of(commune))
    return f"{postcode} {street_line(name, _TOWN_SIGNS)}".strip()


def _capitals(text: str) -> str:
    """`text` in capitals from A to Z and digits; each run of other signs is one space."""
    return plain(text.translate(_TO_ASCII)).upper()


def _is_foreign(text: str) -> bool:
    """Whether a letter of `text` has no Latin spelling here."""
    bare = unicodedata.normalize("NFKD", text.translate(_TO_ASCII))
    return any(unicodedata.category(sign) in _LETTERS and not sign.isascii() for sign in bare)
