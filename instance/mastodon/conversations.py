"""/api/v1/conversations: private messages, by the persons between whom they go; paged by the newest message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request

from instance.core import paging
from instance.core.db import commit
from instance.mastodon import faces, render
from instance.mastodon.api import answer, bearer, bp, listing, scope
from instance.messages import service
from instance.messages.service import Line

Json = dict[str, Any]


def entities(viewer: int, lines: Sequence[Line]) -> list[Json]:
    """The Conversation entities of `lines` for actor `viewer`."""
    last = render.statuses(viewer, [line.last_post_id for line in lines])
    people = faces.those(viewer, {one.id for line in lines for one in line.others})
    return [
        {
            "id": str(line.id), "unread": line.is_unread, "last_status": last.get(line.last_post_id),
            "accounts": [people[one.id] for one in line.others if one.id in people],
        }
        for line in lines
    ]  # fmt: skip


def entity(viewer: int, line: Line) -> Json:
    """One of them."""
    return entities(viewer, [line])[0]


@bp.get("/v1/conversations")
@scope("read:statuses")
def conversations() -> Response:
    """The bearer's conversations, the one with the newest message first."""
    viewer = bearer().account.actor_id
    lines = service.conversations(viewer, paging.window(request.args))
    return listing(entities(viewer, lines), [line.last_post_id for line in lines])


@bp.post("/v1/conversations/<int:conversation_id>/<any(read, unread):word>")
@scope("write:conversations")
def mark(conversation_id: int, word: str) -> Response:
    """Have it read, or unread again."""
    me = bearer().account
    with commit():
        line = service.mark(me, conversation_id, is_read=word == "read")
    return answer(entity(me.actor_id, line))


@bp.delete("/v1/conversations/<int:conversation_id>")
@scope("write:conversations")
def hide(conversation_id: int) -> Response:
    """Take it out of the list until somebody writes again."""
    with commit():
        service.hide(bearer().account, conversation_id)
    return answer({})
