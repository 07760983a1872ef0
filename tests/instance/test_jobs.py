"""Jobs are rows: written with their cause, claimed with a lease, given back, tried again, visible."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
from sqlalchemy import select, update

from instance.core import clock as clocks
from instance.core import jobs, leases
from instance.core.db import commit, db
from instance.core.facts import record
from instance.core.jobs import Job, Waker, board
from instance.core.leases import Lane
from instance.quartiers.facts import ResidentVerified
from tests.city import City

BOOT = Path("/proc/sys/kernel/random/boot_id")
on_linux = pytest.mark.skipif(not BOOT.exists(), reason="elsewhere only the clock says when a process began")
RAN: list[dict[str, Any]] = []


def _note(payload: dict[str, Any]) -> None:
    RAN.append(payload)


def _break(payload: dict[str, Any]) -> None:
    raise ConnectionRefusedError(111, "Connection refused", "salma@example.org")


@pytest.fixture(autouse=True)
def tasks(city: City) -> Iterator[None]:
    """Two tasks of the test beside the real ones."""
    RAN.clear()
    board.tasks.update(try_note=_note, try_break=_break)
    yield
    del board.tasks["try_note"], board.tasks["try_break"]


def _put(kind: str, **payload: Any) -> None:
    with commit():
        jobs.put(kind, payload)


@contextmanager
def _woken(lanes: Iterable[Lane]) -> Iterator[threading.Event]:
    """What a loop that runs `lanes` would hear."""
    waker = Waker(threading.Event(), list(lanes))
    jobs.wakers.append(waker)
    yield waker.event
    jobs.wakers.remove(waker)


def _row() -> tuple[Any, ...]:
    found = db.session.execute(select(Job.state, Job.attempts, Job.last_error)).one()
    db.session.rollback()
    return tuple(found)


def test_a_job_of_a_transaction_that_failed_does_not_exist(city: City) -> None:
    with pytest.raises(ZeroDivisionError), commit():
        jobs.put("try_note", {"n": 1})
        _ = 1 / 0
    city.work()

    assert RAN == []
    assert jobs.counts()["pending"] == 0


def test_a_fact_of_a_transaction_that_failed_is_not_told_by_the_next_one(city: City) -> None:
    here = city.quartier("Clignancourt")
    someone = city.visitor()
    with pytest.raises(ZeroDivisionError), commit():
        record(ResidentVerified(someone.account_id, city.quartier_id(here)))
        _ = 1 / 0
    with commit():
        pass

    assert jobs.counts()["pending"] == 0


def test_a_job_runs_once_and_stays_readable_as_done(city: City) -> None:
    _put("try_note", n=1)

    city.work()
    city.work()

    assert RAN == [{"n": 1}]
    assert _row() == ("done", 1, None)


def test_two_jobs_of_one_key_are_one(city: City) -> None:
    for _twice in range(2):
        with commit():
            jobs.put("try_note", {"n": 1}, key="the-only-one")

    city.work()

    assert RAN == [{"n": 1}]


def test_a_job_that_fails_waits_longer_each_time_then_stays_as_failed_and_can_be_repeated(
    city: City, clock: Any
) -> None:
    _put("try_break")

    city.work()
    where = f"test_jobs.py:{_break.__code__.co_firstlineno + 1}"
    assert _row() == ("pending", 1, f"ConnectionRefusedError: Connection refused ({where})")
    city.work()
    assert _row()[1] == 1  # not due yet
    for _try in jobs.WAITS_S:
        clock.forward(days=2)
        city.work()
    assert _row()[0] == "failed"

    board.tasks["try_break"] = _note
    job_id = db.session.scalars(select(Job.id)).one()
    with commit():
        assert jobs.retry([job_id]) == 1
    city.work()
    assert _row()[0] == "done"


def test_one_poisoned_job_does_not_hold_the_others_back(city: City) -> None:
    _put("try_break")
    for number in range(3):
        _put("try_note", n=number)

    city.work()

    assert RAN == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_what_a_dead_process_of_this_machine_had_claimed_is_given_back_at_start(city: City) -> None:
    _put("try_note", n=1)
    jobs.claim()
    db.session.rollback()
    mine = leases.me()
    host = mine.split(":")[0]

    assert jobs.give_back_dead() == 0  # this process lives
    with commit():
        db.session.execute(update(Job).values(worker=f"{host}:999999:1.00"))
    assert jobs.give_back_dead() == 1
    city.work()
    assert RAN == [{"n": 1}]


def _as_older_versions_did(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{psutil.Process(pid).create_time():.2f}"


@pytest.mark.parametrize("name", [leases._name, _as_older_versions_did])
def test_what_a_killed_process_had_claimed_is_given_back_before_its_parent_has_noticed(
    city: City, name: Callable[[int], str]
) -> None:
    _put("try_note", n=1)
    jobs.claim()
    db.session.rollback()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        with commit():
            db.session.execute(update(Job).values(worker=name(other.pid)))
        assert jobs.give_back_dead() == 0
        other.send_signal(signal.SIGKILL)
        while psutil.Process(other.pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)

        assert jobs.give_back_dead() == 1


@on_linux
def test_a_clock_that_is_set_anew_makes_no_living_worker_a_dead_one(city: City, monkeypatch: Any) -> None:
    _put("try_note", n=1)
    jobs.claim()
    db.session.rollback()
    started = psutil.Process().create_time()

    monkeypatch.setattr(psutil.Process, "create_time", lambda _: started - 3600)  # what psutil says from then on

    assert jobs.give_back_dead() == 0


@on_linux
def test_what_was_claimed_before_the_machine_was_started_anew_is_given_back(city: City) -> None:
    _put("try_note", n=1)
    jobs.claim()
    db.session.rollback()
    before = leases.me().replace(BOOT.read_text().strip(), str(uuid4()))
    with commit():
        db.session.execute(update(Job).values(worker=before))

    assert jobs.give_back_dead() == 1


def test_finding_nothing_to_do_wakes_nobody(city: City) -> None:
    city.work()
    with _woken(jobs.lanes()) as told:
        assert jobs.run_due() == 0
    assert not told.is_set()


def test_only_the_lane_that_has_something_to_do_is_woken(city: City) -> None:
    city.work()
    with _woken(lane for lane in jobs.lanes() if not lane.is_slow) as home:
        with _woken(lane for lane in jobs.lanes() if lane.is_slow) as away, commit():
            jobs.put("try_note", {})
        assert (home.is_set(), away.is_set()) == (True, False)
        home.clear()
        with _woken(lane for lane in jobs.lanes() if lane.is_slow) as away, commit():
            jobs.put("fetch_picture", {"id": "1"})
            jobs.put("try_note", {}, due_at=clocks.now() + timedelta(hours=1))  # nobody has to look for it yet
        assert (home.is_set(), away.is_set()) == (False, True)


def test_a_lease_that_ran_out_is_claimed_again(city: City, clock: Any) -> None:
    _put("try_note", n=1)
    jobs.claim()
    db.session.rollback()

    city.work()
    assert RAN == []
    clock.forward(minutes=3)
    city.work()
    assert RAN == [{"n": 1}]


def test_done_rows_go_after_a_week(city: City, clock: Any) -> None:
    _put("try_note", n=1)
    city.work()

    clock.forward(days=8)
    jobs.forget_done({})

    assert jobs.counts()["done"] == 0


def test_pictures_wait_in_a_lane_of_their_own_and_hold_no_other_errand_up(city: City) -> None:
    with commit():
        for _ in range(20):
            jobs.put("fetch_picture", {"id": "1"})
        jobs.put("fetch_for", {"incoming_id": "1", "uri": "https://far.example/1", "kind": "actor"})

    lanes = [lane for lane in jobs.lanes() if lane.is_slow and lane.is_any_due()]

    assert len(lanes) == 2
    assert [len(jobs.claim(50, kinds=kinds)) for kinds in board.errands[:2]] == [1, 20]
    assert not any("fetch" in job.kind for job in jobs.claim())
