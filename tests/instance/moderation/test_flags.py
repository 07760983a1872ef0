"""Reports between servers: what others flag becomes a case, what is reported here may go to the author's server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from instance.core.db import db
from instance.moderation.models import Report
from instance.peers.models import Outgoing
from instance.posts.models import Post
from instance.quartiers import keyring
from tests.city import City, Someone
from tests.instance.accounts.conftest import plain
from tests.instance.posts.hearing import befriend, hear, here, inboxes_of
from tests.instance.posts.writing import write
from tests.support.pages import signless
from tests.support.peer import ForeignActor, ForeignServer, Json


@pytest.fixture
def clignancourt(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, clignancourt: str) -> Someone:
    return city.resident(clignancourt, "salma", name="Salma Berger")


@pytest.fixture
def odile(city: City, clignancourt: str) -> Someone:
    return city.resident(clignancourt, "odile", roles_here=("moderator",))


@pytest.fixture
def ada(elsewhere: ForeignServer) -> ForeignActor:
    return elsewhere.actor("ada")


def _post(city: City, author: Someone, quartier: str, **more: Any) -> int:
    number = write(city, author, quartier, **more)
    city.work()
    return number


def _public(city: City, author: Someone, quartier: str) -> int:
    return _post(city, author, quartier, scope="public", everywhere="1")


def _reports() -> list[tuple[int, str | None, str]]:
    rows = db.session.execute(select(Report.post_id, Report.host, Report.text).order_by(Report.id)).all()
    db.session.rollback()
    return [(row[0], row[1], row[2]) for row in rows]


def _flags() -> list[Json]:
    found = [json.loads(body) for body in db.session.scalars(select(Outgoing.body).where(Outgoing.kind == "Flag"))]
    db.session.rollback()
    return found


def _path() -> str:
    number = db.session.scalars(select(Report.id).order_by(Report.id.desc()).limit(1)).one()
    db.session.rollback()
    return f"/moderation/{number}"


def _heard(city: City, ada: ForeignActor, reader: Someone, words: str) -> int:
    """A post of Ada that `reader` reads here; its id."""
    keyring.make_missing({})
    befriend(city, reader, ada)
    note = ada.note(words)
    assert hear(city, ada, ada.create(note)) == "kept"
    number = db.session.scalars(select(Post.id).where(Post.uri == note["id"])).one()
    db.session.rollback()
    return number


def test_a_public_post_flagged_elsewhere_is_a_case_for_its_moderators_and_only_the_server_is_named(
    city: City, clignancourt: str, salma: Someone, odile: Someone, ada: ForeignActor
) -> None:
    post = _public(city, salma, clignancourt)
    flag = ada.flag(here("/u/salma"), here(f"/p/{post}"), words="Du <b>spam</b>.")

    assert hear(city, ada, flag) == "kept"
    assert hear(city, ada, flag | {"id": ada.server.name("activities")}) == "kept"  # the same case, still open
    city.work()

    assert _reports() == [(post, ada.server.host, "Du <b>spam</b>.")]
    shown = plain(city.get(odile.browser, _path()))
    assert f"Envoyé par un autre serveur, {ada.server.host}." in shown
    assert "Du &lt;b&gt;spam" in city.get(odile.browser, _path()).get_data(as_text=True)
    assert "ada" not in signless(shown)


def test_a_flag_about_what_its_sender_cannot_read_is_ignored_as_one_about_nothing(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    kept_here = _post(city, salma, clignancourt)

    for uris in ([here(f"/p/{kept_here}")], [here("/p/4321")], [here("/u/salma")], ["https://x.example/1"], []):
        assert hear(city, ada, ada.flag(*uris)) == "flag.no_post"
    assert _reports() == []


def test_a_report_goes_to_the_authors_server_by_the_instance_without_the_reporters_name(
    city: City, salma: Someone, odile: Someone, ada: ForeignActor
) -> None:
    post = _heard(city, ada, salma, "Une injure")
    form = city.get(salma.browser, f"/p/{post}/signaler").get_data(as_text=True)
    assert 'name="pass_on"' in form

    city.post(salma.browser, f"/p/{post}/signaler", reason="insult", text="La première ligne.", pass_on="1")
    city.work()

    (flag,) = _flags()
    assert flag["actor"] == here("/actor")
    assert flag["object"][0] == ada.uri
    assert len(flag["object"]) == 2
    assert "La première ligne." in flag["content"]
    assert "salma" not in json.dumps(flag)
    assert inboxes_of(flag) == [ada.inbox]
    (got,) = [one for one in ada.server.inbox_of(ada) if one["type"] == "Flag"]
    assert got["id"] == flag["id"]
    assert "Transmis au serveur de l’auteur." in plain(city.get(odile.browser, _path()))


def test_a_report_stays_here_unless_somebody_ticks(city: City, salma: Someone, ada: ForeignActor) -> None:
    post = _heard(city, ada, salma, "Une injure")

    city.post(salma.browser, f"/p/{post}/signaler", reason="insult", text="Deuxième ligne.")
    city.work()

    assert _flags() == []


def test_a_moderator_passes_a_decision_on_with_its_rule_and_reason(
    city: City, salma: Someone, odile: Someone, ada: ForeignActor
) -> None:
    post = _heard(city, ada, salma, "Une injure")
    city.post(salma.browser, f"/p/{post}/signaler", reason="insult", text="Mes mots à moi.")
    city.work()
    decision = {"measure": "removed", "own_clause": "Règle 2", "reason": "Une insulte.", "days": "0", "pass_on": "1"}

    assert city.post(odile.browser, _path(), **decision).status_code == 303
    city.work()

    (flag,) = _flags()
    assert flag["content"] == "Règle 2\nUne insulte."
    assert "Mes mots" not in json.dumps(flag)


def test_a_post_of_here_is_passed_on_to_nobody(city: City, clignancourt: str, salma: Someone, odile: Someone) -> None:
    post = _public(city, salma, clignancourt)
    bruno = city.resident(clignancourt)
    assert "pass_on" not in city.get(bruno.browser, f"/p/{post}/signaler").get_data(as_text=True)

    city.post(bruno.browser, f"/p/{post}/signaler", reason="insult", text="Ici.", pass_on="1")
    city.work()

    assert _flags() == []
