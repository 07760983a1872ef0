"""How what came from elsewhere is shown: as the event, poll, article or film that it is, marked « hors quartier »."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from flask_babel import format_datetime
from flask_babel import gettext as _
from markupsafe import Markup

from instance.accounts.remote import registered
from instance.posts import lost, page_cards, quote_cards

ICONS = {
    "note": "bubble", "article": "press", "page": "bubble", "event": "meet", "poll": "poll", "video": "photo",
    "link": "press", "news": "news", "lost": "lost",
}  # fmt: skip
STAMPS = {"unlisted": "public", "followers": "message", "direct": "message"}
LONG = {"article", "video", "link"}  # shown by their beginning: one reads or looks on at their own server


class Foreign(Protocol):
    """Columns of a post that say where it comes from."""

    id: int
    author_id: int
    kind: str
    state: str
    scope: str
    html: str
    uri: str | None
    url: str | None
    warning: str
    details: dict[str, Any] | None
    quoted_uri: str | None
    is_public: bool
    is_held: bool
    host: str | None
    handle: str
    author_path: str | None


def kind_word(kind: str, state: str = "") -> str:
    """The word on the sheet."""
    if kind == lost.KIND:
        return lost.word(state)
    return {
        "news": _("Actualité"), "question": _("Question résolue") if state == "solved" else _("Question"),
        "article": _("Article"), "page": _("Message"), "event": _("Événement"), "poll": _("Sondage"),
        "video": _("Vidéo"), "link": _("Lien"),
    }.get(kind, _("Message"))  # fmt: skip


def author_href(post: Foreign) -> str:
    """The page of the author here, ours or remote."""
    return f"/comptes/{post.author_id}" if post.uri is not None else post.author_path or ""


def byline(post: Foreign, origin: str = "") -> dict[str, Any]:
    """What stands beside the name of somebody from elsewhere; `origin` is where a partner city vouches that they live.

    A neighbour of another city without such a word is of that server, and no more is said.
    """
    waits = _("attend la modération") if post.is_held else ""
    if page_cards.is_of_feed(post.details):
        return {"where": post.host, "outside": True, "note": _("hors quartier")}
    if not post.is_public and post.scope == "neighbours":
        return {"where": origin or post.host, "outside": not origin, "note": waits}
    return {"where": f"@{post.handle}@{post.host}", "outside": True, "note": waits or _("hors quartier")}


def address(post: Foreign) -> str:
    """Where it stands at its own server: never led elsewhere by what its author wrote (threats.md D5)."""
    uri, url = post.uri or "", post.url or ""
    there, claimed = urlsplit(uri), urlsplit(url)
    if page_cards.is_of_feed(post.details):  # its items lie beside the feed, or on a sister of its host
        return url if registered(there.netloc) == registered(claimed.netloc) else uri.partition("#")[0]
    return url if (there.scheme, there.netloc) == (claimed.scheme, claimed.netloc) else uri


def own(post: Foreign, words: str) -> Markup:
    """Words of ours, with what they quote; behind their author's warning if there is one."""
    return behind(post, words + quote_cards.mark(post))


def body(post: Foreign, facts: Any) -> Markup:
    """The words, with what belongs to its kind, and what they quote; behind its author's warning if there is one."""
    details = post.details or {}
    words = Markup(post.html)
    if post.kind in LONG:
        words = Markup("<p>{}</p>").format(details["summary"]) if details.get("summary") else words
    parts = [
        facts(pairs) if (pairs := _facts(post.kind, details)) else "",
        words,
        Markup(quote_cards.mark(post)),
        *_links(post, details),
    ]
    return behind(post, "".join(Markup(part) for part in parts if part))


class Covered(Protocol):
    """The column of a post that says what its author wrote over it."""

    warning: str


def behind(post: Covered, words: str) -> Markup:
    """HTML that is safe already, folded under what its author wrote over it, if anything."""
    if not post.warning:
        return Markup(words)
    head = Markup('<details class="details"><summary>{}</summary><div class="stack">').format(post.warning)
    return head + Markup(words) + Markup("</div></details>")


class Linked(Protocol):
    """What a page that is linked to says of itself."""

    url: str
    title: str
    description: str
    site: str


def link_card(card: Linked) -> Markup:
    """The card of a link, in words: nothing of the page itself is shown."""
    head = Markup('<p><a href="{}" rel="nofollow noopener noreferrer ugc">{}</a> <span class="soft small">{}</span>')
    text = Markup("<br>{}").format(card.description) if card.description else Markup("")
    return head.format(card.url, card.title, card.site) + text + Markup("</p>")


def _links(post: Foreign, details: dict[str, Any]) -> list[Markup]:
    found: list[tuple[str, str]] = []
    if details.get("link"):
        found.append((str(details["link"]), urlsplit(str(details["link"])).netloc))
    if page_cards.is_of_feed(post.details) and post.url:  # the link that the feed gives, under the name of its host
        found.append((post.url, _("Lire sur %(host)s", host=urlsplit(post.url).netloc)))
    elif post.kind in LONG or post.kind in {"event", "poll"}:
        found.append((address(post), _("Voir sur %(host)s", host=urlsplit(address(post)).netloc)))
    line = Markup('<p><a href="{}" rel="nofollow noopener noreferrer ugc">{}</a></p>')
    return [line.format(url, words) for url, words in found]


def _facts(kind: str, details: dict[str, Any]) -> list[tuple[str, str]]:
    return _event(details) if kind == "event" else []  # a poll's options and totals: poll_cards.py


def _event(details: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = []
    if details.get("is_cancelled"):
        pairs.append((_("Annulé"), _("Cet événement n’a pas lieu.")))
    for word, key in ((_("Quand"), "start"), (_("Jusqu’à"), "end")):
        if details.get(key):
            pairs.append((word, _day(datetime.fromisoformat(details[key]))))
    places: Sequence[str] = details.get("places", [])
    return [*pairs, *((_("Où"), place) for place in places)]


def _day(moment: datetime) -> str:
    """Day and hour in full, by the city's clock: it may lie ahead."""
    return format_datetime(moment, _("EEEE d MMMM y, H:mm"))
