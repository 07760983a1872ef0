"""What is measured, one function per scene; each answers lines for the table."""

from __future__ import annotations

import io
import itertools
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, text

from instance.accounts.models import Block
from instance.app import create_app
from instance.core import jobs
from instance.core.db import db
from instance.posts import cards
from instance.posts.models import Post, WallEntry
from instance.quartiers import search
from instance.quartiers.models import Address, Street
from tests.bench import measure, town
from tests.bench.town import Place, Size
from tests.running.served import Browser, Tree, browsers, instance
from tests.support.sql import statements

READERS = 50
PEOPLE_PER_QUARTIER = 200
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
LARGE_ROWS = 1_000  # tables below this may be read whole


@dataclass(frozen=True)
class Figure:
    """One line of the table; `pinned` is the value with the server on one core, where that was measured too."""

    what: str
    value: str
    aim: str = ""
    pinned: str = ""


@dataclass
class Stage:
    """A town with an application over it and people in front of it."""

    app: Flask
    tree: Tree
    places: list[Place]
    readers: list[Browser]

    @property
    def wall(self) -> str:
        return f"/q/{self.places[0].slug}"

    def get(self, path: str, reader: int = 0) -> tuple[int, bytes]:
        return measure.ask(self.app, measure.environ(self.readers[reader % len(self.readers)], path))

    def turns(self, paths: Iterator[str]) -> Callable[[], None]:
        """One request per call: the readers in turn, the paths in turn. Requests are made beforehand."""
        requests = [measure.environ(reader, path) for reader, path in zip(self.readers * 8, paths, strict=False)]
        turn = itertools.cycle(requests)

        def ask() -> None:
            status, _ = measure.ask(self.app, next(turn))
            if status not in {200, 303}:
                raise RuntimeError(f"answer {status}")

        return ask


@contextmanager
def stage(folder: Path, size: Size, database: str = "") -> Iterator[Stage]:
    """A town of `size` in an empty database, laid down as `quartier migrate` left the tables."""
    with instance(folder, QL_DATABASE_URL=database) as (tree, settings):
        subprocess.run([sys.executable, "-m", "instance.cli", "migrate"], env=tree.env, check=True, capture_output=True)
        app = create_app(settings)
        _silence(app)
        with app.app_context():
            places = town.build(size)
            people = [account for account, _ in places[0].people[:READERS]]
            found = browsers(app, tree.port, people)
            db.session.remove()
        cards.forget_all()
        yield Stage(app, tree, places, found)
        with app.app_context():
            db.engine.dispose()


def _silence(app: Flask) -> None:
    """Log lines are made, as they are when serving, but not shown among the figures."""
    for handler in app.logger.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(io.StringIO())


def depths(on: Stage) -> list[str]:
    """Addresses of wall pages at every depth."""
    with on.app.app_context():
        last = db.session.scalars(
            select(WallEntry.last_id).where(WallEntry.wall_id == on.places[0].actor_id).order_by(WallEntry.last_id)
        ).all()
        db.session.remove()
    step = max(1, len(last) // 40)  # so few that their cards can be kept: what grows with the wall shows
    return [f"{on.wall}?avant={last_id}" for last_id in last[21::step]]


def threads(on: Stage, number: int = 50) -> list[str]:
    """Addresses of the newest threads on the wall that every reader may read."""
    with on.app.app_context():
        found = db.session.scalars(
            select(WallEntry.post_id)
            .join(Post, Post.id == WallEntry.post_id)
            .where(
                WallEntry.wall_id == on.places[0].actor_id,
                Post.verdict == "visible",
                Post.author_id.not_in(select(Block.blocker_id)),
                Post.author_id.not_in(select(Block.blocked_id)),
            )
            .order_by(WallEntry.last_id.desc())
            .limit(number)
        ).all()
        db.session.remove()
    return [f"/p/{post_id}" for post_id in found]


def pages(on: Stage) -> list[Figure]:
    """Reading, in this process."""
    newest = on.turns(itertools.repeat(on.wall))
    first = measure.percentile(measure.each_ms([newest] * READERS), 0.5)
    warm = measure.cpu_ms(newest, 200)
    deep = on.turns(itertools.cycle(depths(on)))
    measure.each_ms([deep] * 400)
    known = measure.cpu_ms(deep, 200)

    def forgetful() -> None:
        cards.forget_all()
        deep()

    cold = measure.cpu_ms(forgetful, 50)
    thread = on.turns(itertools.cycle(threads(on)))
    measure.each_ms([thread] * 400)
    return [
        Figure("wall, newest page, each reader's first time (marks of « Vu par » written)", ms(first)),
        Figure("wall, newest page, 50 readers in turn", ms(warm), "≤ 6, aim 3"),
        Figure("wall, any depth, cards kept", ms(known), "≤ 6"),
        Figure("wall, any depth, no card kept", ms(cold)),
        Figure("thread page, newest 50 threads", ms(measure.cpu_ms(thread, 200))),
    ]


def costs(on: Stage) -> list[Figure]:
    """Statements of a page, and plans that read a large table whole."""
    lines, whole = [], []
    seen_before: dict[str, Any] = {}
    for name, path, aim in (("wall page", on.wall, "≤ 12"), ("thread page", threads(on)[0], "")):
        on.get(path)
        with on.app.app_context():
            with statements() as found:
                Context().run(on.get, path)
            lines.append(Figure(f"SQL statements of a {name}", str(len(found)), aim))
            seen_before.update(found)
    with on.app.app_context(), statements() as found:
        Context().run(on.get, f"{on.wall}?tri=new")
    seen_before.update(found)
    with on.app.app_context():
        for statement, values in seen_before.items():
            whole += [line for line in plan(statement, values) if is_whole(line)]
        db.session.remove()
    lines.append(Figure("plans of these pages that read a large table whole", str(len(whole)), "0"))
    for line in whole:
        print("   whole:", line)
    return lines


def plan(statement: str, values: Any) -> list[str]:
    """The engine's plan for `statement`, on the data as they are."""
    connection = db.session.connection()
    word = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    return [str(row[-1]) for row in connection.exec_driver_sql(f"{word} {statement}", values)]


def is_whole(line: str) -> bool:
    """Whether a line of a plan reads a large table from end to end."""
    words = line.replace("->", " ").split()
    if words[0] == "SCAN" and "CONSTANT" not in words:
        table = words[1]
    elif words[:3] == ["Seq", "Scan", "on"]:
        table = words[3]
    else:
        return False
    known = db.metadata.tables.get(table)
    if known is None:
        return words[0] == "SCAN" and not line.startswith("SCAN (")
    return (db.session.scalar(select(db.func.count()).select_from(known)) or 0) > LARGE_ROWS


def posting(on: Stage) -> list[Figure]:
    """Writing, in this process; the jobs that follow are run by the worker and counted apart."""
    numbers = itertools.count()
    path = f"{on.wall}/ecrire"

    def request() -> None:
        number = next(numbers)
        fields = {"title": f"Mot {number}", "text": "Un mot.", "kind": "news", "scope": "quartier", "act": "send"}
        status, body = measure.ask(on.app, measure.environ(on.readers[number % READERS], path, fields))
        if status != 303:
            raise RuntimeError(body.decode())

    def answer(to: str) -> None:
        fields = {"text": "Une réponse.", "scope": "quartier", "act": "send"}
        measure.ask(on.app, measure.environ(on.readers[next(numbers) % READERS], f"{to}/repondre", fields))

    measure.each_ms([request] * 20)
    post = measure.cpu_ms(request, 50)
    reply = measure.cpu_ms(partial(answer, threads(on)[0]), 50)
    with on.app.app_context():
        waiting = jobs.counts()["pending"]
        db.session.remove()
        started = time.process_time()
        jobs.run_all()
        work = (time.process_time() - started) * 1000 / max(waiting, 1)
        db.session.remove()
    return [
        Figure("post a message (form sent, answer 303)", ms(post)),
        Figure("reply", ms(reply)),
        Figure("what follows a message, in the worker, in batches", ms(work)),
    ]


def served(on: Stage) -> list[Figure]:
    """The same through `quartier serve`: CPU of the whole tree, its worker and idle waits included."""
    on.tree.start()
    free = _serving(on)
    on.tree.stop()
    with measure.one_core():
        on.tree.start()
    pinned = _serving(on)
    on.tree.stop()
    return [replace(line, pinned=same.value) for line, same in zip(free, pinned, strict=True)]


def _serving(on: Stage) -> list[Figure]:
    deep = depths(on)

    def wall(line: measure.Kept, _number: int) -> int:
        return line.send(on.wall)

    def depth(line: measure.Kept, number: int) -> int:
        return line.send(deep[number % len(deep)])

    def post(line: measure.Kept, number: int) -> int:
        fields = {"title": f"Mot {number}", "text": "Un mot.", "kind": "news", "scope": "quartier", "act": "send"}
        return line.send(f"{on.wall}/ecrire", fields)

    run = partial(measure.served_ms, on.tree, on.readers)
    run(8, 800, wall)  # every thread and connection has done its first work before the clock runs
    return [
        Figure("served: wall, newest page, one at a time", ms(run(1, 400, wall)), "≤ 6, aim 3"),
        Figure("served: wall, newest page, 8 at once", ms(run(8, 800, wall)), "≤ 6"),
        Figure("served: wall, any depth, 4 at once", ms(run(4, 400, depth))),
        Figure("served: post a message and what follows it, one at a time", ms(run(1, 200, post))),
        Figure("served: post a message and what follows it, 8 at once", ms(run(8, 400, post))),
        Figure("memory after this, whole tree", mib(measure.tree_pss_mib(on.tree))),
    ]


def idle(folder: Path) -> list[Figure]:
    """`quartier serve --demo`, ten seconds after it came up."""
    with instance(folder) as (tree, _settings):
        tree.command = ("serve", "--demo")
        tree.start(wait=False)
        tree.wait_up(180)
        time.sleep(10)
        before = tree_state(tree)
        time.sleep(10)
        after = tree_state(tree)
        lines = [
            Figure("`quartier serve --demo`, idle: memory (PSS), whole tree", mib(after[0]), "≤ 130"),
            Figure("the same: CPU while idle", f"{(after[1] - before[1]) * 100:.0f} ms per second".replace("-0", "0")),
        ]
        tree.stop()
        return lines


def tree_state(tree: Tree) -> tuple[float, float]:
    return measure.tree_pss_mib(tree), measure.tree_cpu_s(tree)


def addresses(folder: Path) -> list[Figure]:
    """Import and search, with the real north-east of Paris where it is beside the project."""
    if not SHARED.is_dir():
        return [Figure("import and search of 33,427 addresses", "not measured: no ../shared/data here")]
    with instance(folder) as (tree, settings):
        quartier = [sys.executable, "-m", "instance.cli"]
        for command in (["migrate"], ["import", "quartiers", str(SHARED / "paris-quartiers.geojson")]):
            subprocess.run([*quartier, *command], env=tree.env, check=True, capture_output=True)
        started = time.monotonic()
        bring = [*quartier, "import", "addresses", str(SHARED / "ban-paris-nord-est.csv.gz"), "--json"]
        rows = json.loads(subprocess.run(bring, env=tree.env, check=True, capture_output=True).stdout)["rows"]
        spent_s = time.monotonic() - started
        app = create_app(settings)
        with app.app_context():
            typed = what_people_type()
            found = measure.each_ms([partial(look, app, one) for one in typed])[len(typed) // 10 :]
            db.engine.dispose()
    return [
        Figure(f"`quartier import addresses`, {rows:,} rows, wall clock", f"{spent_s:.1f} s", "≤ 12 s"),
        Figure(f"search while typing, {len(found)} inputs: median", ms(measure.percentile(found, 0.5))),
        Figure("search while typing: p95", ms(measure.percentile(found, 0.95)), "≤ 15"),
        Figure("search while typing: the worst", ms(max(found))),
    ]


def what_people_type() -> list[str]:
    """Beginnings of real addresses, as they grow letter by letter, in capitals or not, and mistakes."""
    rows = db.session.execute(
        select(Address.number, Street.name, Street.postcode).join(Street, Street.id == Address.street_id).order_by(
            Address.lon
        )
    ).all()  # fmt: skip
    db.session.remove()
    typed = []
    for place, (number, street, postcode) in enumerate(rows[:: max(1, len(rows) // 80)]):
        line = f"{number} {street} {postcode}"
        typed += [line[:4], line[:8], line[:14], line, line.upper(), f"{street.lower()} paris"]
        if place % 4 == 0 and len(line) > 16:
            typed.append(line[:11] + line[12:])
    return typed


def look(app: Flask, typed: str) -> None:
    with app.app_context():
        search.suggest(typed)
        db.session.remove()


def stored(on: Stage) -> str:
    """How much lies in the database."""
    with on.app.app_context():
        posts = db.session.scalar(select(db.func.count()).select_from(Post)) or 0
        walls = db.session.scalar(
            select(db.func.count()).select_from(WallEntry).where(WallEntry.wall_id == on.places[0].actor_id)
        )
        db.session.remove()
    return f"{posts:,} posts, {walls:,} of them on the wall read"


def engine(on: Stage) -> str:
    with on.app.app_context():
        is_sqlite = db.engine.dialect.name == "sqlite"
        version = db.session.scalar(text("SELECT sqlite_version()" if is_sqlite else "SHOW server_version"))
        db.session.remove()
    return f"SQLite {version}" if is_sqlite else f"PostgreSQL {version}"


def ms(value: float) -> str:
    return f"{value:.1f} ms" if value >= 1 else f"{value:.2f} ms"


def mib(value: float) -> str:
    return f"{value:.0f} MiB"
