"""Every GET route of the application, asked by everybody who must not read a wall: none tells a word of it.

The routes come from the application itself: a new one is tried without anybody thinking of it, and one with an
unknown parameter stops here until the matrix knows what to fill in.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.media.models import Media
from tests.city import City, Someone
from tests.instance.groups.founding import found, say
from tests.instance.messages.writing import begin
from tests.instance.posts.writing import answer, write

TITLE, TEXT, REPLY, ALT = "Zibeline du premier", "Ocarina dans la cour", "Pamplemousse au fond", "Un hippocampe bleu"
MESSAGE, GROUPED = "Belladone sous le porche", "Coquelicot au local"
WORDS = (TITLE, TEXT, REPLY, ALT, MESSAGE, GROUPED, "auteure_secrete")
# Rooms whose pages are somebody's work with another's words are asked without a case in hand: there is nothing to see.
OTHER_VALUES = {
    "token": "nothing", "code": "en", "size": "large", "filename": "css/quartier.css", "kind": "guide", "version": 1,
    "n": 1, "number": 1, "name": "guide", "page": "guide", "language": "fr", "rest": "nothing",
    "group_key": "ungrouped-1",
}  # fmt: skip


# An admin looks after accounts: handles stand on that page, and nothing that anybody wrote.
KNOWN = {("the admin", "/admin/habitants", "auteure_secrete")}


def photo() -> tuple[io.BytesIO, str]:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(file, "PNG")
    file.seek(0)
    return file, "photo.png"


class Scene:
    """A quartier with one message, its reply and its photo; and people who must not read it."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.here, self.there = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or")
        city.adjoin(self.here, self.there)
        self.author = city.resident(self.here, "auteure_secrete")
        self.neighbour = city.resident(self.here)
        files = {"photo": photo(), "photo_description": ALT}
        self.post = write(city, self.author, self.here, title=TITLE, text=TEXT, **files)
        self.reply = answer(city, self.neighbour, self.post, REPLY)
        self.talk = begin(city, self.author, f"@{self.neighbour.handle}", MESSAGE)
        self.group = found(city, self.author, "Graines et plants")
        self.grouped = say(city, self.author, self.group, GROUPED)
        city.work()
        self.key = db.session.scalars(select(Media.key)).one()
        db.session.rollback()

    def values(self, argument: str) -> list[object]:
        """What to fill into a parameter: all that somebody could know of the scene."""
        known: dict[str, list[object]] = {
            "slug": [self.here], "post_id": [self.post, self.reply, self.talk, self.grouped],
            "conversation_id": [self.talk], "key": [self.key], "handle": [self.author.handle],
        }  # fmt: skip
        if argument in known:
            return known[argument]
        if argument in OTHER_VALUES:
            return [OTHER_VALUES[argument]]
        assert argument.endswith("_id"), f"teach the matrix what to put for <{argument}>"
        return [self.post, 1]

    def paths(self, app: Flask) -> list[str]:
        found = []
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()):
                continue
            filled = [{}]
            if rule.rule.startswith("/g/"):
                filled = [{"slug": self.group}]
            for argument in rule.arguments - set(filled[0]):
                filled = [one | {argument: value} for one in filled for value in self.values(argument)]
            for one in filled:
                built = rule.build(one, append_unknown=False)
                assert built is not None, rule
                found.append(built[1])
        return sorted(found)

    def stranger(self) -> Someone:
        return Someone("", 0, 0, self.city.browser())

    def visitor(self) -> Someone:
        return self.city.visitor()

    def neighbouring_resident(self) -> Someone:
        return self.city.resident(self.there)

    def moved(self) -> Someone:
        someone = self.city.resident(self.here)
        self.city.move_away(someone)
        return someone

    def suspended(self) -> Someone:
        someone = self.city.resident(self.here)
        with commit():
            db.session.get_one(Account, someone.account_id).state = "suspended"
        return someone

    def blocked(self) -> Someone:
        someone = self.city.resident(self.here)
        self.city.post(self.author.browser, f"/u/{someone.handle}/bloquer")
        self.city.post(self.neighbour.browser, f"/u/{someone.handle}/bloquer")
        return someone

    def with_role(self, role: str) -> Someone:
        someone = self.city.visitor()
        self.city.give_role(someone, role, None if role == "admin" else self.here)
        return someone


READERS: dict[str, Callable[[Scene], Someone]] = {
    "a stranger": Scene.stranger,
    "a visitor": Scene.visitor,
    "a resident of the neighbour quartier": Scene.neighbouring_resident,
    "a resident who moved": Scene.moved,
    "a suspended resident": Scene.suspended,
    "a blocked neighbour": Scene.blocked,
    "the admin": lambda scene: scene.with_role("admin"),
    "a verifier": lambda scene: scene.with_role("verifier"),
    "a moderator": lambda scene: scene.with_role("moderator"),
    "a referent": lambda scene: scene.with_role("referent"),
}


@pytest.mark.parametrize("reader", READERS)
def test_no_page_tells_a_word_of_a_wall_to(reader: str, city: City, app: Flask) -> None:
    scene = Scene(city)
    someone = READERS[reader](scene)

    for path in scene.paths(app):
        found = city.get(someone.browser, path)

        assert found.status_code < 500, path
        body = found.data.decode(errors="replace")
        told = [word for word in WORDS if word in body and word not in path and (reader, path, word) not in KNOWN]
        assert not told, f"{path} tells {told}"


@pytest.mark.parametrize("reader", ["a stranger", "a resident of the neighbour quartier", "the neighbour"])
def test_no_document_tells_a_word_of_a_wall_to(reader: str, city: City, app: Flask) -> None:
    """The same addresses as another server asks for them; a session opens nothing there."""
    scene = Scene(city)
    someone = scene.neighbour if reader == "the neighbour" else READERS[reader](scene)

    for path in scene.paths(app):
        found = someone.browser.get(path, headers={"Accept": "application/activity+json"})

        assert found.status_code < 500, path
        if found.content_type != "application/activity+json":
            continue
        told = [word for word in WORDS if word in found.text and word not in path]
        assert not told, f"{path} tells {told}"


def test_a_resident_of_the_quartier_reads_it(city: City, app: Flask) -> None:
    """The matrix can fail: the same words are found where they belong."""
    scene = Scene(city)
    reader = city.resident(scene.here)

    pages = {path: city.get(reader.browser, path).text for path in (f"/q/{scene.here}", f"/p/{scene.post}")}

    assert all(TITLE in text and TEXT in text and ALT in text for text in pages.values())
    assert REPLY in pages[f"/p/{scene.post}"]
    assert city.get(reader.browser, f"/media/{scene.key}/small").status_code == 200


@pytest.mark.parametrize("reader", [name for name in READERS if name != "a suspended resident"])
def test_what_is_hidden_answers_like_what_is_absent_to(reader: str, city: City) -> None:
    scene = Scene(city)
    someone = READERS[reader](scene)
    pairs = [
        (f"/p/{scene.post}", f"/p/{scene.post + 99}"),
        (f"/p/{scene.reply}", f"/p/{scene.reply + 99}"),
        (f"/media/{scene.key}/large", f"/media/{'0' * 32}/large"),
        (f"/media/{scene.key}/small", f"/media/{'0' * 32}/small"),
    ]
    city.quartier("Montmartre", state="pilot")
    pairs += [("/q/montmartre", "/q/nulle-part"), ("/q/montmartre/atom.xml", "/q/nulle-part/atom.xml")]

    for hidden, absent in pairs:
        one, other = city.get(someone.browser, hidden), city.get(someone.browser, absent)

        assert one.status_code == other.status_code == 404, hidden
        assert one.data == other.data, hidden
        assert dict(one.headers) == dict(other.headers), hidden
