"""French street names and typed addresses, brought to one form: no accents, no capitals, words in full."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# What people write for the first word of a street name.
TYPES = {
    "all": "allee", "allee": "allee", "allees": "allees", "av": "avenue", "ave": "avenue",
    "aven": "avenue", "avenue": "avenue", "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard",
    "boul": "boulevard", "boulevard": "boulevard", "bvd": "boulevard", "chaussee": "chaussee",
    "che": "chemin", "chem": "chemin", "chemin": "chemin", "chs": "chaussee", "cite": "cite",
    "clos": "clos", "cote": "cote", "cour": "cour", "cours": "cours", "crs": "cours",
    "esp": "esplanade", "espl": "esplanade", "esplanade": "esplanade", "faub": "faubourg",
    "faubourg": "faubourg", "fbg": "faubourg", "fg": "faubourg", "galerie": "galerie", "ham": "hameau",
    "hameau": "hameau", "imp": "impasse", "impasse": "impasse", "montee": "montee", "mte": "montee",
    "parvis": "parvis", "pas": "passage", "pass": "passage", "passage": "passage", "pl": "place",
    "place": "place", "pont": "pont", "port": "port", "porte": "porte", "prom": "promenade",
    "promenade": "promenade", "prv": "parvis", "psg": "passage", "pte": "porte", "q": "quai",
    "qu": "quai", "quai": "quai", "r": "rue", "res": "residence", "residence": "residence",
    "rle": "ruelle", "route": "route", "rte": "route", "rue": "rue", "ruelle": "ruelle",
    "sente": "sente", "sentier": "sentier", "sq": "square", "square": "square", "terrasse": "terrasse",
    "trav": "traverse", "traverse": "traverse", "venelle": "venelle", "villa": "villa", "vla": "villa",
    "voie": "voie",
}  # fmt: skip
# What people write inside a name.
TITLES = {
    "cap": "capitaine", "cdt": "commandant", "cmdt": "commandant",
    "col": "colonel", "dr": "docteur", "fbg": "faubourg", "faub": "faubourg", "fg": "faubourg",
    "gal": "general", "gl": "general", "gen": "general", "lt": "lieutenant", "mal": "marechal",
    "mgr": "monseigneur", "mme": "madame", "nd": "notre dame", "pdt": "president", "pr": "professeur",
    "pres": "president", "prof": "professeur", "pte": "porte", "st": "saint", "ste": "sainte",
    "sts": "saints", "vx": "vieux",
}  # fmt: skip
_FIGURES = {"4": "quatre", "8": "huit", "11": "onze", "14": "quatorze"}  # days that streets are called by
_SPELT = _FIGURES | {word: figure for figure, word in _FIGURES.items()}
LINKS = frozenset(("a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "sous", "sur"))
REPETITIONS = {"bis": "b", "ter": "t", "quater": "q"}
WORDS_OF_REPETITIONS = {letter: word for word, letter in REPETITIONS.items()}

_POSTCODE = re.compile(r"\d{5}")
_NUMBER = re.compile(r"(\d{1,4})([a-z][a-z0-9]{0,7})?")
_TECHNICAL_REP = re.compile(r"[a-z]{1,3}\d{0,2}")
_ORDINAL = re.compile(r"(\d{1,2})(?:er|e|eme|ieme|nd|nde)")
_MOST_DISTRICTS = 20
_CITY_WITH_DISTRICTS = {"paris": ("751", 20), "lyon": ("6938", 9), "marseille": ("132", 16)}
_CITY_AND_DISTRICT = re.compile(r"\b(paris|lyon|marseille)(\d{1,2})\b")
_DISTRICT_WORDS = frozenset(("arrondissement", "arrdt", "ardt", "arr", "arrond"))
_TOWN = re.compile(r" \d{1,2}(?:er|e|ème|eme) arrondissement$", re.IGNORECASE)


def plain(text: str) -> str:
    """`text` in small letters without accents; every other sign is one space, ligatures are two letters."""
    text = text.lower().replace("œ", "oe").replace("æ", "ae").replace("ß", "ss")
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def street_key(name: str) -> str:
    """A street's name as it is compared and fingerprinted: `plain`, abbreviations written out."""
    first, *others = plain(name).split() or [""]
    return " ".join([TYPES.get(first, first), *(TITLES.get(word, word) for word in others)])


def key_words(key: str) -> list[str]:
    """Words by which a street is found: without the links, and without a first one like "rue"."""
    words = key.split()
    if len(words) > 1 and words[0] in TYPES:
        words = words[1:]
    return [word for word in words if word not in LINKS] or words


def repetition(text: str) -> str:
    """A repetition in one form: "BIS" and "b" are `b`, "P1" is `p1`."""
    bare = plain(text).replace(" ", "")
    return REPETITIONS.get(bare, bare)


def without_number(name: str, number: int, rep: str) -> str:
    """A street's name without the house number that some files repeat in it ("100P8 Rue de Reuilly").

    Double spaces go too.
    """
    first, _, rest = " ".join(name.split()).partition(" ")
    return rest if rest and rep and first.lower() == f"{number}{rep}".lower() else " ".join(name.split())


def town_of(commune: str) -> str:
    """The town's own name: "Paris" for "Paris 18e Arrondissement"."""
    return _TOWN.sub("", commune)


def district_of(insee: str) -> int | None:
    """The arrondissement that an INSEE code stands for, None outside Paris, Lyon and Marseille.

    75016 and 75116 are two postcodes of one arrondissement, whose INSEE code is 75116.
    """
    for prefix, districts in _CITY_WITH_DISTRICTS.values():
        tail = insee[len(prefix) :]
        if insee.startswith(prefix) and len(insee) == 5 and tail.isdigit() and 1 <= int(tail) <= districts:
            return int(tail)
    return None


def postcode_fits(typed: str, postcode: str, insee: str) -> bool:
    """Whether an address with `postcode` in the commune `insee` is meant by the postcode that was typed."""
    return typed in (postcode, insee) or (
        district_of(insee) is not None and typed[:2] == postcode[:2] and int(typed[-2:]) == district_of(insee)
    )


@dataclass(frozen=True)
class Typed:
    """An address as somebody typed it."""

    number: int | None
    rep: str
    kind: str  # "rue", "boulevard"; empty when no such word came first
    words: tuple[tuple[str, ...], ...]  # each with its possible forms; the last one may be unfinished
    postcode: str
    district: int | None


def read(text: str) -> Typed:
    """What `text` says: "26b bd barbes paris 18" is number 26 b, boulevard, barbes, paris, district 18."""
    text = re.sub(r"^\s*(?:n°|no?\.?|numéro)\s*(?=\d)", "", text[:200], flags=re.IGNORECASE)
    text = re.sub(r"^\s*(\d{1,4}[a-z]?)\s*[-/]\s*\d{1,4}(?=\D)", r"\1", text, flags=re.IGNORECASE)
    tokens = _CITY_AND_DISTRICT.sub(r"\1 \2", plain(text)).split()
    number, rep, tokens = _house(tokens)
    tokens, postcode, district = _place(tokens)
    kind = ""
    if tokens and tokens[0] in TYPES and (len(tokens) > 1 or not number):
        kind, tokens = TYPES[tokens[0]], tokens[1:]
    words = tuple(_forms(token) for token in tokens if token not in LINKS or len(tokens) == 1)
    return Typed(number, rep, kind, words, postcode, district)


def _house(tokens: list[str]) -> tuple[int | None, str, list[str]]:
    match = _NUMBER.fullmatch(tokens[0]) if tokens else None
    rest = tokens[1:]
    if match is None or (_ORDINAL.fullmatch(tokens[0]) and not (rest and rest[0] in TYPES)):
        return None, "", tokens
    number, rep = int(match[1]), repetition(match[2] or "")
    if not rep and rest and _is_repetition(rest):
        rep, rest = repetition(rest[0]), rest[1:]
    return number, rep, rest


def _is_repetition(rest: list[str]) -> bool:
    """Whether the word after the number belongs to it: "bis", "b", or a file's own sign before "rue"."""
    first = rest[0]
    if first in REPETITIONS or first in {"b", "c", "t"}:
        return True
    is_sign = first != "r" and (len(first) == 1 or first not in TYPES) and bool(_TECHNICAL_REP.fullmatch(first))
    return is_sign and len(rest) > 1 and rest[1] in TYPES


def _place(tokens: list[str]) -> tuple[list[str], str, int | None]:
    """The words without postcode and arrondissement, these two beside them."""
    postcode = next((token for token in tokens if _POSTCODE.fullmatch(token)), "")
    words = [token for token in tokens if token not in (postcode, "cedex", "france")]
    district = None
    while len(words) > 1 and words[-1] in _DISTRICT_WORDS:
        words = words[:-1]
    if len(words) > 1:
        ordinal = _ORDINAL.fullmatch(words[-1])
        is_bare = words[-1].isdigit() and 1 <= int(words[-1]) <= _MOST_DISTRICTS
        has_name = any(word not in LINKS and word not in TYPES for word in words[:-1])
        if has_name and (ordinal or is_bare):
            district = int(ordinal[1] if ordinal else words[-1])
            words = words[:-1]
    return words, postcode, district


def _forms(token: str) -> tuple[str, ...]:
    if token in TITLES:
        return token, TITLES[token].split()[0]
    return (token, _SPELT[token]) if token in _SPELT else (token,)
