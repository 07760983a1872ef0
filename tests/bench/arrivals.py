"""What one note from another server costs, from its signature to being read; and where that time goes."""

from __future__ import annotations

import cProfile
import json
import pstats
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flask.testing import FlaskClient

from instance.accounts import follows, lookup
from instance.accounts.models import Actor, Follow
from instance.core import jobs
from instance.core.db import commit, db
from instance.core.schema import upgrade
from instance.peers.models import Incoming
from instance.settings import load
from tests.bench.scenes import Figure, ms
from tests.city import City
from tests.running.served import inside
from tests.support.peer import PUBLIC, ForeignActor, ForeignServer

AUTHORS = 20
NOTES = 400
ROUNDS = 3
URL = "http://localhost"
ME = f"{URL}/u/sam"
# Rooms of the profile: time spent in functions of files whose path has this, callees of other rooms not included.
ROOMS = (
    ("signature, digest, JSON, origin (federation/)", "/federation/"),
    ("RSA and hashes (cryptography)", "cryptography"),
    ("database driver, waiting for the disk left out", "sqlite3"),
    ("SQLAlchemy", "/sqlalchemy/"),
    ("Flask and Werkzeug", ("/flask", "/werkzeug/")),
    ("cleaning of HTML (nh3)", "nh3"),
    ("the city's own code (instance/)", "/instance/"),
)


@dataclass(frozen=True)
class Arrival:
    """A request as it will come in."""

    body: bytes
    headers: dict[str, str]


def figures(folder: Path, database: str) -> list[Figure]:
    """In this process: the web half is the request, the worker half the batch that understands it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        chosen = {
            "QL_DATA_DIR": str(folder / "data"), "QL_DATABASE_URL": database, "QL_BASE_URL": URL,
            "QL_RATE_LIMITS": "off", "QL_FETCH_ALLOW": f"127.0.0.1:{listening.getsockname()[1]}",
        }  # fmt: skip
        with inside(load(chosen)) as (app, city):
            upgrade()
            server = ForeignServer(listening)
            authors = [server.actor(f"author{number}") for number in range(AUTHORS)]
            _sam_follows(city, authors)
            client = app.test_client()
            kinds = {"home": _for_home, "mention": _for_sam}
            measured = {name: min(_round(client, authors, make) for _ in range(ROUNDS)) for name, make in kinds.items()}
            rooms = _profile(client, authors)
            lost = db.session.scalar(db.select(db.func.count()).where(Incoming.state != "done"))
            server.stop()
    if lost:
        raise RuntimeError(f"{lost} notes were not understood")
    return [
        Figure("note of a followed author: CPU, all of it", ms(sum(measured["home"])), "≤ 6, aim 4"),
        Figure("of which: the request", ms(measured["home"][0])),
        Figure("note that names a resident: CPU, all of it", ms(sum(measured["mention"])), "≤ 6, aim 4"),
        *(Figure(f"profile: {room}", f"{share:.0f} %") for room, share in rooms),
    ]


def _sam_follows(city: City, authors: list[ForeignActor]) -> None:
    sam = city.resident(city.quartier("Mesure"), "sam").actor_id
    jobs.run_all()
    for author in authors:
        [found] = lookup.find(author.uri, sam, asks_others=True)
        number = found.id
        with commit():
            follows.follow(db.session.get_one(Actor, sam), db.session.get_one(Actor, number))
    jobs.run_all()
    with commit():
        db.session.execute(db.update(Follow).values(state="accepted"))


def _for_home(author: ForeignActor) -> dict[str, object]:
    return author.create(author.note("Le marché a lieu samedi.", cc=[f"{author.uri}/followers"]))


def _for_sam(author: ForeignActor) -> dict[str, object]:
    tag = [{"type": "Mention", "href": ME, "name": "@sam@localhost"}]
    return author.create(author.note("Sam, le marché a lieu samedi.", to=[PUBLIC, ME], tag=tag))


def _arrivals(authors: list[ForeignActor], make: Callable[[ForeignActor], dict[str, object]]) -> list[Arrival]:
    made = []
    for number in range(NOTES):
        author = authors[number % AUTHORS]
        body = json.dumps(make(author)).encode()
        made.append(Arrival(body, author.signed("POST", f"{URL}/inbox", body)))
    return made


def _take_in(client: FlaskClient, arrivals: list[Arrival]) -> None:
    for one in arrivals:
        answer = client.post("/inbox", data=one.body, headers=one.headers)
        if answer.status_code != 202:
            raise RuntimeError(f"the inbox answered {answer.status_code}")


def _round(
    client: FlaskClient, authors: list[ForeignActor], make: Callable[[ForeignActor], dict[str, object]]
) -> tuple[float, float]:
    """CPU ms of one note: in the request, in the worker."""
    arrivals = _arrivals(authors, make)
    begun = time.process_time()
    _take_in(client, arrivals)
    taken = time.process_time()
    jobs.run_all()
    return (taken - begun) * 1000 / NOTES, (time.process_time() - taken) * 1000 / NOTES


def _profile(client: FlaskClient, authors: list[ForeignActor]) -> list[tuple[str, float]]:
    """The share of each room, in per cent of the time that none of them waits for the disk."""
    arrivals = _arrivals(authors, _for_home)
    profile = cProfile.Profile()
    profile.enable()
    _take_in(client, arrivals)
    jobs.run_all()
    profile.disable()
    spent: dict[str, float] = {}
    for (file, _line, name), (_calls, _primitive, own_s, _with_callees, _callers) in pstats.Stats(
        profile
    ).stats.items():  # type: ignore[attr-defined]
        if "commit" in name and "sqlite3" in name:
            continue
        room = next((room for room, sign in ROOMS if _is_in(f"{file} {name}", sign)), "everything else")
        spent[room] = spent.get(room, 0.0) + own_s
    whole = sum(spent.values())
    return sorted(((room, 100 * own_s / whole) for room, own_s in spent.items()), key=lambda line: -line[1])


def _is_in(place: str, sign: str | tuple[str, ...]) -> bool:
    return any(one in place for one in ((sign,) if isinstance(sign, str) else sign))
