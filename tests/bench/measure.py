"""Taking the time: CPU of this process around the WSGI application, or of a served process tree."""

from __future__ import annotations

import gc
import http.client
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import Context
from typing import Any
from urllib.parse import urlencode

import psutil
from flask import Flask
from werkzeug.test import EnvironBuilder

from tests.running.served import Browser, Tree

ROUNDS = 5


def environ(browser: Browser, path: str, fields: dict[str, str] | None = None) -> dict[str, Any]:
    """A WSGI request of `browser`; a POST where `fields` are given."""
    data = None if fields is None else urlencode({"csrf_token": browser.token, **fields})
    builder = EnvironBuilder(
        path, base_url=f"http://localhost:{browser.port}", method="GET" if data is None else "POST", data=data,
        content_type=None if data is None else "application/x-www-form-urlencoded",
        headers=[("Cookie", f"ql_session={browser.cookie}"), ("Accept-Language", "fr")],
    )  # fmt: skip
    return builder.get_environ()


def ask(app: Flask, request: dict[str, Any]) -> tuple[int, bytes]:
    """Status and body; what follows the answer (marks of « Vu par ») is part of it."""
    status: list[str] = []
    answer = app.wsgi_app(dict(request), lambda line, _headers, _error=None: status.append(line))  # type: ignore[arg-type]
    try:
        body = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return int(status[0].split()[0]), body


def cpu_ms(work: Callable[[], Any], times: int, rounds: int = ROUNDS) -> float:
    """CPU ms of one `work`: the least disturbed of `rounds` runs of `times` each, collector of garbage included."""
    found = []
    gc.collect()
    for _ in range(rounds):
        started = time.process_time()
        for _time in range(times):
            Context().run(work)
        found.append((time.process_time() - started) * 1000 / times)
    return min(found)


def yardstick_ms() -> float:
    """CPU ms of a fixed piece of Python: the same everywhere, but for the machine and what else runs on it."""

    def work() -> None:
        table = {str(number): number for number in range(20_000)}
        sorted(table, key=lambda name: -table[name])

    return cpu_ms(work, 10)


def each_ms(works: Iterable[Callable[[], Any]]) -> list[float]:
    """CPU ms of each of `works`, for percentiles."""
    found = []
    for work in works:
        started = time.process_time()
        Context().run(work)
        found.append((time.process_time() - started) * 1000)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def tree_cpu_s(tree: Tree) -> float:
    """CPU seconds that the whole tree has used so far."""
    return sum(sum(one.cpu_times()[:2]) for one in tree.members())


def tree_pss_mib(tree: Tree) -> float:
    """Proportional memory of the whole tree, MiB."""
    total = 0
    for one in tree.members():
        with suppress(psutil.NoSuchProcess):
            total += one.memory_full_info().pss
    return total / 2**20


@contextmanager
def one_core() -> Iterator[None]:
    """What is started meanwhile stays on the first core, as `CPUAffinity=0` of deploy/quartier.service has it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Kept:
    """One kept-alive connection to the served instance."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=60)

    def send(self, path: str, fields: dict[str, str] | None = None) -> int:
        headers = {"Cookie": f"ql_session={self.browser.cookie}", "Accept-Language": "fr"}
        body = None
        if fields is not None:
            body = urlencode({"csrf_token": self.browser.token, **fields})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request("GET" if body is None else "POST", path, body, headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status


Send = Callable[[Kept, int], int]


def served_ms(tree: Tree, browsers: Sequence[Browser], at_once: int, times: int, send: Send) -> float:
    """CPU ms of the tree per request: `times` requests by `at_once` browsers at a time."""
    lines = [Kept(browser) for browser in browsers[:at_once]]

    def run(line: int) -> None:
        for number in range(line, times, at_once):
            status = send(lines[line], number)
            if status not in {200, 303}:
                raise RuntimeError(f"answer {status}")

    started = tree_cpu_s(tree)
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(run, range(at_once)))
    return (tree_cpu_s(tree) - started) * 1000 / times
