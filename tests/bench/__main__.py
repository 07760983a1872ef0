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

from tests.bench import arrivals, client, fanout, listeners, measure, neighbours, scenes
from tests.bench.scenes import Figure
from tests.bench.town import Size
from tests.support.postgres import OwnServer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operate.md"
HEADING = "\n## Figures\n"  # the last chapter of that page; tables of scenes that are not measured now stay
Table = tuple[str, list[Figure]]  # about what, lines


def main() -> None:
    options = _options()
    tables: dict[str, str] = {}
    server = None
    with tempfile.TemporaryDirectory(prefix="ql-bench-") as name:
        try:
            for scene in options.scenes:
                folder = Path(name) / scene
                folder.mkdir()
                if scene.startswith("postgres"):
                    server = server or OwnServer()
                title, measured = SCENES[scene]
                load, before = os.getloadavg()[0], measure.yardstick_ms()
                about, figures = measured(folder, server.create() if server and scene.startswith("postgres") else "")
                sticks = f"{before:.1f} ms before, {measure.yardstick_ms():.1f} ms after"
                figures.append(Figure("yardstick: the same piece of Python", sticks))
                day = f"{datetime.now(UTC):%d %B %Y}, load {load:.1f} before and {os.getloadavg()[0]:.1f} after."
                tables[title] = _table(f"{about} {day}", figures)
                print(f"\n{title}\n{tables[title]}")
        finally:
            if server is not None:
                server.remove()
    if options.write:
        _write(tables)


def _town(size: Size, *what: Callable[[scenes.Stage], list[Figure]]) -> Callable[[Path, str], Table]:
    def run(folder: Path, database: str) -> Table:
        started = time.monotonic()
        with scenes.stage(folder, size, database) as on:
            print(f"   built in {time.monotonic() - started:.0f} s")
            about = f"{scenes.engine(on)}; {scenes.stored(on)}; {size.accounts:,} accounts, {size.quartiers} quartiers."
            return about, [figure for one in what for figure in one(on)]

    return run


def _places(folder: Path, _database: str) -> Table:
    return "The 33,427 addresses of the north-east of Paris, 80 quartiers.", scenes.addresses(folder)


def _idle(folder: Path, _database: str) -> Table:
    return "The demonstration city.", scenes.idle(folder)


def _fanout(folder: Path, database: str) -> Table:
    return "A public note of 1 kB to servers on loopback that answer at once.", fanout.figures(folder, database)


def _arrivals(folder: Path, database: str) -> Table:
    return "Notes of 20 authors on loopback, signed before; one resident who follows them.", arrivals.figures(
        folder, database
    )


def _neighbours(folder: Path, database: str) -> Table:
    return "Agreements with eight cities on loopback that answer at once; a page with one post.", neighbours.figures(
        folder, database
    )


def _listeners(folder: Path, database: str) -> Table:
    return "6,000 posts, 1,600 accounts; programs that listen to their home by WebSocket.", listeners.figures(
        folder, database
    )


READ = (scenes.pages, scenes.costs)
CLIENT = Size(posts=10_000, accounts=400, quartiers=4)
SCENES: dict[str, tuple[str, Callable[[Path, str], Table]]] = {
    "main": ("SQLite, 10,000 posts", _town(Size(), *READ, scenes.posting, scenes.served)),
    "large": ("SQLite, 100,000 posts", _town(Size(posts=100_000), *READ)),
    "million": ("SQLite, 1,000,000 posts", _town(Size(posts=1_000_000), *READ)),
    "crowd": ("SQLite, 30,000 accounts", _town(Size(accounts=30_000, quartiers=100), *READ)),
    "postgres": ("PostgreSQL, 10,000 posts", _town(Size(), *READ, scenes.posting, scenes.served)),
    "postgres-large": ("PostgreSQL, 100,000 posts", _town(Size(posts=100_000), *READ)),
    "idle": ("At rest", _idle),
    "places": ("Addresses", _places),
    "arrivals": ("Notes from other servers, SQLite", _arrivals),
    "postgres-arrivals": ("Notes from other servers, PostgreSQL", _arrivals),
    "client": ("The client API, SQLite", _town(CLIENT, client.figures)),
    "postgres-client": ("The client API, PostgreSQL", _town(CLIENT, client.figures)),
    "listeners": ("Listeners, SQLite", _listeners),
    "postgres-listeners": ("Listeners, PostgreSQL", _listeners),
    "fanout": ("Deliveries, SQLite", _fanout),
    "postgres-fanout": ("Deliveries, PostgreSQL", _fanout),
    "neighbours": ("Neighbour cities and pages, SQLite", _neighbours),
    "postgres-neighbours": ("Neighbour cities and pages, PostgreSQL", _neighbours),
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    names = ", ".join(SCENES)
    parser.add_argument("scenes", nargs="*", choices=[[], *SCENES], metavar="SCENE", help=f"some of {names}")
    parser.add_argument("--million", action="store_true", help="with a million posts too (minutes to build)")
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave docs/operate.md as it is")
    options = parser.parse_args()
    if not options.scenes:
        options.scenes = [scene for scene in SCENES if scene != "million" or options.million]
    return options


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _table(about: str, figures: Sequence[Figure]) -> str:
    has_pinned = any(figure.pinned for figure in figures)
    columns = ["what", "measured", *(["on one core"] if has_pinned else []), "asked"]
    lines = [about, "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for one in figures:
        cells = [one.what, one.value, *([one.pinned] if has_pinned else []), one.aim]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _write(tables: dict[str, str]) -> None:
    """Put the tables into the chapter, in the order of SCENES; those measured earlier stay beside them."""
    kept, _found, chapter = PAGE.read_text("utf-8").partition(HEADING)
    earlier = dict(table.split("\n\n", 1) for table in chapter.split("\n### ")[1:])
    known = {
        title: tables.get(title) or earlier.get(title, "").rstrip("\n") + "\n" for title, _measured in SCENES.values()
    }
    parts = [_before(), *(f"\n### {title}\n\n{table}" for title, table in known.items() if table.strip())]
    PAGE.write_text(kept + HEADING + "".join(parts), "utf-8")


def _before() -> str:
    machine = (
        f"{_processor()}, {os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )
    lines = [
        "",
        f"Made by `make bench` on {machine}.", "",
        "Milliseconds are CPU of the server, not time on the clock: of the process around the application, or, where",
        "a line says *served*, of the whole tree of `quartier serve` divided by the requests; *on one core* is that",
        "tree as the unit runs it (`CPUAffinity=0`), *measured* without. PostgreSQL's own processes are not counted.",
        "Readers are logged in, each page is made for one of fifty of them, and who may read what is asked anew each",
        "time. In one process the least disturbed of five rounds counts. A loaded machine shows more CPU for the same",
        "work: the yardstick at the end of each table tells how much. Nothing here is asserted by a test: tests count",
        "statements and read plans (`tests/instance/timelines/test_cost.py`).",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
