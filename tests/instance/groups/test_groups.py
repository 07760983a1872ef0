"""Thematic groups: seen by those who may join, read by their members, and by nobody beyond the city."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from instance.accounts.models import Account, Actor, Follow
from instance.core.db import commit, db
from instance.groups.models import Group, GroupSeat
from instance.notifications.models import Notification
from instance.peers.models import Outgoing
from instance.posts import audience, service
from instance.posts.models import Post
from instance.quartiers import service as quartiers
from tests.city import City, Someone
from tests.instance.groups.founding import found, group_of, join, reads, say, scope_of
from tests.instance.posts.hearing import hear, here, meet, mention, reply_to
from tests.instance.posts.writing import answer
from tests.mastodon.conftest import Programs
from tests.support.peer import PUBLIC, ForeignServer


@pytest.fixture
def home(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def next_door(city: City, home: str) -> str:
    slug = city.quartier("Goutte-d'Or")
    city.adjoin(home, slug)
    return slug


@pytest.fixture
def salma(city: City, home: str) -> Someone:
    return city.resident(home, "salma", name="Salma Berger")


def test_members_read_and_the_quartier_does_not(city: City, home: str, salma: Someone) -> None:
    slug = found(city, salma, summary="Le bac de la rue Letort")
    karim = city.resident(home, "karim")
    post = say(city, salma, slug, "La clé est chez Odile")

    door = city.get(karim.browser, f"/g/{slug}").text
    assert "Le bac de la rue Letort" in door and "Rejoindre" in door and "La clé est" not in door
    assert "Salma" not in door and city.get(karim.browser, f"/g/{slug}/membres").status_code == 404
    for path in (f"/p/{post}", f"/p/{post}/repondre", f"/p/{post}/signaler"):
        assert city.get(karim.browser, path).status_code == 404, path
    assert "La clé est" not in city.get(karim.browser, f"/q/{home}").text
    assert "La clé est" not in city.get(salma.browser, f"/q/{home}").text

    assert join(city, karim, slug) == 303
    assert "Actualité" not in city.get(karim.browser, f"/g/{slug}").text  # words among members are no news
    assert (
        reads(city, karim, slug, "La clé est") and "groupe Compost commun" in city.get(karim.browser, f"/p/{post}").text
    )
    assert "Salma B." in city.get(karim.browser, f"/g/{slug}/membres").text


def test_an_answer_stays_in_the_group_whatever_was_asked(city: City, home: str, salma: Someone) -> None:
    slug = found(city, salma)
    karim = city.resident(home)
    join(city, karim, slug)
    post = say(city, salma, slug, "Premier")

    reply = answer(city, karim, post, "Second")
    refused = city.post(karim.browser, f"/p/{post}/repondre", text="Pour tous", scope="public", everywhere="1",
                        act="send", confirmed="1")  # fmt: skip

    assert scope_of(reply) == "group" and refused.status_code == 422
    stranger = city.resident(home)
    assert city.get(stranger.browser, f"/p/{reply}").status_code == 404
    assert city.get(salma.browser, f"/p/{post}").text.count("Second") >= 1


def test_who_left_or_was_removed_reads_and_answers_no_more(city: City, home: str, salma: Someone) -> None:
    slug = found(city, salma)
    karim, odile = city.resident(home), city.resident(home)
    join(city, karim, slug), join(city, odile, slug)
    post, own = say(city, salma, slug, "Mot de Salma"), say(city, karim, slug, "Mot de Karim")

    city.post(karim.browser, f"/g/{slug}/quitter")
    city.post(salma.browser, f"/g/{slug}/membres/retirer", actor=odile.actor_id)

    for someone in (karim, odile):
        assert not reads(city, someone, slug, "Mot de Salma")
        assert city.get(someone.browser, f"/p/{post}").status_code == 404
        assert city.post(someone.browser, f"/p/{post}/repondre", text="x", act="send").status_code == 404
        assert city.post(someone.browser, f"/g/{slug}/ecrire", text="x").status_code == 404
    # Own words are still theirs to see and to delete, not to go on under.
    assert city.get(karim.browser, f"/p/{own}").status_code == 200
    assert city.post(karim.browser, f"/p/{own}/repondre", text="x", act="send").status_code == 404
    changed = Programs(city).of(karim).call("PUT", f"/api/v1/statuses/{own}", json={"status": "Bande de nazes"})
    assert changed.status_code == 403
    assert city.post(karim.browser, f"/p/{own}/modifier", text="Bande de nazes").status_code == 403
    assert reads(city, salma, slug, "Mot de Karim") and not reads(city, salma, slug, "Bande de nazes")


def test_who_was_removed_from_an_open_group_comes_back_only_when_a_keeper_lets_them(
    city: City, home: str, next_door: str, salma: Someone
) -> None:
    slug = found(city, salma, reach="neighbours")
    karim, odile = city.resident(home, "karim", name="Karim Dupré"), city.resident(home, "odile", name="Odile Roy")
    join(city, karim, slug), join(city, odile, slug)
    say(city, salma, slug, "Mot de Salma")
    city.post(salma.browser, f"/g/{slug}/membres/retirer", actor=karim.actor_id)

    refused = city.post(karim.browser, f"/g/{slug}/rejoindre")
    city.post(karim.browser, f"/g/{slug}/quitter")  # nor by a way round
    city.move_away(karim), city.settle(karim, next_door)

    assert refused.status_code == 403 and "Vous avez été retiré·e de ce groupe." in refused.text
    door = city.get(karim.browser, f"/g/{slug}").text
    assert "Vous avez été retiré·e de ce groupe." in door and "/rejoindre" not in door
    assert join(city, karim, slug) == 403 and not reads(city, karim, slug, "Mot de Salma")
    assert "retiré·e par qui tient le groupe" in city.get(karim.browser, "/mes-donnees").text
    assert "karim" not in city.get(odile.browser, f"/g/{slug}/membres").text.lower()
    for someone in (karim, odile):  # keepers alone lift it
        path = f"/g/{slug}/membres/laisser-revenir"
        assert city.post(someone.browser, path, actor=karim.actor_id).status_code == 404
    assert "Laisser revenir @karim" in city.get(salma.browser, f"/g/{slug}/membres").text

    city.post(salma.browser, f"/g/{slug}/membres/laisser-revenir", actor=karim.actor_id)

    assert join(city, karim, slug) == 303 and reads(city, karim, slug, "Mot de Salma")


def test_the_rules_of_answers_hold_without_any_page(city: City, home: str, salma: Someone) -> None:
    slug = found(city, salma)
    karim = city.resident(home)
    post = db.session.get_one(Post, say(city, salma, slug, "Mot"))
    place = quartiers.by_slug(home)

    assert audience.reply_scopes(post, place) == ["group"]
    assert not audience.may_answer(post, place)
    assert not audience.may_answer(post, place, karim.actor_id)
    assert audience.may_answer(post, place, salma.actor_id)
    readers = audience.for_reply("group", post, place, salma.actor_id)
    assert (readers.is_public, readers.circles) == (False, {group_of(slug).circle_id})


def test_on_request_a_keeper_says_yes_or_no(city: City, home: str, salma: Someone) -> None:
    slug = found(city, salma, joining="asked")
    karim, odile = city.resident(home, "karim", name="Karim Dupré"), city.resident(home)
    say(city, salma, slug, "Mot de Salma")
    join(city, karim, slug), join(city, odile, slug)
    city.work()

    assert not reads(city, karim, slug, "Mot de Salma")
    assert "Karim D. demande à rejoindre un de vos groupes" in city.get(salma.browser, "/avis").text
    for actor in (karim, odile):  # nobody lets themselves in
        assert city.post(odile.browser, f"/g/{slug}/membres/accepter", actor=actor.actor_id).status_code == 404
    city.post(salma.browser, f"/g/{slug}/membres/accepter", actor=karim.actor_id)
    city.post(salma.browser, f"/g/{slug}/membres/refuser", actor=odile.actor_id)
    city.work()

    assert reads(city, karim, slug, "Mot de Salma") and not reads(city, odile, slug, "Mot de Salma")
    assert "Le groupe Compost commun vous accueille" in city.get(karim.browser, "/avis").text
    told = select(Notification.kind).where(Notification.account_id == odile.account_id)
    assert "group_joined" not in db.session.scalars(told).all()


@pytest.mark.parametrize(
    ("reach", "near", "far"), [("quartier", 404, 404), ("neighbours", 200, 404), ("city", 200, 200)]
)
def test_who_may_see_a_group_is_said_at_its_founding(
    reach: str, near: int, far: int, city: City, home: str, next_door: str, salma: Someone
) -> None:
    slug = found(city, salma, reach=reach)
    neighbour, other = city.resident(next_door), city.resident(city.quartier("Bercy"))
    people = {"neighbour": (neighbour, near), "other": (other, far)}

    for who, (someone, status) in people.items():
        assert city.get(someone.browser, f"/g/{slug}").status_code == status, who
        assert ("Compost commun" in city.get(someone.browser, "/groupes").text) is (status == 200), who
        assert join(city, someone, slug) == (303 if status == 200 else 404), who
    for someone in (city.visitor(), city.admin()):
        assert city.get(someone.browser, f"/g/{slug}").location == "/preuve"
        assert city.get(someone.browser, "/g/jamais").location == "/preuve"


def test_a_move_ends_membership_unless_the_group_admits_the_new_home(
    city: City, home: str, next_door: str, salma: Someone
) -> None:
    narrow, wide = found(city, salma), found(city, salma, "Toute la rue", reach="neighbours")
    karim = city.resident(home)
    join(city, karim, narrow), join(city, karim, wide)
    posts = [say(city, salma, slug, "Mot") for slug in (narrow, wide)]

    city.move_away(karim)
    assert [city.get(karim.browser, f"/p/{post}").status_code for post in posts] == [404, 404]
    city.settle(karim, next_door)

    assert [city.get(karim.browser, f"/p/{post}").status_code for post in posts] == [404, 200]
    assert [city.get(karim.browser, f"/g/{slug}").status_code for slug in (narrow, wide)] == [404, 200]


def test_reading_ends_with_the_proof_and_comes_back_with_a_new_one(
    city: City, home: str, salma: Someone, clock: Any
) -> None:
    slug = found(city, salma)
    post = say(city, salma, slug, "Mot")
    karim = city.resident(home)
    join(city, karim, slug)
    clock.forward(days=720)
    with commit():
        for someone in (salma,):
            account = db.session.get_one(Account, someone.account_id)
            proof = quartiers.Home(city.quartier_id(home), "strong", None, quartiers.clock.now() + timedelta(days=700))
            quartiers.admit(account, proof, city.settings)
    clock.forward(days=30)
    for someone in (salma, karim):
        city.log_in(someone)

    assert city.get(karim.browser, f"/p/{post}").status_code == 404
    assert reads(city, salma, slug, "Mot")


def test_a_closed_group_is_read_and_written_no_more(city: City, home: str, salma: Someone) -> None:
    slug = found(city, salma)
    karim, odile = city.resident(home), city.resident(home)
    join(city, karim, slug)
    post = say(city, salma, slug, "Dernier mot")
    assert city.post(karim.browser, f"/g/{slug}/fermer").status_code == 404

    city.post(salma.browser, f"/g/{slug}/fermer")

    assert (
        reads(city, karim, slug, "Dernier mot") and "Écrire au groupe" not in city.get(karim.browser, f"/g/{slug}").text
    )
    assert city.post(karim.browser, f"/g/{slug}/ecrire", text="x").status_code in {403, 422}
    assert city.post(karim.browser, f"/p/{post}/repondre", text="x", act="send").status_code == 404
    assert city.get(odile.browser, f"/g/{slug}").status_code == 404


def test_the_last_keeper_hands_on_to_who_was_there_longest(city: City, home: str, salma: Someone) -> None:
    slug = found(city, salma)
    karim, odile = city.resident(home), city.resident(home)
    join(city, karim, slug), join(city, odile, slug)

    city.post(salma.browser, f"/g/{slug}/quitter")

    keepers = select(GroupSeat.actor_id).where(GroupSeat.role == "keeper")
    assert db.session.scalars(keepers).all() == [karim.actor_id]


def test_a_handle_of_a_group_is_taken_for_ever(city: City, home: str, salma: Someone) -> None:
    first, second = found(city, salma), found(city, salma)
    assert (first, second) == ("compost_commun", "compost_commun2")
    refused = city.post(salma.browser, "/groupes/nouveau", name="A", summary="Gardé")
    assert refused.status_code == 422 and "Gardé" in refused.text


def test_a_report_goes_to_the_moderators_of_its_authors_quartier(city: City, home: str, salma: Someone) -> None:
    slug = found(city, salma, reach="city")
    moderator = city.resident(home, roles_here=("moderator",))
    far = city.resident(city.quartier("Bercy"))
    join(city, far, slug)
    post = say(city, salma, slug, "Mot méchant")
    city.post(far.browser, f"/p/{post}/signaler", reason="insult")
    city.work()

    assert "Clignancourt" in city.get(moderator.browser, "/moderation").text
    assert city.get(moderator.browser, f"/p/{post}").status_code == 404


# Nothing of a group leaves the city


def test_no_word_of_a_group_goes_to_another_server(
    city: City, home: str, salma: Someone, elsewhere: ForeignServer
) -> None:
    ada = elsewhere.actor("ada")
    meet(ada)
    slug = found(city, salma, reach="city")
    group = here(f"/g/{slug}")
    post = say(city, salma, slug, f"Bonjour @{ada.acct}")
    with commit():
        account = db.session.get_one(Account, salma.account_id)
        service.edit(account, post, service.Words("Bonsoir", may_be_untitled=True), lives_in=city.quartier_id(home))
    city.post(salma.browser, f"/p/{post}/supprimer")
    city.work()

    assert db.session.scalars(select(Outgoing.kind).where(Outgoing.object_uri.like(f"%/p/{post}"))).all() == []
    for path in (f"/g/{slug}", f"/g/{slug}/outbox", f"/g/{slug}/followers", f"/p/{post}"):
        assert ada.get(city.browser(), here(path)).status_code == 404, path
    resource = f"/.well-known/webfinger?resource=acct:{slug}@{here('/').split('/')[2]}"
    assert city.browser().get(resource).status_code == 404
    assert ada.post(city.browser(), f"{group}/inbox", ada.follow(group)).status_code == 404
    assert hear(city, ada, ada.follow(group)).startswith(("follow", "http"))


def test_nobody_elsewhere_speaks_in_a_group(city: City, salma: Someone, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    slug = found(city, salma, reach="city")
    post = say(city, salma, slug, "Mot")

    assert hear(city, ada, ada.create(reply_to(ada, post, "Coucou"))) == "note.closed"
    to_group = ada.note("Coucou", to=[PUBLIC, here(f"/g/{slug}")], tag=[mention(here(f"/g/{slug}"), slug)])
    assert hear(city, ada, ada.create(to_group)) == "note.not_for_us"


# Programs


def test_a_program_sees_groups_as_accounts_and_posts_to_them(city: City, home: str, salma: Someone) -> None:
    slug = found(city, salma)
    karim, odile = city.resident(home), city.resident(home)
    join(city, karim, slug)
    mine, theirs = Programs(city).of(karim), Programs(city).of(odile)
    group = group_of(slug)

    sent = mine.post("/api/v1/statuses", json={"status": f"@{slug} Le bac est plein"})
    assert (sent.status_code, sent.json["visibility"], sent.json["quartier"]["audience"]) == (200, "private", "groupe")
    by_id = {"status": "Vide", "quartier_audience": "groupe", "quartier_group_id": str(group.id)}
    assert mine.post("/api/v1/statuses", json=by_id).status_code == 200
    shown = mine.get(f"/api/v1/accounts/{group.actor_id}").json
    assert (shown["group"], shown["acct"]) == (True, slug)

    home_of = {one["content"] for one in Programs(city).of(salma).get("/api/v1/timelines/home").json}
    assert any("Le bac est plein" in words for words in home_of) and any("Vide" in words for words in home_of)
    assert "Le bac est plein" not in theirs.get("/api/v1/timelines/home").text
    assert theirs.get(f"/api/v1/statuses/{sent.json['id']}").status_code == 404
    for wish in ({"status": f"@{slug} Moi aussi"}, by_id):
        assert theirs.post("/api/v1/statuses", json=wish).status_code in {404, 422}
    reply = {"status": "Vidé", "in_reply_to_id": sent.json["id"], "visibility": "public"}
    assert Programs(city).of(salma).post("/api/v1/statuses", json=reply).json["quartier"]["audience"] == "groupe"


def test_a_group_that_one_may_not_see_is_no_account(city: City, home: str, salma: Someone) -> None:
    slug = found(city, salma)
    far = Programs(city).of(city.resident(city.quartier("Bercy")))
    group = db.session.scalars(select(Actor.id).join(Group, Group.actor_id == Actor.id)).one()

    assert far.get(f"/api/v1/accounts/{group}").status_code == 404
    assert far.get(f"/api/v1/accounts/lookup?acct={slug}").status_code == 404
    assert far.get(f"/api/v2/search?q={slug}").json["accounts"] == []
    assert far.post(f"/api/v1/accounts/{group}/follow").status_code == 404
    Programs(city).of(salma).post(f"/api/v1/accounts/{group}/follow")  # one belongs to it: nobody follows it
    assert db.session.scalar(select(Follow.id).where(Follow.followed_id == group)) is None
