"""The files of deploy/ say what their readers understand, and what the program really does."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import click
import pytest

from instance.cli import main
from instance.settings import VARIABLES
from tests.running.served import free_port

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
SETTINGS = {variable.name for variable in VARIABLES}


def run(*words: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, env=os.environ | environ, capture_output=True, text=True, timeout=120, check=False)


def tool(name: str) -> str:
    """The path of a program of this machine or of the venv; skips where it is missing."""
    path = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if path is None:
        pytest.skip(f"{name}: not installed")
    return path


def command(words: list[str]) -> click.Command:
    """The command that `quartier WORDS` would run, its options parsed."""
    found: click.Command = main
    while isinstance(found, click.Group):
        found = found.commands[words.pop(0)]
    found.make_context(found.name, words, resilient_parsing=False)
    return found


class TestUnit:
    unit = DEPLOY / "quartier.service"
    starts = "serve"

    def setting(self, name: str) -> str:
        return re.findall(rf"^{name}=(.*)$", self.unit.read_text(), re.MULTILINE)[-1]

    def verify(self, folder: Path, text: str) -> subprocess.CompletedProcess[str]:
        """What systemd says about `text`, the program being there."""
        copy = folder / "quartier.service"
        copy.write_text(text.replace("/opt/quartier/.venv/bin/quartier", sys.executable))
        return run(tool("systemd-analyze"), "verify", "--man=no", copy)

    def test_systemd_understands_it(self, tmp_path: Path) -> None:
        answer = self.verify(tmp_path, self.unit.read_text())

        assert (answer.returncode, answer.stderr) == (0, "")

    def test_a_misspelt_line_would_be_noticed(self, tmp_path: Path) -> None:
        answer = self.verify(tmp_path, self.unit.read_text().replace("ProtectSystem", "ProtectSytem"))

        assert "ProtectSytem" in answer.stderr

    def test_it_leaves_little_to_a_burglar(self) -> None:
        answer = run(tool("systemd-analyze"), "security", "--offline=true", "--no-pager", "--threshold=20", self.unit)

        assert answer.returncode == 0, answer.stdout[-300:]

    def test_it_starts_a_command_that_exists_and_waits_longer_than_a_stop_takes(self) -> None:
        program, *words = shlex.split(self.setting("ExecStart"))

        assert program.endswith("/quartier")
        assert command(words).name == self.starts
        assert int(self.setting("TimeoutStopSec")) > 20


class TestStreamUnit(TestUnit):
    unit = DEPLOY / "quartier-stream.service"
    starts = "stream"


def test_the_example_of_settings_names_settings_that_exist() -> None:
    named = re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE)

    assert named
    assert set(named) <= SETTINGS


class TestContainer:
    file = DEPLOY / "Containerfile"

    def lines(self, word: str) -> list[str]:
        return re.findall(rf"^{word} (.*)$", self.file.read_text().replace("\\\n", " "), re.MULTILINE)

    def test_hadolint_finds_nothing(self) -> None:
        answer = run(tool("hadolint"), self.file)

        assert (answer.returncode, answer.stdout) == (0, "")

    def test_a_careless_line_would_be_noticed(self, tmp_path: Path) -> None:
        careless = tmp_path / "Containerfile"
        careless.write_text(self.file.read_text() + "RUN cd /tmp && apt-get install curl\n")

        assert run(tool("hadolint"), careless).returncode != 0

    def test_every_line_it_runs_is_a_shell_line(self) -> None:
        for line in self.lines("RUN"):
            assert run("sh", "-n", "-c", line).returncode == 0, line

    def test_it_copies_what_exists_and_what_the_ignore_file_lets_through(self) -> None:
        allowed = {line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line[0] == "!"}
        copied = {part for line in self.lines("COPY") if "--from" not in line for part in shlex.split(line)[:-1]}

        assert all((ROOT / part).exists() for part in copied)
        assert copied == allowed

    def test_it_installs_by_the_lock_and_nothing_else(self) -> None:
        installs = [line for line in self.lines("RUN") if "pip install" in line]

        assert len(installs) == 2
        assert "--require-hashes -r requirements.lock" in installs[0]
        assert {"--no-deps", "--no-build-isolation", "--no-index"} <= set(installs[1].split())

    def test_it_starts_a_command_that_exists_as_an_ordinary_user(self) -> None:
        program, *words = json.loads(self.lines("CMD")[-1])

        assert program == "quartier"
        assert command(words).name == "serve"
        assert self.lines("USER")[-1].split(":")[0] != "0"


class TestCompose:
    file = DEPLOY / "compose.yml"

    def test_it_follows_the_schema(self) -> None:
        answer = run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", self.file)

        assert answer.returncode == 0, answer.stdout

    def test_a_misspelt_key_would_be_noticed(self, tmp_path: Path) -> None:
        bad = tmp_path / "compose.yml"
        bad.write_text(self.file.read_text().replace("depends_on:", "depend_on:", 1))

        answer = run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", bad)

        assert answer.returncode == 1

    def test_its_commands_and_settings_exist(self) -> None:
        text = self.file.read_text()
        commands = re.findall(r"command: \[quartier, (.*)\]", text)

        assert [command([word.strip() for word in line.split(",")]).name for line in commands] == [
            "migrate",
            "web",
            "worker",
        ]
        assert set(re.findall(r"^    (QL_\w+):", text, re.MULTILINE)) <= SETTINGS


class Upstream(BaseHTTPRequestHandler):
    """Stands where the city would, and says what it was asked."""

    def do_GET(self) -> None:
        told = json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(told.encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Caddy with our file, without certificates, in front of `Upstream`: its address."""
    caddy = tool("caddy")
    home = tmp_path_factory.mktemp("caddy")
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [caddy, "run", "--config", DEPLOY / "Caddyfile", "--adapter", "caddyfile"],
        env=os.environ
        | {
            "QL_HOST": address,
            "QL_UPSTREAM": f"127.0.0.1:{upstream.server_port}",
            "XDG_DATA_HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(address)
    yield address
    process.terminate()
    process.wait(20)
    upstream.shutdown()
    upstream.server_close()


def wait_for(address: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


class TestProxy:
    def test_caddy_understands_the_file(self) -> None:
        answer = run(
            tool("caddy"), "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile",
            QL_HOST="quartier.example", QL_UPSTREAM="web:8000",
        )  # fmt: skip

        assert answer.returncode == 0, answer.stderr

    def test_the_city_learns_who_asks_and_nobody_can_pretend(self, proxy: str) -> None:
        with urlopen(Request(f"{proxy}/mur", headers={"X-Forwarded-For": "203.0.113.9"})) as answer:
            told = json.load(answer)

        assert told["path"] == "/mur"
        assert told["headers"]["x-forwarded-for"] == "127.0.0.1"
        assert told["headers"]["x-forwarded-proto"] == "http"
        assert told["headers"]["host"] == proxy.removeprefix("http://")

    def test_figures_about_the_machine_stay_inside(self, proxy: str) -> None:
        with pytest.raises(HTTPError) as refusal:
            urlopen(f"{proxy}/metrics")

        assert refusal.value.code == 404
        refusal.value.close()

    def test_the_proxy_does_not_name_itself_and_asks_for_https_from_now_on(self, proxy: str) -> None:
        with urlopen(f"{proxy}/") as answer:
            headers = answer.headers

        assert "Caddy" not in (headers["Server"] or "")
        assert headers["Strict-Transport-Security"] == "max-age=31536000"


class TestBackupScript:
    script = DEPLOY / "backup.sh"

    @pytest.fixture
    def program(self, tmp_path: Path) -> Path:
        """Stands for `quartier backup FILE`."""
        program = tmp_path / "quartier"
        program.write_text('#!/bin/sh\n[ "$1" = backup ] && echo archive > "$2"\n')
        program.chmod(0o755)
        return program

    def old(self, folder: Path) -> Path:
        folder.mkdir()
        old = folder / "quartier-2020-01-01T000000Z.tar"
        old.touch()
        os.utime(old, (0, 0))
        return old

    def test_a_new_archive_stands_alone_and_is_for_its_owner_only(self, tmp_path: Path, program: Path) -> None:
        old = self.old(tmp_path / "archives")

        answer = run(self.script, old.parent, "7", QUARTIER=str(program))

        assert answer.returncode == 0, answer.stderr
        (archive,) = old.parent.iterdir()
        assert archive.read_text() == "archive\n"
        assert archive.stat().st_mode & 0o077 == 0

    def test_when_the_backup_fails_the_old_ones_stay(self, tmp_path: Path, program: Path) -> None:
        old = self.old(tmp_path / "archives")
        program.write_text('#!/bin/sh\necho half > "$2"\nexit 1\n')

        answer = run(self.script, old.parent, "7", QUARTIER=str(program))

        assert answer.returncode == 1
        assert list(old.parent.iterdir()) == [old]

    def test_the_command_it_calls_exists(self) -> None:
        assert command(["backup", "archive.tar"]).name == "backup"
