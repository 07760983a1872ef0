"""A street in postal capitals (NF Z10-011): no accents, at most 32 signs."""

from __future__ import annotations

from collections.abc import Iterator

from instance.quartiers.normalise import LINKS, plain

STREET_SIGNS = 32
_SHORT = {
    "ALLEE": "ALL", "ALLEES": "ALL", "AVENUE": "AV", "BOULEVARD": "BD", "CHAUSSEE": "CHS",
    "CHEMIN": "CHE", "COURS": "CRS", "ESPLANADE": "ESP", "FAUBOURG": "FG", "HAMEAU": "HAM",
    "IMPASSE": "IMP", "PASSAGE": "PAS", "PLACE": "PL", "PORTE": "PTE", "PROMENADE": "PROM",
    "QUAI": "QU", "RESIDENCE": "RES", "ROUTE": "RTE", "SQUARE": "SQ", "VILLA": "VLA",
    "CAPITAINE": "CNE", "COLONEL": "CEL", "COMMANDANT": "CDT", "DOCTEUR": "DR", "GENERAL": "GAL",
    "LIEUTENANT": "LT", "MARECHAL": "MAL", "MONSEIGNEUR": "MGR", "PRESIDENT": "PDT", "PROFESSEUR": "PR",
    "SAINT": "ST", "SAINTE": "STE",
}  # fmt: skip


def street_line(name: str, at_most: int = STREET_SIGNS) -> str:
    """`name` in postal capitals, shortened step by step only as far as `at_most` signs demand.

    First its kind and titles, then the small words, then first names to a letter, at last the end is cut off.
    """
    words = plain(name).upper().split()
    line = ""
    for line in _shorter(words):
        if len(line) <= at_most:
            return line
    return line[:at_most].rstrip()


def _shorter(words: list[str]) -> Iterator[str]:
    yield " ".join(words)
    for place, word in enumerate(words):
        words = [*words[:place], _SHORT.get(word, word), *words[place + 1 :]]
        yield " ".join(words)
    words = [word for place, word in enumerate(words) if place == 0 or word.lower() not in LINKS]
    yield " ".join(words)
    for place in range(1, len(words) - 1):
        words = [*words[:place], words[place][:1], *words[place + 1 :]]
        yield " ".join(words)
