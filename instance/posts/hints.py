"""What to think over before words go wider than the quartier: absence, door codes, phone and street numbers.

A reminder, never a refusal: the author can still send. Patterns are short and bounded (threats.md D6).
"""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l

MAX_CHARS = 6000
ABSENCE = (
    r"\b(en vacances|absent(?:e|s|es)?|pas (?:là|chez (?:moi|nous))"
    r"|part(?:ons|ie?s?|irai|irons) (?:en|pour|du|le|demain)"
    r"|(?:maison|appartement|logement) (?:est |sera |reste )?vide|de retour le)\b"
)
DOOR_CODE = (
    r"\b(digicode|code (?:de |d['’])?(?:la |l['’])?(?:porte|entrée|immeuble|portail|hall)"
    r"|code\s{0,3}:?\s{0,3}\d{3,5}[ab]?)\b"
)
PHONE = r"(?<!\d)(?:(?:\+|00)33[ .-]?|0)[1-9](?:[ .-]?\d{2}){4}(?!\d)"
STREET_NUMBER = (
    r"\b\d{1,4}(?: ?(?:bis|ter|quater))?,? (?:rue|avenue|av|boulevard|bd|place|impasse|passage|allée|quai|villa"
    r"|cité|square|chemin|route|cour)\b"
)
PATTERNS: tuple[tuple[str, re.Pattern[str], object], ...] = (
    ("absence", re.compile(ABSENCE, re.IGNORECASE), _l("Vous parlez d’une absence : des inconnus pourront le lire.")),
    ("code", re.compile(DOOR_CODE, re.IGNORECASE),
     _l("Vous donnez peut-être un code d’entrée : mieux vaut le dire de vive voix.")),
    ("phone", re.compile(PHONE), _l("Un numéro de téléphone y figure : il pourra être recopié.")),
    ("number", re.compile(STREET_NUMBER, re.IGNORECASE),
     _l("Un numéro de rue y figure : on saura où vous habitez.")),
)  # fmt: skip


def think_over(text: str) -> list[str]:
    """One sentence for each thing that `text` gives away; empty when there is none."""
    head = text[:MAX_CHARS]
    return [str(sentence) for _name, pattern, sentence in PATTERNS if pattern.search(head)]


def names_of(text: str) -> list[str]:
    """Which patterns match, by their stable names."""
    return [name for name, pattern, _sentence in PATTERNS if pattern.search(text[:MAX_CHARS])]
