"""Our audiences for Mastodon's visibilities, on every way in (mastodon-api.md, last section).

Nothing goes further than its writer meant because a program does not know our audiences: what is not clearly asked for
stays in the quartier, and an answer is never wider than what it answers.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from instance.core.errors import Invalid, NotAllowed
from instance.mastodon.wishes import Wish
from instance.posts import audience
from instance.posts.audience import DIRECT, GROUP, Around
from instance.posts.models import Post
from instance.quartiers.models import Quartier


@dataclass(frozen=True)
class Kept:
    """The audience kept; `is_narrowed`: everybody was asked for, and the program may not speak to everybody."""

    scope: str
    is_narrowed: bool = False
    reach: Around | None = None  # the neighbour quartiers that get it


def for_post(wish: Wish, home: Quartier, *, may_outside: bool, names_group: bool) -> Kept:
    """The audience of a new post. `names_group`: its words name a group of the writer's by its handle."""
    if wish.visibility == "direct":
        return Kept(DIRECT)
    if names_group:
        return Kept(GROUP)
    if wish.audience is None and wish.visibility == "public":
        return Kept("public") if may_outside else Kept("quartier", is_narrowed=True)
    scope = _asked(wish) or "quartier"
    reach = audience.around(home) if scope == "neighbours" else None
    is_alone = reach is not None and not reach and wish.audience is None
    return Kept("quartier") if is_alone else Kept(scope, reach=reach)


def for_reply(wish: Wish, answered: Post, home: Quartier, *, may_outside: bool) -> Kept:
    """The audience of an answer: what was asked for if the answer may have it, else as narrow as what it answers."""
    is_for_few = answered.uri is not None and answered.scope == "followers"
    if wish.visibility == "direct" or is_for_few:
        return Kept(DIRECT)
    possible = audience.reply_scopes(answered, home)
    if answered.is_public:
        return _under_public(wish, possible, may_outside=may_outside)
    wished = _asked(wish)
    return Kept(wished if wished in possible else possible[0])


def _asked(wish: Wish) -> str | None:
    if wish.audience is not None:
        return wish.audience
    return {"public": "public", "unlisted": "neighbours", "private": "quartier"}.get(wish.visibility or "")


def _under_public(wish: Wish, possible: list[str], *, may_outside: bool) -> Kept:
    """Everybody hears the answer only if the program asked for just that; elsewhere there is no quartier to stay in."""
    wants_all = _asked(wish) == "public" and "public" in possible
    if wants_all and may_outside:
        return Kept("public")
    if "quartier" in possible:
        return Kept("quartier", is_narrowed=wants_all)
    if wants_all:
        raise NotAllowed("token.outside", _("Cette application ne peut pas publier hors de Quartier Libre."))
    sentence = _("Ce message vient d’ailleurs : on n’y répond que publiquement, ou par message privé.")
    raise Invalid("reply.public", sentence, field="visibility")
