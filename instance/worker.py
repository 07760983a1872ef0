"""Runs what is due: a thread beside the web process, `quartier worker` alone, or RQ workers that drain.

All three call `drain`; job rows are the truth in each of them.
"""

from __future__ import annotations

import logging
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from instance.core import clock, jobs
from instance.core.db import commit, db
from instance.core.leases import Lane
from instance.reactions import PERIODIC
from instance.settings import Settings

POLL_S = 1.0
LINGER_S = 0.05
DRAIN_S = 10
DRAIN_NAME_S = 5
STOP_S = 20
WORKER_TTL_S = 20  # of which RQ takes five to wait for work
log = logging.getLogger("quartier")


def drain(stop: Callable[[], bool] = lambda: False, *, lanes: Sequence[Lane] | None = None) -> int:
    """Run what is due in `lanes` (None: all) until nothing is left or `stop` says so; the number of rows.

    Needs an app context.
    """
    lanes = jobs.lanes() if lanes is None else lanes
    total = 0
    while not stop():
        done = sum(lane.run() for lane in lanes if not stop())
        total += done
        if not done:
            break
    for lane in lanes:
        lane.settle()
    return total


def put_periodic() -> None:
    """One job row per task and period; the row's key makes a second one impossible."""
    now = int(clock.now().timestamp())
    keys = {f"{name}:{now // every_s}": name for name, every_s in PERIODIC.items()}
    known = set(db.session.scalars(db.select(jobs.Job.key).where(jobs.Job.key.in_(keys))))
    db.session.rollback()
    if missing := keys.keys() - known:
        with commit():
            for key in sorted(missing):
                jobs.put(keys[key], {}, key=key)


def _lanes(*, is_slow: bool) -> list[Lane]:
    """Those that talk to other servers, or those that don't."""
    return [lane for lane in jobs.lanes() if lane.is_slow is is_slow]


def loop(app: Flask, stop: threading.Event, lanes: Sequence[Lane], *, is_home: bool) -> None:
    """Run `lanes` until `stop` is set; a database that is away is asked again a second later."""
    waker = jobs.Waker(threading.Event(), lanes)
    jobs.wakers.append(waker)
    looks_at_clock = 0.0
    with app.app_context():
        while not stop.is_set():
            waker.event.clear()
            if is_home and time.monotonic() >= looks_at_clock:
                looks_at_clock = time.monotonic() + POLL_S
                _patiently(put_periodic)
            _patiently(lambda: drain(stop.is_set, lanes=lanes))
            db.session.remove()
            if waker.event.wait(POLL_S):
                time.sleep(LINGER_S)  # so that a burst becomes one batch
    jobs.wakers.remove(waker)


def _patiently(act: Callable[[], Any]) -> None:
    try:
        act()
    except SQLAlchemyError as error:
        db.session.rollback()
        log.warning("database busy or away: %s", type(error).__name__)


def start_thread(app: Flask) -> Callable[[], None]:
    """The embedded worker; returns the function that stops it and waits for the rows in hand (20 s at most).

    What concerns this house alone never waits for what talks to other servers; nor does what goes out for what is
    fetched: each of these lanes has a thread of its own.
    """
    stop = threading.Event()
    with app.app_context():
        _patiently(jobs.give_back_dead)
        db.session.remove()
    parts = [_lanes(is_slow=False), *([lane] for lane in _lanes(is_slow=True))]
    threads = [
        threading.Thread(
            target=loop, args=(app, stop, lanes), kwargs={"is_home": not number}, name=f"worker-{number}", daemon=True
        )
        for number, lanes in enumerate(parts)
    ]  # fmt: skip
    for thread in threads:
        thread.start()

    def finish() -> None:
        stop.set()
        for waker in jobs.wakers:
            waker.event.set()
        end = time.monotonic() + STOP_S
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    return finish


def tell_redis(settings: Settings) -> Callable[[], None]:
    """Redis mode: a function that says "something is due". Posting goes on when Redis is away."""
    return _teller(settings.redis_url, settings.host)


def queue_name(host: str) -> str:
    """RQ's queue of the instance at `host`: a Redis that several cities share wakes each one's workers alone."""
    return "quartier-" + re.sub("[^a-z0-9]", "-", host)


@lru_cache(maxsize=4)
def _teller(url: str, host: str) -> Callable[[], None]:
    """One for each process: every one holds connections."""
    # Imported here: the embedded default runs without rq and redis in memory.
    import redis
    import rq
    from rq.exceptions import DuplicateJobError
    from rq.serializers import JSONSerializer

    connection = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)
    queue = rq.Queue(queue_name(host), connection=connection, serializer=JSONSerializer)

    def tell() -> None:
        # The name changes every few seconds: a drain that died with its worker holds nothing up for long.
        slot = int(time.time()) // DRAIN_NAME_S
        for is_slow in (False, True):
            name = f"{queue.name}-{'errands' if is_slow else 'home'}-{slot}"
            try:
                queue.enqueue(
                    "instance.worker.drain_for_rq", is_slow, job_id=name, unique=True, result_ttl=0, failure_ttl=60
                )
            except DuplicateJobError:
                continue  # a drain waits or runs already; the sweep finds what it misses
            except redis.RedisError as error:
                log.warning("redis is away, the sweep will find the job: %s", type(error).__name__)
                return

    return tell


@dataclass
class Ending:
    """How SIGTERM and SIGINT end an RQ worker: at once, wherever it waits, or when the job at hand is done."""

    is_told: bool = False
    is_at_work: bool = False

    def hear(self, *_: object) -> None:
        """What the signals call."""
        self.is_told = True
        if not self.is_at_work:
            raise SystemExit(0)

    @contextmanager
    def put_off(self) -> Iterator[None]:
        """Round a job: what is told meanwhile holds once it is done, or has failed."""
        self.is_at_work = True
        try:
            yield
        finally:
            self.is_at_work = False
            if self.is_told:
                raise SystemExit(0)


_app: Flask | None = None
_ending = Ending()


def drain_for_rq(is_slow: bool) -> int:
    """What RQ calls: drain for `DRAIN_S` seconds at most, and no longer than the batch at hand once told to end."""
    assert _app is not None
    end = time.monotonic() + DRAIN_S
    with _app.app_context():
        return drain(lambda: _ending.is_told or time.monotonic() > end, lanes=_lanes(is_slow=is_slow))


def run_rq(app: Flask, settings: Settings) -> None:
    """`quartier worker` in Redis mode: an RQ worker, and a sweep that re-announces whatever is due.

    Raises `SystemExit` when a signal says so, whether Redis is there or not.
    """
    import redis  # here, as in `_teller`

    global _app
    _app = app
    with app.app_context():
        _patiently(jobs.give_back_dead)
    stop = threading.Event()
    sweeper = threading.Thread(target=_sweep, args=(app, settings, stop), name="sweep", daemon=True)
    sweeper.start()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, _ending.hear)
    try:
        while not _ending.is_told:
            try:
                _hands(settings).work(logging_level="WARNING")  # comes back when Redis is slow to answer
            except redis.RedisError as error:
                log.warning("redis is away, trying again: %s", type(error).__name__)
            time.sleep(POLL_S)
    finally:
        stop.set()
        sweeper.join(5)


def _hands(settings: Settings) -> Any:
    """An RQ worker for this instance's queue. Raises `redis.RedisError` where Redis is away."""
    import redis  # here, as in `_teller`
    import rq
    from rq.serializers import JSONSerializer

    class Hands(rq.SimpleWorker):  # type: ignore[misc,unused-ignore]
        """RQ's own handlers speak to Redis and last as long as one worker: a signal was lost while Redis was away."""

        @property
        def connection_timeout(self) -> int:
            """Seconds that an answer of Redis may take: RQ waits twice, and systemd kills after `TimeoutStopSec`."""
            return self.dequeue_timeout + 4

        def _install_signal_handlers(self) -> None:
            """Those of `run_rq` stay."""

        def execute_job(self, job: Any, queue: Any) -> None:
            with _ending.put_off():
                super().execute_job(job, queue)

        def subscribe(self) -> None:
            """Takes no orders by Redis: nobody gives any, and the thread for them outlives a worker that lost it."""

        def teardown(self) -> None:
            """Says goodbye on a line of its own, which waits for nobody: Redis may be away, or hang."""
            self.connection = redis.Redis.from_url(settings.redis_url, socket_connect_timeout=1, socket_timeout=1)
            with suppress(redis.RedisError):
                self.register_death()  # type: ignore[no-untyped-call]

    connection = redis.Redis.from_url(settings.redis_url, socket_connect_timeout=1)
    queue = rq.Queue(queue_name(settings.host), connection=connection, serializer=JSONSerializer)
    return Hands([queue], connection=connection, serializer=JSONSerializer, worker_ttl=WORKER_TTL_S)


def _sweep(app: Flask, settings: Settings, stop: threading.Event) -> None:
    tell = tell_redis(settings)
    with app.app_context():
        while not stop.wait(POLL_S):
            _patiently(put_periodic)
            _patiently(lambda: tell() if jobs.is_any_due() else None)
            db.session.remove()
