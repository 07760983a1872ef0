"""What the suite stands on: skips are told, servers are real, nothing leaves this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from tests.support import dealing
from tests.support.postgres import OwnServer, Server, plain

ROOT = Path(__file__).resolve().parents[1]
SOME_SKIP = """
import pytest

def test_runs(): pass

@pytest.mark.skipif(True, reason="browser: not installed")
def test_in_a_browser(): pass

def test_with_data(): pytest.skip("real data: not here")

@pytest.mark.xfail(strict=True)
def test_known_fault(): assert False
"""


def run_suite(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with our plugin on one file, in two processes, as `make test` does."""
    (folder / "test_some.py").write_text(text)
    words = [sys.executable, "-m", "pytest", "-p", "tests.support.skips", "-p", "no:cacheprovider", "-n", "2"]
    return subprocess.run(
        [*words, *options, "test_some.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class TestSkips:
    def test_the_run_ends_with_what_was_skipped_and_why(self, tmp_path: Path) -> None:
        answer = run_suite(tmp_path, SOME_SKIP)

        assert answer.returncode == 0
        told = answer.stdout.partition("Skipped here and why")[2].splitlines()[1:5]
        assert told == [
            "browser: not installed: 1",
            "    test_some.py::test_in_a_browser",
            "real data: not here: 1",
            "    test_some.py::test_with_data",
        ]
        assert "1 passed, 2 skipped, 1 xfailed" in answer.stdout.splitlines()[-1]

    def test_ci_accepts_no_skip(self, tmp_path: Path) -> None:
        answer = run_suite(tmp_path, SOME_SKIP, "--fail-on-skip")

        assert answer.returncode == 1
        assert "allows no skip" in answer.stdout

    def test_ci_accepts_a_run_without_skips(self, tmp_path: Path) -> None:
        answer = run_suite(tmp_path, "def test_runs(): pass", "--fail-on-skip")

        assert answer.returncode == 0
        assert "Skipped here" not in answer.stdout

    def test_a_whole_file_skipped_counts_too(self, tmp_path: Path) -> None:
        text = "import pytest\npytest.skip('no tool', allow_module_level=True)\n"

        answer = run_suite(tmp_path, text + "def test_runs(): pass", "--fail-on-skip")

        assert answer.returncode != 0
        assert "no tool: 1" in answer.stdout


class TestDeal:
    def test_everything_is_dealt_once_with_browsers_first_and_towns_long_before_the_end(self) -> None:
        files = [f"tests/instance/test_{number}.py" for number in range(40)]
        towns = ["tests/running/test_a.py::test_it", "tests/two_cities/test_b.py::test_it"]
        browsers = ["tests/browser/test_c.py::test_it", "tests/instance/test_look.py::test_it"]
        singles = [f"{path}::test_{number}" for path in files for number in range(3)]

        ranks = dealing.order([*singles, *browsers, *towns])

        in_turn = sorted(ranks, key=lambda name: ranks[name])
        assert len(set(ranks.values())) == len(in_turn)
        assert sorted(in_turn) == sorted([*files, "browsers", "towns"])
        assert in_turn[0] == "browsers"
        assert in_turn.index("towns") < 15


class TestPostgres:
    def test_a_database_is_copied_with_its_rows_and_dropped(self, postgres_server: Server) -> None:
        first = postgres_server.create()
        with psycopg.connect(plain(first)) as connection:
            connection.execute("CREATE TABLE street AS SELECT 'rue Ramey' AS name")

        second = postgres_server.create(template=first)
        postgres_server.drop(first)

        with psycopg.connect(plain(second)) as connection:
            assert connection.execute("SELECT name FROM street").fetchall() == [("rue Ramey",)]
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(plain(first))
        postgres_server.drop(second)

    def test_a_server_of_ones_own_can_be_stopped_and_started(self, own_postgres: OwnServer) -> None:
        url = own_postgres.create()

        own_postgres.halt()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(plain(url))
        own_postgres.start()

        psycopg.connect(plain(url)).close()


class TestRedis:
    @pytest.mark.parametrize("time", ["first", "second"])
    def test_it_is_a_real_server_and_empty_at_the_start(self, redis_url: str, time: str) -> None:
        with redis.Redis.from_url(redis_url) as connection:
            before = connection.get("wake")
            connection.set("wake", time)

            assert before is None
            assert connection.get("wake") == time.encode()


def test_nothing_leaves_this_machine() -> None:
    with socket.socket() as outside, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        outside.connect(("192.0.2.1", 80))
