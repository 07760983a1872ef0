"""A large city laid down fast: rows as the services would have written them, by bulk inserts, the same each time."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, text

from instance.accounts import keys
from instance.accounts.models import Account, Actor, ActorKey, Block
from instance.core import clock, markup
from instance.core.db import db, new_id
from instance.media.models import Media
from instance.notifications.models import Notification
from instance.posts.models import Post, PostCircle, Seen, SeenMark, Thanks, WallEntry
from instance.quartiers.models import Circle, CircleMember, Membership, Quartier, QuartierPair, Role

CHUNK = 5_000  # rows of one insert
CORNERS = 200
YEAR_S = 365 * 86_400
MARKED = 200  # newest posts of the first wall that carry marks
MARKS = 50  # on each of them
PINS = 3
TEXT = (
    "Bonjour la brocante du passage commence samedi à neuf heures venez nombreux avec vos livres vos jeux et vos "
    "gâteaux la cour reste ouverte quelqu’un connaît un plombier sérieux près du marché merci d’avance à toutes et "
    "tous le chat gris de la rue Letort est revenu il dort chez la gardienne"
)


@dataclass(frozen=True)
class Size:
    """How large a city is."""

    posts: int = 10_000
    accounts: int = 1_600
    quartiers: int = 8


@dataclass
class Place:
    """A quartier as the builder needs it."""

    slug: str
    id: int
    actor_id: int
    circle_id: int
    near: list[int] = field(default_factory=list)
    people: list[tuple[int, int]] = field(default_factory=list)  # account id, actor id


class Rows:
    """Rows that wait for their insert, by table, in the order in which tables refer to each other."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.waiting: dict[Any, list[dict[str, Any]]] = {}
        self.number = 0

    def add(self, table: Any, **row: Any) -> None:
        self.waiting.setdefault(table, []).append(row)
        self.number += 1
        if self.number >= CHUNK:
            self.flush()

    def flush(self) -> None:
        for table, rows in self.waiting.items():
            if rows:
                self.connection.execute(insert(table.__table__), rows)
        self.waiting = {table: [] for table in self.waiting}
        self.number = 0


@contextmanager
def bulk() -> Iterator[Rows]:
    """One transaction for the whole town, then the engine's statistics."""
    with db.engine.begin() as connection:
        rows = Rows(connection)
        yield rows
        rows.flush()
        # One statement instead of one per reply: the newest reply of each thread.
        newest = "SELECT max(id) FROM post WHERE thread_id = wall_entry.post_id"
        connection.execute(text(f"UPDATE wall_entry SET last_id = ({newest})"))
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def build(size: Size) -> list[Place]:
    """The city in the empty database of the running app; its quartiers, the first of which is the one measured."""
    chance = random.Random(20261122)
    with bulk() as rows:
        places = _quartiers(rows, size)
        _people(rows, size, places, chance)
        _keys(rows, places)
        _posts(rows, size, places, chance)
    return places


def _quartiers(rows: Rows, size: Size) -> list[Place]:
    places = []
    now = clock.now()
    for number in range(size.quartiers):
        place = Place(f"quartier-{number}", new_id(), new_id(), new_id())
        name = f"Quartier {number}"
        west, south = 2.0 + number % 10 * 0.01, 48.0 + number // 10 * 0.01
        # As many corners as a real quartier has: an outline that is read where it is not needed shows in the figures.
        corners = [[west + 0.01 * step / CORNERS, south] for step in range(CORNERS)]
        corners += [[west + 0.01, south + 0.01], [west, south + 0.01], [west, south]]
        rows.add(Actor, id=place.actor_id, kind="group", handle=place.slug, path=f"/q/{place.slug}", shown_name=name,
                 version=1, created_at=now)  # fmt: skip
        rows.add(Circle, id=place.circle_id)
        rows.add(
            Quartier, id=place.id, actor_id=place.actor_id, circle_id=place.circle_id, code=f"Q{number}",
            slug=place.slug, name=name, commune="99001", state="open", silhouette="M8 8H56V56H8Z", shape="M0 0H9V9H0Z",
            outline={"type": "Polygon", "coordinates": [corners]}, min_lon=west, min_lat=south, max_lon=west + 0.01,
            max_lat=south + 0.01, label_x=0.0, label_y=0.0, source="bench", created_at=now, opened_at=now,
        )  # fmt: skip
        places.append(place)
    for number, place in enumerate(places):
        for other in {(number + 1) % len(places), (number + 3) % len(places)} - {number}:
            low, high = sorted((place.id, places[other].id))
            if other not in place.near:
                rows.add(QuartierPair, a_id=low, b_id=high, border_m=200.0, origin="computed")
                place.near.append(other)
                places[other].near.append(number)
    rows.flush()
    return places


def _people(rows: Rows, size: Size, places: list[Place], chance: random.Random) -> None:
    now = clock.now()
    until = now + timedelta(days=700)
    for number in range(size.accounts):
        place, handle = places[number % len(places)], f"voisin_{number}"
        account_id, actor_id = new_id(), new_id()
        place.people.append((account_id, actor_id))
        rows.add(Actor, id=actor_id, kind="person", handle=handle, path=f"/u/{handle}", shown_name=f"Voisine {number}",
                 version=1, created_at=now)  # fmt: skip
        rows.add(Account, id=account_id, actor_id=actor_id, password_hash="-", state="active", language="fr",
                 is_name_full=False, is_simple=False, counts_views=True, shows_first_lines=False, sort="replies",
                 created_at=now, guide_seen=1)  # fmt: skip
        rows.add(Membership, account_id=account_id, quartier_id=place.id, level="strong", home_mark=f"{number // 2}",
                 joined_month=now.date().replace(day=1), writes_until=until, reads_until=until)  # fmt: skip
        rows.add(CircleMember, circle_id=place.circle_id, actor_id=actor_id, until=until)
    rows.flush()
    for place in places:
        for name in ("referent", "moderator"):
            account_id, _ = chance.choice(place.people)
            rows.add(Role, id=new_id(), account_id=account_id, name=name, quartier_id=place.id, given_at=now)
        for _account, actor_id in place.people[::20]:  # one in twenty blocks somebody
            blocked = chance.choice(place.people)[1]
            if blocked != actor_id:
                rows.add(Block, blocker_id=actor_id, blocked_id=blocked, since=now)
    rows.flush()


def _keys(rows: Rows, places: list[Place]) -> None:
    """Key pairs, or the worker would make one for every actor while figures are taken. All are the same ones."""
    pairs = {kind: make() for kind, make in keys.MAKERS.items()}
    for place in places:
        wanted = [(place.actor_id, keys.RSA), (place.actor_id, keys.ED25519)]
        for actor_id, kind in wanted + [(actor_id, keys.RSA) for _account, actor_id in place.people]:
            private, public = pairs[kind]
            rows.add(ActorKey, id=new_id(), actor_id=actor_id, kind=kind, private=private, public=public,
                     made_at=clock.now(), retired_at=None)  # fmt: skip
    rows.flush()


@dataclass
class Thread:
    """A post that may still be answered."""

    id: int
    place: int
    scope: str
    circles: list[int]


def _texts(chance: random.Random) -> list[tuple[str, str]]:
    vocabulary, texts = TEXT.split(), []
    for length in (chance.randint(8, 90) for _ in range(200)):
        words = " ".join(chance.choice(vocabulary) for _ in range(length))
        texts.append((words, markup.from_text(words)))
    return texts


def _posts(rows: Rows, size: Size, places: list[Place], chance: random.Random) -> None:
    """Posts over the last year, three in ten of them with 1 to 15 replies that come within the next thirty posts."""
    texts = _texts(chance)
    due: list[tuple[int, int, Thread]] = []  # replies to come: when, order, thread
    began_s = clock.now().timestamp() - YEAR_S
    marked: list[int] = []
    pins = dict.fromkeys(range(len(places)), PINS)
    for number in range(size.posts):
        moment_ms = int((began_s + YEAR_S * number / size.posts) * 1000)
        post_id = moment_ms << 16 | number & 0xFFFF
        if due and due[0][0] <= number:
            thread = heapq.heappop(due)[2]
            _reply(rows, post_id, thread, places, chance, texts)
            continue
        thread = _thread(rows, post_id, places, chance, texts, pins)
        if thread.place == 0:
            marked.append(post_id)
        if chance.random() < 0.3:
            for _ in range(chance.randint(1, 15)):
                heapq.heappush(due, (number + chance.randint(1, 30), chance.getrandbits(60), thread))
    rows.flush()
    _readers_left(rows, places[0], marked[-MARKED:], chance)


def _post(rows: Rows, post_id: int, place: Place, circles: list[int], chance: random.Random, **more: Any) -> None:
    account_id, actor_id = chance.choice(place.people)
    row = {
        "id": post_id, "author_id": actor_id, "acted_by_id": account_id, "language": "fr", "home_id": place.id,
        "street": "rue Letort" if chance.random() < 0.3 else None, "is_nameless": False, "version": 1,
        "verdict": "visible" if chance.random() < 0.995 else "hidden", "media_count": 0, "reply_to_id": None,
        "is_public": more["scope"] == "public",
    }  # fmt: skip
    rows.add(Post, **(row | more))
    for circle_id in circles:
        rows.add(PostCircle, post_id=post_id, circle_id=circle_id)
    rows.add(Seen, post_id=post_id, key=f"key-{post_id}", number=0)


def _thread(
    rows: Rows, post_id: int, places: list[Place], chance: random.Random, texts: list[tuple[str, str]],
    pins: dict[int, int],
) -> Thread:  # fmt: skip
    number = chance.randrange(len(places))
    place = places[number]
    scope = chance.choices(("quartier", "neighbours", "public"), (70, 22, 8))[0]
    near = [places[other] for other in place.near] if scope == "neighbours" else []
    circles = [place.circle_id, *(other.circle_id for other in near)]
    words, html = chance.choice(texts)
    pictures = chance.randint(1, 3) if chance.random() < 0.15 else 0
    kind, state = ("news", "published") if chance.random() < 0.7 else ("question", "open")
    _post(rows, post_id, place, circles, chance, kind=kind, state=state, title=" ".join(words.split()[:7]), text=words,
          html=html, scope=scope, thread_id=post_id, media_count=pictures)  # fmt: skip
    for position in range(pictures):
        rows.add(Media, id=new_id(), key=f"{chance.getrandbits(128):032x}", owner_id=chance.choice(place.people)[0],
                 post_id=post_id, position=position, description="La cour", width=1600, height=1200, colour="#8a7f66",
                 bytes=200_000, created_at=clock.now())  # fmt: skip
    pinned = clock.now() if pins[number] and chance.random() < 0.02 else None
    pins[number] -= pinned is not None
    for wall, reason in ((place, "written_here"), *((other, "neighbour") for other in near)):
        rows.add(WallEntry, wall_id=wall.actor_id, post_id=post_id, circle_id=wall.circle_id, reason=reason,
                 last_id=post_id, pinned_at=pinned if wall is place else None)  # fmt: skip
    return Thread(post_id, number, scope, circles)


def _reply(
    rows: Rows, post_id: int, thread: Thread, places: list[Place], chance: random.Random, texts: list[tuple[str, str]]
) -> None:
    words, html = chance.choice(texts)
    _post(rows, post_id, places[thread.place], thread.circles, chance, kind="news", state="published", title="",
          text=words, html=html, scope=thread.scope, thread_id=thread.id, reply_to_id=thread.id)  # fmt: skip


def _readers_left(rows: Rows, place: Place, posts: list[int], chance: random.Random) -> None:
    """Marks of « Vu par », thanks and notices around the newest posts of `place`."""
    for post_id in posts:
        for number in range(MARKS):
            rows.add(SeenMark, post_id=post_id, mark=f"{number:06x}{chance.getrandbits(64):016x}")
        for _account, actor_id in chance.sample(place.people, 3):
            rows.add(Thanks, post_id=post_id, actor_id=actor_id, at=clock.now())
    for account_id, _actor in place.people:
        for post_id in chance.sample(posts, min(20, len(posts))):
            rows.add(Notification, id=new_id(), account_id=account_id, kind="reply", post_id=post_id,
                     path=f"/p/{post_id}", read_at=clock.now() if chance.random() < 0.8 else None)  # fmt: skip
