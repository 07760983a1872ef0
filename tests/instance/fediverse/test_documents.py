"""Posts, activities and collections as other servers get them: what is public, and not a byte of anything else."""

from __future__ import annotations

import pytest

from federation.vocabulary import PUBLIC
from instance.core.db import commit, db
from instance.peers import rules
from instance.posts.models import Post
from tests.city import City, Someone
from tests.instance.fediverse.wire import ACTIVITY, HTML, LD, ask, keyed
from tests.instance.posts.writing import answer, write

BASE = "http://localhost:8000"
SIGNED = {"Signature": 'keyId="https://bad.example/u/x#main-key",headers="(request-target) host date",signature="AAAA"'}


class Scene:
    """A quartier with one public message, one for the quartier, and a public and a narrower answer to the first."""

    def __init__(self, city: City) -> None:
        self.city, self.here = city, city.quartier("Clignancourt")
        self.salma: Someone = city.resident(self.here, "salma", name="Salma Bennani")
        self.bruno: Someone = city.resident(self.here, "bruno", name="Bruno Keller")
        keyed(city)
        self.public = write(city, self.salma, self.here, title="Ocarina", text="À tous", scope="public", everywhere="1")
        self.closed = write(city, self.salma, self.here, title="Zibeline", text="Entre nous")
        self.wide = answer(city, self.bruno, self.public, "Oui, tous.", scope="public", everywhere="1")
        self.narrow = answer(city, self.bruno, self.public, "Pamplemousse.", scope="quartier")
        city.work()


@pytest.fixture
def scene(city: City) -> Scene:
    return Scene(city)


@pytest.mark.parametrize("accept", [ACTIVITY, LD, f"{ACTIVITY}, {LD};q=0.9", f"{ACTIVITY},text/html;q=0.5"])
def test_a_public_post_is_a_document_for_who_asks_so(scene: Scene, accept: str) -> None:
    found = ask(scene.city, f"/p/{scene.public}", accept=accept)

    assert found.status_code == 200
    assert found.content_type == ACTIVITY
    assert found.json["id"] == f"{BASE}/p/{scene.public}" and PUBLIC in found.json["to"]
    assert found.json["attributedTo"] == f"{BASE}/u/salma"


@pytest.mark.parametrize(
    "accept", [HTML, "*/*", "application/json", f"text/html,{ACTIVITY};q=0.9", "application/ld+json"]
)
def test_everybody_else_gets_the_page(scene: Scene, accept: str) -> None:
    found = ask(scene.city, f"/p/{scene.public}", accept=accept)

    assert found.status_code == 200
    assert found.content_type.startswith("text/html")


@pytest.mark.parametrize("signed", [{}, SIGNED])
def test_what_is_not_public_answers_as_what_never_was(scene: Scene, signed: dict[str, str]) -> None:
    names = ("", "/replies", "/context")
    hidden = [f"/p/{one}{name}" for one in (scene.closed, scene.narrow) for name in names]
    never = [f"/p/{one + 77}{name}" for one in (scene.closed, scene.narrow) for name in names]

    answers = [ask(scene.city, path, **signed) for path in [*hidden, *never]]

    assert {one.status_code for one in answers} == {404}
    assert len({(one.data, str(sorted(one.headers.items()))) for one in answers}) == 1


def test_a_resident_who_may_read_the_page_gets_no_document_of_it(scene: Scene) -> None:
    """Sessions open pages; documents leave the house."""
    page = scene.bruno.browser.get(f"/p/{scene.closed}", headers={"Accept": HTML})
    document = scene.bruno.browser.get(f"/p/{scene.closed}", headers={"Accept": ACTIVITY})

    assert page.status_code == 200
    assert document.status_code == 404


@pytest.mark.parametrize("path", ["/p/{}", "/u/salma", "/q/clignancourt", "/q/clignancourt/outbox", "/p/{}/context"])
def test_a_public_document_may_be_kept_for_a_minute_by_anybody(scene: Scene, path: str) -> None:
    path = path.format(scene.public)
    first = ask(scene.city, path)

    again = ask(scene.city, path, If_None_Match=first.headers["ETag"])

    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert first.headers["Vary"] == "Accept, Signature"
    assert "Set-Cookie" not in first.headers
    assert again.status_code == 304 and again.data == b""


def test_a_logged_in_browser_gets_the_very_same_document(scene: Scene) -> None:
    stranger = ask(scene.city, f"/p/{scene.public}")

    known = scene.bruno.browser.get(f"/p/{scene.public}", headers={"Accept": ACTIVITY})

    assert known.data == stranger.data
    assert known.headers["Vary"] == stranger.headers["Vary"] and "Set-Cookie" not in known.headers


def test_a_deleted_public_post_is_a_stone_and_a_deleted_closed_one_never_was(scene: Scene) -> None:
    for post in (scene.public, scene.closed):
        scene.city.post(scene.salma.browser, f"/p/{post}/supprimer")

    public, closed = ask(scene.city, f"/p/{scene.public}"), ask(scene.city, f"/p/{scene.closed}")

    assert public.status_code == 410
    assert public.json["type"] == "Tombstone" and "Ocarina" not in public.text
    assert closed.status_code == 404


def test_what_moderation_hid_is_not_there(scene: Scene) -> None:
    with commit():
        db.session.get_one(Post, scene.public).verdict = "hidden"

    assert ask(scene.city, f"/p/{scene.public}").status_code == 404


def test_a_blocked_server_finds_nothing(scene: Scene) -> None:
    before = ask(scene.city, f"/p/{scene.public}", **SIGNED)
    with commit():
        rules.set_rule("bad.example", "block")

    after = ask(scene.city, f"/p/{scene.public}", **SIGNED)

    assert before.status_code == 200
    assert (after.status_code, after.data) == (404, ask(scene.city, "/p/77").data)
    assert ask(scene.city, f"/p/{scene.public}").status_code == 200


@pytest.mark.parametrize("header", ["", "x", 'keyId="', 'keyId="\x7f",signature="é"', 'keyId="http://",signature="x"'])
def test_garbage_where_a_signature_stands_changes_nothing(scene: Scene, header: str) -> None:
    assert ask(scene.city, f"/p/{scene.public}", Signature=header).status_code == 200


def test_the_public_thread_is_a_collection_without_its_narrower_answers(scene: Scene) -> None:
    context = ask(scene.city, f"/p/{scene.public}/context").json
    first = ask(scene.city, context["first"].removeprefix(BASE)).json
    replies = ask(scene.city, f"/p/{scene.public}/replies?page=first").json

    assert context["totalItems"] == 2
    assert context["attributedTo"] == f"{BASE}/q/{scene.here}"
    assert first["orderedItems"] == [f"{BASE}/p/{scene.public}", f"{BASE}/p/{scene.wide}"]
    assert replies["orderedItems"] == [f"{BASE}/p/{scene.wide}"]


def test_the_quartiers_outbox_has_an_announce_for_each_public_post(scene: Scene) -> None:
    outbox = ask(scene.city, f"/q/{scene.here}/outbox").json
    page = ask(scene.city, outbox["first"].removeprefix(BASE)).json

    assert outbox["totalItems"] == 2
    assert [one["type"] for one in page["orderedItems"]] == ["Announce", "Announce"]
    assert {one["actor"] for one in page["orderedItems"]} == {f"{BASE}/q/{scene.here}"}
    inner = [one["object"] for one in page["orderedItems"]]
    assert [one["object"]["id"] for one in inner] == [f"{BASE}/p/{scene.wide}", f"{BASE}/p/{scene.public}"]
    assert [one["type"] for one in inner] == ["Create", "Create"]
    for word in ("Zibeline", "Pamplemousse", "Bennani", "Keller"):
        assert word not in str(page)


def test_a_residents_outbox_has_their_public_posts(scene: Scene) -> None:
    outbox = ask(scene.city, "/u/salma/outbox").json
    page = ask(scene.city, outbox["first"].removeprefix(BASE)).json

    assert outbox["totalItems"] == 1
    assert [(one["type"], one["object"]["id"]) for one in page["orderedItems"]] == [
        ("Create", f"{BASE}/p/{scene.public}")
    ]


def test_an_outbox_is_read_page_by_page_to_its_end(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here, "salma")
    keyed(city)
    posts = [write(city, salma, here, title=f"N° {n}", scope="public", everywhere="1") for n in range(25)]
    city.work()

    place, found = "/u/salma/outbox?page=first", []
    while place:
        page = ask(city, place).json
        found += [one["object"]["id"] for one in page["orderedItems"]]
        place = page.get("next", "").removeprefix(BASE)

    assert found == [f"{BASE}/p/{post}" for post in reversed(posts)]


@pytest.mark.parametrize("page", ["x", "-1", "9" * 40, "١", "' OR 1=1"])
def test_a_page_that_is_none_is_not_there(scene: Scene, page: str) -> None:
    assert ask(scene.city, f"/u/salma/outbox?page={page}").status_code == 404


def test_an_activity_is_read_at_its_address_until_its_post_is_gone(scene: Scene) -> None:
    page = ask(scene.city, "/u/salma/outbox?page=first").json
    path = page["orderedItems"][0]["id"].removeprefix(BASE)

    before = ask(scene.city, path, accept="*/*")
    scene.city.post(scene.salma.browser, f"/p/{scene.public}/supprimer")
    after = ask(scene.city, path)

    assert before.json["type"] == "Create" and before.json["object"]["name"] == "Ocarina"
    assert after.status_code == 410 and "Ocarina" not in after.text


def test_an_activity_shows_the_words_of_now(scene: Scene) -> None:
    page = ask(scene.city, "/u/salma/outbox?page=first").json
    path = page["orderedItems"][0]["id"].removeprefix(BASE)

    scene.city.post(scene.salma.browser, f"/p/{scene.public}/modifier", title="Ocarina", text="Sans nom de rue")
    found = ask(scene.city, path)

    assert "Sans nom de rue" in found.text and "À tous" not in found.text


def test_only_public_pins_are_featured(scene: Scene) -> None:
    scene.city.give_role(scene.bruno, "referent", scene.here)
    for post in (scene.public, scene.closed):
        scene.city.post(scene.bruno.browser, f"/p/{post}/epingler")

    featured = ask(scene.city, f"/q/{scene.here}/featured").json

    assert [one["id"] for one in featured["orderedItems"]] == [f"{BASE}/p/{scene.public}"]


def test_two_hundred_guesses_find_nothing(scene: Scene) -> None:
    near = [f"/p/{scene.closed + step}" for step in range(-50, 50)] + [
        f"/a/{scene.closed + step}" for step in range(100)
    ]

    found = [path for path in near if ask(scene.city, path).status_code != 404]

    assert found == []
