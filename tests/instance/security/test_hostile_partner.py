"""A partner city that cheats (threats.md B10, B11): what it sends is refused whole, shows in the journal, costs little.

Each act is tried in a city where the same words, sent as they should be, are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from federation.documents import Document
from instance.accounts import remote
from instance.accounts.models import Actor
from instance.admin import peers
from instance.core import clock
from instance.core.db import commit, db
from instance.fediverse.ports_inbox import CityPolicy
from instance.partners.models import Agreement, Claim
from instance.peers import rules
from instance.peers.models import Incoming, Tombstone
from instance.posts import far_receiving
from instance.posts.models import Post, PostEdit, WallEntry
from instance.quartiers.models import Passage
from tests.city import City
from tests.instance.accounts.conftest import plain
from tests.instance.posts.far import Border
from tests.instance.posts.hearing import befriend
from tests.instance.posts.writing import answer, write
from tests.support.partner import PartnerCity
from tests.support.peer import PUBLIC, ForeignServer, Json

Act = Callable[[Border], tuple[Json, str]]  # what is sent, and the code under which it is refused
WORDS = "Zibeline"


@pytest.fixture
def border(city: City, elsewhere: ForeignServer) -> Border:
    return Border(city, elsewhere)


def kept(border: Border) -> tuple[int, ...]:
    """Posts, earlier words, places on walls, stones, claims and people: what an act could leave behind."""
    tables = (Post, PostEdit, WallEntry, Tombstone, Claim, Actor)
    found = tuple(db.session.scalar(select(func.count()).select_from(one)) or 0 for one in tables)
    db.session.rollback()
    return found


def refused(border: Border, act: Act) -> None:
    """Do it; nothing is kept, nothing of it is readable, and an admin sees why."""
    before = kept(border)

    said, code = act(border)
    outcome = border.comes(said)

    assert outcome == code, act.__name__
    assert kept(border) == before, act.__name__
    journal = "".join(db.session.scalars(select(Incoming.body)))
    db.session.rollback()
    assert WORDS not in journal, act.__name__


def first(border: Border, **members: object) -> Json:
    return border.announce(border.said(border.note(WORDS, **members)))


def addressed(border: Border, *more: str) -> list[str]:
    return [f"{border.villette.uri}/residents", f"{border.group_uri}/residents", *more]


def for_everybody_on_the_outside(border: Border) -> tuple[Json, str]:
    note = border.note(WORDS)
    return border.announce(border.said(note), to=addressed(border, PUBLIC)), "far.audience"


def for_everybody_inside(border: Border) -> tuple[Json, str]:
    return border.announce(border.said(border.note(WORDS, cc=[PUBLIC])), to=addressed(border)), "far.audience"


def for_followers(border: Border) -> tuple[Json, str]:
    followers = f"{border.yuna.uri}/followers"
    return border.announce(border.said(border.note(WORDS, cc=[followers])), to=addressed(border)), "far.audience"


def with_everybody_for_audience(border: Border) -> tuple[Json, str]:
    return first(border, audience=PUBLIC), "far.audience"


def to_somebody_by_name(border: Border) -> tuple[Json, str]:
    sam = f"{border.base_url}/u/sam"
    return border.announce(border.said(border.note(WORDS)), to=addressed(border, sam)), "far.audience"


def for_a_quartier_outside_the_agreement(border: Border) -> tuple[Json, str]:
    far_off = f"{border.base_url}/q/bercy/residents"
    return border.announce(border.said(border.note(WORDS)), to=[far_off]), "far.not_a_pair"


def by_a_quartier_outside_the_agreement(border: Border) -> tuple[Json, str]:
    other = border.partner.group("Belleville")
    note = border.note(WORDS, **{"ql:from": other.uri})
    said = border.announce(border.said(note), other)
    answer_ = other.post(border.city.browser(), f"{border.base_url}/inbox", said)
    border.city.work()
    assert answer_.status_code == 202
    assert outcome_of(said) == "far.closed"
    return said, "far.closed"


def for_somebody_who_never_acted(border: Border) -> tuple[Json, str]:
    ida = border.partner.person("ida")
    return border.announce(border.said(border.note(WORDS, ida), ida)), "claim.refused"


def by_somebody_who_lives_in_another_quartier(border: Border) -> tuple[Json, str]:
    return first(border, **{"ql:from": f"{border.villette.uri}-bis"}), "far.from"


def of_a_quartier_it_does_not_say(border: Border) -> tuple[Json, str]:
    return first(border, **{"ql:from": None}), "far.from"


def of_words_that_are_ours(border: Border) -> tuple[Json, str]:
    uri = f"{border.base_url}/p/{db.session.scalars(select(func.min(Post.id))).one()}"
    note = border.note(WORDS) | {"id": uri, "attributedTo": f"{border.base_url}/u/sam"}
    said = border.yuna.activity("Create", note, to=note["to"]) | {
        "actor": f"{border.base_url}/u/sam", "id": f"{border.base_url}/a/77",
    }  # fmt: skip
    return border.announce(said), "announce.ours"


def of_another_servers_words_without_its_word(border: Border) -> tuple[Json, str]:
    zoe = border.farther.actor("zoe")  # type: ignore[attr-defined]
    return border.announce(border.said(border.note(WORDS, zoe), zoe)), "proof.absent"


def of_another_citys_words_with_a_forged_proof(border: Border) -> tuple[Json, str]:
    third = PartnerCity(border.farther, "instance C")  # type: ignore[attr-defined]
    zoe = third.person("zoe")
    said = border.said(border.note(WORDS, zoe, **{"ql:from": border.villette.uri}), zoe)
    with commit():
        remote.store(document_of(third))
    liar = PartnerCity(border.farther, "liar")  # type: ignore[attr-defined]
    liar.key_id = third.key_id
    return border.villette.activity("Announce", liar.prove(said), to=addressed(border)), "proof.wrong"


def of_words_changed_after_their_proof(border: Border) -> tuple[Json, str]:
    third = PartnerCity(border.farther, "instance C")  # type: ignore[attr-defined]
    zoe = third.person("zoe")
    said = third.prove(border.said(border.note("Bonjour", zoe, **{"ql:from": third.uri}), zoe))
    said["object"] = said["object"] | {"content": f"<p>{WORDS}</p>"}
    with commit():
        remote.store(document_of(third))
    return border.villette.activity("Announce", said, to=addressed(border)), "proof.wrong"


def of_another_citys_first_words(border: Border) -> tuple[Json, str]:
    third = PartnerCity(border.farther, "instance C")  # type: ignore[attr-defined]
    zoe = third.person("zoe")
    with commit():
        remote.store(document_of(third))
    said = third.prove(border.said(border.note(WORDS, zoe), zoe))
    return border.villette.activity("Announce", said, to=addressed(border)), "far.from"


def that_answers_what_is_the_quartiers_alone(border: Border) -> tuple[Json, str]:
    uri = f"{border.base_url}/p/{border.private}"  # type: ignore[attr-defined]
    return first(border, inReplyTo=uri), "note.closed"


def that_answers_nothing_we_know(border: Border) -> tuple[Json, str]:
    return first(border, inReplyTo=f"{border.base_url}/p/{border.private + 9_999}"), "note.closed"  # type: ignore[attr-defined]


def that_changes_anothers_words(border: Border) -> tuple[Json, str]:
    ida = border.partner.person("ida")
    note = border.note(WORDS, ida) | {"id": border.theirs}  # type: ignore[attr-defined]
    return border.announce(border.said(note, ida, "Update")), "post.other"


def that_deletes_anothers_words(border: Border) -> tuple[Json, str]:
    ida = border.partner.person("ida")
    gone = ida.activity("Delete", {"id": border.theirs, "type": "Tombstone"}, to=addressed(border))  # type: ignore[attr-defined]
    return border.announce(gone), "delete.stranger"


def as_a_poll(border: Border) -> tuple[Json, str]:
    return first(border, type="Question"), "object.kind"


def document_of(city: PartnerCity) -> Document:
    return Document(city.application.document)


ACTS: tuple[Act, ...] = (
    for_everybody_on_the_outside, for_everybody_inside, for_followers, with_everybody_for_audience,
    to_somebody_by_name, for_a_quartier_outside_the_agreement, for_somebody_who_never_acted,
    by_somebody_who_lives_in_another_quartier, of_a_quartier_it_does_not_say, of_words_that_are_ours,
    of_another_servers_words_without_its_word, that_answers_what_is_the_quartiers_alone, that_answers_nothing_we_know,
    that_changes_anothers_words, that_deletes_anothers_words, as_a_poll,
)  # fmt: skip
PROVED: tuple[Act, ...] = (
    of_another_citys_words_with_a_forged_proof, of_words_changed_after_their_proof, of_another_citys_first_words,
)  # fmt: skip


def outcome_of(said: Json) -> str:
    row = db.session.execute(select(Incoming.state, Incoming.last_error).where(Incoming.uri == said["id"])).one()
    db.session.rollback()
    return "kept" if row.state == "done" else str(row.last_error)


@pytest.fixture
def scene(border: Border, farther: ForeignServer) -> Border:
    """With words of each side, and one that is the quartier's alone."""
    border.city.quartier("Bercy")
    border.farther = farther  # type: ignore[attr-defined]
    border.private = write(border.city, border.sam, border.slug)  # type: ignore[attr-defined]
    post = border.receive("Chatte perdue")
    border.theirs = db.session.get_one(Post, post).uri  # type: ignore[attr-defined]
    db.session.rollback()
    return border


def test_what_may_not_be_said_leaves_a_code_and_nothing_else(scene: Border) -> None:
    admin = scene.city.admin()
    for act in ACTS:
        refused(scene, act)

    page = plain(scene.city.get(admin.browser, "/admin/arrivees?etat=ignored"))
    codes = ("far.audience", "far.not_a_pair", "claim.refused", "proof.absent", "far.from", "note.closed")
    assert [code for code in codes if peers.reason_words(code) not in page] == []
    assert scene.comes(first(scene)) == "kept", "the same words, sent as they should be"


def test_a_group_outside_the_pairs_says_nothing(scene: Border) -> None:
    scene.partner.claim(scene.yuna.uri, scene.villette.uri, scene.ours)
    before = kept(scene)[:4]

    by_a_quartier_outside_the_agreement(scene)

    assert kept(scene)[:4] == before


@pytest.mark.parametrize("act", PROVED, ids=lambda act: act.__name__)
def test_another_citys_words_count_by_a_proof_over_all_of_them(scene: Border, act: Act) -> None:
    def prepared(border: Border) -> tuple[Json, str]:
        return said, code

    said, code = act(scene)
    refused(scene, prepared)


def suspend_here(border: Border) -> None:
    db.session.query(Agreement).one().is_shut_here = True


def suspend_there(border: Border) -> None:
    db.session.query(Agreement).one().is_shut_there = True


def end(border: Border) -> None:
    db.session.query(Agreement).one().state = "ended"


def expire(border: Border) -> None:
    db.session.query(Agreement).one().expires = clock.now() - timedelta(seconds=1)


def shut_the_quartier(border: Border) -> None:
    db.session.query(Passage).one().is_open = False


def run_out(border: Border) -> None:
    db.session.query(Passage).one().until = clock.now() - timedelta(seconds=1)


def leave_neighbours_out(border: Border) -> None:
    db.session.query(Passage).one().lets_neighbours = False


@pytest.mark.parametrize(
    "close", [suspend_here, suspend_there, end, expire, shut_the_quartier, run_out, leave_neighbours_out]
)
def test_nothing_new_comes_in_once_a_passage_is_closed(border: Border, close: Callable[[Border], None]) -> None:
    city = border.city
    mine = write(city, border.sam, border.slug, title="Chatte perdue", scope="neighbours")
    city.work()
    note = border.note("Bonjour")
    border.comes(border.announce(border.said(note)))
    reply = border.note("Bonjour", inReplyTo=f"{border.base_url}/p/{mine}", audience=border.group_uri)
    border.comes(border.said(reply), border.yuna)
    with commit():
        close(border)
    before = kept(border)

    changed = {"content": f"<p>{WORDS}</p>", "updated": "2031-01-01T00:00:00Z"}
    another = border.note(WORDS, inReplyTo=f"{border.base_url}/p/{mine}", audience=border.group_uri)
    outcomes = [
        border.comes(first(border)),
        border.comes(border.announce(border.said(note | changed, kind="Update"))),
        border.comes(border.said(another), border.yuna),
        border.comes(border.said(reply | changed, kind="Update"), border.yuna),
    ]

    assert outcomes == ["far.closed"] * 4
    assert kept(border) == before
    assert WORDS not in "".join(db.session.scalars(select(Post.text)))


def test_a_forged_or_repeated_letter_adds_nothing(border: Border) -> None:
    note = border.note("Chatte perdue")
    said = border.announce(border.said(note))
    assert border.comes(said) == "kept"
    before = kept(border)

    stolen = border.announce(border.said(border.note(WORDS)))
    by_yuna = border.yuna.post(border.city.browser(), f"{border.base_url}/inbox", stolen).status_code
    by_another_key = border.villette.post(
        border.city.browser(), f"{border.base_url}/inbox", stolen, private=border.yuna.key.private
    ).status_code
    again = border.comes(said)
    anew = border.comes(border.announce(border.said(note)))
    gone = border.yuna.activity("Delete", {"id": note["id"], "type": "Tombstone"}, to=note["to"])
    border.comes(border.announce(gone))
    late = border.comes(border.announce(border.said(note)))

    assert (by_yuna, by_another_key, again, anew, late) == (403, 401, "kept", "kept", "post.deleted")
    assert db.session.query(Post).filter(Post.deleted_at.is_(None)).count() == 0
    assert kept(border)[0] == before[0]


def test_an_answer_counts_in_a_thread_that_was_sent_there(scene: Border) -> None:
    city = scene.city
    local = write(city, scene.sam, scene.slug, scope="quartier")
    city.adjoin(scene.slug, "bercy")
    scene.shut()
    unsent = write(city, scene.sam, scene.slug, title="Pendant la suspension", scope="neighbours")
    scene.resume()
    narrow = answer(city, scene.sam, scene.post_at(scene.theirs), "Entre nous", scope="quartier")  # type: ignore[attr-defined]
    before = kept(scene)

    for post in (local, unsent, narrow, narrow + 9_999):
        note = scene.note(WORDS, inReplyTo=f"{scene.base_url}/p/{post}", audience=scene.group_uri)
        assert scene.comes(scene.said(note), scene.yuna) == "note.closed"
    guessed = scene.note(WORDS, inReplyTo=f"{scene.base_url}/p/{narrow}")
    assert scene.comes(scene.announce(scene.said(guessed))) == "note.closed", "kept in the quartier, under their thread"

    assert kept(scene) == before


def test_no_group_has_words_wiped_or_changed_that_it_does_not_hold(border: Border, farther: ForeignServer) -> None:
    city, third = border.city, PartnerCity(farther, "instance C")
    zoe, pantin = third.person("zoe"), third.group("Pantin")
    forum = farther.actor("forum", "Group")
    befriend(city, border.sam, forum)
    root = border.receive("Chatte perdue")
    uri = db.session.get_one(Post, root).uri
    note = border.note("Vue", zoe, inReplyTo=uri, **{"ql:from": pantin.uri}, to=[f"{border.villette.uri}/residents"])
    assert (
        border.comes(border.villette.activity("Announce", third.prove(border.said(note, zoe)), to=addressed(border)))
        == "kept"
    )
    reply = border.post_at(note["id"])

    for group, kind in ((border.villette, "Delete"), (border.villette, "Update"), (forum, "Delete"), (forum, "Update")):
        said = zoe.activity(kind, note | {"content": f"<p>{WORDS}</p>"} if kind == "Update" else note["id"])
        passed = group.activity("Announce", said, to=[PUBLIC])
        assert group.post(city.browser(), f"{border.base_url}/inbox", passed).status_code == 202
        city.work()

        assert outcome_of(passed) == "announce.private", (group.uri, kind)
    row = db.session.get_one(Post, reply)
    assert (row.deleted_at, row.text) == (None, "Vue")


def test_words_for_residents_never_take_the_place_of_public_ones(border: Border) -> None:
    city = border.city
    befriend(city, border.sam, border.yuna)
    note = border.yuna.note("Bonjour à tous", to=[PUBLIC, border.villette.uri])
    city_says = border.yuna.create(note)
    border.yuna.post(city.browser(), f"{border.base_url}/inbox", city_says)
    border.villette.post(city.browser(), f"{border.base_url}/inbox", border.villette.activity("Announce", note["id"]))
    city.work()
    post = border.post_at(note["id"])
    assert db.session.get_one(Post, post).group_id is not None

    narrow = border.note(WORDS) | {"id": note["id"], "updated": "2031-01-01T00:00:00Z"}
    outcomes = [
        border.comes(border.said(narrow, kind="Update"), border.yuna),
        border.comes(border.announce(border.said(narrow, kind="Update"))),
    ]

    assert outcomes == ["post.other"] * 2
    assert WORDS not in city.get(city.browser(), f"/comptes/{db.session.get_one(Post, post).author_id}").text
    assert db.session.get_one(Post, post).text == "Bonjour à tous"


def test_who_was_blocked_by_somebody_here_does_not_answer_them(border: Border) -> None:
    city = border.city
    border.receive("Bonjour")
    post = write(city, border.sam, border.slug, scope="neighbours")
    city.work()
    city.post(border.sam.browser, f"/comptes/{remote.id_of(border.yuna.uri)}/bloquer")

    note = border.note(WORDS, inReplyTo=f"{border.base_url}/p/{post}", audience=border.group_uri)

    assert border.comes(border.said(note), border.yuna) == "note.closed"


def test_a_flood_of_strangers_costs_a_bounded_number_of_people(border: Border, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far_receiving, "STRANGERS", type(far_receiving.STRANGERS)(2, timedelta(days=1)))
    root = border.receive("Chatte perdue")
    uri = db.session.get_one(Post, root).uri
    outcomes = []
    for number in range(4):
        somebody = border.partner.person(f"masque{number}")
        note = border.note(f"{WORDS} {number}", somebody, inReplyTo=uri, **{"ql:from": f"{border.villette.uri}-bis"})
        outcomes.append(border.comes(border.announce(border.said(note, somebody))))

    assert outcomes == ["kept", "kept", "far.too_many", "far.too_many"]
    assert db.session.query(Actor).filter(Actor.handle.like("masque%")).count() == 2


def test_the_pace_of_a_partner_is_that_of_anybody(border: Border) -> None:
    pace = CityPolicy(counts=True).inbox_pace
    assert [pace.wait_s(border.partner.host) > 0 for _ in range(2)] == [False, False]
    assert any(pace.wait_s(border.partner.host) > 0 for _ in range(2000))


def test_a_partner_that_is_blocked_is_no_neighbour(border: Border) -> None:
    with commit():
        rules.set_rule(urlsplit(border.partner.server.base_url).netloc, "block", reason="x")

    assert border.comes(first(border)) == "http.403"
    page = border.city.get(border.sam.browser, f"/q/{border.slug}/ecrire").text
    assert "ce quartier n’a pas de quartier voisin" in page
