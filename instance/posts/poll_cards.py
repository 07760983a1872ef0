"""The part of a sheet that asks: choices for who may vote, else the totals. Each reader's own, so it is never kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from flask import current_app
from flask_babel import format_datetime, ngettext
from flask_babel import gettext as _

from instance.posts import polls
from instance.posts.polls import PollShown

MARK = "<!--poll-->"


class Asked(Protocol):
    """Columns of a post that may hold a poll."""

    id: int
    kind: str
    state: str
    title: str
    scope: str
    uri: str | None
    is_public: bool
    is_held: bool


class Reader(Protocol):
    """Who reads (`cards.Reading`)."""

    @property
    def actor_id(self) -> int | None: ...
    @property
    def may_write(self) -> bool: ...


def is_asked(post: Asked) -> bool:
    """Whether there is a poll to show."""
    return post.kind == polls.KIND and post.state != "retracted"


def paper(post: Asked) -> str:
    """A poll of a neighbour stands on the paper of « Se retrouver » (product.md §3.3)."""
    return "meet" if is_asked(post) and post.uri is None else ""


def word(state: str) -> str:
    """The word on the sheet."""
    return _("Sondage clos") if state == "closed" else _("Sondage")


def filled(papers: list[str], posts: Sequence[Asked], reader: Reader) -> list[str]:
    """The kept sheets with the polls of those who ask, as `reader` sees them; no statement where nobody asks."""
    asked = {post.id: post for post in posts if is_asked(post)}
    if not asked:
        return papers
    found = polls.shown(reader.actor_id, list(asked))
    ui: Any = current_app.jinja_env.get_template("ui/ui.html").module
    made = {i: str(ui.poll(_values(one, asked[i], reader))) for i, one in found.items()}
    return [
        text.replace(MARK, made.get(post.id, ""), 1) if post.id in asked else text
        for text, post in zip(papers, posts, strict=True)
    ]


def _values(poll: PollShown, post: Asked, reader: Reader) -> dict[str, Any]:
    is_open_here = not poll.is_remote or (post.is_public and not post.is_held) or post.scope in polls.FAR_SCOPES
    return {
        "id": poll.post_id, "legend": post.title, "many": poll.is_multiple, "hidden": poll.hides_totals,
        "may_vote": poll.may_vote and reader.may_write and is_open_here, "foot": " ".join(_foot(poll)),
        "choices": [
            {"title": one.title, "own": one.is_own, "words": _words(one.votes, poll), "share": _share(one.votes, poll)}
            for one in poll.choices
        ],
    }  # fmt: skip


def _share(votes: int | None, poll: PollShown) -> int:
    """Of a hundred who voted, how many took it."""
    return min(100, round(100 * (votes or 0) / max(poll.voters, 1)))


def _words(votes: int | None, poll: PollShown) -> str:
    if votes is None:
        return ""
    said = ngettext("%(num)d voix", "%(num)d voix", votes)
    return _("%(votes)s, %(share)d %%", votes=said, share=_share(votes, poll)) if poll.voters else said


def _foot(poll: PollShown) -> list[str]:
    number = ngettext("%(num)d personne a voté.", "%(num)d personnes ont voté.", poll.voters)
    said = [number if poll.voters else _("Personne n’a encore voté.")]
    if poll.closes_at is not None:
        moment = format_datetime(poll.closes_at, _("EEEE d MMMM y, H:mm"))
        said.append(
            _("Clos le %(moment)s.", moment=moment) if poll.is_closed
            else _("Ouvert jusqu’au %(moment)s.", moment=moment)
        )  # fmt: skip
    if poll.hides_totals:
        said.append(_("Les résultats se montrent à la clôture."))
    if not poll.is_remote:
        said.append(_("Personne ne voit qui a choisi quoi."))
    return said
