"""A post's own page and what readers do there: thank, pin, mark an answer, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts import closing, follows, my_data
from instance.accounts.session import account, login_required
from instance.core.db import commit
from instance.core.errors import Invalid, NotAllowed, NotFound
from instance.core.web import current_account_id, current_viewer, local_path, page, row_number
from instance.posts import (
    audience,
    cards,
    compose,
    follow_circles,
    foreign_cards,
    group_walls,
    own_data,
    polls,
    seen,
    service,
    standing,
    threads,
    visibility,
)
from instance.posts.cards import Reading, Shown
from instance.posts.models import Post
from instance.quartiers import roles
from instance.quartiers.access import check_second_step, my_roles, residence, resident_required

bp = Blueprint("posts", __name__)


@bp.record_once
def _bind(_state: object) -> None:
    """What this room adds to « mes données » and erases when an account closes."""
    my_data.contribute("posts", own_data.posts)
    closing.on_close(own_data.erase)
    follows.register_end(follow_circles.end)


def reading(wall_home_id: int | None = None) -> Reading:
    """Who reads this page, as far as cards need it."""
    home = residence()
    pins = home is not None and home.quartier.id in my_roles().get("referent", [])
    return Reading(
        actor_id=current_viewer(),
        home_id=home.quartier.id if home else None,
        may_write=bool(home and home.may_post),
        is_simple=bool(getattr(g, "account", None) and g.account.is_simple),
        wall_home_id=wall_home_id,
        pins=pins,
    )


def see(post_id: int) -> str:
    """The address of a post's page."""
    return url_for("posts.thread", post_id=post_id)


@bp.get("/p/<int:post_id>")
def thread(post_id: int) -> ResponseReturnValue:
    """A post with the replies that the reader may read. Absent and hidden are the same page."""
    viewer = current_viewer()
    post = threads.one(viewer, post_id)
    if post is None:
        raise NotFound
    if post.scope == audience.DIRECT:
        return redirect(f"/messages/{post.thread_id}#r{post.id}", 303)
    if viewer is None and post.uri is not None:
        return redirect(foreign_cards.address(post), 303)  # its own server shows it to strangers
    first = post if post.thread_id == post.id else threads.one(viewer, post.thread_id)
    answers = threads.replies(viewer, post.thread_id)
    home = residence()
    who = reading(home.quartier.id if home else None)
    answer = page("posts/thread.html", **_thread_values(first, answers, who))
    shown = [one for one in [first, *answers] if one is not None and one.author_id != viewer]
    count_reader(answer, shown)
    return answer


def _thread_values(first: Shown | None, replies: Sequence[Shown], who: Reading) -> dict[str, Any]:
    names = {one.id: cards.author_name(one, who) for one in replies}
    form, scopes, answered = None, [], None
    home = residence()
    if first is not None and home is not None and home.may_post:
        answered = visibility.find(who.actor_id, first.id)
    if answered is not None and home is not None and not audience.may_answer(answered, home.quartier, who.actor_id):
        answered = None
    if answered is not None and home is not None:
        scopes = audience.reply_scopes(answered, home.quartier)
        form = compose.Form(scope=scopes[0], language=account().language)
    note = cards.notes([first], who, {first.id: len(replies)}, level=1, whole=True)[0] if first else None
    return {
        "first": first, "note": note, "answers": cards.reply_notes(replies, who, first, names), "form": form,
        "under_page": answered is not None and home is not None and standing.is_under_page(answered, home.quartier),
        "scopes": scopes, "answered": answered, "home": home.quartier if home else None, "current": "wall",
        "group": group_walls.of(first.id) if first is not None and first.scope == audience.GROUP else None,
        "title": first.title if first else _("Réponse"),
    }  # fmt: skip


def count_reader(answer: Response, posts: Sequence[Shown]) -> None:
    """Count the reader in "Vu par n voisins", unless they live nowhere or switched it off."""
    account_id = current_account_id()
    if account_id is not None and g.account.counts_views and residence() is not None:
        seen.count_after(answer, account_id, [(one.id, one.seen_key) for one in posts])


def _readable(post_id: int) -> Post:
    post = visibility.find(current_viewer(), post_id)
    if post is None:
        raise NotFound
    return post


def _back(post: Post) -> ResponseReturnValue:
    sign = "m" if post.id == post.thread_id else "r"
    target = request.form.get("next") or f"{see(post.thread_id)}#{sign}{post.id}"
    return redirect(local_path(target), 303)


@bp.post("/p/<int:post_id>/merci")
@resident_required
def thank(post_id: int) -> ResponseReturnValue:
    """Say "Merci", or take it back."""
    with commit():
        post = _readable(post_id)
        service.thank(g.actor_id, post)
    return _back(post)


@bp.post("/p/<int:post_id>/voter")
@resident_required
def vote(post_id: int) -> ResponseReturnValue:
    """Vote under a poll, once and for good."""
    chosen = [int(one) for one in request.form.getlist(f"choix-{post_id}") if one.isdecimal() and len(one) < 4]
    home = residence()
    try:
        with commit():
            post = _readable(post_id)
            if home is None or not home.may_post:
                sentence = _("Votre quartier n’est pas encore ouvert, ou votre preuve a pris fin.")
                raise NotAllowed("post.closed", sentence)
            polls.vote(account(), post, chosen)
        flash(_("Votre voix est comptée."), "ok")
    except Invalid as error:
        flash(error.sentence, "error")
    return _back(_readable(post_id))


@bp.post("/p/<int:post_id>/epingler")
@resident_required
def pin(post_id: int) -> ResponseReturnValue:
    """Pin to the wall, by a referent who lives there."""
    home = residence()
    if home is None or not roles.has(g.account_id, "referent", home.quartier.id):
        raise NotFound
    check_second_step()
    with commit():
        post = _readable(post_id)
        service.pin(home.quartier.actor_id, post)
    return redirect(url_for("timelines.wall", slug=home.quartier.slug), 303)


@bp.post("/p/<int:post_id>/retenir")
@resident_required
def solve(post_id: int) -> ResponseReturnValue:
    """The author of a question marks the reply that solved it."""
    home = residence()
    with commit():
        post = _readable(post_id)
        service.solve(account(), post, lives_in=home.quartier.id if home else None)
    return _back(post)


@bp.post("/p/<int:post_id>/retrouve")
@resident_required
def find_again(post_id: int) -> ResponseReturnValue:
    """Its author says that what was lost is found, or takes that back."""
    home = residence()
    with commit():
        post = _readable(post_id)
        service.find_again(account(), post, lives_in=home.quartier.id if home and home.may_post else None)
    return _back(post)


@bp.get("/p/<int:post_id>/versions")
def versions(post_id: int) -> ResponseReturnValue:
    """What the post said before its edits."""
    post = _readable(post_id)
    return page("posts/versions.html", post=post, edits=service.history(post))


@bp.get("/p/<int:post_id>/supprimer")
@login_required
def delete_form(post_id: int) -> ResponseReturnValue:
    """Ask before deleting."""
    return page("posts/delete.html", post=service.own(account(), post_id))


@bp.post("/p/<int:post_id>/supprimer")
@login_required
def delete(post_id: int) -> ResponseReturnValue:
    """Delete an own post for good."""
    with commit():
        post = service.delete_own(account(), post_id)
        thread_id, is_reply, is_direct = post.thread_id, post.reply_to_id is not None, post.scope == audience.DIRECT
    flash(_("Le message est supprimé."), "ok")
    if is_direct:
        return redirect(f"/messages/{thread_id}", 303)
    if is_reply and visibility.may_read(g.actor_id, thread_id):
        return redirect(see(thread_id), 303)
    return redirect(url_for("posts.mine"), 303)


@bp.get("/mes-messages")
@login_required
def mine() -> ResponseReturnValue:
    """The account's own posts, those left on an old wall included."""
    before = request.args.get("avant", type=row_number)
    found = service.of_author(g.actor_id, g.actor_id, before=before, limit=21)
    return page("posts/mine.html", posts=found[:20], older=found[19].id if len(found) > 20 else None, home=residence())
