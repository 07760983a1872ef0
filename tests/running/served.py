"""A whole instance as real processes on loopback, and browsers that talk to it over sockets."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import psutil
from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from deploy.two_cities import free_ports
from instance.accounts import keys as actor_keys
from instance.accounts.models import Account, LoginSession
from instance.app import create_app
from instance.core import clock, fed, jobs, secrets, storage
from instance.core.db import commit, db, new_id
from instance.settings import Settings, load
from tests.city import City


def free_port() -> int:
    (port,) = free_ports(1)
    return port


@dataclass
class Tree:
    """`quartier serve` (or another command) with everything it started."""

    env: dict[str, str]
    port: int
    command: tuple[str, ...] = ("serve",)
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(default_factory=lambda: Path(os.devnull))

    def start(self, *, wait: bool = True) -> None:
        port = ("--port", str(self.port)) if self.command[0] in {"serve", "web", "stream"} else ()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "instance.cli", *self.command, *port], env=self.env, stdout=log, stderr=log
            )
        if wait:
            self.wait_up()

    def wait_up(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if Browser(self.port).get("/health").status == 200:
                    return
            except OSError:
                time.sleep(0.05)
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
        raise AssertionError(f"no answer after {seconds} s: {self.log.read_text()}")

    def members(self) -> list[psutil.Process]:
        """Every process of the tree, the top one first."""
        assert self.process is not None
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]

    def kill(self) -> None:
        """kill -9 of the whole tree at once."""
        assert self.process is not None
        for one in self.members():
            one.send_signal(signal.SIGSTOP)  # so that nobody notices the death of another first
        for one in self.members():
            one.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(30)


@dataclass
class Answer:
    status: int
    text: str
    location: str


class Browser:
    """One connection, one cookie: enough to read pages and send forms."""

    def __init__(self, port: int, cookie: str = "", token: str = "") -> None:
        self.port, self.cookie, self.token = port, cookie, token

    def get(self, path: str) -> Answer:
        return self._send("GET", path, None)

    def post(self, path: str, **fields: str) -> Answer:
        return self._send("POST", path, urlencode({"csrf_token": self.token, **fields}))

    def _send(self, method: str, path: str, body: str | None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": f"ql_session={self.cookie}"} if self.cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode(), answer.headers.get("Location", ""))
        finally:
            connection.close()


@contextmanager
def instance(folder: Path, **more: str) -> Iterator[tuple[Tree, Settings]]:
    """A data folder with settings, and the tree that will serve it; ended at the end, however it went."""
    port = free_port()
    chosen = {
        "QL_DATA_DIR": str(folder / "data"), "QL_BASE_URL": f"http://localhost:{port}", "QL_RATE_LIMITS": "off",
        "QL_REGISTRATIONS": "open", "QL_ROLES_NEED_SECOND_FACTOR": "off", **more,
    }  # fmt: skip
    env = {name: value for name, value in os.environ.items() if not name.startswith("QL_")} | chosen
    tree = Tree(env, port, log=folder / "log")
    try:
        yield tree, load(chosen)
    finally:
        if tree.process is not None and tree.process.poll() is None:
            tree.kill()


@contextmanager
def inside(settings: Settings) -> Iterator[tuple[Flask, City]]:
    """The same database from within the test, to lay rows and to count them."""
    keys, blobs, spoken, board = secrets._keys.copy(), storage._store, replace(fed.bound), replace(jobs.board)
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        yield app, City(app, settings)
        db.session.remove()
        db.engine.dispose()
    secrets._keys.update(keys)  # the suite's own application goes on with its own
    secrets.key.cache_clear()
    storage._store = blobs
    fed.bound.engine, fed.bound.base_url = spoken.engine, spoken.base_url
    jobs.board.wait, jobs.board.lanes = board.wait, board.lanes
    actor_keys.forget_all()


def browsers(app: Flask, port: int, accounts: list[int]) -> list[Browser]:
    """A logged-in browser for each account, without paying for a password check."""
    made = []
    for account_id in accounts:
        token = secrets.token()
        with commit():
            db.session.add(
                LoginSession(
                    id=new_id(), account_id=account_id, token_digest=secrets.digest(token), device="Test", network="",
                    created_at=clock.now(), seen_at=clock.now(), expires_at=clock.now() + timedelta(days=1),
                )
            )  # fmt: skip
        made.append(Browser(port, *Context().run(_cookie, app, token)))
    return made


def _cookie(app: Flask, token: str) -> tuple[str, str]:
    """The session cookie that holds `token`, and the sign that its forms carry."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    with app.test_request_context():
        session["token"] = token
        sign = generate_csrf()
        return serializer.dumps(dict(session)), sign


def residents(city: City, quartier: str, number: int) -> list[int]:
    """Account ids of `number` residents, made fast: one password hash for all."""
    first = city.resident(quartier)
    ids = [first.account_id]
    shared = db.session.get_one(Account, first.account_id).password_hash
    db.session.rollback()
    for each in range(1, number):
        with commit():
            ids.append(_copy(city, quartier, each, shared))
    return ids


def _copy(city: City, quartier: str, number: int, password_hash: str) -> int:
    from instance.accounts import names
    from instance.accounts.models import Actor, Identity
    from instance.quartiers import service as quartiers

    handle = f"voisin_{number}"
    actor = Actor(
        id=new_id(), kind="person", handle=handle, path=f"/u/{handle}", shown_name=f"Voisin {number}",
        created_at=clock.now(),
    )  # fmt: skip
    db.session.add(actor)
    db.session.flush()
    names.take(handle, actor)
    account = Account(id=new_id(), actor_id=actor.id, password_hash=password_hash, created_at=clock.now())
    db.session.add(account)
    db.session.flush()
    db.session.add(Identity(account_id=account.id, first_name="Voisin", last_name="Nombreux"))
    db.session.flush()
    home = quartiers.Home(city.quartier_id(quartier), "strong", None, clock.now() + timedelta(days=700))
    quartiers.admit(account, home, city.settings)
    return account.id


def jobs_end(seconds: float = 60) -> None:
    """Wait until no job is pending or running; none may have failed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        counts = jobs.counts()
        db.session.rollback()
        if not counts["pending"] + counts["running"]:
            assert counts["failed"] == 0
            return
        time.sleep(0.1)
    left = db.session.execute(db.select(jobs.Job.kind, jobs.Job.last_error).where(jobs.Job.state != "done")).all()
    raise AssertionError(f"jobs left: {left}")
