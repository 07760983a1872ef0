"""Finding an address while somebody types it: "26 bd barbes paris 18", "40 bis rue myrha", "30 rue ram".

Two statements: streets by the beginnings of their words, then house numbers of the best streets; a third where
the number does not exist; two or more where a word seems misspelt. All run on indexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, case, func, literal, select, union_all

from instance.core.db import db
from instance.quartiers.models import Address, Quartier, Street, StreetWord
from instance.quartiers.normalise import (
    LINKS,
    TYPES,
    WORDS_OF_REPETITIONS,
    Typed,
    district_of,
    plain,
    postcode_fits,
    read,
    town_of,
)

LIMIT = 8
_STREETS = 300  # looked at
_BEST = 8  # streets whose numbers are looked up
_TERMS = 6
_MISSPELT = 3000
# Words hold a-z and 0-9 only, and in every collation `z` comes last among these: this bounds a beginning.
_LAST = "z" * 12
_USUAL = ("", "b", "t", "q", "a", "c", "d", "e", "f")  # other repetitions are a town's technical ones


@dataclass(frozen=True)
class Hit:
    """An address that may be meant."""

    address_id: int
    ban_id: str
    label: str  # 26 Boulevard Barbès, 75018 Paris
    exact: bool  # this number in this street, and nothing typed speaks against it
    lon: float
    lat: float
    quartier_id: int | None  # None: hors zone
    code: str | None
    name: str | None
    slug: str | None
    state: str | None


class _Found(NamedTuple):
    """A street with how well it fits; the smaller `rank`, the better."""

    rank: tuple[float, ...]
    street_id: int
    fits: bool  # kind, postcode and arrondissement agree with what was typed


def suggest(text: str, limit: int = LIMIT) -> list[Hit]:
    """What to offer while `text` is being typed: at most `limit` addresses, best first.

    A number that a street does not have gives its nearest ones, not `exact`; no number gives its first ones.
    """
    typed = read(text)
    if not typed.words:
        return []
    found = _streets(typed)
    return _hits(typed, found[:_BEST], limit) if found else []


def find(text: str, limit: int = LIMIT) -> list[Hit]:
    """The addresses that a whole line of text means: the exact ones alone if there are any."""
    hits = suggest(text, limit)
    return [hit for hit in hits if hit.exact] or hits


def by_id(address_id: int) -> Hit | None:
    """One address as a hit, None if there is none."""
    row = db.session.execute(_addresses().where(Address.id == address_id)).first()
    return None if row is None else _hit(row, exact=True)


def label_of(number: int, rep: str, street: str, postcode: str, commune: str) -> str:
    """An address in one line, as one says it: "40 bis Rue Myrha, 75018 Paris"."""
    sign = WORDS_OF_REPETITIONS.get(rep, rep.upper())
    house = [str(number), sign] if number else []
    return f"{' '.join(word for word in (*house, street) if word)}, {postcode} {town_of(commune)}"


def _streets(typed: Typed) -> list[_Found]:
    terms = _terms(typed)
    found = _ranked(typed, _candidates(terms))
    if found:
        return found
    mended = _mended(terms)
    if mended == terms:
        return []
    replaced = Typed(typed.number, typed.rep, typed.kind, mended, typed.postcode, typed.district)
    return [each._replace(fits=False) for each in _ranked(replaced, _candidates(mended))]


def _terms(typed: Typed) -> tuple[tuple[str, ...], ...]:
    """The words to look up. One letter says little: it is only looked up when there is nothing else."""
    long = tuple(forms for forms in typed.words if len(forms[0]) > 1)
    return (long or typed.words)[:_TERMS]


@lru_cache(maxsize=16)
def _street_statement(ranges: tuple[int, ...]) -> Select[*tuple[Any, ...]]:
    """Streets by how many of the terms begin one of their words; `ranges` holds the term of each range."""
    parts = [
        select(StreetWord.street_id, literal(term).label("term")).where(
            StreetWord.word >= bindparam(f"from_{place}", type_=StreetWord.word.type),
            StreetWord.word <= bindparam(f"to_{place}", type_=StreetWord.word.type),
        )
        for place, term in enumerate(ranges)
    ]
    every = union_all(*parts).subquery()
    matched = func.count(every.c.term.distinct())
    best = (
        select(every.c.street_id, matched.label("matched"))
        .group_by(every.c.street_id)
        .order_by(matched.desc(), every.c.street_id)
        .limit(_STREETS)
        .subquery()
    )
    return select(Street.id, Street.key, Street.insee, Street.postcode, Street.commune).join(
        best, best.c.street_id == Street.id
    )


def _candidates(terms: Sequence[tuple[str, ...]]) -> Sequence[Any]:
    ranges = [(term, form) for term, forms in enumerate(terms) for form in forms]
    bounds = {f"from_{place}": form for place, (_, form) in enumerate(ranges)}
    bounds |= {f"to_{place}": form + _LAST for place, (_, form) in enumerate(ranges)}
    statement = _street_statement(tuple(term for term, _ in ranges))
    return db.session.connection().execute(statement, bounds).all()


def _ranked(typed: Typed, candidates: Iterable[Any]) -> list[_Found]:
    """The streets in which every typed word has its place, best first."""
    found = []
    for street_id, key, insee, postcode, commune in candidates:
        words = key.split()
        wordiness = _fit(typed, words, commune, postcode)
        if wordiness is None:
            continue
        kind = 0 if not typed.kind or words[0] == typed.kind else 1 if typed.kind in words else 2
        far = _is_elsewhere(typed, insee, postcode)
        extra = len([word for word in words[1:] if word not in LINKS]) - len(typed.words)
        found.append(_Found((far, kind, wordiness, extra, street_id), street_id, not far and kind < 2))
    found.sort()
    if found and found[0].rank[2] < 1:  # a whole name: longer ones are offered, not meant
        return [each._replace(fits=each.fits and each.rank[:4] == found[0].rank[:4]) for each in found]
    return found


def _fit(typed: Typed, words: Sequence[str], commune: str, postcode: str) -> float | None:
    """How far the street is from the typed words (0: each is one of its words); None if one has no place."""
    away = 0.0
    for forms in typed.words:
        if any(form in words for form in forms):
            continue
        if any(word.startswith(form) for form in forms for word in words):
            away += 1
        elif postcode.startswith(forms[0]) or any(w.startswith(forms[0]) for w in plain(commune).split()):
            away += 0.1
        else:
            return None
    return away


def _is_elsewhere(typed: Typed, insee: str, postcode: str) -> bool:
    """Whether a typed postcode or arrondissement speaks against this street."""
    if typed.postcode and not postcode_fits(typed.postcode, postcode, insee):
        return True
    return typed.district is not None and typed.district != district_of(insee)


_near = select(StreetWord.word).distinct().where(
    StreetWord.word >= bindparam("start"), StreetWord.word <= bindparam("end")
).limit(_MISSPELT)  # fmt: skip


def _mended(terms: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The terms, misspelt ones replaced by words of the reference that differ in one sign."""
    mended = []
    for forms in terms:
        word = forms[0]
        near: tuple[str, ...] = ()
        if len(word) >= 4 and word not in TYPES:
            start = word[:1]
            held = db.session.connection().execute(_near, {"start": start, "end": start + _LAST})
            near = tuple(other for (other,) in held if _is_one_slip(word, other))[:3]
        mended.append(near or forms)
    return tuple(mended)


def _is_one_slip(word: str, other: str) -> bool:
    """Whether `other` begins with `word` but for one sign more, less, wrong, or two exchanged."""
    return any(_differ_by_one(word, other[:length]) for length in range(len(word) - 1, len(word) + 2))


def _differ_by_one(one: str, two: str) -> bool:
    start = 0
    while start < min(len(one), len(two)) and one[start] == two[start]:
        start += 1
    one, two = one[start:], two[start:]
    while one and two and one[-1] == two[-1]:
        one, two = one[:-1], two[:-1]
    return max(len(one), len(two)) == 1 or (len(one) == 2 and one == two[::-1])


def _addresses() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Address.id, Address.ban_id, Address.number, Address.rep, Address.postcode, Address.commune,
            Address.lon, Address.lat, Address.street_id, Street.name.label("street"),
            Address.quartier_id, Quartier.code, Quartier.name, Quartier.slug, Quartier.state,
        )
        .join(Street, Street.id == Address.street_id)
        .outerjoin(Quartier, Quartier.id == Address.quartier_id)
    )  # fmt: skip


_usual_first = case((Address.rep.in_(_USUAL), 0), else_=1)
_with_number = _addresses().where(
    Address.street_id.in_(bindparam("streets", expanding=True)), Address.number == bindparam("number")
)
_nearest = (
    _addresses()
    .where(Address.street_id == bindparam("street"))
    .order_by(func.abs(Address.number - bindparam("number")), Address.number, _usual_first, Address.rep)
    .limit(bindparam("limit"))
)
_place = (
    func.row_number()
    .over(partition_by=Address.street_id, order_by=(_usual_first, Address.number, Address.rep))
    .label("place")
)
_places = select(Address.id, _place).where(Address.street_id.in_(bindparam("streets", expanding=True))).subquery()
_first_ones = _addresses().join(_places, (_places.c.id == Address.id) & (_places.c.place <= bindparam("each")))


def _hits(typed: Typed, found: Sequence[_Found], limit: int) -> list[Hit]:
    """The addresses of the found streets that come nearest to the number typed."""
    connection = db.session.connection()
    order = {street.street_id: place for place, street in enumerate(found)}
    if typed.number is None:
        each = -(-limit // len(found))
        rows = connection.execute(_first_ones, {"streets": list(order), "each": each}).all()
        rows = sorted(rows, key=lambda row: (order[row.street_id], *_usual(row)))
        return [_hit(row, exact=False) for row in rows[:limit]]
    number = typed.number
    rows = list(connection.execute(_with_number, {"streets": list(order), "number": number}))
    best = found[0].street_id
    if not any(row.street_id == best for row in rows):
        rows += connection.execute(_nearest, {"street": best, "number": number, "limit": limit})
    fitting = {street.street_id for street in found if street.fits}

    def is_exact(row: Any) -> bool:
        return row.number == number and row.rep == typed.rep and row.street_id in fitting

    def rank(row: Any) -> tuple[Any, ...]:
        return not is_exact(row), order[row.street_id], abs(row.number - number), _usual(row)

    return [_hit(row, exact=is_exact(row)) for row in sorted(rows, key=rank)[:limit]]


def _usual(row: Any) -> tuple[bool, int, str]:
    return row.rep not in _USUAL, row.number, row.rep


def _hit(row: Any, *, exact: bool) -> Hit:
    return Hit(
        row.id, row.ban_id, label_of(row.number, row.rep, row.street, row.postcode, row.commune), exact,
        row.lon, row.lat, row.quartier_id, row.code, row.name, row.slug, row.state,
    )  # fmt: skip
