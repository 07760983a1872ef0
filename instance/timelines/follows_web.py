"""Whom the reader follows, who follows the reader, and the requests that wait for an answer.

Open to every account: who moved away still ends what began before.
"""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts import follows
from instance.accounts.models import Follow
from instance.accounts.session import account, login_required
from instance.core.db import commit
from instance.core.errors import NotFound
from instance.core.paging import HIGHEST
from instance.core.web import page, row_number
from instance.timelines import connections
from instance.timelines.blueprint import bp


@bp.get("/abonnements", endpoint="connections")
@login_required
def both_sides() -> ResponseReturnValue:
    """Requests first, then both lists."""
    mine = request.args.get("suivis", HIGHEST, type=row_number)
    theirs = request.args.get("abonnes", HIGHEST, type=row_number)
    followed, older_followed = connections.followed_by(g.actor_id, mine)
    followers, older_followers = connections.followers_of(g.actor_id, theirs)
    return page(
        "timelines/connections.html", asking=connections.asking(g.actor_id), followed=followed, followers=followers,
        older_followed=older_followed, older_followers=older_followers, approves=account().approves_followers,
        current="me",
    )  # fmt: skip


@bp.post("/abonnements/<int:actor_id>/accepter")
@login_required
def accept_follower(actor_id: int) -> ResponseReturnValue:
    """Yes to somebody who asks."""
    own_id = g.actor_id
    with commit():
        row = _of_me(actor_id, own_id)
        follows.accept(row)
    flash(_("C’est oui. Vos prochains mots visibles partout lui arriveront."))
    return redirect(url_for("timelines.connections"), 303)


@bp.post("/abonnements/<int:actor_id>/refuser")
@login_required
def refuse_follower(actor_id: int) -> ResponseReturnValue:
    """No to somebody who asks, or no more to somebody who follows."""
    own_id = g.actor_id
    with commit():
        row = _of_me(actor_id, own_id)
        was_asking = row.state == "pending"
        follows.reject(row)
    flash(_("C’est non.") if was_asking else _("Cette personne ne vous suit plus."))
    return redirect(url_for("timelines.connections"), 303)


@bp.post("/abonnements/<int:actor_id>/quitter")
@login_required
def leave(actor_id: int) -> ResponseReturnValue:
    """Follow somebody no more, or take the request back."""
    own_id = g.actor_id
    with commit():
        row = follows.between(own_id, actor_id)
        if row is None:
            raise NotFound
        follows.end(row)
    flash(_("C’est noté."))
    return redirect(url_for("timelines.connections"), 303)


def _of_me(follower_id: int, own_id: int) -> Follow:
    row = follows.between(follower_id, own_id)
    if row is None:
        raise NotFound
    return row
