"""Text of strangers on one line: without signs that turn, hide or pretend."""

from __future__ import annotations

import unicodedata

# Marks that our own badges use, or that pretend to be one (threats.md B10).
PRETENDING = frozenset("✓✔☑✅🗸🏅🎖🛡⭐★☆🔵🔷🆗")
KEPT_FORMAT = frozenset("\u200d")  # joins the parts of an emoji


def one_line(text: str, limit: int) -> str:
    """`text` without control, direction, tag and zero-width signs nor check marks, on one line of `limit` signs."""
    shown = [sign for sign in text[: limit * 4] if _is_plain(sign)]
    words = " ".join("".join(shown).split())
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


def _is_plain(sign: str) -> bool:
    if sign in PRETENDING:
        return False
    category = unicodedata.category(sign)
    if category == "Cf":
        return sign in KEPT_FORMAT
    return sign.isspace() or category not in {"Cc", "Cs", "Co", "Cn"}
