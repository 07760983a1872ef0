"""Public words of neighbour quartiers: kept under their Group, shown in « Autour », passed on once and one hop."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from instance.accounts.models import Actor
from instance.core import clock as city_clock
from instance.core.db import commit, db, new_id
from instance.partners.models import Agreement
from instance.peers.models import Incoming
from instance.posts.models import Boost, Post
from tests.city import City, Someone
from tests.instance.accounts.conftest import plain
from tests.instance.partners.border import Border
from tests.instance.posts.hearing import befriend, gain
from tests.instance.posts.writing import write
from tests.support.partner import PartnerCity, sign_agreement
from tests.support.peer import PUBLIC, ForeignActor, ForeignServer, Json
from tests.support.sql import statements


@pytest.fixture
def border(city: City, partner: PartnerCity) -> Border:
    return Border(city, partner, state="joined")


def says(border: Border, words: str, group: ForeignActor | None = None, **more: Any) -> tuple[Json, str]:
    """Somebody of the other quartier says `words` to everybody; its Group passes the activity on, as it came."""
    group = group or border.villette
    author = border.partner.person(f"lou{new_id()}")
    border.says(author.like(f"{border.group}"), author)  # by which its actor is known here
    note = author.note(words, to=[PUBLIC, group.uri], audience=group.uri, **more)
    return note, border.says(group.announce(author.create(note)) | {"audience": group.uri}, group)


def around(border: Border, someone: Someone | None = None, query: str = "") -> str:
    answer = border.city.get((someone or border.sam).browser, f"/q/{border.slug}/autour{query}")
    assert answer.status_code == 200
    return plain(answer)


def carried(reader: ForeignActor, note: Json) -> list[Json]:
    """Announces of the post's address that reached a follower."""
    return [one for one in reader.server.inbox_of(reader) if one["type"] == "Announce" and one["object"] == note["id"]]


def stored(note: Json) -> Post:
    found = db.session.scalars(select(Post).where(Post.uri == note["id"])).one()
    db.session.rollback()
    return found


def test_their_public_words_stand_around_under_their_group_and_go_no_further(
    border: Border, farther: ForeignServer
) -> None:
    reader = farther.actor("zoe")
    gain(border.city, f"/q/{border.slug}", reader)

    note, outcome = says(border, "La fête du canal")

    assert outcome == "kept"
    post = stored(note)
    group_id = db.session.scalar(select(Actor.id).where(Actor.uri == border.villette.uri))
    assert (post.group_id, post.is_public, post.home_id) == (group_id, True, None)
    shown = around(border)
    assert "La fête du canal" in shown
    assert "Villette · Ville d’en face" in shown
    assert "La fête du canal" not in border.city.get(border.sam.browser, f"/q/{border.slug}").text
    assert carried(reader, note) == []
    assert f"/q/{border.slug}/autour" in border.city.get(border.sam.browser, f"/q/{border.slug}").text


def test_local_neighbours_stand_there_too_and_nothing_that_is_not_for_all(border: Border) -> None:
    city, near = border.city, border.city.quartier("Barbès")
    city.adjoin(border.slug, near)
    other = city.resident(near, "fatou")
    write(city, other, near, title="Marché public", scope="public", everywhere="1")
    write(city, other, near, title="Pour nous seuls")
    write(city, border.sam, border.slug, title="De chez nous", scope="public", everywhere="1")
    says(border, "La fête du canal")

    shown = around(border)

    assert shown.index("La fête du canal") < shown.index("Marché public")
    assert "Barbès · Quartier Libre d’essai" in shown
    assert "Pour nous seuls" not in shown
    assert "De chez nous" not in shown


def test_only_residents_see_the_page(border: Border) -> None:
    city = border.city
    stranger = city.resident(city.quartier("Goutte-d'Or"))

    found = [
        city.get(browser, f"/q/{slug}/autour").status_code
        for browser in (city.browser(), stranger.browser, city.visitor().browser, city.admin().browser)
        for slug in (border.slug, "nowhere")
    ]

    assert set(found) == {404}


def test_two_groups_make_one_post_with_two_badges(border: Border) -> None:
    second = border.partner.group("Stalingrad")
    sign_agreement(border.city, border.partner, border.slug, second)
    note, _ = says(border, "La fête du canal")

    assert border.says(second.announce(note["id"]), second) == "kept"

    shown = around(border)
    assert shown.count("La fête du canal") == 1
    assert re.search(r"Stalingrad · Ville d’en face.*Villette · Ville d’en face", shown, re.DOTALL)
    assert db.session.query(Post).filter_by(uri=note["id"]).count() == 1
    assert db.session.query(Boost).count() == 2


def test_who_carries_announces_the_address_once_and_names_where_it_came_from(
    border: Border, farther: ForeignServer
) -> None:
    reader = farther.actor("zoe")
    gain(border.city, f"/q/{border.slug}", reader)
    border.carry()

    note, _ = says(border, "La fête du canal")
    border.says(border.villette.announce(note["id"]))

    (announce,) = carried(reader, note)
    assert (announce["actor"], announce["object"], announce["ql:via"]) == (
        border.group, note["id"], [border.villette.uri],
    )  # fmt: skip
    assert {"ql": "https://quartier-libre.example/ns#"} in announce["@context"]
    outbox = border.city.browser().get(
        f"/q/{border.slug}/outbox?page=first", headers={"accept": "application/activity+json"}
    ).get_json(force=True)  # fmt: skip
    assert outbox["orderedItems"][0]["ql:via"] == [border.villette.uri]


def test_what_came_at_second_hand_stops_here(border: Border, farther: ForeignServer) -> None:
    reader, second = farther.actor("zoe"), border.partner.group("Stalingrad")
    sign_agreement(border.city, border.partner, border.slug, second)
    gain(border.city, f"/q/{border.slug}", reader)
    border.carry()
    author = border.partner.person("lou")

    def note(words: str, **more: Any) -> Json:
        return author.note(words, to=[PUBLIC, border.villette.uri], audience=border.villette.uri, **more)

    through_us = note("Par nous")
    two_hops = note("Deux sauts")
    unmarked = note("Sans le dire")
    answer = note("Une réponse", inReplyTo=two_hops["id"])
    border.says(border.villette.announce(through_us["id"]) | {"ql:via": [border.group]})
    border.says(second.announce(two_hops["id"]) | {"ql:via": [border.villette.uri]}, second)
    border.says(second.announce(unmarked["id"]), second)
    border.says(border.villette.announce(answer["id"]))
    nested = second.announce(border.villette.announce(two_hops["id"]))
    assert border.says(nested, second) == "announce.announce"

    assert [carried(reader, one) for one in (through_us, two_hops, unmarked, answer)] == [[], [], [], []]
    shown = around(border)
    assert all(words in shown for words in ("Par nous", "Deux sauts", "Sans le dire"))
    assert "Une réponse" not in shown


def test_our_own_words_coming_back_are_no_news(border: Border, farther: ForeignServer) -> None:
    reader = farther.actor("zoe")
    gain(border.city, f"/q/{border.slug}", reader)
    border.carry()
    number = write(border.city, border.sam, border.slug, title="De chez nous", scope="public", everywhere="1")
    border.city.work()
    uri = f"{border.city.settings.base_url}/p/{number}"
    (create,) = [one for one in border.hears("Announce") if isinstance(one["object"], dict)]

    wrapped = border.says(border.villette.announce(create["object"]))
    border.says(border.villette.announce(uri) | {"ql:via": [border.group]})

    assert wrapped == "announce.ours"
    assert len(carried(reader, {"id": uri})) == 1
    assert "De chez nous" not in around(border)


def test_the_database_itself_refuses_a_second_time(border: Border, farther: ForeignServer) -> None:
    reader = farther.actor("zoe")
    gain(border.city, f"/q/{border.slug}", reader)
    border.carry()
    note, _ = says(border, "La fête du canal")
    for row in (db.session.query(Boost).filter(Boost.uri.is_(None)).one(), db.session.query(Boost).filter(
            Boost.uri.is_not(None)).one()):  # fmt: skip
        again = {"id": new_id(), "actor_id": row.actor_id, "post_id": row.post_id}
        with pytest.raises(IntegrityError), commit():
            db.session.execute(insert(Boost), [again])
    came = db.session.query(Incoming).order_by(Incoming.id.desc()).first()
    assert came is not None
    columns = {column.name: getattr(came, column.name) for column in Incoming.__table__.columns}
    with pytest.raises(IntegrityError), commit():
        db.session.execute(insert(Incoming), [columns | {"id": new_id()}])

    again_said = border.villette.announce(note["id"])
    for _ in range(2):
        border.says(again_said)

    assert len(carried(reader, note)) == 1


def test_a_deletion_an_undo_and_moderation_take_back_what_was_carried(border: Border, farther: ForeignServer) -> None:
    reader = farther.actor("zoe")
    gain(border.city, f"/q/{border.slug}", reader)
    border.carry()

    def undone(note: Json) -> int:
        return sum(one["type"] == "Undo" and one["object"]["object"] == note["id"] for one in farther.inbox_of(reader))

    author = border.partner.person("lou")
    deleted, taken_back = (
        author.note(words, to=[PUBLIC, border.villette.uri], audience=border.villette.uri) for words in ("Un", "Deux")
    )
    announces = [border.villette.announce(one["id"]) for one in (deleted, taken_back)]
    for one in announces:
        border.says(one)
    assert [len(carried(reader, one)) for one in (deleted, taken_back)] == [1, 1]

    border.says(author.delete(deleted["id"]), author)
    border.says(border.villette.undo(announces[1]))

    assert [undone(one) for one in (deleted, taken_back)] == [1, 1]
    assert db.session.query(Boost).count() == 0
    assert "Deux" not in around(border)


def test_nothing_public_passes_through_a_closed_passage_and_old_words_vanish(
    border: Border, farther: ForeignServer
) -> None:
    says(border, "Avant la coupure")
    assert "Avant la coupure" in around(border)

    border.switch("couper")
    late, outcome = says(border, "Pendant la coupure")
    bare = border.says(border.villette.announce(late["id"]))
    heard = len(border.hears("Announce"))
    write(border.city, border.sam, border.slug, title="Rien ne part", scope="public", everywhere="1")
    border.city.work()

    assert (outcome, bare) == ("announce.not_followed", "announce.not_for_us")
    assert len(border.hears("Announce")) == heard
    assert db.session.query(Post).filter_by(uri=late["id"]).count() == 0
    assert "Avant la coupure" not in around(border)
    border.switch("rouvrir")
    assert "Avant la coupure" in around(border)

    border.change_agreement(audiences=["neighbours"])
    assert says(border, "Sans accord public")[1] == "announce.not_followed"
    assert "Avant la coupure" not in around(border)
    border.change_agreement(audiences=["public"], expires=city_clock.now())
    assert says(border, "Après la fin")[1] == "announce.not_followed"


def test_somebody_who_follows_their_group_themselves_still_reads_it(border: Border) -> None:
    befriend(border.city, border.sam, border.villette)
    border.switch("couper")

    _note, outcome = says(border, "Lu par abonnement")

    assert outcome == "kept"
    assert "Lu par abonnement" not in around(border)
    assert "Lu par abonnement" in border.city.get(border.sam.browser, "/suivis").text


def test_the_page_takes_the_same_statements_however_many_posts_and_has_pages(border: Border) -> None:
    city, near = border.city, border.city.quartier("Barbès")
    city.adjoin(border.slug, near)
    other = city.resident(near, "fatou")
    far_id = db.session.scalars(select(Actor.id).where(Actor.uri == border.villette.uri)).one()
    counts = []
    for first, last in ((0, 2), (2, 23)):
        for number in range(first, last):
            write(city, other, near, title=f"Près {number}.", scope="public", everywhere="1")
        with commit():
            for number in range(first, last):
                _say_far(far_id, f"Loin {number}.")
        city.work()
        around(border)
        with statements() as found:
            around(border)
        counts.append(len(found))

    assert counts[0] == counts[1]
    pages, address = [], ""
    while True:
        pages.append(around(border, query=address))
        older = re.search(r"/autour(\?avant=\d+)", pages[-1])
        if older is None:
            break
        address = older[1]
    words = [re.findall(r"(?:Près|Loin) \d+\.", one) for one in pages]
    assert [len(set(one)) for one in words] == [20, 20, 6]
    assert len(set().union(*words)) == 46


def _say_far(group_id: int, title: str) -> None:
    number = new_id()
    post = Post(
        id=number, author_id=group_id, uri=f"https://x.example/p/{number}", kind="note", title=title, text=".",
        html="<p>.</p>", scope="public", is_public=True, thread_id=number, group_id=group_id,
    )  # fmt: skip
    db.session.add(post)
    db.session.flush()
    db.session.add(Boost(id=new_id(), actor_id=group_id, post_id=number, uri=f"https://x.example/a/{number}"))


def test_an_agreement_without_a_name_shows_the_host(border: Border) -> None:
    with commit():
        db.session.scalars(select(Agreement)).one().partner_name = ""
    says(border, "La fête du canal")

    assert f"Villette · {border.partner.host}" in around(border)
