"""« Perdu / trouvé »: what stands beside its words, here and for other servers.

To programs that know no such kind the title says it, and the words say where and when (product.md §3.3).
"""

from __future__ import annotations

from typing import Any, Protocol

from flask_babel import gettext as _
from markupsafe import escape

KIND = "lost"
STATES = ("open", "found")
# Not translated: the title is part of the words, which are their author's.
PREFIXES = {"open": "Perdu / trouvé : ", "found": "Retrouvé : "}


class Lost(Protocol):
    """Columns of a post that say what was lost."""

    @property
    def kind(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def details(self) -> dict[str, Any] | None: ...


def title(post: Lost) -> str:
    """The title for other servers."""
    return PREFIXES.get(post.state, "") + post.title if post.kind == KIND else post.title


def bare(said: str) -> str:
    """The title as its author wrote it, of one that another city made readable."""
    return next((said.removeprefix(prefix) for prefix in PREFIXES.values() if said.startswith(prefix)), said)


def lines(post: Lost) -> str:
    """Where and when, as HTML for other servers."""
    details = post.details or {}
    words = [("Où", details.get("where")), ("Quand", details.get("when"))] if post.kind == KIND else []
    return "".join(f"<p>{word} : {escape(said)}</p>" for word, said in words if said)


def facts(post: Lost) -> list[tuple[str, str]]:
    """Where and when, for a card."""
    details = post.details or {}
    words = [(_("Où"), details.get("where")), (_("Quand"), details.get("when"))] if post.kind == KIND else []
    return [(word, str(said)) for word, said in words if said]


def word(state: str) -> str:
    """The word on the sheet."""
    return _("Perdu / trouvé : c’est retrouvé") if state == "found" else _("Perdu / trouvé")
