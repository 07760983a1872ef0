"""What just changed, told to every process that has listeners: ids only, and never a promise.

In one process it is a call; with QL_REDIS_URL set it goes by Redis pub/sub. An event that is lost (Redis away, nobody
listening) is lost: whoever listens reads the truth from the database, and asks there who may know of it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from instance.core.db import after_commit, db, is_writing

if TYPE_CHECKING:
    from redis import Redis

    from instance.settings import Settings

Event = dict[str, int]  # what happened, and to which row: {"update": 12}, {"notice": 5, "account": 3}
Hearer = Callable[[Event], None]
NOTED = "events"
PAUSE_S = 5.0  # after Redis did not answer: nobody's request waits for it again and again
log = logging.getLogger("quartier")


class _Wire:
    """The way to the other processes; none in the embedded default."""

    url = ""
    channel = ""
    rests_until = 0.0
    connection: Redis | None = None


_wire = _Wire()
_hearers: list[Hearer] = []
_lock = threading.Lock()


def bind(settings: Settings) -> None:
    """Use Redis where the settings name one; the connection is made at the first event."""
    _wire.url, _wire.channel, _wire.connection = settings.redis_url, f"quartier:{settings.host}", None
    _wire.rests_until = 0.0


def publish(event: Event) -> None:
    """Tell all who listen. Inside `commit()` it waits for its end, and is gone if that fails."""
    if is_writing():
        db.session.info.setdefault(NOTED, []).append(event)
    else:
        _send([event])


def _send_noted() -> None:
    if events := db.session.info.pop(NOTED, None):
        _send(events)


after_commit.append(_send_noted)


def hear(hearer: Hearer) -> Callable[[], None]:
    """Call `hearer` with each event of this process, in the thread that published it; returns what ends that."""
    _hearers.append(hearer)
    return lambda: _hearers.remove(hearer)


def _send(events: list[Event]) -> None:
    if _wire.url:
        _send_far(events)
        return
    for event in events:
        for hearer in tuple(_hearers):
            hearer(event)


def _send_far(events: list[Event]) -> None:
    if time.monotonic() < _wire.rests_until:
        return
    # Imported here: the embedded default runs without redis in memory.
    import redis

    try:
        _connected().publish(_wire.channel, msgspec.json.encode(events))
    except redis.RedisError as error:
        _wire.rests_until = time.monotonic() + PAUSE_S
        log.warning("redis is away, listeners hear nothing: %s", type(error).__name__)


def _connected() -> Redis:
    # Imported here: the embedded default runs without redis in memory.
    import redis

    with _lock:
        if _wire.connection is None:
            _wire.connection = redis.Redis.from_url(_wire.url, socket_connect_timeout=1, socket_timeout=2)
        return _wire.connection


def is_far() -> bool:
    """Whether events go by Redis."""
    return bool(_wire.url)


def listen_far(hear_all: Callable[[list[Event]], None], ready: threading.Event, stop: threading.Event) -> None:
    """Give what Redis brings to `hear_all` until `stop` is set; where it is away, ask again, less and less often.

    `ready` is set once nothing is missed any more.
    """
    # Imported here: the embedded default runs without redis in memory.
    import redis

    wait = 0.25
    while not stop.is_set():
        try:
            line = redis.Redis.from_url(_wire.url, socket_connect_timeout=2, health_check_interval=15).pubsub()  # type: ignore[no-untyped-call]
            with line:
                line.subscribe(_wire.channel)
                while not stop.is_set():
                    message = line.get_message(timeout=0.5)
                    if message and message["type"] == "subscribe":
                        wait = 0.25
                        ready.set()
                    elif message and message["type"] == "message":
                        _hear(message["data"], hear_all)
        except (redis.RedisError, OSError) as error:
            log.warning("redis is away, listeners wait: %s", type(error).__name__)
            stop.wait(wait)
            wait = min(wait * 2, PAUSE_S)


def _hear(data: bytes, hear_all: Callable[[list[Event]], None]) -> None:
    try:
        events = msgspec.json.decode(data, type=list[Event])
    except msgspec.DecodeError:
        log.warning("an event that cannot be read came by redis")
        return
    hear_all(events)
