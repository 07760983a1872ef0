"""Words for the quartier and its neighbours, on their way to a neighbour quartier of another city."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from instance.core import clock as city_clock
from instance.core.db import commit, db
from instance.partners import passages, signing
from instance.partners.models import Agreement, Contact
from instance.peers.models import Delivery, Outgoing
from instance.posts import far_sending
from instance.posts.facts import PostPublished
from instance.posts.models import Post, PostFar
from instance.quartiers.models import Passage
from tests.city import City
from tests.conftest import Clock
from tests.instance.posts.far import Border, sign_agreement, stored
from tests.instance.posts.writing import answer, write
from tests.support.partner import PartnerCity, is_proved
from tests.support.peer import PUBLIC, ForeignServer
from tests.support.sql import statements


@pytest.fixture
def border(city: City, elsewhere: ForeignServer) -> Border:
    return Border(city, elsewhere)


def preview(border: Border, **fields: Any) -> str:
    given = {"title": "Chatte perdue", "text": "Grise.", "kind": "news", "scope": "neighbours", "act": "send"} | fields
    return str(border.city.post(border.sam.browser, f"/q/{border.slug}/ecrire", **given).text)


def named_in(page: str) -> list[str]:
    """The quartiers in the list of readers."""
    found = page[page.index('id="lecteurs"') :]
    return re.findall(r"<li>([^<]*)</li>", found[: found.index("</ul>")])


def test_the_preview_names_just_the_quartiers_that_then_get_it(border: Border) -> None:
    city = border.city
    next_door = city.quartier("Goutte-d'Or")
    city.adjoin(border.slug, next_door)
    border.partner.group("Amérique")  # of the same city, in no pair with us

    page = preview(border)
    write(city, border.sam, border.slug, title="Chatte perdue", scope="neighbours")
    city.work()

    assert named_in(page) == ["Clignancourt", "Goutte-d&#39;Or", "Villette · instance B"]
    assert "Publier dans 3 quartiers" in page
    (said,) = border.heard()
    assert said["to"] == [f"{border.group_uri}/residents", f"{border.villette.uri}/residents"]
    assert len(border.partner.server.received) == 1


def test_a_quartier_whose_only_neighbour_is_in_the_other_city_may_write_to_it(border: Border) -> None:
    page = preview(border)

    assert named_in(page) == ["Clignancourt", "Villette · instance B"]
    assert "Impossible" not in border.city.get(border.sam.browser, f"/q/{border.slug}/ecrire").text


def test_a_list_that_changed_after_the_preview_is_shown_again_and_nothing_is_sent(border: Border) -> None:
    city = border.city
    sign = re.search(r'name="named" value="([^"]*)"', preview(border))
    pair = border.partner.group("Amérique")
    sign_agreement(city, border.partner, border.slug, pair)
    before = stored()

    page = preview(border, confirmed="1", named=sign[1] if sign else "")
    city.work()

    assert "La liste des quartiers a changé" in page
    assert named_in(page) == ["Clignancourt", "Amérique · instance B", "Villette · instance B"]
    assert stored() == before
    assert border.partner.server.received == []


def test_it_goes_as_an_announced_create_to_the_groups_own_inbox_and_stands_nowhere(border: Border) -> None:
    city = border.city

    post = write(city, border.sam, border.slug, title="Chatte perdue", text="Grise.", scope="neighbours")
    city.work()

    (said,) = border.heard()
    create, note = said["object"], said["object"]["object"]
    uri, sam = f"{border.base_url}/p/{post}", f"{border.base_url}/u/sam"
    assert (said["type"], said["actor"], said["audience"]) == ("Announce", border.group_uri, border.group_uri)
    assert (create["type"], create["actor"]) == ("Create", sam)
    assert (note["id"], note["type"], note["attributedTo"], note["name"]) == (uri, "Note", sam, "Chatte perdue")
    assert (note["ql:from"], note["ql:kind"], note["ql:state"]) == (border.group_uri, "news", "published")
    assert note["to"] == create["to"] == said["to"]
    assert not any(word in str(said) for word in (PUBLIC, "followers", "Berger"))
    for address in (said["id"], create["id"], uri, f"{uri}/replies", f"{border.group_uri}/outbox?page=first"):
        found = border.yuna.get(city.browser(), address)
        assert found.status_code == 404 or found.json.get("orderedItems") == [], address
    contact = db.session.get(Contact, (border.sam.actor_id, border.partner.host))
    assert contact is not None, "that city may ask for the claim from now on"


def test_edits_deletion_and_what_moderation_removes_follow_it(border: Border) -> None:
    city, sam = border.city, border.sam.browser
    post = write(city, border.sam, border.slug, title="Chatte perdue", scope="neighbours")
    city.work()

    city.post(sam, f"/p/{post}/modifier", title="Chatte retrouvée", text="Merci.")
    city.work()
    city.post(sam, f"/p/{post}/supprimer")
    city.work()

    _create, update, delete = border.heard()
    assert (update["object"]["type"], update["object"]["object"]["name"]) == ("Update", "Chatte retrouvée")
    assert (delete["object"]["type"], delete["object"]["object"]["id"]) == ("Delete", f"{border.base_url}/p/{post}")
    assert delete["to"] == update["to"]
    assert "retrouvée" not in "".join(db.session.scalars(select(Outgoing.body))), (
        "no letter keeps words of what is gone"
    )


def test_a_name_taken_back_after_a_move_takes_the_words_back(border: Border) -> None:
    city, next_door = border.city, border.city.quartier("Goutte-d'Or")
    write(city, border.sam, border.slug, scope="neighbours")
    city.work()
    from instance.posts import service

    with commit():
        service.sign_off(border.sam.actor_id, city.quartier_id(border.slug), nameless=True)
    city.work()

    assert next_door
    assert [one["object"]["type"] for one in border.heard()] == ["Create", "Delete"]


def test_a_suspended_agreement_leaves_local_names_alone_and_lets_deletions_out(border: Border) -> None:
    city = border.city
    city.adjoin(border.slug, city.quartier("Goutte-d'Or"))
    post = write(city, border.sam, border.slug, title="Avant", scope="neighbours")
    city.work()

    border.shut()
    page = preview(border)
    later = write(city, border.sam, border.slug, title="Pendant", scope="neighbours")
    city.post(border.sam.browser, f"/p/{post}/modifier", title="Avant, changé", text="x")
    city.work()
    city.post(border.sam.browser, f"/p/{post}/supprimer")
    city.work()

    assert named_in(page) == ["Clignancourt", "Goutte-d&#39;Or"]
    assert [one["object"]["type"] for one in border.heard()] == ["Create", "Delete"]
    assert db.session.scalars(select(PostFar.post_id).where(PostFar.post_id == later)).all() == []


def test_what_was_written_just_before_the_suspension_is_not_sent_after_it(border: Border) -> None:
    write(border.city, border.sam, border.slug, scope="neighbours")

    border.shut()
    border.city.work()

    assert border.partner.server.received == []


def test_an_agreement_without_that_audience_gives_no_reader(city: City, elsewhere: ForeignServer) -> None:
    here, partner = city.quartier("Clignancourt"), PartnerCity(elsewhere)
    sign_agreement(city, partner, here, partner.group("Villette"), audiences=("public",))
    sam = city.resident(here, "sam")

    assert "Impossible" in city.get(sam.browser, f"/q/{here}/ecrire").text


def test_of_a_quartier_post_and_of_a_reply_kept_in_the_quartier_not_a_byte_leaves(border: Border) -> None:
    city = border.city
    root = border.receive("Une échelle ?")
    before, requests = stored()[2:], len(border.partner.server.fetched)

    post = write(city, border.sam, border.slug, title="Zibeline", text="Ocarina")
    reply = answer(city, border.sam, root, "Pamplemousse entre nous", scope="quartier")
    city.work()
    city.post(border.sam.browser, f"/p/{reply}/modifier", text="Pamplemousse rose")
    city.post(border.sam.browser, f"/p/{post}/supprimer")
    city.post(border.sam.browser, f"/p/{reply}/supprimer")
    city.work()

    assert stored()[2:] == before
    assert border.partner.server.received == []
    assert len(border.partner.server.fetched) == requests


def test_an_answer_to_their_words_goes_to_their_group_alone_with_our_citys_proof(border: Border) -> None:
    city = border.city
    root = border.receive("Chatte perdue")

    reply = answer(city, border.sam, root, "Vue square Léon", scope="neighbours")
    city.work()
    city.post(border.sam.browser, f"/p/{reply}/modifier", text="Vue square Léon, hier")
    city.work()
    city.post(border.sam.browser, f"/p/{reply}/supprimer")
    city.work()

    said = border.heard()
    application = border.city.browser().get("/actor", headers={"Accept": "application/activity+json"}).json
    assert [one["type"] for one in said] == ["Create", "Update", "Delete"]
    assert {one["actor"] for one in said} == {f"{border.base_url}/u/sam"}
    assert all(is_proved(one, application) for one in said)
    note = said[0]["object"]
    assert (note["inReplyTo"], note["ql:from"]) == (uri_of(root), border.group_uri)
    assert note["audience"] == border.villette.uri
    assert len(border.partner.server.received) == 3


def uri_of(post: int) -> str:
    found = db.session.scalars(select(Post.uri).where(Post.id == post)).one()
    db.session.rollback()
    return found or ""


def test_a_lost_cat_is_lost_for_everybody_until_its_author_has_found_it(border: Border) -> None:
    city, sam = border.city, border.sam.browser
    neighbour = city.resident(border.slug)
    post = write(
        city, border.sam, border.slug, title="Chatte grise", kind="lost", where="square Léon", when="hier soir",
        scope="neighbours",
    )  # fmt: skip
    city.work()

    refused = city.post(neighbour.browser, f"/p/{post}/retrouve")
    city.post(sam, f"/p/{post}/retrouve")
    city.work()
    page = city.get(neighbour.browser, f"/p/{post}").text
    city.post(sam, f"/p/{post}/retrouve")
    city.work()

    city.settle(border.sam, city.quartier("Bercy"))
    moved = city.post(sam, f"/p/{post}/retrouve")
    city.work()

    first, found, again = (one["object"]["object"] for one in border.heard())
    assert (refused.status_code, moved.status_code) == (404, 404)
    assert (first["ql:kind"], first["ql:state"], first["name"]) == ("lost", "open", "Perdu / trouvé : Chatte grise")
    assert (first["ql:where"], first["ql:when"]) == ("square Léon", "hier soir")
    assert (found["ql:state"], found["name"]) == ("found", "Retrouvé : Chatte grise")
    assert again["ql:state"] == "open"
    assert "c’est retrouvé" in page
    assert all(word in page for word in ("square Léon", "hier soir"))
    assert "modifié" not in page


def test_a_public_lost_post_says_so_to_who_knows_no_such_kind(border: Border) -> None:
    city = border.city
    post = write(
        city, border.sam, border.slug, title="Clés", kind="lost", where="rue Duc", scope="public", everywhere="1",
    )  # fmt: skip
    city.work()

    page = city.browser().get(f"/p/{post}", headers={"Accept": "application/activity+json"}).json

    assert (page["name"], page["ql:kind"], page["ql:state"]) == ("Perdu / trouvé : Clés", "lost", "open")
    assert "<p>Où : rue Duc</p>" in page["content"]


def test_eight_groups_of_one_and_two_cities_take_a_handful_of_statements(
    border: Border, farther: ForeignServer
) -> None:
    city, other = border.city, PartnerCity(farther, "instance C")
    for number in range(4):
        sign_agreement(city, border.partner, border.slug, border.partner.group(f"Villette {number}"))
        sign_agreement(city, other, border.slug, other.group(f"Bercy {number}"))
    post = write(city, border.sam, border.slug, scope="neighbours")

    with statements() as found, commit():
        far_sending.send_published([PostPublished(post)])

    letters = db.session.scalars(select(Outgoing).where(Outgoing.kind == "Announce Create")).all()
    deliveries = db.session.scalars(select(Delivery.inbox)).all()
    assert (len(letters), len(deliveries)) == (2, 9)
    assert len(found) < 16, [statement for statement, _values in found]
    assert all(str(other.uri) not in one.body or border.partner.host not in one.body for one in letters)


def test_moderation_takes_back_elsewhere_what_it_removed_here(border: Border) -> None:
    city = border.city
    post = write(city, border.sam, border.slug, scope="neighbours")
    city.work()
    with commit():
        db.session.get_one(Post, post).verdict = "removed"

    with commit():
        far_sending.follow_verdict([PostPublished(post)])
    city.work()

    assert [one["object"]["type"] for one in border.heard()] == ["Create", "Delete"]


def test_rows_of_agreement_and_passage_rule_together(border: Border) -> None:
    with commit():
        db.session.query(Agreement).one().is_shut_there = True
    assert db.session.query(Passage).one().is_open

    assert "Impossible" in border.city.get(border.sam.browser, f"/q/{border.slug}/ecrire").text


def test_the_end_of_the_agreement_asks_back_what_was_given(border: Border) -> None:
    city = border.city
    root = border.receive("Chatte perdue")
    post = write(city, border.sam, border.slug, scope="neighbours")
    reply = answer(city, border.sam, root, "Vue square Léon", scope="neighbours")
    border.shut()
    city.work()
    border.resume()
    write(city, border.sam, border.slug, title="Encore", scope="neighbours")
    city.work()

    with commit():
        signing.end_quietly(db.session.query(Agreement).one(), "here")
    city.work()

    gone = [one["object"] for one in border.heard() if "Delete" in str(one)]
    stones = {one.get("object", one)["id"] for one in gone}
    assert {f"{border.base_url}/p/{one}" for one in (post, reply)} < stones
    assert len(stones) == 3
    assert db.session.query(PostFar).count() == 0
    assert city.get(border.sam.browser, f"/p/{post}").status_code == 200, "at home it stays"


def shut_there(border: Border, is_shut: bool) -> None:
    """The other city suspends its half, or opens it again."""
    with commit():
        agreement = db.session.query(Agreement).one()
        agreement.is_shut_there = is_shut
        passages.refresh(agreement)
    border.city.work()


def test_words_that_waited_for_a_city_that_was_away_stay_here_once_it_is_suspended(
    border: Border, clock: Clock
) -> None:
    border.partner.server.manners.is_down = True
    post = write(border.city, border.sam, border.slug, title="Chatte perdue", scope="neighbours")
    border.city.work()

    shut_there(border, True)
    border.partner.server.manners.is_down = False
    clock.forward(hours=3)
    border.city.work()
    held = [one for one in border.heard() if one["type"] == "Announce"]
    shut_there(border, False)

    assert held == []
    (said,) = [one for one in border.heard() if one["type"] == "Announce"]
    assert said["object"]["object"]["id"] == f"{border.base_url}/p/{post}"


def test_a_letter_under_way_when_the_agreement_is_suspended_is_not_tried_again(border: Border, clock: Clock) -> None:
    border.partner.server.manners.is_down = True
    write(border.city, border.sam, border.slug, title="Chatte perdue", scope="neighbours")
    border.city.work()
    with commit():
        letter = db.session.query(Delivery).filter_by(inbox=border.villette.inbox, state="pending").one()
        letter.state, letter.worker, letter.lease_until = "running", "slow", city_clock.now() + timedelta(minutes=1)

    shut_there(border, True)
    border.partner.server.manners.is_down = False
    clock.forward(hours=3)
    border.city.work()

    assert [one for one in border.heard() if one["type"] == "Announce"] == []
    assert db.session.query(Delivery).filter_by(inbox=border.villette.inbox).one().state == "cancelled"


def test_words_changed_during_a_suspension_follow_once_it_is_over(border: Border) -> None:
    city, sam = border.city, border.sam.browser
    post = write(city, border.sam, border.slug, title="Chatte perdue", scope="neighbours")
    write(city, border.sam, border.slug, title="Autre mot", scope="neighbours")
    city.work()
    shut_there(border, True)
    city.post(sam, f"/p/{post}/modifier", title="Chatte rentrée", text="Merci.")
    city.work()
    before = len(border.heard())

    shut_there(border, False)

    (update,) = [one for one in border.heard()[before:] if one["type"] == "Announce"]
    assert (update["object"]["type"], update["object"]["object"]["name"]) == ("Update", "Chatte rentrée")
