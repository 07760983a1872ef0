"""Notices in the page, their switches, and the one click that ends mails."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts.session import account, login_required
from instance.core.db import commit
from instance.core.errors import NotFound
from instance.core.web import csrf, page, row_number
from instance.notifications import policy, service
from instance.notifications.models import ALWAYS_IN_PAGE, FOR_ADMINS, FOR_MODERATORS, FOR_TEAMS, KINDS
from instance.notifications.words import kind_word, sentence
from instance.pages import service as pages
from instance.quartiers.access import my_roles

bp = Blueprint("notifications", __name__)

Line = Callable[[int], tuple[str, str] | None]
_lines: list[Line] = []


def register_line(line: Line) -> None:
    """Have the page of notices ask `line(account_id)` for a sentence and an address: news that no row may tell of."""
    if line not in _lines:
        _lines.append(line)


@bp.get("/avis")
@login_required
def notices() -> ResponseReturnValue:
    """The account's notices."""
    found = service.page(g.account_id, g.actor_id, request.args.get("avant", type=row_number))
    older = found[-1].id if len(found) == service.PAGE else None
    rows = [(notice, sentence(notice)) for notice in found]
    lines = [said for line in _lines if (said := line(g.account_id)) is not None]
    apart = policy.number_apart(g.account_id, g.actor_id)
    return page("notifications/list.html", rows=rows, lines=lines, older=older, apart=apart, current="notifications")


@bp.get("/avis/a-part")
@login_required
def apart() -> ResponseReturnValue:
    """The people about whom notices were set apart."""
    found = policy.waiting(g.account_id, g.actor_id)
    names = policy.names(g.actor_id, found)
    return page("notifications/apart.html", rows=[(one, names[one.actor_id]) for one in found], current="notifications")


@bp.post("/avis/a-part/<int:actor_id>")
@login_required
def settle_apart(actor_id: int) -> ResponseReturnValue:
    """Hear of somebody from now on, or throw away what was set apart about them."""
    if all(one.actor_id != actor_id for one in policy.waiting(g.account_id, g.actor_id)):
        raise NotFound
    with commit():
        if request.form.get("act") == "accept":
            policy.accept(g.account_id, g.actor_id, [actor_id])
        else:
            policy.dismiss(g.account_id, g.actor_id, [actor_id])
    return redirect(url_for("notifications.apart"), 303)


@bp.get("/avis/<int:notification_id>")
@login_required
def follow(notification_id: int) -> ResponseReturnValue:
    """Lead to what a notice is about, and mark it as read."""
    notice = service.one(g.account_id, g.actor_id, notification_id)
    if notice is None:
        raise NotFound
    with commit():
        service.mark_read(g.account_id, notification_id)
    return redirect(notice.path, 303)


@bp.post("/avis/lus")
@login_required
def read_all() -> ResponseReturnValue:
    """Mark all as read."""
    with commit():
        service.mark_read(g.account_id)
    return redirect(url_for("notifications.notices"), 303)


@bp.get("/avis/reglages")
@login_required
def switches() -> ResponseReturnValue:
    """The switches, a line per kind."""
    rows = [(kind, kind_word(kind), service.channels(g.account_id, kind), kind in ALWAYS_IN_PAGE) for kind in _kinds()]
    policies = [(f"policy-{name}", _policy_word(name), word) for name, word in policy.chosen(g.account_id).items()]
    return page("notifications/switches.html", rows=rows, policies=policies, account=account(), current="notifications")


def _policy_word(name: str) -> str:
    """A sort of strangers, as the settings name it."""
    return {
        "not_following": _("Que je ne suis pas"),
        "not_followers": _("Qui ne me suivent pas"),
        "new_accounts": _("Dont le compte a moins d’un mois"),
        "private_mentions": _("Qui m’écrivent en privé"),
    }.get(name, _("De serveurs que cette ville limite"))


def _kinds() -> list[str]:
    """What the reader can be told of."""
    hidden = set() if "moderator" in my_roles() else set(FOR_MODERATORS)
    hidden |= set() if "admin" in my_roles() else set(FOR_ADMINS)
    hidden |= set() if pages.of_account(g.account_id) else set(FOR_TEAMS)
    return [kind for kind in KINDS if kind not in hidden]


@bp.post("/avis/reglages")
@login_required
def keep_switches() -> ResponseReturnValue:
    """Keep the switches."""
    with commit():
        for kind in _kinds():
            in_page = f"page-{kind}" in request.form or kind in ALWAYS_IN_PAGE
            service.choose(g.account_id, kind, in_page=in_page, by_mail=f"mail-{kind}" in request.form)
        wishes = {name: word for name in policy.MEMBERS if (word := request.form.get(f"policy-{name}"))}
        if wishes:
            policy.choose(g.account_id, wishes)
    flash(_("Vos réglages d’avis sont enregistrés."), "ok")
    return redirect(url_for("notifications.switches"), 303)


@bp.get("/avis/desabonner/<token>")
def unsubscribe_form(token: str) -> ResponseReturnValue:
    """Ask before ending the mails: a mail scanner that opens every link must not do it."""
    found = service.subscription(token)
    if found is None:
        raise NotFound
    return page("notifications/unsubscribe.html", word=kind_word(found[1]), is_done=False)


@bp.post("/avis/desabonner/<token>")
@csrf.exempt  # type: ignore[untyped-decorator]  # RFC 8058: mail programs send this without a form; the token is the right, and can do nothing else
def unsubscribe(token: str) -> ResponseReturnValue:
    """End the mails of one kind."""
    with commit():
        kind = service.unsubscribe(token)
    if kind is None:
        raise NotFound
    return page("notifications/unsubscribe.html", word=kind_word(kind), is_done=True)
