"""Runs what is due: a thread beside the web process, `quartier worker` alone, or RQ workers that drain.

All three call `drain`; job rows are the truth in each of them.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
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


_app: Flask | None = None


def drain_for_rq(is_slow: bool) -> int:
    """What RQ calls: drain for `DRAIN_S` seconds at most, so that SIGTERM finds an end soon."""
    assert _app is not None
    end = time.monotonic() + DRAIN_S
    with _app.app_context():
        return drain(lambda: time.monotonic() > end, lanes=_lanes(is_slow=is_slow))


def run_rq(app: Flask, settings: Settings) -> None:
    """`quartier worker` in Redis mode: an RQ worker, and a sweep that re-announces whatever is due."""
    # Imported here: the embedded default runs without rq and redis in memory.
    import redis
    import rq
    from rq.serializers import JSONSerializer

    global _app
    _app = app
    with app.app_context():
        _patiently(jobs.give_back_dead)
    stop = threading.Event()
    sweeper = threading.Thread(target=_sweep, args=(app, settings, stop), name="sweep", daemon=True)
    sweeper.start()
    while not stop.is_set():
        try:
            connection = redis.Redis.from_url(settings.redis_url)
            queue = rq.Queue(queue_name(settings.host), connection=connection, serializer=JSONSerializer)
            worker = rq.SimpleWorker([queue], connection=connection, serializer=JSONSerializer)
            worker.work(logging_level="WARNING")
            stop.set()  # it was told to stop
        except redis.RedisError as error:
            log.warning("redis is away, trying again: %s", type(error).__name__)
            time.sleep(POLL_S)
    sweeper.join(5)


def _sweep(app: Flask, settings: Settings, stop: threading.Event) -> None:
    tell = tell_redis(settings)
    with app.app_context():
        while not stop.wait(POLL_S):
            _patiently(put_periodic)
            _patiently(lambda: tell() if jobs.is_any_due() else None)
            db.session.remove()
