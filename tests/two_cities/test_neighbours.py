"""Two towns with an agreement, as processes; the second one's clock is ten minutes ahead, its database the suite's.

What passes between them, what does not, what waits while one is away, and the end of it.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from deploy import neighbours
from deploy.browser import Browser
from deploy.two_cities import Town, two_cities
from tests.support import postgres
from tests.support.peer import ForeignServer
from tests.two_cities.conftest import ask, at_rest, rows_of, until
from tests.two_cities.strangers import Stranger

pytestmark = pytest.mark.slow
HERE, THERE = "la-tannerie", "le-port-au-sel"
LONG_S = 150  # waits of tries grow: what lay for half a minute may lie for another one
ALONE = ["La Tannerie", "Le Pont Vieux"]  # quartiers that a word of Salma's reaches while nothing is agreed
BOTH = [*ALONE, "Le Port au Sel · Roncelles"]


@dataclass
class Line:
    """Both sides of it: Salma (moderator) and Odile (referent) here, Bruno and Inès there; and one who listens."""

    towns: tuple[Town, Town]
    salma: Browser
    odile: Browser
    bruno: Browser
    ines: Browser
    noor: Browser
    ear: Stranger
    accords: list[tuple[Browser, str]]  # the admin of each side, and where the agreement is on that side

    def rest(self) -> None:
        """Until neither town has anything left to do: what the one sends makes work for the other."""
        for _turn in range(2):
            for town in self.towns:
                at_rest(town)

    def act(self, side: int, name: str) -> None:
        """An admin does something with the agreement."""
        admin, place = self.accords[side]
        assert admin.fill(f"{place}/{name}") == 303


@pytest.fixture(scope="module")
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    server = request.getfixturevalue("postgres_server") if postgres.chosen() else None
    url = server.create() if server else ""
    with closing(_Listening()) as recorder, two_cities(
        [recorder.host], database_url=url, ahead_min=10
    ) as towns:  # fmt: skip
        people = [
            Browser(town.port).log_in(handle, town.password) for town in towns for handle, _name in town.plan.people
        ]
        salma, odile, bruno, ines = people
        noor = Browser(towns[0].port).log_in(neighbours.EDITOR, towns[0].password)
        accords = neighbours.sign(*towns)
        ear = Stranger(recorder.actor("ear"), towns[0])
        found = ear.finds(HERE)
        ear.hears_answer(ear.says(ear.actor.follow(found["id"]), found["inbox"]))
        neighbours.speak(*towns)
        yield Line(towns, salma, odile, bruno, ines, noor, ear, accords)
    if server:
        server.drop(url)


class _Listening(ForeignServer):
    def close(self) -> None:
        self.stop()


def photo() -> dict[str, tuple[str, bytes]]:
    file = BytesIO()
    Image.new("RGB", (320, 200), "#7a7f86").save(file, "JPEG")
    return {"photo": ("chat.jpg", file.getvalue())}


def write(browser: Browser, slug: str, title: str, *, photographed: bool = False, **fields: str) -> int:
    """Through the form and, where it comes, its page of readers; the number of the post."""
    form = f"/q/{slug}/ecrire"
    said: dict[str, str | list[str]] = {"title": title, "text": "Voilà.", "kind": "news", "scope": "neighbours"}
    said |= fields | {"act": "send"}
    sign = browser.sign(form)
    status, shown = browser.send(form, sign, photo() if photographed else None, photo_description="Un chat", **said)
    if status == 200:
        hidden = dict(re.findall(r'<input type="hidden" name="(once|named|kept)" value="([^"]*)"', shown))
        described = {f"description-{hidden['kept']}": "Un chat gris"} if "kept" in hidden else {}
        named = {"everywhere": "1"} if said["scope"] == "public" else {}
        status, shown = browser.send(form, sign, **(said | hidden | described | named | {"confirmed": "1"}))
    assert status == 303, shown
    return int(browser.place.rpartition("/")[2])


def readers(browser: Browser, slug: str) -> list[str]:
    """The quartiers that the page before sending names."""
    form = f"/q/{slug}/ecrire"
    said = {"title": "Qui lira ?", "text": "Voilà.", "kind": "news", "scope": "neighbours", "act": "send"}
    _status, shown = browser.send(form, browser.sign(form), **said)
    if 'id="lecteurs"' not in shown:
        return []
    found = shown[shown.index('id="lecteurs"') :]
    return [html.unescape(one) for one in re.findall(r"<li>([^<]*)</li>", found[: found.index("</ul>")])]


def answer(browser: Browser, post: int, text: str, **fields: str) -> None:
    given = {"text": text, "scope": "neighbours", "act": "send", "confirmed": "1"} | fields
    assert browser.fill(f"/p/{post}", f"/p/{post}/repondre", **given) == 303, browser.ask("GET", f"/p/{post}")[1]


def wall(browser: Browser, slug: str) -> str:
    """The wall as plain words: no-break spaces are spaces."""
    return plain(browser.read(f"/q/{slug}?tri=new"))


def thread(browser: Browser, post: int) -> str:
    return plain(browser.ask("GET", f"/p/{post}")[1])


def plain(page: str) -> str:
    return html.unescape(page).replace("\u00a0", " ").replace("\u202f", " ")


def number_of(browser: Browser, slug: str, title: str) -> int:
    """The number under which the other town keeps the post of that title, once it stands on that wall."""

    def look() -> str | None:
        shown = wall(browser, slug)
        if title not in shown:
            return None
        return re.findall(r"/p/(\d+)", shown[: shown.index(title)])[-1] if "/p/" in shown else None

    return int(until(look, f"« {title} » on the wall of {slug}"))


def test_a_lost_cat_crosses_the_line_with_its_photo_is_answered_changed_found_and_forgotten(line: Line) -> None:
    assert readers(line.salma, HERE) == BOTH

    cat = write(
        line.salma, HERE, "Chat gris perdu", photographed=True, kind="lost", where="Rue du Port", when="Hier soir"
    )
    there = number_of(line.bruno, THERE, "Chat gris perdu")
    shown = until(lambda: _with_photo(line.ines, there), "the photo")
    assert "La Tannerie · Aubrive" in shown
    assert "Rue du Port" in shown
    assert "Salma B." in shown
    picture = re.findall(r'src="(/media/[^"]+)"', shown)[0]
    assert line.ines.bytes_of("GET", picture)[0] == 200
    stranger = Browser(line.towns[1].port)
    assert [stranger.bytes_of("GET", path)[0] for path in (picture, f"/p/{there}")] == [404, 404]

    answer(line.ines, there, "Je l’ai vu sur le quai ce matin.")
    for one in (line.salma, line.odile):
        said = until(partial(_reads, one, cat, "sur le quai"), "the answer at home")
        assert "Le Port au Sel · Roncelles" in said
        assert "Inès D." in said
    answer(line.odile, cat, "Merci, j’y vais.")
    until(lambda: _says(thread(line.bruno, there), "j’y vais"), "the answer to it")

    assert line.salma.fill(f"/p/{cat}/modifier", title="Chat gris à collier perdu", text="Il répond à Plume.") == 303
    until(lambda: _says(thread(line.bruno, there), "à collier"), "the edit")
    assert line.salma.fill(f"/p/{cat}", f"/p/{cat}/retrouve") == 303
    until(lambda: _says(thread(line.bruno, there), "retrouvé"), "that it is found")

    assert line.salma.fill(f"/p/{cat}", f"/p/{cat}/supprimer") == 303
    until(lambda: "à collier" not in thread(line.bruno, there), "that it is gone")
    line.rest()
    assert "à collier" not in wall(line.bruno, THERE)
    for town in line.towns:
        assert ask(town, "SELECT 1 FROM post WHERE title LIKE '%collier%' OR text LIKE '%Plume%'") == []
        assert ask(town, "SELECT 1 FROM outgoing WHERE body LIKE '%Plume%'") == []
    assert line.ines.bytes_of("GET", picture)[0] == 404


def _reads(browser: Browser, post: int, words: str) -> str | None:
    return _says(thread(browser, post), words)


def _says(page: str, words: str) -> str | None:
    return page if words in page else None


def _with_photo(browser: Browser, post: int) -> str | None:
    shown = thread(browser, post)
    return shown if 'src="/media/' in shown else None


def test_an_answer_for_the_own_quartier_stays_there(line: Line) -> None:
    post = write(line.salma, HERE, "Qui a une échelle ?")
    there = number_of(line.ines, THERE, "Qui a une échelle ?")

    answer(line.ines, there, "Zibeline : j’en ai deux, entre nous.", scope="quartier")
    answer(line.bruno, there, "Moi, à tout le monde.")
    until(lambda: _says(thread(line.salma, post), "à tout le monde"), "the answer for all")
    line.rest()

    assert "Zibeline" in thread(line.bruno, there)
    assert "Zibeline" not in thread(line.salma, post)
    assert _tables_with(line.towns[0], "Zibeline") == []
    assert not {"outgoing", "delivery", "job", "incoming"} & set(_tables_with(line.towns[1], "Zibeline"))


def test_what_is_public_shows_around_on_the_other_side_and_reaches_who_listens(line: Line) -> None:
    post = write(line.bruno, THERE, "Vide-grenier au port", scope="public")
    until(lambda: _says(plain(line.odile.read(f"/q/{HERE}/autour")), "Vide-grenier au port"), "it around")
    assert "Vide-grenier" not in wall(line.odile, HERE)

    here = write(line.salma, HERE, "Bal au bord de l’eau", scope="public")
    line.ear.hears("Announce", f"{line.towns[0].url}/p/{here}", 2)
    until(lambda: _says(plain(line.ines.read(f"/q/{THERE}/autour")), "Bal au bord"), "it around there")
    until(lambda: "Le Port au Sel" in line.salma.read("/annuaire"), "the partner in the directory")
    assert post


def test_an_article_stands_on_both_walls_and_only_answers_to_everybody_reach_its_page(line: Line) -> None:
    title = neighbours.ARTICLE
    here, there = number_of(line.odile, HERE, title), number_of(line.ines, THERE, title)
    assert neighbours.PAGE_NAME in thread(line.ines, there)

    answer(line.ines, there, "Marjolaine : le notaire, à mon avis.", scope="quartier")
    answer(line.bruno, there, "Je peux en parler à tout le monde.", scope="quartier", everywhere="1")
    answer(line.odile, here, "Chez nous on dit la mairie.", scope="quartier")

    desk = f"/pages/{neighbours.PAGE}/bureau"
    until(lambda: _says(plain(line.noor.read(desk)), "la mairie"), "the answer of her own town")
    until(lambda: _says(plain(line.noor.read(desk)), "à tout le monde"), "the public one of the other")
    line.rest()
    assert "Marjolaine" in thread(line.bruno, there)
    assert "Marjolaine" not in plain(line.noor.read(desk))
    assert "la mairie" not in thread(line.bruno, there)
    assert _tables_with(line.towns[0], "Marjolaine") == []
    assert set(_tables_with(line.towns[1], "Marjolaine")) == {"post"}


def test_a_protected_tip_is_read_by_the_newsroom_alone_and_lies_nowhere_in_plain(line: Line) -> None:
    page, marker = f"/pages/{neighbours.PAGE}", "Hippocampe"
    said = {"text": f"{marker} : le maire adjoint a signé.", "sign": "protected"}
    assert line.odile.fill(f"{page}/info", **said) == 303

    shown = until(lambda: _says(plain(line.noor.read(f"{page}/bureau/infos")), "Source "), "the tip")
    tip = re.findall(rf'href="({page}/bureau/infos/[^"/?]+)"', shown)[0]
    read = plain(line.noor.read(tip))
    assert marker in read
    assert not re.search("odile", read, re.I)
    assert line.noor.fill(tip, f"{tip}/question", text="Oursin : l’avez-vous vu signer ?") == 303
    own = re.findall(r'href="(/mes-infos/[^"]+)"', line.odile.read("/mes-infos"))[0]
    assert "Oursin" in plain(line.odile.read(own))

    admin, _place = line.accords[0]
    assert [one.bytes_of("GET", tip)[0] for one in (admin, line.salma, line.odile, line.ines)] == [404] * 4
    line.rest()
    for town in line.towns:
        assert _tables_with(town, marker, "Oursin") == []
        assert [path for path in _files(town) if re.search(rb"Hippocampe|Oursin", path.read_bytes())] == []
    assert not any(marker.encode() in one.body for one in line.ear.actor.server.received)


def test_while_it_is_suspended_nothing_passes_and_what_came_is_in_view_on_neither_side(line: Line) -> None:
    post = write(line.salma, HERE, "Une remorque à prêter")
    there = number_of(line.bruno, THERE, "Une remorque à prêter")
    answer(line.ines, there, "Volontiers samedi.")
    until(lambda: _says(thread(line.salma, post), "Volontiers samedi"), "the answer")

    line.act(1, "suspendre")
    until(lambda: readers(line.salma, HERE) == ALONE, "her side to know")
    assert readers(line.bruno, THERE) == ["Le Port au Sel", "Les Vergers"]
    assert "remorque" not in wall(line.bruno, THERE)
    assert line.bruno.ask("GET", f"/p/{there}")[0] == 404
    assert "Volontiers samedi" not in thread(line.odile, post)
    assert "remorque" in wall(line.odile, HERE)  # her own words, at home

    line.act(1, "reprendre")
    until(lambda: readers(line.salma, HERE) == BOTH, "her side to know again")
    assert "remorque" in wall(line.bruno, THERE)
    until(lambda: _says(thread(line.odile, post), "Volontiers samedi"), "the answer again")


def test_what_is_said_while_the_other_town_is_away_arrives_once_and_its_page_tells_what_waits(line: Line) -> None:
    away = line.towns[1]
    line.rest()
    away.stop()
    try:
        kept = write(line.salma, HERE, "Un banc à réparer")
        assert line.salma.fill(f"/p/{kept}/modifier", title="Deux bancs à réparer", text="Samedi.") == 303
        gone = write(line.odile, HERE, "Une fausse alerte")
        assert line.odile.fill(f"/p/{gone}", f"/p/{gone}/supprimer") == 303
        wide = write(line.salma, HERE, "Bancs pour tout le monde", scope="public")
        line.act(0, "renouveler")
        admin, _place = line.accords[0]
        place = neighbours.first_accord(admin)
        host = f"127.0.0.1:{away.port}"
        until(lambda: _waits(line.towns[0], host), "something to wait")
        assert "Envoyé, pas encore reçu" in plain(admin.read(place))
        assert re.search(rf"{host}.*?en attente", plain(admin.read("/admin/serveurs")), re.S)
        time.sleep(1.5)  # ten tries fail, and the server rests
    finally:
        away.start()
    line.bruno = Browser(away.port).log_in("bruno", away.password)
    line.ines = Browser(away.port).log_in("ines", away.password)

    until(lambda: not _left(line.towns[0]), "everything to be sent", LONG_S)
    until(lambda: _says(plain(line.ines.read(f"/q/{THERE}/autour")), "Bancs pour tout"), "what is public")
    number_of(line.bruno, THERE, "Deux bancs à réparer")
    line.rest()
    shown = wall(line.bruno, THERE)
    line.accords = neighbours.accept(*line.towns)  # the renewal, which came too
    assert readers(line.bruno, THERE)[-1] == "La Tannerie · Aubrive"
    uris = [f"{line.towns[0].url}/p/{one}" for one in (kept, wide)]
    assert [ask(away, "SELECT count(*) FROM post WHERE uri = ?", uri) for uri in uris] == [[(1,)], [(1,)]]
    assert "fausse alerte" not in shown
    assert "Un banc à réparer" not in shown


def test_a_suspension_that_was_over_before_the_other_town_came_back_loses_and_doubles_nothing(line: Line) -> None:
    away = line.towns[1]
    admin, place = line.accords[0]
    line.rest()
    away.stop()
    try:
        before = write(line.salma, HERE, "Un four à pain")
        line.act(0, "suspendre")
        line.act(0, "reprendre")
        assert readers(line.salma, HERE) == ALONE
        assert "repris, pas encore reçu par l’autre ville" in plain(admin.read(place))
    finally:
        away.start()
    line.bruno = Browser(away.port).log_in("bruno", away.password)
    line.ines = Browser(away.port).log_in("ines", away.password)

    until(lambda: readers(line.salma, HERE) == BOTH, "the other town to know", LONG_S)
    after = write(line.salma, HERE, "Une fournée samedi")
    number_of(line.bruno, THERE, "Une fournée samedi")
    number_of(line.bruno, THERE, "Un four à pain")
    line.rest()
    uris = [f"{line.towns[0].url}/p/{one}" for one in (before, after)]
    assert [ask(away, "SELECT count(*) FROM post WHERE uri = ?", uri) for uri in uris] == [[(1,)], [(1,)]]
    assert "repris, pas encore reçu" not in plain(admin.read(place))


def _left(town: Town) -> list[object]:
    return list(ask(town, "SELECT id FROM delivery WHERE state IN ('pending', 'failed', 'running')"))


def _waits(town: Town, host: str) -> bool:
    return bool(ask(town, "SELECT 1 FROM delivery WHERE state = 'pending' AND attempts > 0 AND host = ?", host))


def test_nothing_of_a_quartier_is_in_what_anybody_else_was_told_or_in_any_other_row_or_file(line: Line) -> None:
    marker = "Ocarina"
    post = write(line.salma, HERE, f"{marker} dans la cour", scope="quartier")
    answer(line.odile, post, f"{marker} entendu.", scope="quartier")
    assert line.odile.fill(f"/p/{post}", f"/p/{post}/merci") in (303, 404)
    line.salma.fill(f"/p/{post}/modifier", title=f"{marker} dans le jardin", text="Chut.")
    public = write(line.salma, HERE, "Concert public", scope="public")
    line.ear.hears("Announce", f"{line.towns[0].url}/p/{public}", 2)
    number_of_far = write(line.salma, HERE, "Concert des voisins")
    number_of(line.bruno, THERE, "Concert des voisins")
    line.rest()

    heard = b"".join(one.body for one in line.ear.actor.server.received)
    assert b"Concert public" in heard
    assert marker.encode() not in heard
    assert b"Concert des voisins" not in heard
    assert not any(f"/p/{number_of_far}".encode() in one.body for one in line.ear.actor.server.received)
    home, other = line.towns
    assert set(_tables_with(home, marker)) <= {"post", "post_edit"}
    assert _tables_with(other, marker) == []
    assert [path for path in _files(other) if marker.encode() in path.read_bytes()] == []
    elsewhere = [path for path in _files(home) if ".db" not in path.name]
    assert elsewhere
    assert [path for path in elsewhere if marker.encode() in path.read_bytes()] == []


def _files(town: Town) -> list[Path]:
    """Database, media, keys, logs: every file that the town has."""
    return [path for path in town.folder.rglob("*") if path.is_file()]


def _tables_with(town: Town, *words: str) -> list[str]:
    """Tables with a row in which one of `words` stands, in whatever column."""
    with rows_of(town) as read:
        if town.database_url:
            tables = read("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        else:
            tables = read("SELECT name FROM sqlite_master WHERE type = 'table'")
        whole = {name: str(read(f'SELECT * FROM "{name}"')) for (name,) in tables}
    return [name for name, text in whole.items() if any(one in text for one in words)]


def test_when_it_ends_both_sides_stand_alone(line: Line) -> None:
    write(line.salma, HERE, "Le dernier mot")
    there = number_of(line.bruno, THERE, "Le dernier mot")

    line.act(0, "finir")

    until(lambda: line.bruno.ask("GET", f"/p/{there}")[0] == 404, "the other side to know")
    assert "Le dernier mot" not in wall(line.bruno, THERE)
    assert readers(line.salma, HERE) == ALONE
    line.rest()
    for town in line.towns:
        assert ask(town, "SELECT 1 FROM agreement WHERE state = 'live'") == []
        assert ask(town, "SELECT 1 FROM passage WHERE is_open") == []
        assert "fault at" not in (town.folder / "log").read_text()
        assert ask(town, "SELECT kind, last_error FROM job WHERE state = 'failed'") == []
    neighbours.sign(line.towns[1], line.towns[0])  # and may begin anew, asked by the other side
    until(lambda: readers(line.salma, HERE) == BOTH, "the new one")
