"""Posts as sheets of paper: HTML rendered once per post version, completed per reader.

What is kept is the words of a version in a language; whether somebody may read them is asked anew at each request, and
what depends on the reader (Merci, counts, actions) is filled in outside of the kept part (performance.md rules 4, 12).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from instance.core import clock, ids, markup, pieces
from instance.core.i18n import language, when
from instance.core.typography import french
from instance.media.models import Media
from instance.posts import foreign_cards, group_walls, link_cards, lost, named, origins, page_cards, photos, poll_cards
from instance.posts.audience import APART, DIRECT
from instance.posts.models import LinkCard
from instance.posts.quote_cards import filled

CUT_CHARS = 700
CUT_LINES = 10
KIND_ICON = {"news": "news", "question": "question", "lost": "lost", "poll": "poll"}
WHEN, SEEN, STRIP = "<!--when-->", "<!--seen-->", "<!--strip-->"


class Shown(Protocol):
    """What a card needs of a post, its author and the reader: columns of `threads.COLUMNS`."""

    id: int
    author_id: int
    version: int
    author_version: int
    kind: str
    state: str
    title: str
    text: str
    html: str
    language: str
    scope: str
    home_id: int | None
    home_name: str | None
    street: str | None
    is_nameless: bool
    edited_at: datetime | None
    media_count: int
    verdict: str
    answer_id: int | None
    thread_id: int
    reply_to_id: int | None
    shown_name: str
    outside_name: str
    handle: str
    author_path: str | None
    thanked: bool
    seen_number: int
    seen_marks: int
    seen_key: str | None
    # of what came from elsewhere
    uri: str | None
    url: str | None
    host: str | None
    warning: str
    is_sensitive: bool
    details: dict[str, Any] | None
    quoted_uri: str | None
    is_public: bool
    is_held: bool
    from_id: int | None


@dataclass(frozen=True)
class Reading:
    """Who reads, as far as it changes a card: where they live, what they may do there."""

    actor_id: int | None
    home_id: int | None = None
    may_write: bool = False
    is_simple: bool = False
    wall_home_id: int | None = None  # the quartier whose wall is shown
    pins: bool = False

    def may_answer(self, post: Shown) -> bool:
        """Whether words can be sent under `post`: what came from elsewhere for a few is read here, not answered."""
        is_open = post.is_public and not post.is_held
        if post.scope == DIRECT:
            return False  # answered in its conversation
        return self.may_write and (post.uri is None or is_open or post.scope == "neighbours")

    def is_stranger_to(self, post: Shown) -> bool:
        """Whether the author is known to this reader as to anybody: who lives nowhere here is no neighbour."""
        return self.home_id is None and post.author_id != self.actor_id


def is_cut(post: Shown) -> bool:
    """Whether a wall shows only the beginning of the text."""
    return len(post.text) > CUT_CHARS or post.text.count("\n") > CUT_LINES


def forget_all() -> None:
    """Throw the kept texts away (tests, a changed template)."""
    pieces.forget_all()
    _said.cache_clear()


@dataclass(frozen=True)
class Attached:
    """What stands with the words of a post: pictures, the card of a link, where its author lives, whom it names."""

    photos: list[Media]
    link: LinkCard | None
    origin: str
    pages: dict[str, str]  # of those whom its words name and this reader may meet, by name


def _papers(
    posts: Sequence[Shown], reading: Reading, key: Callable[[Shown], Hashable], render: Callable[[Shown, Attached], str]
) -> list[str]:
    """The kept part of each of `posts`; what is attached is read for those that have to be rendered, and only then."""
    is_home = reading.home_id is not None  # to who lives nowhere here it is not said where anybody lives
    told = named.told(reading.actor_id, [post.id for post in posts if post.uri is None and "@" in post.html])
    keys = [(key(post), is_home, told.get(post.id)) for post in posts]
    found = [pieces.find(each) for each in keys]
    fresh = [post for post, text in zip(posts, found, strict=True) if text is None]
    there = photos.of_posts(fresh)
    links = link_cards.of([post.id for post in fresh if post.is_public and "<a " in post.html])
    homes = origins.labels(fresh if is_home else ())

    def attached(post: Shown) -> Attached:
        pages = named.pages(told.get(post.id, ()), is_resident=is_home)
        return Attached(there.get(post.id, []), links.get(post.id), homes.get(post.from_id or 0, ""), pages)

    return [
        pieces.put(key, render(post, attached(post))) if text is None else text
        for post, key, text in zip(posts, keys, found, strict=True)
    ]


def notes(
    posts: Sequence[Shown], reading: Reading, replies: dict[int, int], *, level: int = 3, whole: bool = False
) -> list[Markup]:
    """The sheets for `posts`; `whole` shows the full text (the post's own page)."""
    words = language()

    def is_away(post: Shown) -> bool:
        return reading.wall_home_id is not None and post.home_id != reading.wall_home_id

    def where(post: Shown) -> str:
        return _where(post, is_away(post), reading)

    def name(post: Shown) -> str:
        return author_name(post, reading)

    asked = (words, reading.is_simple, level, whole)
    papers = _papers(
        posts, reading,
        lambda post: (post.id, post.version, post.state, post.author_version, where(post), name(post), asked),
        lambda post, attached: str(
            _ui().note_card(_values(post, attached, name(post), where(post), level, whole, reading.is_simple))
        ),
    )  # fmt: skip
    return [
        _note(paper, post, reading, replies.get(post.id, 0), whole, words)
        for paper, post in zip(filled(papers, posts, reading, author_name), posts, strict=True)
    ]


def _is_near(post: Shown, reading: Reading) -> bool:
    return reading.home_id is not None and reading.home_id == post.home_id


def _where(post: Shown, is_away: bool, reading: Reading) -> str:
    """What stands beside the name: the quartier from elsewhere, at home the street, for those who live there too.

    To who lives nowhere here it is not said where anybody lives.
    """
    if reading.is_stranger_to(post):
        return ""
    if is_away:
        return post.home_name or ""
    return (post.street or "") if _is_near(post, reading) else ""


def _ui() -> Any:
    return current_app.jinja_env.get_template("ui/ui.html").module


@lru_cache(maxsize=pieces.KEPT)
def _said(post_id: int, _minute: int, _language: str) -> str:
    return when(ids.moment_of(post_id))


def _moment(post: Shown, words: str) -> str:
    """When `post` was written, in words that are worked out once a minute."""
    return _said(post.id, int(clock.now().timestamp()) // 60, words)


def _note(paper: str, post: Shown, reading: Reading, replies: int, whole: bool, words: str) -> Markup:
    number = 0 if page_cards.is_of_page(post) else post.seen_number + post.seen_marks  # a page has one indicator
    foot = pieces.keep(("seen", number, words), lambda: str(_ui().note_seen(number))) if number else ""
    paper = paper.replace(WHEN, _moment(post, words), 1).replace(SEEN, foot, 1)
    return Markup(paper.replace(STRIP, _strip(post, reading, replies, whole, words), 1))


def _values(
    post: Shown, attached: Attached, name: str, where: str, level: int, whole: bool, is_simple: bool
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": f"m{post.id}", "href": f"/p/{post.id}", "title": _set(post, post.title),
        "kind_icon": _kind_icon(post),
        "kind_word": kind_word(post), "scope": _stamp(post),
        "place": group_walls.place(post.scope, post.thread_id, post.home_name),
        "name": name, "author_href": _author_href(post), "where": where,
        "iso": ids.moment_of(post.id).isoformat(timespec="seconds"), "level": level,
        "lang": "" if post.language == language() else post.language, "body": _body(post, attached),
        "photos": [photos.values(photo) for photo in attached.photos], "cut": not whole and is_cut(post),
        "edited": page_cards.edited(post), "simple": is_simple or photos.are_covered(post),
        "page": page_cards.mark(post),
        "facts": lost.facts(post), "poll": poll_cards.is_asked(post), "paper": poll_cards.paper(post),
    } | (foreign_cards.byline(post, attached.origin) if post.uri else {})  # fmt: skip


def _stamp(post: Shown) -> str:
    return foreign_cards.STAMPS.get(post.scope, post.scope)


def _author_href(post: Shown) -> str:
    return "" if post.is_nameless else foreign_cards.author_href(post)


def _body(post: Shown, attached: Attached) -> Markup:
    if post.state == "retracted":
        return page_cards.retraction(post)
    own = "" if post.uri else _set(post, markup.with_mentions(post.html, attached.pages))
    words = foreign_cards.body(post, _ui().facts) if post.uri else foreign_cards.own(post, own)
    return page_cards.correction(post) + words + (foreign_cards.link_card(attached.link) if attached.link else "")


def _set(post: Shown, words: str) -> str:
    """French words get their no-break spaces when shown; what is stored is what was typed."""
    return french(words) if post.language == "fr" else words


def author_name(post: Shown, reading: Reading) -> str:
    """The name that this reader may see: neighbours the one chosen for them, strangers « Prénom N. » or the handle."""
    if post.is_nameless:
        return _("Un ancien voisin")
    is_resident = post.author_path is not None and post.author_path.startswith("/u/")
    if is_resident and reading.is_stranger_to(post):
        return post.outside_name or f"@{post.handle}"
    return post.shown_name


def _kind_icon(post: Shown) -> str:
    if post.scope == "direct":
        return "messages"
    return KIND_ICON.get(post.kind) or foreign_cards.ICONS.get(post.kind, "bubble")


def kind_word(post: Shown) -> str:
    """The word on the sheet."""
    if post.scope == "direct":
        return _("Message")
    if post.uri is not None or post.kind == "article":
        return foreign_cards.kind_word(post.kind, post.state)
    if post.kind == lost.KIND:
        return lost.word(post.state)
    if post.kind == "question":
        return _("Question résolue") if post.state == "solved" else _("Question")
    plain = _("Mot") if post.scope == "group" else _("Actualité")
    return poll_cards.word(post.state) if post.kind == "poll" else plain


def _strip(post: Shown, reading: Reading, replies: int, whole: bool, words: str) -> str:
    is_own = post.author_id == reading.actor_id
    key = (
        "strip", post.id, post.version, words, replies, post.thanked, is_own, reading.may_write, reading.pins,
        reading.is_simple, whole, reading.actor_id is None, reading.home_id is None, reading.home_id == post.home_id,
        post.verdict,
    )  # fmt: skip
    return pieces.keep(key, lambda: str(_ui().note_strip(**_strip_values(post, reading, replies, is_own))))


def _strip_values(post: Shown, reading: Reading, replies: int, is_own: bool) -> dict[str, Any]:
    may_thank = reading.actor_id is not None and not is_own and reading.home_id is not None
    return {
        "href": f"/p/{post.id}#repondre" if reading.may_answer(post) else f"/p/{post.id}",
        "title": post.title, "reply": _("Répondre") if reading.may_answer(post) else _("Lire"),
        "replies": ngettext("%(num)d réponse", "%(num)d réponses", replies) if replies else "",
        "thanks_url": f"/p/{post.id}/merci" if may_thank else "", "thanked": post.thanked,
        "more": more_actions(post, reading, is_own), "simple": reading.is_simple,
    }  # fmt: skip


def more_actions(post: Shown, reading: Reading, is_own: bool) -> list[dict[str, Any]]:
    """What stands behind « Plus »: own posts can be changed, those of others reported."""
    own_here = is_own and reading.home_id is not None and reading.home_id == post.home_id
    actions: list[dict[str, Any]] = []
    if own_here and reading.may_write:
        actions.append({"label": _("Modifier"), "url": f"/p/{post.id}/modifier"})
        if post.kind == lost.KIND:
            label = _("Toujours perdu") if post.state == "found" else _("Retrouvé")
            actions.append({"label": label, "url": f"/p/{post.id}/retrouve", "post": True})
    if is_own:
        actions.append({"label": _("Supprimer"), "url": f"/p/{post.id}/supprimer", "danger": True})
    else:
        actions.append({"label": _("Signaler"), "url": f"/p/{post.id}/signaler"})
    if post.uri is not None and post.scope != "neighbours":  # its city shows that to nobody from here
        actions.append({"label": _("Voir sur %(host)s", host=post.host or ""), "url": foreign_cards.address(post)})
    if post.edited_at:
        actions.append({"label": _("Voir les versions"), "url": f"/p/{post.id}/versions"})
    if reading.home_id is not None and page_cards.may_travel(post):
        actions.append({"label": _("Faire suivre"), "url": f"/p/{post.id}/faire-suivre"})
    if reading.pins and post.reply_to_id is None and post.scope not in APART:  # a quartier's wall has pins
        actions.append({"label": _("Épingler ou décrocher"), "url": f"/p/{post.id}/epingler", "post": True})
    return actions


def reply_notes(
    replies: Sequence[Shown], reading: Reading, question: Shown | None, names: dict[int, str]
) -> list[Markup]:
    """The replies of a thread as list items; `names` tells whom each answers, where that isn't the first post."""
    words = language()
    papers = _papers(
        replies,
        reading,
        lambda post: (*_reply_key(post, question, names, words), _is_near(post, reading), author_name(post, reading)),
        lambda post, attached: str(_ui().reply_card(_reply_values(post, attached, reading, question, names))),
    )
    papers = filled(papers, replies, reading, author_name)
    return [_reply(paper, post, reading, question, words) for paper, post in zip(papers, replies, strict=True)]


def _beside(post: Shown, question: Shown | None) -> tuple[bool, bool, str]:
    """How a reply differs from its question: written elsewhere, the answer kept, a scope of its own."""
    if question is None:
        return False, False, _stamp(post)
    scope = "" if post.scope == question.scope or (post.is_public and question.is_public) else _stamp(post)
    return post.home_id != question.home_id, question.answer_id == post.id, scope


def _reply_key(post: Shown, question: Shown | None, names: dict[int, str], words: str) -> tuple[Hashable, ...]:
    to = names.get(post.reply_to_id or 0, "")
    return ("reply", post.id, post.version, post.author_version, words, _beside(post, question), to)


def _reply_values(
    post: Shown, attached: Attached, reading: Reading, question: Shown | None, names: dict[int, str]
) -> dict[str, Any]:  # fmt: skip
    is_away, is_answer, scope = _beside(post, question)
    return {
        "id": f"r{post.id}", "name": author_name(post, reading),
        "iso": ids.moment_of(post.id).isoformat(timespec="seconds"),
        "body": _body(post, attached), "author_href": _author_href(post),
        "where": _where(post, is_away, reading), "to": names.get(post.reply_to_id or 0, ""),
        "scope": scope, "place": group_walls.place(post.scope, post.thread_id, post.home_name),
        "photos": [photos.values(photo) for photo in attached.photos],
        "edited": page_cards.edited(post), "simple": photos.are_covered(post), "poll": poll_cards.is_asked(post),
        "solved": _("Réponse retenue") if is_answer else "",
        "lang": "" if post.language == language() else post.language,
    } | (foreign_cards.byline(post, attached.origin) if post.uri else {})  # fmt: skip


def _reply(paper: str, post: Shown, reading: Reading, question: Shown | None, words: str) -> Markup:
    is_own = post.author_id == reading.actor_id
    moment = _moment(post, words)
    owns_question = question is not None and question.kind == "question" and question.author_id == reading.actor_id
    name = author_name(post, reading)
    key = (
        "reply strip", post.id, post.version, post.author_version, words, moment, post.thanked, is_own, owns_question,
        question is not None and question.answer_id == post.id, reading.may_write, reading.home_id is None,
        reading.home_id == post.home_id, reading.pins, name,
    )  # fmt: skip
    strip = pieces.keep(
        key, lambda: str(_ui().reply_strip(name, moment, _reply_actions(post, reading, question, is_own)))
    )
    return Markup(paper.replace(WHEN, moment, 1).replace(STRIP, strip, 1))


def _reply_actions(post: Shown, reading: Reading, question: Shown | None, is_own: bool) -> list[dict[str, Any]]:
    actions: list[dict[str, Any]] = []
    if reading.may_answer(post):
        actions.append({"label": _("Répondre"), "url": f"/p/{post.id}/repondre"})
    if reading.home_id is not None and not is_own:
        label = _("Merci dit") if post.thanked else _("Merci")
        actions.append({"label": label, "url": f"/p/{post.id}/merci", "post": True})
    owns_question = question is not None and question.kind == "question" and question.author_id == reading.actor_id
    if owns_question and question is not None:
        label = _("Ne plus retenir") if question.answer_id == post.id else _("Cela répond à ma question")
        actions.append({"label": label, "url": f"/p/{post.id}/retenir", "post": True})
    return actions + more_actions(post, reading, is_own)
