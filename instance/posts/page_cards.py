"""How the words of a page are shown: under its name, as in a newspaper; corrected or taken back in plain sight."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from flask_babel import gettext as _
from markupsafe import Markup

from instance.core import clock
from instance.core.i18n import long_day
from instance.core.typography import french


class Said(Protocol):
    """Columns of a post that say which page speaks, and what became of its words."""

    author_id: int
    state: str
    shown_name: str
    author_path: str | None
    edited_at: datetime | None
    details: dict[str, Any] | None
    uri: str | None


class Passed(Protocol):
    """Columns of a post that say whether it may go further."""

    state: str
    is_public: bool
    is_held: bool
    is_nameless: bool
    details: dict[str, Any] | None


def is_of_page(post: Said) -> bool:
    """Whether a page speaks: one of ours, or one that a quartier here subscribed to."""
    return bool((post.author_path or "").startswith("/pages/") or (post.details or {}).get("page"))


def is_of_feed(details: dict[str, Any] | None) -> bool:
    """Whether it came by a feed: behind it is nobody who could be answered."""
    return bool((details or {}).get("feed"))


def may_travel(post: Passed) -> bool:
    """Whether a reader may pass it on: it is for everybody, somebody signs it, and its words are there."""
    is_there = post.is_public and not post.is_held and post.state != "retracted"
    return is_there and not post.is_nameless and not is_of_feed(post.details)


def mark(post: Said) -> dict[str, str] | None:
    """The head over a page's sheet: its name and what it is; None for whoever is no page."""
    if not is_of_page(post):
        return None
    if post.author_path is not None:
        return {"name": post.shown_name, "href": post.author_path, "type": _kind(post)}
    name = (post.details or {}).get("page")
    name = name if isinstance(name, str) else post.shown_name
    word = _("Flux abonné") if is_of_feed(post.details) else _("Page d’ailleurs, abonnée")
    return {"name": name, "href": f"/comptes/{post.author_id}", "type": word}


def _kind(post: Said) -> str:
    """What sort of organisation it is, where the post says so."""
    return {
        "media": _("Média"), "association": _("Association"), "shop": _("Commerce"), "townhall": _("Mairie"),
    }.get(str((post.details or {}).get("page_kind", "")), _("Page"))  # fmt: skip


def edited(post: Said) -> str:
    """The word beside the moment of what was changed since: a page corrects itself, everybody else edits."""
    if post.edited_at is None or correction(post):  # which says the day itself
        return ""
    return _("Corrigé le %(day)s", day=long_day(post.edited_at)) if is_of_page(post) else _("modifié")


def correction(post: Said) -> Markup:
    """What a page says of its correction, under its words; empty for none."""
    words = (post.details or {}).get("correction")
    if not words or not post.edited_at or not is_of_page(post):
        return Markup("")
    lead = _("Corrigé le %(day)s :", day=long_day(post.edited_at))
    return _line(lead, str(words))


def retraction(post: Said) -> Markup:
    """« Retiré par <page> le … : <raison> », in the reader's language."""
    details = post.details or {}
    moment = datetime.fromisoformat(details["at"]) if details.get("at") else clock.now()
    return sentence(post.shown_name, moment, str(details.get("reason", "")))


def sentence(name: str, moment: datetime, reason: str) -> Markup:
    """The same from its parts."""
    return _line(_("Retiré par %(name)s le %(day)s :", name=name, day=long_day(moment)), reason)


def _line(lead: str, words: str) -> Markup:
    return Markup("<p><b>{}</b> {}</p>").format(french(lead), words)
