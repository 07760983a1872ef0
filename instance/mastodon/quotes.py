"""What somebody does with quotes of their posts: look at them, allow them, take the leave back."""

from __future__ import annotations

from flask import Response, request

from instance.core import paging
from instance.core.db import commit
from instance.mastodon import filters, render
from instance.mastodon.api import answer, bearer, bp, listing, scope, sent, text
from instance.mastodon.statuses import readable, shown
from instance.posts import quotes, service


@bp.get("/v1/statuses/<int:post_id>/quotes")
@scope("read:statuses")
def quoting(post_id: int) -> Response:
    """The posts that quote it, as far as they may be read."""
    me = bearer().account.actor_id
    found = quotes.page(me, readable(post_id).id, paging.window(request.args))
    posts = render.statuses(me, found, rules=filters.of_caller())
    return listing([posts[one] for one in found if one in posts], found)


@bp.post("/v1/statuses/<int:post_id>/quotes/<int:quoting_id>/revoke")
@scope("write:statuses")
def revoke_quote(post_id: int, quoting_id: int) -> Response:
    """An own post is shown under that one no more."""
    with commit():
        quotes.revoke(bearer().account.actor_id, post_id, quoting_id)
    return answer(shown(quoting_id))


@bp.put("/v1/statuses/<int:post_id>/interaction_policy")
@scope("write:statuses")
def choose_policy(post_id: int) -> Response:
    """Who may quote an own post from now on; what quotes it stays."""
    policy = quotes.check_policy(text(sent(), "quote_approval_policy"))
    with commit():
        quotes.choose_policy(service.own(bearer().account, post_id), policy)
    return answer(shown(post_id))
