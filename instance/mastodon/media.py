"""/api/v2/media and v1: pictures sent in before the post that shows them."""

from __future__ import annotations

from flask import Response, request
from flask_babel import gettext as _

from instance.accounts import throttle
from instance.accounts.tries import come_back, count_try
from instance.core.db import commit, db
from instance.core.errors import DomainError, Invalid, TooMany
from instance.mastodon import attached, wishes
from instance.mastodon.api import answer, bearer, bp, check_outside, scope, sent, text
from instance.mastodon.bodies import Fields
from instance.media import later, pictures
from instance.media import service as media
from instance.media.models import Media
from instance.posts import changing
from instance.posts.compose import PHOTOS


class TooLarge(DomainError):
    """A file that weighs more than we take."""

    status = 413


@bp.post("/v2/media")
@bp.post("/v1/media")
@scope("write:media")
def media_send() -> Response:
    """Take a picture in: 200 with its addresses, or 202 for a heavy one, which the worker draws."""
    who, fields = bearer().account, sent()
    account_id, description = who.id, text(fields, "description") or ""
    media.described(description)  # a fault of the words is told before the picture is drawn
    point = wishes.focus(fields)
    count(account_id)
    data = _file()
    if later.is_heavy(data):
        key = later.store(data)
        with commit():
            row = later.expect(account_id, key, description)
            _aim(row, point)
        return _shown(row, 202)
    prepared = media.prepare(data)
    with commit():
        row = media.keep(account_id, prepared, description)
        _aim(row, point)
    return _shown(row)


def count(account_id: int) -> None:
    """Count one picture to be drawn. Raises `TooMany`."""
    back_at = count_try([(throttle.subject("media", str(account_id)), PHOTOS)])
    if back_at is not None:
        raise TooMany("media.often", come_back(back_at))


def _file() -> bytes:
    found = request.files.get("file")
    if found is None:
        raise Invalid("media.none", _("Il faut un fichier (file)."), field="file")
    data = found.stream.read(pictures.MAX_BYTES + 1)
    if len(data) > pictures.MAX_BYTES:
        raise TooLarge("picture.bytes", _("Cette photo pèse plus de 16 Mo. Envoyez-en une copie plus légère."))
    if not data:
        raise Invalid("picture.empty", _("Ce fichier est vide. Choisissez une autre photo."), field="file")
    return data


def _aim(row: Media, point: tuple[float, float] | None) -> None:
    if point is not None:
        media.aim(row, *point)
    db.session.flush()


def _shown(row: Media, status: int = 200) -> Response:
    return answer(attached.picture(row, bearer().account.actor_id), status)


@bp.get("/v1/media/<int:media_id>")
@scope("write:media")
def media_one(media_id: int) -> Response:
    """An own picture; 206 while the worker draws it, 422 if it turned out to be none."""
    row = media.own(bearer().account.id, media_id)
    if row.state == "none":
        raise Invalid("picture.broken", _("Cette image est abîmée ou incomplète. Choisissez-en une autre."))
    return _shown(row, 200 if row.state == "ready" else 206)


@bp.put("/v1/media/<int:media_id>")
@scope("write:media")
def media_change(media_id: int) -> Response:
    """Other words for who does not see it, or another point that it is about."""
    fields: Fields = sent()
    with commit():
        row = media.own(bearer().account.id, media_id)
        if changing.speaks_to_all(row.post_id):
            check_outside(bearer())
        said = text(fields, "description")
        if said is not None:
            row.description = media.described(said)
        _aim(row, wishes.focus(fields))
        changing.redrawn(row.post_id)
    return _shown(row)


@bp.delete("/v1/media/<int:media_id>")
@scope("write:media")
def media_remove(media_id: int) -> Response:
    """Delete a picture that no post shows."""
    with commit():
        row = media.own(bearer().account.id, media_id)
        if row.post_id is not None:
            raise Invalid("media.used", _("Un message montre cette photo : supprimez-la avec lui."))
        media.remove(row)
    return answer({})
