"""Where a neighbour of another city lives: said by a claim, beside the name, and by nothing else (threats.md B10)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from instance.core.db import db
from instance.peers.models import Incoming
from instance.posts import cards
from instance.posts.models import Post
from tests.city import City
from tests.instance.partners.neighbours import Line, page
from tests.instance.posts.hearing import befriend, hear
from tests.instance.posts.writing import write
from tests.mastodon.conftest import Programs
from tests.support.partner import PartnerCity
from tests.support.peer import ForeignActor, Json
from tests.support.sql import statements

LABEL = "Villette · Ville d’en face"


@pytest.fixture
def line(city: City, partner: PartnerCity) -> Line:
    return Line(city, partner)


@pytest.fixture
def ada(line: Line) -> ForeignActor:
    """A resident of Villette, as her city says."""
    ada = line.partner.person("ada", name="Ada L.")
    line.partner.claim(ada.uri, line.villette.uri, line.ours)
    return ada


def say(line: Line, by: ForeignActor, words: str, **members: Any) -> Json:
    """Words for both quartiers, announced by the one where they were written; the worker then has its turn."""
    readers = [f"{line.villette.uri}/residents", f"{line.group}/residents"]
    more = {"audience": line.villette.uri, "ql:from": line.villette.uri, "name": words} | members
    note = by.note(words, to=readers, **more)
    create = by.create(note)
    line.partner.say(
        line.city, line.villette.activity("Announce", create, to=readers), to=f"/q/{line.slug}/inbox", by=line.villette
    )
    return note


def post_of(note: Json) -> Post | None:
    db.session.rollback()
    return db.session.scalar(select(Post).where(Post.uri == note["id"]))


def status(line: Line, post_id: int) -> Json:
    """The post as a program for Mastodon reads it."""
    found = Programs(line.city).of(line.sam).get(f"/api/v1/statuses/{post_id}")
    assert found.status_code == 200
    return dict(found.get_json())


def sheets(line: Line) -> str:
    """The posts of the wall; beside them stands which quartiers touch, those of partner cities too."""
    return page(line.sam.browser, f"/q/{line.slug}").split("<aside")[0]


def test_quartier_and_city_stand_beside_the_name_on_walls_threads_replies_and_in_programs(
    line: Line, ada: ForeignActor
) -> None:
    note = say(line, ada, "Chat noir perdu")
    reply = say(line, ada, "Il a un collier", inReplyTo=note["id"])
    post, answered = post_of(note), post_of(reply)
    assert post is not None and answered is not None

    wall, thread = sheets(line), page(line.sam.browser, f"/p/{post.id}")

    assert wall.count(LABEL) == 1 and thread.count(LABEL) == 2
    assert "Ada L." in wall and f"@ada@{line.partner.host}" not in wall
    for one in (post, answered):
        said = status(line, one.id)
        assert said["quartier"]["quartier"] == {"name": "Villette", "acct": f"villette@{line.partner.host}"}
        assert LABEL not in json.dumps(said["account"], ensure_ascii=False) and "quartier" not in said["account"]


def test_a_revoked_claim_takes_the_quartier_from_beside_the_name_and_later_words_need_a_new_one(
    line: Line, ada: ForeignActor
) -> None:
    note = say(line, ada, "Chat noir perdu")
    assert LABEL in sheets(line)
    add = {"type": "Add", "id": "x", "actor": line.villette.uri, "object": ada.uri}
    add |= {"target": f"{line.villette.uri}/residents"}
    stranger = line.partner.group("Bellevue")
    line.partner.say(line.city, stranger.undo(add | {"actor": stranger.uri}), by=stranger)
    other = add | {"target": f"{line.villette.uri}/moderators"}
    line.partner.say(line.city, line.villette.undo(other), by=line.villette)
    assert LABEL in sheets(line)

    line.partner.say(line.city, line.villette.undo(add), by=line.villette)

    post = post_of(note)
    assert post is not None and post.from_id is None
    wall = sheets(line)
    assert "Chat noir perdu" in wall and LABEL not in wall and line.partner.host in wall
    assert status(line, post.id)["quartier"]["quartier"] is None
    for path in [one for one in line.partner.server.documents if one.startswith("/attest?")]:
        line.partner.server.documents.pop(path)
    later = say(line, ada, "Encore moi")
    assert post_of(later) is None
    assert "claim.refused" in db.session.scalars(select(Incoming.last_error)).all()


NAMES = ("Ada ✓ habitante vérifiée", "Ada :verified: ✅", "Ada (Verified)", "Ada · VÉRIFIÉ·E 🛡️", "Ada ｖｅｒｉｆｉｅｄ")


@pytest.mark.parametrize("name", NAMES)
def test_what_a_profile_says_of_itself_neither_counts_nor_shows(name: str, line: Line) -> None:
    eve = line.partner.person(
        "eve", name=name, summary="<p>Habitante vérifiée ✓ de <b>Villette</b> :verified:</p>",
        attachment=[{"type": "PropertyValue", "name": "Quartier", "value": "Clignancourt, vérifié ✅"}],
        **{"ql:residentOf": line.group, "ql:level": "strong"},
    )  # fmt: skip
    befriend(line.city, line.sam, eve)
    assert hear(line.city, eve, eve.create(eve.note("Bonjour"))) == "kept"
    line.city.work()
    found = db.session.scalars(select(Post).where(Post.uri.startswith(eve.server.base_url))).one()
    paths = (f"/p/{found.id}", f"/comptes/{found.author_id}")

    told = [page(line.sam.browser, path) for path in paths] + [json.dumps(status(line, found.id), ensure_ascii=False)]

    for text in told:
        assert "Ada" in text
        for sign in ("érifi", "ÉRIFI", "erified", "✓", "✅", "🛡", ":verified:", "ｖ", LABEL):
            assert sign not in text, sign
    assert status(line, found.id)["account"]["fields"] == []


def test_the_label_costs_no_more_for_many_and_nothing_once_the_sheets_are_kept(line: Line, ada: ForeignActor) -> None:
    def cost() -> list[str]:
        with statements() as found:
            page(line.sam.browser, f"/q/{line.slug}")
        return [statement for statement, _values in found]

    cards.forget_all()
    write(line.city, line.sam, line.slug)
    plain = len(cost())
    for number in range(3):
        say(line, ada, f"Annonce {number}")
        cost()
    cards.forget_all()
    fresh, kept = cost(), cost()

    assert len(fresh) <= plain + 2
    assert not any("FROM agreement" in statement for statement in kept)
