"""The names of places in French sentences: « le mur du Port au Sel », « à La Chapelle », « d’Aubervilliers »."""

from __future__ import annotations

import re
import unicodedata

_ARTICLE = re.compile(r"(les?)\s+(?=\S)", re.IGNORECASE)
# The h that nobody hears, in words that begin names of places; before every other h stands the whole « de ».
_MUTE_H = re.compile(r"(?:hopita|hotel|horloge|hippodrome|hippolyte|herbier|heritage|hermitage|huis|humanite)")
_SPOKEN = re.compile(r"[aeiou]|y[bcdfghj-np-tv-xz]")
_APART = re.compile(r"on(?:ze|zieme)\b|oui\b|y\b")  # begins with a vowel and is said as if it did not


def of(name: str) -> str:
    """`name` after « de »: « du Port au Sel », « des Épinettes », « d’Aubervilliers », « de La Chapelle »."""
    article, rest = _split(name)
    if article:
        return f"{'du' if article == 'le' else 'des'} {rest}"
    return f"d’{name}" if _is_elided(name) else f"de {name}"


def at(name: str) -> str:
    """`name` after « à »: « au Port au Sel », « aux Épinettes », « à Aubervilliers », « à La Chapelle »."""
    article, rest = _split(name)
    if article:
        return f"{'au' if article == 'le' else 'aux'} {rest}"
    return f"à {name}"


def _split(name: str) -> tuple[str, str]:
    """The article with which « de » and « à » become one word, and the rest; no article for « La » and « L’ »."""
    found = _ARTICLE.match(name)
    return (found[1].lower(), name[found.end() :]) if found else ("", name)


def _is_elided(name: str) -> bool:
    letters = unicodedata.normalize("NFKD", name.lower().replace("œ", "oe").replace("æ", "ae"))
    plain = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return bool(_MUTE_H.match(plain) or (_SPOKEN.match(plain) and not _APART.match(plain)))
