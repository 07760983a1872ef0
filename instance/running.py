"""`quartier serve|web|worker|migrate|jobs`: the parts that run, together or apart."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import gc
import json
import multiprocessing
import os
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from signal import SIG_BLOCK, SIG_UNBLOCK, SIGINT, SIGTERM, pthread_sigmask, signal
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from sqlalchemy import text
from sqlalchemy.orm import InstrumentedAttribute

from instance import worker as work
from instance.app import create_app
from instance.core import guard, ids, jobs, leases, schema
from instance.core.console import Command, Group, fail, say
from instance.core.db import commit, db
from instance.core.kept import fix_address
from instance.core.leases import Table
from instance.core.web import settings as running_settings
from instance.demo.load import load as load_demo
from instance.peers.models import Delivery, Incoming
from instance.posts.models import Post
from instance.settings import Settings, load
from instance.streaming import hub as streams
from instance.streaming.web import MOST, only_streams

THREADS = 16
STOP_S = 20
HUNG_S = 120
LOCK_NUMBER = 7_301_811
HEAPS = 2
STREAMS = 4000  # listeners of `quartier stream`
FILES = 256  # beside them: database, logs, what is being accepted
M_ARENA_MAX = -8  # malloc.h
PR_SET_PDEATHSIG = 1  # sys/prctl.h
# The tables of waiting rows, and what one of their rows is about.
LANES: dict[str, tuple[Table, InstrumentedAttribute[str]]] = {
    "jobs": (jobs.Job, jobs.Job.kind),
    "deliveries": (Delivery, Delivery.inbox),
    "incoming": (Incoming, Incoming.uri),
}


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with one process and threads, set up from code instead of a file."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self.city, self.chosen = app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.city

    def run(self) -> None:
        Starter(self).run()


class Starter(Arbiter):  # type: ignore[misc]
    """gunicorn's arbiter as far as the fork of the server; then a guard takes its place, empty of the city."""

    def run(self) -> None:
        pthread_sigmask(SIG_BLOCK, guard.HEARD)  # until the guard listens; the server opens its ears itself
        self.start()
        self.spawn_worker()
        ((number, server),) = self.WORKERS.items()
        guard.take_over(number, server.tmp.fileno(), self.LISTENERS[0].fileno(), STOP_S, HUNG_S)


def _serve(app: Flask, host: str, port: int, start: Callable[[Flask], Callable[[], None]]) -> None:
    """Answer requests; `start` runs in the worker process after the fork and returns what ends it."""
    endings: list[Callable[[], None]] = []

    def after_fork(_: object) -> None:
        pthread_sigmask(SIG_UNBLOCK, guard.HEARD)
        endings.append(start(app))

    def before_exit(_arbiter: object, _worker: object) -> None:
        while endings:
            endings.pop()()
        streams.stop(app)

    with app.app_context():
        # A fork inherits SQLite's memory of the locks it holds, not the locks: they end with this process, and the next
        # program that opens the database would take it for left alone and write over what the server writes.
        db.session.remove()
        db.engine.dispose()
    _share_heaps()
    gc.collect()
    gc.freeze()  # the collector need not look, again and again, through what stays for good
    Server(
        app,
        {
            "bind": f"{host}:{port}", "workers": 1, "worker_class": "gthread", "threads": THREADS,
            "graceful_timeout": STOP_S, "timeout": HUNG_S, "keepalive": 15, "backlog": 2048, "accesslog": None,
            "loglevel": "warning", "post_worker_init": after_fork, "worker_exit": before_exit, "preload_app": True,
            "forwarded_allow_ips": "", "proc_name": "quartier", "control_socket_disable": True,
        },
    ).run()  # fmt: skip


def _share_heaps() -> None:
    """Few heaps for all threads: glibc gives each its own, which keeps what it had at its busiest (8 MiB in sum)."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):  # other C libraries have one heap anyway
        libc.mallopt(M_ARENA_MAX, HEAPS)


@click.command(cls=Command, help="Tout en un : base à jour, pages et tâches, dans une seule arborescence de processus.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse d’écoute.")
@click.option("--port", default=8000, show_default=True, help="Port d’écoute.")
@click.option("--demo", is_flag=True, help="Charge la ville de démonstration si le dossier de données est vide.")
def serve(host: str, port: int, demo: bool) -> None:
    """Migrate, then web and worker in one process tree."""
    settings = load(port=port)
    _must_be_free(host, port)
    app = create_app(settings)
    with app.app_context():
        _apart(lambda: _migrate(settings))
        if demo:
            with _lock(settings):  # a second start waits, instead of taking the town for one that was cut off
                _apart(lambda: load_demo(settings))
        _get_ready(settings)
        jobs.give_back_dead()
        db.session.remove()
    click.echo(say("Quartier Libre répond à %(url)s", url=settings.base_url))
    if settings.redis_url:
        _serve(app, host, port, _with_rq_worker(settings))
    else:
        _serve(app, host, port, work.start_thread)


def _must_be_free(host: str, port: int) -> None:
    """Ends with one sentence where something listens already: gunicorn would try again and again."""
    if guard.is_handed_on():
        return
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                fail("Le port %(port)d est déjà pris : donnez-en un autre avec --port.", port=port)


def _apart(act: Callable[[], object]) -> None:
    """Do something once in a process of its own: what it needs (Alembic 15 MiB, pictures 37) leaves memory with it."""
    db.session.remove()
    db.engine.dispose()
    child = multiprocessing.get_context("fork").Process(target=act)
    child.start()
    child.join()
    if child.exitcode:
        sys.exit(child.exitcode)


def _get_ready(settings: Settings) -> None:
    """What every start sees to: the public address stays what it was, new ids lie above the stored ones."""
    fix_address(settings)
    ids.raise_floor(db.session.scalar(db.select(db.func.max(Post.id))))


def _with_rq_worker(settings: Settings) -> Callable[[Flask], Callable[[], None]]:
    """In Redis mode the drain runs in a process of its own beside the pages, and ends with them however they end."""
    libc = ctypes.CDLL(None)

    def go_too() -> None:
        if hasattr(libc, "prctl"):  # a server that is killed tells nobody: the next one would have two
            libc.prctl(PR_SET_PDEATHSIG, SIGTERM)

    def start(_: Flask) -> Callable[[], None]:
        jobs.wake_others.append(work.tell_redis(settings))
        env = os.environ | {"QL_BASE_URL": settings.base_url}  # queue and bus bear it; --port is not told
        child = subprocess.Popen([sys.executable, "-m", "instance.cli", "worker"], preexec_fn=go_too, env=env)

        def finish() -> None:
            child.terminate()
            child.wait(STOP_S)

        return finish

    return start


@click.command(cls=Command, help="Les pages seules.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse d’écoute.")
@click.option("--port", default=8000, show_default=True, help="Port d’écoute.")
def web(host: str, port: int) -> None:
    """Pages only; jobs are run elsewhere."""
    settings = load(port=port)
    app = create_app(settings)

    def start(_: Flask) -> Callable[[], None]:
        if settings.redis_url:
            jobs.wake_others.append(work.tell_redis(settings))
        return lambda: None

    with app.app_context():
        _get_ready(settings)
        db.session.remove()
    _serve(app, host, port, start)


@click.command(cls=Command, help="Les flux seuls, pour des milliers d’applications qui écoutent ; demande Redis.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse d’écoute.")
@click.option("--port", default=8001, show_default=True, help="Port d’écoute.")
@click.option("--max", "most", default=STREAMS, show_default=True, help="Combien écoutent à la fois, au plus.")
def stream(host: str, port: int, most: int) -> None:
    """Only /api/v1/streaming, for more listeners than the pages can hold."""
    settings = load(port=port)
    if not settings.redis_url:
        fail("Sans Redis, « quartier serve » porte les flux : réglez QL_REDIS_URL pour en faire un service à part.")
    _must_be_free(host, port)
    _open_files(most)
    app = create_app(settings)
    app.config[MOST] = most
    only_streams(app)
    with app.app_context():
        _get_ready(settings)
        db.session.remove()
    _serve(app, host, port, lambda _: lambda: None)


def _open_files(most: int) -> None:
    """Room for so many connections, as far as the system gives it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + FILES if hard == resource.RLIM_INFINITY else min(most + FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@click.command(cls=Command, help="Les tâches seules : courriels, annonces, rappels.")
def worker() -> None:
    """Jobs only, until SIGTERM."""
    settings = load()
    app = create_app(settings)
    with app.app_context():
        _get_ready(settings)
        db.session.remove()
    if settings.redis_url:
        work.run_rq(app, settings)
        return
    told = threading.Event()
    for sign in (SIGTERM, SIGINT):
        signal(sign, lambda *_: told.set())
    finish = work.start_thread(app)
    told.wait()
    finish()


@click.command(cls=Command, help="Met la base de données à jour, sous verrou ; une seconde fois ne change rien.")
@with_appcontext
def migrate() -> None:
    """Bring the database to the newest schema."""
    before, after = _migrate(running_settings())
    click.echo(f"{before or '-'} -> {after}")


def _migrate(settings: Settings) -> tuple[str | None, str | None]:
    with _lock(settings):
        before = schema.version()
        schema.upgrade()
        return before, schema.version()


@contextmanager
def _lock(settings: Settings) -> Iterator[None]:
    """One migration or one loading of the demonstration at a time: a file lock, on PostgreSQL an advisory one."""
    if settings.is_sqlite:
        with (settings.data_dir / "migrate.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with db.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": LOCK_NUMBER})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": LOCK_NUMBER})


@click.group(name="jobs", cls=Group, invoke_without_command=True, help="Les tâches : combien attendent, ont échoué.")
@click.option("--failed", is_flag=True, help="Seulement celles qui ont échoué, avec la raison.")
@click.option("--json", "as_json", is_flag=True, help="Sortie en JSON.")
@click.pass_context
def jobs_group(ctx: click.Context, failed: bool, as_json: bool) -> None:
    """Counts by state, or the failed rows."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(_list_jobs, failed=failed, as_json=as_json)


@with_appcontext
def _list_jobs(failed: bool, as_json: bool) -> None:
    if failed:
        _list_failed(as_json)
        return
    counts = {name: leases.counts(table) for name, (table, _what) in LANES.items()}
    if as_json:
        click.echo(json.dumps(_sums(list(counts.values())) | counts))
        return
    titles = {"jobs": say("Tâches"), "deliveries": say("Envois"), "incoming": say("Arrivées")}
    for name, states in counts.items():
        click.echo(titles[name])
        click.echo("\n".join(f"{number:>8}  {state}" for state, number in states.items()))


def _sums(lanes: Sequence[dict[str, int]]) -> dict[str, Any]:
    """States over all lanes."""
    states = [state for lane in lanes for state in lane]
    return {state: sum(lane.get(state, 0) for lane in lanes) for state in dict.fromkeys(states)}


def _list_failed(as_json: bool) -> None:
    rows: list[dict[str, Any]] = []
    for name, (table, what) in LANES.items():
        columns = table.id, what, table.attempts, table.last_error
        found = db.session.execute(db.select(*columns).where(table.state == "failed").order_by(table.id))
        rows += [
            {"id": str(number), "lane": name, "kind": kind, "attempts": attempts, "error": error}
            for number, kind, attempts, error in found
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        click.echo("\n".join(f"{row['id']}  {row['lane']}  {row['kind']}  {row['error']}" for row in rows))


@jobs_group.command("run", help="Fait maintenant tout ce qui est dû, une fois.")
@with_appcontext
def run_jobs() -> None:
    """Run what is due in the foreground."""
    work.put_periodic()
    click.echo(str(work.drain()))


@jobs_group.command("retry", help="Remet en file des tâches qui ont échoué.")
@click.argument("ids_to_retry", nargs=-1, type=int, required=True, metavar="ID...")
@with_appcontext
def retry_jobs(ids_to_retry: tuple[int, ...]) -> None:
    """Put failed rows back, whichever lane they are of."""
    with commit():
        number = sum(leases.retry(table, ids_to_retry) for table, _what in LANES.values())
    click.echo(str(number))
    if not number:
        raise click.ClickException(say("Aucune tâche en échec n’a ce numéro."))
