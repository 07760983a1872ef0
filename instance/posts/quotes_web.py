"""The author of quoted words takes them out of the post that shows them, after a page that says what it means."""

from __future__ import annotations

from flask import flash, g, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts.session import account, login_required
from instance.core.db import commit, db
from instance.core.errors import NotFound
from instance.core.web import page
from instance.posts import cards, quotes, service, threads
from instance.posts.cards import Shown
from instance.posts.models import Post, Quote
from instance.posts.public_web import bp
from instance.posts.web import reading, see

__all__ = ["bp"]


@bp.get("/p/<int:post_id>/retirer-mes-mots")
@login_required
def end_quote_form(post_id: int) -> ResponseReturnValue:
    """Ask before: it cannot be undone."""
    quote, quoted, quoting = _of_mine(post_id)
    if quote.state != "accepted":
        return redirect(see(post_id), 303)
    name = cards.author_name(quoting, reading())
    return page("posts/end_quote.html", quoted=quoted, quoting=quoting, name=name, current="wall")


@bp.post("/p/<int:post_id>/retirer-mes-mots")
@login_required
def end_quote(post_id: int) -> ResponseReturnValue:
    """The post shows the author's words no more; sent twice, it says the same."""
    own_id = g.actor_id
    quote, _quoted, _quoting = _of_mine(post_id)
    quoted_id = quote.quoted_id
    with commit():
        quotes.revoke(own_id, quoted_id, post_id)
    flash(_("Vos mots n’apparaissent plus dans ce message."), "ok")
    # To the quoting post, not to the head of its thread, which this reader may not know; and to the top of the page,
    # where the sentence stands.
    return redirect(see(post_id), 303)


def _of_mine(post_id: int) -> tuple[Quote, Post, Shown]:
    """The quote by the post `post_id` of an own post, and both. Raises `NotFound` for others as for an absent one."""
    quoting, quote = threads.one(g.actor_id, post_id), db.session.get(Quote, post_id)
    if quoting is None or quote is None:
        raise NotFound
    return quote, service.own(account(), quote.quoted_id), quoting
