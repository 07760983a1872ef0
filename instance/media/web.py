"""The one address of a picture; and who may see one of somebody."""

from __future__ import annotations

from flask import Response, request

from instance.accounts import actor_document, closing
from instance.core.web import current_account_id, current_viewer
from instance.media import portrait_web, portraits, service
from instance.media.blueprint import bp
from instance.quartiers import profile_web

__all__ = ["bp", "portrait_web"]


@bp.record_once
def _bind(_state: object) -> None:
    service.register_portraits(portraits.may_see)
    closing.on_close(portraits.erase)
    profile_web.register_portrait(portraits.key_of)
    actor_document.register_icon(portraits.icon_of)


# A deletion must hold: a cache keeps what is public no longer than files may outlive their row (60 s), then
# asks again; the rest is kept by nobody.
PUBLIC = "public, max-age=60, must-revalidate"
PRIVATE = "private, no-store"


@bp.get("/media/<key>/<size>")
def show(key: str, size: str) -> Response:
    """The picture, for the reader of the session or the one that a signed suffix names."""
    suffix = request.args.get("v")
    if suffix is None:
        reader = service.Reader(current_viewer(), current_account_id())
    else:
        reader = service.named(suffix, key)
    shown = service.show(key, size, reader)
    answer = Response(shown.data, mimetype="image/webp")
    answer.headers["Cache-Control"] = PUBLIC if shown.is_public else PRIVATE
    answer.headers["Content-Disposition"] = 'inline; filename="photo.webp"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Vary"] = "Cookie"
    if shown.is_public:
        answer.set_etag(f"{key}-{size}")
        answer.make_conditional(request)
    return answer
