"""/api/v1/polls: reading one, voting; and the Poll entity, which is each reader's own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Response
from flask_babel import gettext as _

from instance.core.db import commit
from instance.core.errors import Invalid, NotAllowed, NotFound
from instance.mastodon.api import answer, bearer, bp, public, scope, sent, viewer
from instance.mastodon.people import stamp
from instance.posts import polls, visibility
from instance.posts.models import Post
from instance.posts.polls import PollShown
from instance.quartiers.access import residence

Json = dict[str, Any]


def entities(reader: int | None, post_ids: Collection[int]) -> dict[int, Json]:
    """The Poll entities of posts that `reader` may read (asked before), by post id."""
    return {post_id: entity(one) for post_id, one in polls.shown(reader, post_ids).items()}


def entity(poll: PollShown) -> Json:
    """The Poll entity: what each chose is in nobody's but their own."""
    return {
        "id": str(poll.post_id), "expires_at": stamp(poll.closes_at), "expired": poll.is_closed,
        "multiple": poll.is_multiple, "votes_count": poll.voters if poll.hides_totals else poll.votes,
        "voters_count": poll.voters,
        "options": [{"title": one.title, "votes_count": one.votes} for one in poll.choices],
        "emojis": [], "voted": poll.has_voted or poll.is_own,  # who asks is shown the totals, as who voted
        "own_votes": [place for place, one in enumerate(poll.choices) if one.is_own],
    }  # fmt: skip


@bp.get("/v1/polls/<int:post_id>")
@public("read:statuses")
def poll(post_id: int) -> Response:
    """One poll, for who may read its post."""
    return _shown(viewer(), _readable(viewer(), post_id))


def _readable(reader: int | None, post_id: int) -> Post:
    post = visibility.find(reader, post_id)
    if post is None:
        raise NotFound
    return post


def _shown(reader: int | None, post: Post) -> Response:
    found = polls.one(reader, post)
    if found is None:
        raise NotFound
    return answer(entity(found))


@bp.post("/v1/polls/<int:post_id>/votes")
@scope("write:statuses")
def vote(post_id: int) -> Response:
    """Vote, once and for good."""
    chosen, me, here = _chosen(sent()), bearer().account, residence()
    if here is None or not here.may_post:
        raise NotAllowed("post.closed", _("Votre quartier n’est pas encore ouvert, ou votre preuve a pris fin."))
    with commit():
        post = _readable(me.actor_id, post_id)
        if polls.one(me.actor_id, post) is None:
            raise NotFound
        polls.vote(me, post, chosen)
    return _shown(me.actor_id, _readable(me.actor_id, post_id))


def _chosen(fields: Json) -> list[int]:
    said = fields.get("choices", [])
    try:
        return [int(one) for one in (said if isinstance(said, list) else [said])]
    except (TypeError, ValueError) as error:
        raise Invalid("poll.choice", _("Cette réponse n’est pas proposée."), field="choices") from error
