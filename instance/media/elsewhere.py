"""Pictures from other servers: fetched by us, decoded and re-encoded like any other, never shown from their origin.

A row says that a picture is expected; an errand fetches it. A reader's browser asks nobody but this instance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import delete, exists, insert, select, update

from federation import BadDocument, FederationError
from federation.urls import host_of
from federation.wire import Response
from instance.accounts.models import Actor, RemoteActor
from instance.core import clock, jobs
from instance.core.db import commit, db, new_id
from instance.core.errors import DomainError
from instance.core.fed import engine
from instance.media import pictures, service
from instance.media.models import Media
from instance.peers import rules

MAX_DESCRIPTION = service.MAX_DESCRIPTION
KEEP = timedelta(days=60)  # of pictures whose post nobody here answered
GREY = "#cccccc"

Signs = Callable[[int, str], bool]
Renew = Callable[[int, str], str | None]


def _nobody(_post_id: int, _url: str) -> bool:
    return False


def _never(_post_id: int, _url: str) -> str | None:
    return None


_signs: Signs = _nobody
_renew: Renew = _never


def register_partners(signs: Signs, renew: Renew) -> None:
    """Have `signs(post, address)` say which pictures are asked for in this city's name: those shown to nobody else.

    `renew(post, address)` asks for the post again and gives a picture's new address, once the old one has run out.
    """
    global _signs, _renew
    _signs, _renew = signs, renew


@dataclass(frozen=True)
class Expected:
    """A picture that another server names."""

    url: str
    description: str = ""


def expect(post_id: int, wanted: Iterable[Expected]) -> int:
    """Note the pictures of a post, to be fetched by an errand; how many. Inside `commit()`."""
    rows = [
        _row(one.url) | {"post_id": post_id, "position": position, "description": one.description[:MAX_DESCRIPTION]}
        for position, one in enumerate(wanted)
        if one.url.startswith(("http://", "https://"))
    ]
    if rows:
        db.session.execute(insert(Media), rows)
        for row in rows:
            jobs.put("fetch_picture", {"id": str(row["id"])})
    return len(rows)


def expect_portrait(actor_id: int, url: str | None) -> None:
    """Note the picture of a remote actor, if it is another than before. Inside `commit()`."""
    known = db.session.scalar(select(Media.source_url).where(Media.actor_id == actor_id))
    if known == url:
        return
    service.remove_portrait(actor_id)
    if url is not None and url.startswith(("http://", "https://")):
        row = _row(url) | {"actor_id": actor_id}
        db.session.execute(insert(Media), [row])
        jobs.put("fetch_picture", {"id": str(row["id"])})


def _row(url: str) -> dict[str, Any]:
    return {
        "id": new_id(), "key": token_hex(16), "source_url": url[:2048], "state": "waiting", "width": 1, "height": 1,
        "colour": GREY, "bytes": 0, "created_at": clock.now(),
    }  # fmt: skip


def fetch_picture(payload: dict[str, Any]) -> None:
    """Errand: fetch, decode and store one expected picture; what is none of it is left out, the post stays.

    Raises `Unreachable` for a server that may answer later: the job is tried again.
    """
    media = db.session.get(Media, int(payload["id"]))
    if media is None or media.state != "waiting" or media.source_url is None:
        return
    url, identifier, post_id = media.source_url, media.id, media.post_id
    if rules.current().refuses_media(_host(media)):
        _settle(identifier, None)
        return
    signs = post_id is not None and _signs(post_id, url)
    db.session.rollback()
    try:
        answer = _get(url, signs)
        if answer.status != 200 and signs and post_id is not None and (fresh := _renew(post_id, url)):
            answer = _get(fresh, signs)
        prepared = service.prepare(answer.body) if answer.status == 200 else None
    except DomainError:
        prepared = None
    except FederationError as error:
        if error.status == 503:
            raise
        prepared = None
    _settle(identifier, prepared)


def _get(url: str, signs: bool) -> Response:
    """The answer at `url`; for a partner city signed by our instance actor, whom the address names."""
    actor = engine().instance_actor if signs else None
    return engine().fetch_file(url, accept="image/*", max_bytes=pictures.MAX_BYTES, as_actor=actor)


def _host(media: Media) -> str:
    from_actor = select(Actor.host).where(Actor.id == media.actor_id)
    if found := db.session.scalar(from_actor):
        return found
    try:
        return host_of(media.source_url or "")
    except BadDocument:
        return ""  # no address: nothing will be fetched from it


def _settle(identifier: int, prepared: service.Prepared | None) -> None:
    """Write what became of it; files of a row that went away meanwhile are swept."""
    values: dict[str, Any] = {"state": "none"}
    if prepared is not None:
        values = {
            "state": "ready", "key": prepared.key, "width": prepared.width, "height": prepared.height,
            "colour": prepared.colour, "bytes": prepared.bytes, "blurhash": prepared.blurhash,
        }  # fmt: skip
    with commit():
        settled = update(Media).where(Media.id == identifier).values(values).returning(Media.post_id, Media.actor_id)
        for post_id, actor_id in db.session.execute(settled).all():
            service.on_changed(post_id, actor_id)


def portraits(actor_ids: Iterable[int]) -> dict[int, str]:
    """The key of each actor's picture, of those that have one here."""
    ready = select(Media.actor_id, Media.key).where(Media.actor_id.in_(list(actor_ids)), Media.state == "ready")
    return {actor_id: key for actor_id, key in db.session.execute(ready) if actor_id is not None}


def forget_old(_payload: dict[str, Any]) -> None:
    """Task, daily: pictures of remote posts older than `KEEP` go; portraits of actors that are gone, too."""
    gone = exists(select(1).where(RemoteActor.actor_id == Media.actor_id, RemoteActor.gone_at.is_not(None)))
    old = Media.post_id.is_not(None) & Media.owner_id.is_(None) & (Media.created_at < clock.now() - KEEP)
    with commit():
        keys = db.session.scalars(delete(Media).where(old | gone).returning(Media.key)).all()
        for key in keys:
            jobs.put("drop_blobs", {"key": key})
