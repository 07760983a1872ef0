"""`python -m tests.bench`: measure what the figures state, print them, write them into docs/operate.md."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from tests.bench import measure, scenes
from tests.bench.scenes import Figure
from tests.bench.town import Size
from tests.support.postgres import OwnServer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operate.md"
HEADING = "\n## Figures\n"  # the last chapter of that page: all of it is written anew
Table = tuple[str, str, list[Figure]]


def main() -> None:
    options = _options()
    started, cpu = time.monotonic(), psutil.cpu_times()
    tables: list[Table] = []
    server = None
    with tempfile.TemporaryDirectory(prefix="ql-bench-") as name:
        try:
            for scene in options.scenes:
                folder = Path(name) / scene
                folder.mkdir()
                if scene.startswith("postgres"):
                    server = server or OwnServer()
                before = measure.yardstick_ms()
                title, about, figures = SCENES[scene](
                    folder, server.create() if server and scene.startswith("postgres") else ""
                )
                sticks = f"{before:.1f} ms before, {measure.yardstick_ms():.1f} ms after"
                tables.append((title, about, [*figures, Figure("yardstick: the same piece of Python", sticks)]))
                _show(tables[-1])
        finally:
            if server is not None:
                server.remove()
    busy = sum(psutil.cpu_times()[:3]) - sum(cpu[:3])
    print(f"{time.monotonic() - started:.0f} s, of the machine {busy:.0f} CPU s")
    if options.write:
        kept, _found, _old = PAGE.read_text("utf-8").partition(HEADING)
        PAGE.write_text(kept + HEADING + _page(tables), "utf-8")


def _town(size: Size, *what: Callable[[scenes.Stage], list[Figure]]) -> Callable[[Path, str], Table]:
    def run(folder: Path, database: str) -> Table:
        started = time.monotonic()
        with scenes.stage(folder, size, database) as on:
            print(f"   built in {time.monotonic() - started:.0f} s")
            about = f"{scenes.stored(on)}; {size.accounts:,} accounts, {size.quartiers} quartiers."
            return scenes.engine(on), about, [figure for one in what for figure in one(on)]

    return run


def _places(folder: Path, _database: str) -> Table:
    return "Addresses", "The 33,427 addresses of the north-east of Paris, 80 quartiers.", scenes.addresses(folder)


def _idle(folder: Path, _database: str) -> Table:
    return "At rest", "The demonstration city.", scenes.idle(folder)


READ = (scenes.pages, scenes.costs)
SCENES: dict[str, Callable[[Path, str], Table]] = {
    "main": _town(Size(), *READ, scenes.posting, scenes.served),
    "large": _town(Size(posts=100_000), *READ),
    "million": _town(Size(posts=1_000_000), *READ),
    "crowd": _town(Size(accounts=30_000, quartiers=100), *READ),
    "postgres": _town(Size(), *READ, scenes.posting, scenes.served),
    "postgres-large": _town(Size(posts=100_000), *READ),
    "idle": _idle,
    "places": _places,
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    names = ", ".join(SCENES)
    parser.add_argument("scenes", nargs="*", choices=[[], *SCENES], metavar="SCENE", help=f"some of {names}")
    parser.add_argument("--million", action="store_true", help="with a million posts too (minutes to build)")
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave docs/operate.md as it is")
    options = parser.parse_args()
    if options.scenes:
        options.write = False  # the page is written from a whole run only
    else:
        options.scenes = [scene for scene in SCENES if scene != "million" or options.million]
    return options


def _show(table: Table) -> None:
    print(f"\n{table[0]}: {table[1]}")
    for figure in table[2]:
        print(f"  {figure.value:>14}  {figure.aim:<12} {figure.what}")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _page(tables: Sequence[Table]) -> str:
    load = os.getloadavg()[0]
    machine = (
        f"{_processor()}, {os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )
    lines = [
        "",
        f"Made by `make bench` on {datetime.now(UTC):%d %B %Y}, on {machine}; load {load:.1f} at the end.", "",
        "Milliseconds are CPU of the server, not time on the clock: of the process around the application, or, where",
        "a line says *served*, of the whole tree of `quartier serve` divided by the requests. Readers are logged in,",
        "each page is made for one of fifty of them, and who may read what is asked anew each time. In one process the",
        "least disturbed of five rounds counts. A loaded machine shows more CPU for the same work: the yardstick at",
        "the end of each table tells how much. Nothing here is asserted by a test: tests count statements and read",
        "plans (`tests/instance/timelines/test_cost.py`).",
    ]  # fmt: skip
    for title, about, figures in tables:
        lines += ["", f"### {title}", "", about, "", "| what | measured | asked |", "|---|---|---|"]
        lines += [f"| {figure.what} | {figure.value} | {figure.aim} |" for figure in figures]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
