"""Public posts: « faire suivre » passes one on to one's followers, or takes that back; own ones as a file to keep."""

from __future__ import annotations

from flask import flash, g, jsonify, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts import outside
from instance.accounts.models import Account
from instance.accounts.session import account, login_required
from instance.core.db import commit, db
from instance.core.errors import NotFound
from instance.core.web import page
from instance.posts import boosts, outboxes, visibility
from instance.posts.compose_web import bp
from instance.posts.models import Post
from instance.posts.web import see
from instance.quartiers.access import resident_required

__all__ = ["bp"]


@bp.get("/p/<int:post_id>/faire-suivre")
@resident_required
def boost_form(post_id: int) -> ResponseReturnValue:
    """Who will see it and under which name, before anything is sent; or the way to take it back."""
    post = _public(post_id)
    return page(
        "posts/boost.html", post=post, is_on=boosts.find(g.actor_id, post_id) is not None, current="wall",
        is_shown=outside.is_shown_outside(account()),
    )  # fmt: skip


@bp.post("/p/<int:post_id>/faire-suivre")
@resident_required
def boost(post_id: int) -> ResponseReturnValue:
    """Pass the post on. Whoever does so speaks to everybody: from now on their name shows (« Prénom N. »)."""
    own_id, account_id = g.actor_id, g.account_id
    with commit():
        post = _public(post_id)
        boosts.boost(own_id, post)
        outside.show(db.session.get_one(Account, account_id))
        thread_id = post.thread_id
    flash(_("Ce mot part vers ceux qui vous suivent."), "ok")
    return redirect(see(thread_id), 303)


@bp.post("/p/<int:post_id>/ne-plus-faire-suivre")
@resident_required
def end_boost(post_id: int) -> ResponseReturnValue:
    """Take it back; other servers are asked to forget it."""
    own_id = g.actor_id
    with commit():
        post = _public(post_id)
        boosts.end(own_id, post)
        thread_id = post.thread_id
    flash(_("Vous ne faites plus suivre ce mot."), "ok")
    return redirect(see(thread_id), 303)


@bp.get("/mes-mots-publics.json")
@login_required
def own_public_posts() -> ResponseReturnValue:
    """What the reader said to everybody, as an ActivityPub collection."""
    answer = jsonify(outboxes.archive(account().actor))
    answer.headers["Content-Disposition"] = 'attachment; filename="outbox.json"'
    return answer


def _public(post_id: int) -> Post:
    """The post, if everybody may read it. Raises `NotFound` for a private one as for an absent one."""
    post = visibility.find(g.actor_id, post_id)
    if post is None or not post.is_public or post.is_held or post.is_nameless:
        raise NotFound
    return post
