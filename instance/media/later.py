"""Heavy pictures that an application sent: drawn by the worker, so that the application need not wait (decision 0005).

What was sent lies in the store until then, never shown to anybody; it goes once it is drawn or turns out to be none.
"""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from sqlalchemy import update

from instance.core import clock, jobs, storage
from instance.core.db import commit, db, is_writing
from instance.core.errors import Invalid
from instance.media import service
from instance.media.elsewhere import GREY
from instance.media.models import Media

HEAVY_BYTES = 4 << 20


def is_heavy(data: bytes) -> bool:
    """Whether the worker draws it; by its weight alone, as nothing of it is decoded here."""
    return len(data) > HEAVY_BYTES


def store(data: bytes) -> str:
    """Lay down what was sent; its key. Never in `commit()`; what no row names is swept."""
    assert not is_writing(), "store before the write transaction"
    db.session.rollback()
    storage.require_room()
    key = token_hex(16)
    storage.store().put(service.blob(key, service.SENT), data)
    return key


def expect(account_id: int, key: str, description: str) -> Media:
    """The row of a picture that waits for the worker. Inside `commit()`."""
    media = Media(
        key=key, owner_id=account_id, state="waiting", description=service.described(description), width=1, height=1,
        colour=GREY, bytes=0, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(media)
    db.session.flush()
    jobs.put("draw_upload", {"id": str(media.id)})
    return media


def draw_upload(payload: dict[str, Any]) -> None:
    """Task: draw what was sent. What is no picture leaves a row that says so until it is swept."""
    media = db.session.get(Media, int(payload["id"]))
    if media is None or media.state != "waiting" or media.owner_id is None:
        return
    identifier, key = media.id, media.key
    data = storage.store().get(service.blob(key, service.SENT))
    values: dict[str, Any] = {"state": "none"}
    try:
        done = service.prepare(data or b"")
    except Invalid:
        done = None
    if done is not None:
        values = {
            "state": "ready", "key": done.key, "width": done.width, "height": done.height, "colour": done.colour,
            "bytes": done.bytes, "blurhash": done.blurhash,
        }  # fmt: skip
    with commit():
        drawn = update(Media).where(Media.id == identifier, Media.state == "waiting").values(values)
        is_there = db.session.scalar(drawn.returning(Media.id)) is not None
        jobs.put("drop_blobs", {"key": key})
        if done is not None and not is_there:  # deleted meanwhile
            jobs.put("drop_blobs", {"key": done.key})
