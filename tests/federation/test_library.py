"""The library stands alone, and a crowd at the door cannot keep it busy with fetching."""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import federation
from federation import keyring
from federation.errors import TooFast
from tests.federation.net import ALICE, Net, Town, actor, create_note

ROOT = Path(__file__).resolve().parents[2]


def test_the_library_imports_no_city_no_flask_and_no_database():
    code = "import sys, federation, federation.memory; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not {"instance", "flask", "sqlalchemy", "jinja2", "rq", "redis"} & set(ran.stdout.split())


def test_its_tests_do_not_either():
    for path in Path(__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not {name.partition(".")[0] for name in names} & {"instance", "flask", "sqlalchemy"}, path


def test_the_public_names_are_there_and_sorted():
    assert sorted(federation.__all__) == sorted(set(federation.__all__))
    assert all(hasattr(federation, name) for name in federation.__all__)


class SlowNet(Net):
    """Answers when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = threading.Event()

    def get(self, *args, **options):
        self.may_answer.wait(10)
        return super().get(*args, **options)


def test_few_strangers_keys_are_fetched_at_a_time_and_the_rest_told_to_come_back(monkeypatch):
    monkeypatch.setattr(keyring, "WAIT_S", 0.05)
    monkeypatch.setattr("tests.federation.net.Net", SlowNet)
    town = Town()
    town.net.put(ALICE, actor())
    letters = [town.letter(create_note(id=f"https://aix.example/a/{turn}")) for turn in range(3)]
    ends: list[int] = []
    waiting = [threading.Thread(target=lambda one=one: ends.append(town.fed.receive(one))) for one in letters[:2]]
    for thread in waiting:
        thread.start()
    while town.fed._inbox._keyring._places._value:  # until both are under way
        time.sleep(0.01)

    with pytest.raises(TooFast) as fast:
        town.fed.receive(letters[2])
    town.net.may_answer.set()
    for thread in waiting:
        thread.join()

    assert (fast.value.retry_after_s, ends) == (30, [202, 202])
