"""`quartier serve` as an operator meets it: it comes up, does its work, stops when told."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import redis
import rq

from instance import worker
from instance.core import guard
from instance.core.db import db
from instance.posts.models import Post
from tests.running.served import Browser, browsers, inside, instance, jobs_end, residents

pytestmark = pytest.mark.slow


def test_serve_migrates_an_empty_folder_answers_and_ends_with_zero_on_sigterm(tmp_path: Path) -> None:
    with instance(tmp_path) as (tree, _settings):
        tree.start()

        assert Browser(tree.port).get("/health/ready").status == 200
        assert Browser(tree.port).get("/").status == 200
        top, server = tree.members()
        for _ in range(200):  # the guard takes its place while the server makes ready to answer
            if guard.__file__ in top.cmdline():
                break
            time.sleep(0.05)
        assert libraries(server)
        assert not libraries(top)  # nothing of the city is in memory twice
        assert tree.stop() == 0


def libraries(process: psutil.Process) -> set[str]:
    return {each.path for each in process.memory_maps() if "site-packages" in each.path}


def test_a_second_migrate_changes_nothing(tmp_path: Path) -> None:
    with instance(tmp_path) as (tree, _settings):
        run = [sys.executable, "-m", "instance.cli", "migrate"]
        first = subprocess.run(run, env=tree.env, capture_output=True, text=True, check=True).stdout.split()
        second = subprocess.run(run, env=tree.env, capture_output=True, text=True, check=True).stdout.split()

        assert first[0] == "-"
        assert second == [first[2], "->", first[2]]


# What each costs: docs/operate.md, "At rest". Only what needs one of them may load it, in a process that ends.
HEAVY = {
    "Crypto", "PIL", "alembic", "boto3", "botocore", "flask_migrate", "fpdf", "mako", "numpy", "psycopg", "redis",
    "rq", "shapely",
}  # fmt: skip
SERVING = """
import gc, sys
from instance import running, worker
from instance.cli import main

def answer_and_work(server):
    print(gc.get_freeze_count())
    assert server.city.test_client().get("/").status_code == 200
    with server.city.app_context():
        worker.put_periodic()
        assert worker.drain() > 0
    print(*sorted({name.partition(".")[0] for name in sys.modules}))

running.Server.run = answer_and_work
main(["serve", "--port", sys.argv[1]])
"""


def test_a_process_that_serves_and_works_has_nothing_heavy_in_it(tmp_path: Path) -> None:
    """Counted by names: megabytes differ from machine to machine."""
    with instance(tmp_path) as (tree, _settings):
        done = subprocess.run(
            [sys.executable, "-c", SERVING, str(tree.port)], env=tree.env, capture_output=True, text=True, check=True
        )

        *_, frozen, modules = done.stdout.splitlines()
        assert int(frozen) > 100_000
        assert HEAVY & set(modules.split()) == set()


def test_programs_beside_the_server_read_what_it_wrote_however_often_they_open_the_database(tmp_path: Path) -> None:
    """As commands do. A server without locks of its own would lose its log to the first that closes the file."""
    with instance(tmp_path) as (tree, settings):
        tree.start()
        (server,) = tree.members()[1:]
        seen = []
        for number in range(4):
            asked = {"client_name": f"n {number}", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
            made = Browser(tree.port).post("/api/v1/apps", **asked)
            assert made.status == 200
            with closing(sqlite3.connect(settings.data_dir / "city.db")) as beside:
                seen += beside.execute("SELECT count(*) FROM application WHERE name LIKE 'n %'").fetchone()
        assert seen == [1, 2, 3, 4]
        assert tree.members()[1:] == [server]  # the same as at the start
        assert tree.stop() == 0


@pytest.mark.parametrize("mode", ["embedded", "redis"])
def test_a_reply_is_told_by_the_worker_of_the_same_tree(tmp_path: Path, redis_url: str, mode: str) -> None:
    with instance(tmp_path, QL_REDIS_URL=redis_url if mode == "redis" else "") as (tree, settings):
        tree.start()
        with inside(settings) as (app, city):
            here = city.quartier("Clignancourt")
            one, other = browsers(app, tree.port, residents(city, here, 2))
            post = one.post(f"/q/{here}/ecrire", title="Bonjour", text="", kind="news", scope="quartier", act="send")
            assert post.status == 303, post.text
            reply = other.post(f"{post.location}/repondre", text="Bonjour vous", act="send")
            assert reply.status == 303, reply.text

            jobs_end()
            assert "vous a répondu" in one.get("/avis").text
        assert tree.stop() == 0


def test_a_flushed_redis_and_a_killed_worker_lose_no_job(tmp_path: Path, redis_server, redis_url: str) -> None:  # type: ignore[no-untyped-def]
    with instance(tmp_path, QL_REDIS_URL=redis_url) as (tree, settings):
        tree.start()
        with inside(settings) as (app, city):
            here = city.quartier("Clignancourt")
            (writer,) = browsers(app, tree.port, residents(city, here, 1))
            for number in range(30):
                sent = writer.post(
                    f"/q/{here}/ecrire", title=f"n {number}", text="", kind="news", scope="quartier", act="send"
                )
                assert sent.status == 303
                if number == 10:
                    with redis_server.client() as client:
                        client.flushall()
                if number == 20:
                    for one in tree.members()[1:]:
                        if "worker" in one.cmdline():
                            one.kill()
            tree.kill()
            tree.start()

            jobs_end()
            assert db.session.scalar(db.select(db.func.count()).select_from(Post)) == 30


def test_the_worker_beside_the_pages_knows_their_address_where_only_the_port_says_it(
    tmp_path: Path, redis_url: str
) -> None:
    with instance(tmp_path, QL_REDIS_URL=redis_url) as (tree, settings):
        del tree.env["QL_BASE_URL"]
        tree.start()
        _server, beside = tree.members()[1:]

        assert beside.environ()["QL_BASE_URL"] == settings.base_url  # else both would speak on lines of their own


def test_the_worker_beside_the_pages_is_gone_when_they_are_killed(tmp_path: Path, redis_url: str) -> None:
    with instance(tmp_path, QL_REDIS_URL=redis_url) as (tree, _settings):
        tree.start()
        server, beside = tree.members()[1:]

        server.kill()  # the guard starts both anew

        gone, _alive = psutil.wait_procs([beside], 20)
        assert gone == [beside]


def test_a_worker_takes_no_wake_up_of_another_city_that_shares_its_redis(tmp_path: Path, redis_url: str) -> None:
    with instance(tmp_path, QL_REDIS_URL=redis_url) as (tree, settings):
        tree.start()
        next_door = replace(settings, base_url="https://next-door.example")
        with redis.Redis.from_url(redis_url) as connection:
            while not rq.Worker.count(connection=connection):
                time.sleep(0.05)

            worker.tell_redis(next_door)()
            time.sleep(1)  # this worker would have taken them at once

            waiting = rq.Queue(worker.queue_name(next_door.host), connection=connection)
            assert waiting.count == 2  # what is done at home, and errands
        assert tree.stop() == 0


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "instance.cli", "serve", "--port", port]
        env = {name: value for name, value in os.environ.items() if not name.startswith("QL_")}
        env |= {"QL_DATA_DIR": str(tmp_path / "data"), "LC_ALL": "fr_FR.UTF-8"}

        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert f"Le port {port} est déjà pris" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "data" / "city.db").exists()
