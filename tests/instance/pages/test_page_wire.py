"""Pages as other servers see them: an Organization that is followed, posts, corrects itself, and ends."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from federation.keys import from_actor
from instance.accounts.models import Actor, Follow
from instance.core.db import commit, db
from instance.pages.models import Page
from instance.peers.models import Outgoing
from instance.posts.models import Post, WallEntry
from instance.quartiers.models import Quartier, Subscription
from tests.city import City, Someone
from tests.instance.fediverse.wire import ask
from tests.instance.pages.teams import TEXTS, draft, online, say
from tests.instance.posts.hearing import gain, hear, here, inboxes_of, meet, reply_to, sent
from tests.instance.posts.writing import answer
from tests.support.peer import ForeignServer

SLUG = "le-canard-du-nord"
PATH = f"/pages/{SLUG}"
COLLECTIONS = ("outbox", "followers", "following", "featured")


@pytest.fixture
def quartier(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def nadia(city: City, quartier: str) -> Someone:
    return city.resident(quartier, "nadia", name="Nadia Kaci")


def subscribed(city: City, quartier: str) -> None:
    with commit():
        page = db.session.scalars(select(Page)).one()
        db.session.add(
            Subscription(
                quartier_id=city.quartier_id(quartier), actor_id=page.actor_id, state="live", reason="",
                since=page.created_at,
            )
        )  # fmt: skip


def test_a_draft_is_absent_at_every_address(city: City, nadia: Someone, elsewhere: ForeignServer) -> None:
    draft(city, nadia)
    city.work()
    ada = elsewhere.actor("ada")
    meet(ada)
    stranger = city.resident(city.quartier("Loin"))

    hidden = [ask(city, path) for path in (PATH, *(f"{PATH}/{name}" for name in COLLECTIONS))]
    absent = [ask(city, path.replace("canard", "lapin")) for path in (PATH, *(f"{PATH}/{n}" for n in COLLECTIONS))]
    finger = ask(city, f"/.well-known/webfinger?resource=acct:{SLUG}@localhost:8000")
    inbox = [ada.post(city.browser(), here(f"{path}/inbox"), ada.follow(here(PATH))) for path in (PATH, "/pages/rien")]
    shared = hear(city, ada, ada.follow(here(PATH)))
    found = city.post(stranger.browser, "/chercher", q=f"@{SLUG}")

    assert [one.status_code for one in hidden] == [404] * 5
    for one, never in zip(hidden, absent, strict=True):
        assert (one.data, dict(one.headers)) == (never.data, dict(never.headers))
    assert finger.status_code == 404
    assert [one.status_code for one in inbox] == [404, 404] and inbox[0].data == inbox[1].data
    assert shared != "kept" and db.session.scalar(select(func.count()).select_from(Follow)) == 0
    assert SLUG not in (found.location or "")


def test_a_published_page_is_an_organization_that_says_who_it_is(city: City, nadia: Someone) -> None:
    online(city, nadia, kind="association")

    page = ask(city, PATH).json
    finger = ask(city, f"/.well-known/webfinger?resource=acct:{SLUG}@localhost:8000").json

    assert page["type"] == "Organization" and page["id"] == page["url"] == here(PATH)
    assert page["ql:pageKind"] == "association" and page["manuallyApprovesFollowers"] is False
    assert "attributedTo" not in page and "Nadia" not in str(page) and "nadia" not in str(page)
    assert all(text in page["summary"] for text in TEXTS.values())
    assert [key.key_id for key in from_actor(page)] == [here(f"{PATH}#main-key"), here(f"{PATH}#ed25519-key")]
    assert [one["href"] for one in finger["links"] if one["rel"] == "self"] == [here(PATH)]
    for name in COLLECTIONS:
        assert ask(city, f"{PATH}/{name}").json["id"] == here(f"{PATH}/{name}")
    assert "totalItems" not in ask(city, f"{PATH}/followers").json  # F05: nobody ranks pages by who follows


def test_a_mastodon_account_follows_and_gets_the_next_article(
    city: City, quartier: str, nadia: Someone, elsewhere: ForeignServer
) -> None:
    """F01; the article names the quartiers of its edition and no other."""
    online(city, nadia)
    ada = elsewhere.actor("ada")
    follow = ada.follow(here(PATH))
    meet(ada)
    assert ada.post(city.browser(), here(f"{PATH}/inbox"), follow).status_code == 202
    city.work()
    wall = db.session.scalars(select(Quartier.actor_id).where(Quartier.slug == quartier)).one()
    city.post(nadia.browser, f"{PATH}/editions", name="Lyon", places=wall)

    article = say(city, nadia, SLUG, "L’eau du quartier", kind="article", text="Premier alinéa.", edition="lyon")
    short = say(city, nadia, SLUG, "Brève")

    accept, first, second = elsewhere.inbox_of(ada)
    assert (accept["type"], accept["actor"], accept["object"]["id"]) == ("Accept", here(PATH), follow["id"])
    note = first["object"]
    assert first["type"] == "Create" and first["actor"] == note["attributedTo"] == here(PATH)
    assert (note["type"], note["name"], note["id"]) == ("Article", "L’eau du quartier", here(f"/p/{article}"))
    assert note["audience"] == [here(f"/q/{quartier}")] and "audience" not in second["object"]
    assert note["to"] == ["https://www.w3.org/ns/activitystreams#Public"]
    assert second["object"]["id"] == here(f"/p/{short}")
    signer = elsewhere.received[-1].signer(lambda uri: ask(city, uri.removeprefix(here("")).split("#")[0]).json)
    assert signer == here(PATH)
    assert ask(city, f"/p/{article}").json["type"] == "Article"
    items = ask(city, f"{PATH}/outbox?page=first").json["orderedItems"]
    assert [one["object"]["id"] for one in items] == [here(f"/p/{short}"), here(f"/p/{article}")]
    assert "Nadia" not in str(elsewhere.inbox_of(ada))


def test_a_group_of_another_city_follows_without_asking(city: City, nadia: Someone, elsewhere: ForeignServer) -> None:
    online(city, nadia)
    group = elsewhere.actor("mazarin", "Group")
    meet(group)

    assert hear(city, group, group.follow(here(PATH))) == "kept"
    city.work()

    assert [one["type"] for one in elsewhere.inbox_of(group)] == ["Accept"]


def test_a_correction_and_a_retraction_travel_as_such(city: City, nadia: Someone, elsewhere: ForeignServer) -> None:
    online(city, nadia)
    ada = elsewhere.actor("ada")
    gain(city, PATH, ada)
    number = say(city, nadia, SLUG, "Le pont ferme")

    city.post(nadia.browser, f"{PATH}/corriger/{number}", title="Le pont rouvre", text="Demain.", why="Mauvaise date")
    city.work()
    city.post(nadia.browser, f"{PATH}/retirer/{number}", reason="Nous nous sommes trompés")
    city.work()

    update, delete = elsewhere.inbox_of(ada)[-2:]
    assert (update["type"], update["object"]["name"]) == ("Update", "Le pont rouvre")
    assert update["object"]["ql:correction"] == "Mauvaise date"
    assert (delete["type"], delete["actor"], delete["summary"]) == ("Delete", here(PATH), "Nous nous sommes trompés")
    gone = ask(city, f"/p/{number}")
    assert gone.status_code == 410 and gone.json["summary"] == "Nous nous sommes trompés"
    assert ask(city, f"{PATH}/outbox").json["totalItems"] == 0


def test_what_a_quartier_and_the_page_say_to_each_other_leaves_nothing(
    city: City, quartier: str, nadia: Someone, elsewhere: ForeignServer
) -> None:
    online(city, nadia)
    gain(city, PATH, elsewhere.actor("ada"))
    subscribed(city, quartier)
    bruno = city.resident(quartier, "bruno")
    own = say(city, nadia, SLUG)
    rows = db.session.scalar(select(func.count()).select_from(Outgoing))
    db.session.rollback()

    reply = answer(city, bruno, own, "Entre le quartier et vous", scope="quartier")
    city.post(nadia.browser, f"{PATH}/repondre/{reply}", text="Bien reçu", once="x1")
    city.work()

    back = db.session.scalars(select(Post.id).where(Post.reply_to_id == reply)).one()
    assert db.session.scalar(select(func.count()).select_from(Outgoing)) == rows
    assert [ask(city, f"/p/{one}").status_code for one in (reply, back)] == [404, 404]
    assert ask(city, f"/p/{own}/replies").json["totalItems"] == 0
    assert "Bien reçu" not in str(elsewhere.inbox_of(elsewhere.actor("ada")))


def test_an_answer_from_elsewhere_is_heard_and_answered(
    city: City, quartier: str, nadia: Someone, elsewhere: ForeignServer
) -> None:
    online(city, nadia)
    subscribed(city, quartier)
    ada = elsewhere.actor("ada")
    gain(city, PATH, ada)
    own = say(city, nadia, SLUG)

    kept = hear(city, ada, ada.create(reply_to(ada, own, "<p>De loin</p>")))
    city.work()
    heard = db.session.scalars(select(Post).where(Post.reply_to_id == own)).one()
    seen = city.get(nadia.browser, f"/p/{own}").text
    city.post(nadia.browser, f"{PATH}/repondre/{heard.id}", text="Merci de loin", once="x1")
    city.work()

    assert kept == "kept" and "De loin" in seen
    last = elsewhere.inbox_of(ada)[-1]
    assert last["object"]["inReplyTo"] == heard.uri and last["actor"] == here(PATH)
    assert {"type": "Mention", "href": ada.uri, "name": f"@ada@{elsewhere.host}"} in last["object"]["tag"]


def test_a_change_is_told_to_followers(city: City, nadia: Someone, elsewhere: ForeignServer) -> None:
    online(city, nadia)
    ada = elsewhere.actor("ada")
    gain(city, PATH, ada)

    city.post(nadia.browser, f"{PATH}/textes", **(TEXTS | {"funding": "Deux mille lecteurs"}))
    city.work()

    last = elsewhere.inbox_of(ada)[-1]
    assert (last["type"], last["object"]["type"]) == ("Update", "Organization")
    assert "Deux mille lecteurs" in last["object"]["summary"]


def test_a_closed_page_asks_everybody_to_forget_it(city: City, nadia: Someone, elsewhere: ForeignServer) -> None:
    online(city, nadia)
    ada = elsewhere.actor("ada")
    gain(city, PATH, ada)
    number = say(city, nadia, SLUG)

    city.post(nadia.browser, f"{PATH}/fermer", sure="1")
    city.work()

    deleted = [one["object"] for one in elsewhere.inbox_of(ada) if one["type"] == "Delete"]
    objects = [one if isinstance(one, str) else one["id"] for one in deleted]
    assert set(objects) == {here(f"/p/{number}"), here(PATH)}
    assert ask(city, PATH).status_code == 410 and ask(city, f"{PATH}/outbox").status_code == 404
    assert ask(city, f"/.well-known/webfinger?resource=acct:{SLUG}@localhost:8000").status_code == 404
    meet(ada)
    assert hear(city, ada, ada.follow(here(PATH))) != "kept"
    assert db.session.scalar(select(WallEntry.post_id)) is None
    assert db.session.scalar(select(func.count()).select_from(Follow)) == 0
    assert inboxes_of(sent("Delete%")[-1]) and db.session.scalars(select(Actor).where(Actor.path == PATH)).one()
