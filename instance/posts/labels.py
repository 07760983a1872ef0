"""What must stand first in somebody's words before others read them: rooms above say it (an interest, for one)."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from instance.core import markup
from instance.posts import tags

Label = Callable[[int, str], Markup]
_labels: list[Label] = []


def register(label: Label) -> None:
    """Have `label(account id, words)` say what stands first in the words of an account; empty for nothing."""
    if label not in _labels:
        _labels.append(label)


def html(account_id: int, title: str, text: str) -> str:
    """The HTML of `text` as somebody typed it, tags linked, with its labels: part of it wherever it goes."""
    said = Markup("").join(label(account_id, f"{title} {text}") for label in _labels)
    return str(said) + tags.linked(markup.from_text(text))
