"""French spaces that must not break: put into the catalogue by a machine, so that nobody types them by hand."""

from __future__ import annotations

import re

NARROW, WIDE = "\u202f", "\u00a0"
UNITS = (
    "h|min|s|mm|cm|m|km|m²|g|kg|l|€|Ko|Mo|Go|°C|euros?|secondes?|minutes?|heures?|jours?|semaines?|mois|ans?|"
    "habitants?|voisins?|%(?![(])"
)
KEPT = r"<[a-zA-Z/!][^>]*>|[a-z]+://[^\s<]+|%\(\w+\)[sd]"  # tags, addresses, placeholders
RULES = re.compile(
    rf"""
      (?P<kept>{KEPT})
    | (?P<narrow>[ {WIDE}](?=[?!;]))
    | (?P<thousand>(?<=\d)[ ](?=\d{{3}}(?!\d)))
    | (?P<wide>
          [ ](?=:(?!//))
        | [ ](?=») | (?<=«)[ ]
        | (?:(?<=\d)|(?<=\)d)|(?<=\)s))[ ](?=(?:{UNITS})(?!\w))
        | (?<=\d[ {WIDE}]h)[ ](?=\d)
        | (?<=n°)[ ](?=\d)
        | (?<=\d\d)[ ](?=\d\d(?!\d))
      )
    """,
    re.VERBOSE,
)


def french(text: str) -> str:
    """`text` with U+202F before ? ! ; and in thousands, U+00A0 before :, inside « », before units, in phone numbers.

    Only spaces that are there are changed, none is added: times (10:30), tags, addresses, %(names)s stay as they are.
    What was done once is not done again.
    """
    return RULES.sub(_space, text)


def _space(found: re.Match[str]) -> str:
    if found["kept"] is not None:
        return found[0]
    return WIDE if found["wide"] is not None else NARROW
