"""What a reader does to a post: "Merci", passing on; and its author: new words."""

from __future__ import annotations

from flask import Response

from instance.accounts import outside
from instance.core.db import commit, db
from instance.core.errors import NotFound
from instance.mastodon import render
from instance.mastodon.api import answer, bearer, bp, check_outside, scope, sent, text
from instance.posts import boosts, service, visibility
from instance.posts.models import Post, Thanks
from instance.quartiers.access import residence


def _readable(post_id: int) -> Post:
    post = visibility.find(bearer().account.actor_id, post_id)
    if post is None:
        raise NotFound
    return post


def _shown(post_id: int) -> Response:
    found = render.status(bearer().account.actor_id, post_id)
    if found is None:
        raise NotFound
    return answer(found)


def _thank(post_id: int, *, wanted: bool) -> Response:
    me = bearer().account.actor_id
    with commit():
        post = _readable(post_id)
        if (db.session.get(Thanks, (post_id, me)) is not None) is not wanted:
            service.thank(me, post)
    return _shown(post_id)


@bp.post("/v1/statuses/<int:post_id>/favourite")
@scope("write:favourites")
def favourite(post_id: int) -> Response:
    """Say "Merci"."""
    return _thank(post_id, wanted=True)


@bp.post("/v1/statuses/<int:post_id>/unfavourite")
@scope("write:favourites")
def unfavourite(post_id: int) -> Response:
    """Take a "Merci" back."""
    return _thank(post_id, wanted=False)


@bp.post("/v1/statuses/<int:post_id>/reblog")
@scope("write:statuses")
def reblog(post_id: int) -> Response:
    """Pass a public post on to one's followers, if the token may publish outside; anything closed is refused."""
    check_outside(bearer())
    me = bearer().account
    with commit():
        boosts.boost(me.actor_id, _readable(post_id))
        outside.show(me)
    return _shown(post_id)


@bp.post("/v1/statuses/<int:post_id>/unreblog")
@scope("write:statuses")
def unreblog(post_id: int) -> Response:
    """Pass it on no more."""
    with commit():
        boosts.end(bearer().account.actor_id, _readable(post_id))
    return _shown(post_id)


@bp.put("/v1/statuses/<int:post_id>")
@scope("write:statuses")
def edit(post_id: int) -> Response:
    """New words for an own post; its readers stay what they were."""
    fields = sent()
    here = residence()
    me = bearer().account
    with commit():
        old = service.own(me, post_id)
        if old.is_public:
            check_outside(bearer())
        words = service.Words(
            text(fields, "status") or "", old.title, old.kind, old.language, may_be_untitled=not old.title
        )
        service.edit(me, post_id, words, lives_in=here.quartier.id if here and here.writes else None)
    return _shown(post_id)
