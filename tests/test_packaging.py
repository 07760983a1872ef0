"""A wheel and a checkout are the same city: pages, migrations, words and demonstration come from both."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from deploy.two_cities import free_ports

ROOT = Path(__file__).resolve().parents[1]
START_S = 90


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by way of the source archive with the locked build tool and no network."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT],
        check=True,
        capture_output=True,
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`quartier` in a venv of its own, which borrows our dependencies but not our checkout."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = folder / "bin" / "python"
    install = ["--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True)
    return folder / "bin" / "quartier"


@pytest.fixture(params=["wheel", "checkout"])
def quartier(request: pytest.FixtureRequest) -> list[str | Path]:
    """The command, from the wheel and from the checkout."""
    if request.param == "wheel":
        return [request.getfixturevalue("installed")]
    return [sys.executable, "-m", "instance.cli"]


def environ(data: Path, **more: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("QL_")}
    return ours | {"QL_DATA_DIR": str(data), "LC_ALL": "C.UTF-8"} | more


def test_the_wheel_holds_every_file_of_the_city_and_nothing_else(wheel: Path) -> None:
    inside = {top: f"instance/{top}" for top in ("templates", "migrations")}
    places = {"instance": "instance", "federation": "federation"} | inside
    ours = {
        place + path.as_posix().removeprefix(f"{ROOT.as_posix()}/{top}")
        for top, place in places.items()
        for path in (ROOT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert held - ours == set()
    assert ours - held == set()
    for place in ("templates/base.html", "migrations/alembic.ini", "static/", "translations/en/", "demo/"):
        assert any(name.startswith(f"instance/{place}") for name in held), place


def test_the_wheel_says_its_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))

    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "License-Expression: AGPL-3.0-or-later" in zipfile.ZipFile(wheel).read(metadata).decode()


def test_the_wheel_is_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = "import instance.app; from instance.core.paths import shipped; print(shipped('templates'))"

    answer = subprocess.run(
        [installed.with_name("python"), "-c", where], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert ROOT not in Path(answer.stdout.strip()).parents


def test_help_comes_in_french_and_english(quartier: list[str | Path], tmp_path: Path) -> None:
    def ask(locale: str) -> str:
        command = [*quartier, "--help"]
        cwd = ROOT if len(quartier) > 1 else tmp_path
        answer = subprocess.run(
            command, cwd=cwd, env=environ(tmp_path, LC_ALL=locale), capture_output=True, text=True, check=True
        )
        return answer.stdout

    french, english = ask("fr_FR.UTF-8"), ask("C.UTF-8")

    assert "serve" in french
    assert "serve" in english
    assert french != english


@contextmanager
def served(quartier: list[str | Path], data: Path, cwd: Path) -> Iterator[str]:
    """A whole city with its demonstration, told to stop at the end."""
    (port,) = free_ports(1)
    command = [*quartier, "serve", "--demo", "--port", str(port)]
    log = data.with_suffix(".log")
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=cwd, env=environ(data), stdout=out, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + START_S
        while not answers(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        yield f"http://localhost:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
    assert code == 0, log.read_text()


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.slow
def test_it_shows_the_demonstration_city(quartier: list[str | Path], tmp_path: Path) -> None:
    data = tmp_path / "data"

    with served(quartier, data, ROOT if len(quartier) > 1 else tmp_path) as address:
        with urlopen(f"{address}/") as answer:
            page = answer.read().decode()
        style = re.findall(r'<link[^>]+rel="stylesheet"[^>]+href="([^"]+)"', page)
        sizes = []
        for href in style:
            with urlopen(address + href) as sheet:
                sizes.append(len(sheet.read()))

    assert "Bœuf-Couronné" in page
    assert style
    assert all(sizes)
    assert (data / "city.db").is_file()
