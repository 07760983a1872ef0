"""What people elsewhere call themselves, cleaned: no sign that could pass for a badge of ours, none that is not seen.

Badges come from our own tables and stand outside of names (threats.md B10).
"""

from __future__ import annotations

import re
import unicodedata

SHOWN_MAX = 100
HANDLE_MAX = 64

HANDLE = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]{0,62}[A-Za-z0-9_])?")
# Check marks, and emblems that look like a badge beside a name.
_MARKS = re.compile(
    "[\u2705\u2611\u2713\u2714\u237b\u2bbd\u221a\u1f5f8\u1f5f9\u24cb\U0001f5f8\U0001f5f9\U0001f6e1\U0001f396\U0001f3c5\U0001f530]"
)
_SHORTCODE = re.compile(r":[A-Za-z0-9_]*[A-Za-z_][A-Za-z0-9_]*:")  # emoji of other servers: not drawn here
_STACKED = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]{2})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]+"
)
# What our own tables say beside a name, said by somebody's own profile: it is left out, with who is said to be so.
_WORD = re.compile(r"[^\W\d_]+(?:[·.’'()-]{1,2}[^\W\d_]+\)?)*")
_VOUCHED = re.compile(r"(?:non)?verifi(?:e|ee|es|ees|ed|cado|cada|ziert|cato|cata)")
_WHO = frozenset(
    {"habitant", "habitante", "habitants", "habitantes", "resident", "residente", "residents", "neighbour"}
)
_LEFT_OVER = " \t\n,;:-–—|·()[]"  # around a word that was left out
_TAG = re.compile(r"(<[^>]*>)")
# Fill the width of a letter and show nothing.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5")


def shown(name: str, handle: str) -> str:
    """`name` as a person's name may look here, one line of at most 100 signs; the handle where nothing is left."""
    words = _SHORTCODE.sub(" ", unicodedata.normalize("NFC", name[: 20 * SHOWN_MAX]))
    seen = "".join(sign for sign in _MARKS.sub("", words) if _is_seen(sign))
    said = _unvouched(seen)
    bare = said if said == seen else said.strip(_LEFT_OVER)
    return " ".join(_STACKED.sub(r"\1", bare).split())[:SHOWN_MAX].rstrip() or handle


def summary(html: str) -> str:
    """A cleaned text about oneself, without marks and words that could pass for ours."""
    return "".join(
        part if part.startswith("<") else _unvouched(_MARKS.sub("", _SHORTCODE.sub(" ", part)))
        for part in _TAG.split(html)
    )


def _unvouched(text: str) -> str:
    """`text` without « vérifié » and its kin, in whatever letters, nor « habitant » before it."""
    kept, end, before = [], 0, None
    for found in _WORD.finditer(text):
        word = _plain(found.group())
        if _VOUCHED.fullmatch(word):
            begin = found.start()
            if before is not None and _plain(before.group()) in _WHO and not text[before.end() : begin].strip():
                begin = before.start()
            kept.append(text[end:begin])
            end = found.end()
        before = found
    return "".join([*kept, text[end:]])


def _plain(word: str) -> str:
    """Letters alone, small and without accents."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", word) if sign.isalpha()).casefold()


def _is_seen(sign: str) -> bool:
    """False for controls, bidirectional marks, zero widths, tag characters, variation selectors and private signs."""
    if sign in _BLANK or "\ufe00" <= sign <= "\ufe0f" or "\U000e0000" <= sign <= "\U000e0fff":
        return False
    return sign.isspace() or unicodedata.category(sign) not in {"Cc", "Cf", "Co", "Cs", "Cn"}


def handle(said: str) -> str | None:
    """A handle in signs that look like nothing else: one in other letters as punycode; None for what is none."""
    name = unicodedata.normalize("NFKC", said.strip().removeprefix("@"))
    if not name.isascii() and all(sign.isalnum() or sign in "_.-" for sign in name) and len(name) <= HANDLE_MAX:
        name = f"xn--{name.encode('punycode').decode()}"
    return name if HANDLE.fullmatch(name) else None
