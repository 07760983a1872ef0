"""/api/v1/preferences, announcements and emojis: what clients ask at their start."""

from __future__ import annotations

from flask import Response

from instance.mastodon.api import answer, bearer, bp, open_call, scope


@bp.get("/v1/preferences")
@scope("read:accounts")
def preferences() -> Response:
    """What a client puts into a new post by itself: the quartier, never everybody."""
    me = bearer().account
    return answer(
        {
            "posting:default:visibility": "private",
            "posting:default:sensitive": me.covers_pictures,
            "posting:default:language": me.writes_in or me.language,
            "posting:default:quote_policy": "public",
            "reading:expand:media": "default",
            "reading:expand:spoilers": False,
            "reading:autoplay:gifs": False,
        }
    )


@bp.get("/v1/custom_emojis")
@open_call
def custom_emojis() -> Response:
    """There are none."""
    return answer([])


@bp.get("/v1/announcements")
@scope("read")
def announcements() -> Response:
    """There are none: what the association says, it writes on the wall."""
    return answer([])
