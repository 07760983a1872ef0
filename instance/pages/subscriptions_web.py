"""The pages to which a quartier subscribed: residents mute them, referents ask for them, moderators agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts import lookup, moves_in, relations, tries
from instance.accounts.session import account, login_required
from instance.core import jobs
from instance.core.db import commit, db
from instance.core.errors import DomainError, Invalid, NotFound
from instance.core.web import page
from instance.pages import subscribing, subscription_words
from instance.quartiers import service as quartiers
from instance.quartiers.access import check_second_step, my_roles, residence, role_required
from instance.quartiers.models import Quartier, Subscription

bp = Blueprint("subscriptions", __name__)


@bp.record_once
def _bind(_state: object) -> None:
    """A page that moves to another server takes its subscriptions along."""
    moves_in.register_led(subscribing.follow_move)


def _has(name: str, quartier_id: int) -> bool:
    return quartier_id in my_roles().get(name, [])


def _here(slug: str, *names: str) -> Quartier:
    """The quartier, for who lives there or (`names`) for who has one of these roles there. Raises `NotFound`."""
    quartier = quartiers.by_slug(slug)
    home = residence()
    lives_here = home is not None and home.quartier.id == quartier.id
    if not any(_has(name, quartier.id) for name in names or ("referent", "moderator")) and (names or not lives_here):
        raise NotFound
    if names:
        check_second_step()
    return quartier


@bp.get("/q/<slug>/pages")
@login_required
def subscribed(slug: str) -> ResponseReturnValue:
    """The pages of the quartier, each with its mute."""
    quartier = _here(slug)
    is_referent, moderates = _has("referent", quartier.id), _has("moderator", quartier.id)
    lines = subscribing.lines([quartier.id], "live", viewer=g.actor_id)
    return page(
        "pages/subscribed.html", quartier=quartier, lines=lines, way=subscription_words.way, current="wall",
        asks=is_referent, ends=is_referent or moderates, moderates=moderates,
    )  # fmt: skip


@bp.post("/q/<slug>/pages/<int:actor_id>/masquer")
@login_required
def mute(slug: str, actor_id: int) -> ResponseReturnValue:
    """Read no more of a page."""
    return _turn(slug, actor_id, relations.mute)


@bp.post("/q/<slug>/pages/<int:actor_id>/montrer")
@login_required
def unmute(slug: str, actor_id: int) -> ResponseReturnValue:
    """Read it again."""
    return _turn(slug, actor_id, relations.unmute)


def _turn(slug: str, actor_id: int, act: Callable[[int, int], None]) -> ResponseReturnValue:
    quartier, mine = _here(slug), g.actor_id
    if subscribing.between(quartier.id, actor_id) is None:
        raise NotFound
    with commit():
        for one in subscribing.voices(actor_id):
            act(mine, one)
    flash(_("C’est noté."), "ok")
    return redirect(url_for("subscriptions.subscribed", slug=slug), 303)


@bp.get("/q/<slug>/pages/abonner")
@login_required
def asking(slug: str) -> ResponseReturnValue:
    """A referent asks for a page."""
    return _form(_here(slug, "referent"), {}, {})


@bp.post("/q/<slug>/pages/abonner")
@login_required
def ask(slug: str) -> ResponseReturnValue:
    """Take the wish down; an errand finds out what it names, save for pages of this city."""
    quartier = _here(slug, "referent")
    typed = {"asked": request.form.get("asked", ""), "reason": request.form.get("reason", "")}
    try:
        if quartier.state != "open":
            raise Invalid("wish.pilot", _("Le mur n’est pas encore ouvert."), field="asked")
        if moment := tries.count_try([lookup.asks_of(g.account_id)]):
            return _form(quartier, typed, {"asked": tries.come_back(moment)}, 429)
        with commit():
            wish = subscribing.wish(quartier, account(), typed["asked"], typed["reason"])
            found = subscribing.local(wish.asked)
            if found is None:
                jobs.put("find_page", {"wish_id": str(wish.id)})
            else:
                subscribing.ask(quartier.id, found, wish.reason, account().id)
                db.session.delete(wish)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return _form(quartier, typed, {error.field: error.sentence}, error.status)
    if found is None:
        flash(_("Nous cherchons cette page. Revenez dans un instant : la suite est écrite plus bas."), "ok")
    else:
        flash(_("La demande attend une personne de la modération."), "ok")
    return redirect(url_for("subscriptions.asking", slug=slug), 303)


def _form(
    quartier: Quartier, typed: dict[str, str], errors: dict[str, str], status: int = 200
) -> ResponseReturnValue:  # fmt: skip
    wishes = [(one, subscription_words.problem(one.problem)) for one in subscribing.wishes(quartier.id)]
    waiting = subscribing.lines([quartier.id], "asked", "refused")
    return page(
        "pages/subscribe.html", status, quartier=quartier, typed=typed, errors=errors, wishes=wishes, waiting=waiting,
        asked_max=subscribing.ASKED_MAX, reason_max=subscribing.REASON_MAX, current="wall",
    )  # fmt: skip


@bp.post("/q/<slug>/pages/demandes/<int:wish_id>/retirer")
@login_required
def drop(slug: str, wish_id: int) -> ResponseReturnValue:
    """Take a wish back that was not found."""
    quartier = _here(slug, "referent")
    with commit():
        subscribing.drop_wish(quartier.id, wish_id)
    return redirect(url_for("subscriptions.asking", slug=slug), 303)


@bp.post("/q/<slug>/pages/<int:actor_id>/desabonner")
@login_required
def unsubscribe(slug: str, actor_id: int) -> ResponseReturnValue:
    """End a subscription, by a referent or a moderator: future posts stop, past threads stay."""
    quartier, by = _here(slug, "referent", "moderator"), g.account_id
    with commit():
        row = subscribing.between(quartier.id, actor_id)
        if row is None:
            raise NotFound
        subscribing.end(row, by)
    flash(_("Le quartier n’y est plus abonné. Les conversations d’avant restent sur le mur."), "ok")
    return redirect(url_for("subscriptions.subscribed", slug=slug), 303)


def _mine() -> list[int]:
    return [one for one in my_roles().get("moderator", []) if one is not None]


@bp.get("/moderation/abonnements")
@role_required("moderator")
def moderated() -> ResponseReturnValue:
    """What waits for a yes, and how what was agreed is doing."""
    live = [(one, subscription_words.problem(one.problem)) for one in subscribing.lines(_mine(), "live")]
    return page(
        "pages/moderated.html", asked=subscribing.lines(_mine(), "asked"), live=live, way=subscription_words.way,
        slugs={one.id: one.slug for one in quartiers.those(set(_mine()))}, current="work",
    )  # fmt: skip


@bp.post("/moderation/abonnements/<int:subscription_id>/<any(accepter, refuser, redemander):word>")
@role_required("moderator")
def decide(subscription_id: int, word: str) -> ResponseReturnValue:
    """Yes, no, or ask the page again."""
    by, mine = g.account_id, _mine()
    with commit():
        row = db.session.get(Subscription, subscription_id)
        if row is None or row.quartier_id not in mine:
            raise NotFound
        acts: dict[str, Callable[[], Any]] = {
            "accepter": lambda: subscribing.agree(row, by), "refuser": lambda: subscribing.refuse(row, by),
            "redemander": lambda: subscribing.ask_again(row),
        }  # fmt: skip
        acts[word]()
    flash(_("C’est noté."), "ok")
    return redirect(url_for("subscriptions.moderated"), 303)
