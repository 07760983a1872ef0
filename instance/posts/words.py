"""Words as search compares them: stemmed as French, then without accents, so that both engines find the same.

« Les écoles » and « ecole » are one word; so are « cœur » and « coeur ». What is not Latin is written in signs that no
engine splits. Everything that leaves this page is words of a-z and 0-9 with a space between.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

CHARS_MAX = 60_000  # of a post so much is looked at,
WORDS_MAX = 4_000  # and so many words of it are kept
ASKED_MAX = 200  # signs of a question
TERMS_MAX = 12
WORD_MAX = 40
SHORT = 3  # signs: of a longer word a last s or x is no part
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "’": "'", "ʼ": "'"})
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_ELIDED = frozenset({"l", "d", "j", "m", "t", "s", "c", "n", "qu", "jusqu", "lorsqu", "puisqu"})
_PHRASE = re.compile(r'["«“]([^"«»“”]*)["»”]')
_own = threading.local()  # a stemmer serves one thread


def _stem(word: str) -> str:
    if not hasattr(_own, "stemmer"):
        # Imported here: a process that neither writes nor searches does without.
        import Stemmer

        _own.stemmer = Stemmer.Stemmer("french", 2000)
    found: str = _own.stemmer.stemWord(word)
    return found


def plain(text: str) -> str:
    """`text` in small letters without accents: what is compared where no stem is wanted, as in names and tags."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if not unicodedata.combining(sign)))


def _split(text: str) -> Iterator[str]:
    """Words in small letters, accents kept: "l'école" is école, "porte-monnaie" two words."""
    text = unicodedata.normalize("NFKC", text).lower().translate(_LIGATURES)
    for found in _WORD.finditer(text):
        parts = found[0].split("'")
        while len(parts) > 1 and parts[0] in _ELIDED:
            parts.pop(0)
        yield from parts


@lru_cache(maxsize=4096)
def key(word: str) -> str:
    """The one word under which all forms of `word` stand.

    Without accents the stemmer knows fewer endings: it is asked again until nothing goes, so that who types none
    finds the same. Some plurals it leaves alone (« vélos », « choux »).
    """
    bare = plain(_stem(word))
    for _ in range(3):
        shorter = plain(_stem(bare))
        if shorter == bare:
            break
        bare = shorter
    if len(bare) > SHORT and bare[-1] in "sx":
        bare = bare[:-1]
    return _ascii(bare)[:WORD_MAX]


def _ascii(word: str) -> str:
    return word if word.isascii() else "".join(one if one.isascii() else f"z{ord(one):x}" for one in word)


def of(*texts: str) -> str:
    """The words of a post, for its row."""
    found: list[str] = []
    for word in _split("\n".join(texts)[:CHARS_MAX]):
        found.append(key(word))
        if len(found) == WORDS_MAX:
            break
    return " ".join(found)


@dataclass(frozen=True)
class Asked:
    """What is looked for: each of `terms` must stand there, one of several words as they follow each other."""

    terms: tuple[tuple[str, ...], ...]
    is_open: bool = False  # the last term is the beginning of a word

    def for_sqlite(self) -> str:
        """For FTS5; every word is quoted, so that none of them is an operator."""
        said = ['"' + " ".join(term) + '"' for term in self.terms]
        return " AND ".join(said) + ("*" if self.is_open else "")

    def for_postgresql(self) -> str:
        """For `to_tsquery`: words hold no sign that means anything there."""
        said = ["(" + " <-> ".join(term) + ")" for term in self.terms]
        if self.is_open:
            said[-1] = f"({' <-> '.join(self.terms[-1])}:*)"
        return " & ".join(said)


def asked(text: str, *, is_open: bool = False) -> Asked | None:
    """What `text` looks for: « words in quotes » follow each other. None where it holds no word.

    `is_open`: its last word, if it stands in no quotes, is a beginning ("boulan").
    """
    text = text[:ASKED_MAX]
    terms: list[tuple[str, ...]] = []
    at, last_is_bare = 0, False
    for quoted in [*_PHRASE.finditer(text), None]:
        bare = list(_split(text[at : quoted.start() if quoted else None]))
        terms += [(key(word),) for word in bare]
        last_is_bare = bool(bare) or last_is_bare
        if quoted is not None:
            at = quoted.end()
            if phrase := tuple(key(word) for word in _split(quoted[1])):
                terms.append(phrase)
                last_is_bare = False
    kept = tuple(dict.fromkeys(terms))[:TERMS_MAX] if not is_open else tuple(terms)[:TERMS_MAX]
    return Asked(kept, is_open and last_is_bare) if kept else None


def name_key(text: str) -> list[str]:
    """The words of a name, without accents, not stemmed."""
    return [plain(word) for word in _split(text)]
