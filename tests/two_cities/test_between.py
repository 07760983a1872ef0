"""Two towns: what the one does shows in the other, and both agree after each step."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from deploy.two_cities import Town
from tests.two_cities.conftest import Person, ask, at_rest, log_of, until

pytestmark = pytest.mark.slow


def test_two_towns_agree_after_each_of_follow_post_reply_edit_boost_like_undo_and_delete(
    salma: Person, bruno: Person
) -> None:
    salma_there = bruno.follow(salma)
    bruno_here = salma.follow(bruno)
    assert bruno.relation(salma_there)["followed_by"]
    assert salma.relation(bruno_here)["followed_by"]

    post = salma.call("POST", "statuses", {"status": "Une échelle à prêter ce samedi", "visibility": "public"})
    there = until(lambda: bruno.sees(post["uri"]), "the post in the other town")
    assert there["content"] == post["content"]
    assert there["account"]["acct"] == salma.acct

    reply = bruno.call(
        "POST", "statuses",
        {"status": "Je la prends volontiers", "visibility": "public", "in_reply_to_id": there["id"]},
    )  # fmt: skip
    until(lambda: salma.sees(reply["uri"]), "the reply at home")

    salma.call("PUT", f"statuses/{post['id']}", {"status": "Une échelle à prêter ce dimanche"})
    until(lambda: "dimanche" in (bruno.sees(post["uri"]) or {"content": ""})["content"], "the edit")

    bruno.call("POST", f"statuses/{there['id']}/favourite", {})
    until(lambda: told(salma, "favourite"), "the thanks")
    bruno.call("POST", f"statuses/{there['id']}/reblog", {})
    until(lambda: told(salma, "reblog"), "the boost")
    bruno.call("POST", f"statuses/{there['id']}/unfavourite", {})
    bruno.call("POST", f"statuses/{there['id']}/unreblog", {})

    salma.call("DELETE", f"statuses/{post['id']}")
    until(lambda: bruno.sees(post["uri"]) is None, "the deletion")
    assert bruno.answer("GET", f"statuses/{there['id']}")[0] == 404

    bruno.call("POST", f"accounts/{salma_there}/unfollow", {})
    until(lambda: not salma.relation(bruno_here)["followed_by"], "the end of the follow")
    for town in (salma.town, bruno.town):
        assert "fault at" not in log_of(town)
        assert ask(town, "SELECT kind, last_error FROM job WHERE state = 'failed'") == []


def told(person: Person, kind: str) -> bool:
    return any(one["type"] == kind for one in person.call("GET", "notifications"))


def test_a_quartier_is_followed_from_the_other_town_and_its_public_posts_arrive(salma: Person, bruno: Person) -> None:
    quartier = bruno.find(f"@la-tannerie@{salma.acct.partition('@')[2]}")
    bruno.call("POST", f"accounts/{quartier}/follow", {})
    until(lambda: bruno.relation(quartier)["following"], "the quartier's yes, which needs nobody")

    public = salma.call("POST", "statuses", {"status": "Vide-grenier dimanche", "visibility": "public"})
    closed = salma.call("POST", "statuses", {"status": "Le code de la cour a changé"})

    line = until(lambda: bruno.sees(public["uri"]), "the announced post")
    assert line["account"]["acct"] == salma.acct
    assert bruno.sees(closed["uri"]) is None
    assert "code de la cour" not in str(bruno.home())


def sent_about(town: Town, post: dict[str, Any]) -> tuple[int, int]:
    """How many activities, and deliveries, of that town have to do with this post."""
    about = (post["uri"], f"%/p/{post['id']}%")
    (made,) = ask(town, "SELECT count(*) FROM outgoing WHERE object_uri = ? OR body LIKE ?", *about)
    (queued,) = ask(
        town, "SELECT count(*) FROM delivery d JOIN outgoing o ON o.id = d.outgoing_id "
        "WHERE o.object_uri = ? OR o.body LIKE ?", *about,
    )  # fmt: skip
    return made[0], queued[0]


def test_what_is_for_the_quartier_makes_no_delivery_and_no_address_of_it_answers_the_other_town(
    salma: Person, odile: Person, bruno: Person
) -> None:
    bruno.follow(salma)

    closed = salma.call("POST", "statuses", {"status": "La clé est sous le pot de géraniums"})
    reply = odile.call("POST", "statuses", {"status": "Merci, je la prends", "in_reply_to_id": closed["id"]})
    odile.call("POST", f"statuses/{closed['id']}/favourite", {})
    salma.call("PUT", f"statuses/{closed['id']}", {"status": "La clé est sous le pot de basilic"})
    public = salma.call("POST", "statuses", {"status": "Il fait beau", "visibility": "public"})
    until(lambda: bruno.sees(public["uri"]), "the public post")
    odile.call("DELETE", f"statuses/{reply['id']}")
    salma.call("DELETE", f"statuses/{closed['id']}")
    at_rest(salma.town)

    assert sent_about(salma.town, closed) == sent_about(salma.town, reply) == (0, 0)
    assert min(sent_about(salma.town, public)) > 0
    assert ask(salma.town, "SELECT 1 FROM outgoing WHERE body LIKE '%géraniums%' OR body LIKE '%basilic%'") == []
    assert ask(bruno.town, "SELECT 1 FROM incoming WHERE body LIKE '%pot de%'") == []
    assert bruno.answer("GET", f"statuses/{closed['id']}")[0] == 404
    assert "pot de" not in str(bruno.home())


def test_a_report_reaches_the_moderation_of_the_other_town_and_its_decision_comes_back(
    salma: Person, odile: Person, bruno: Person, ines: Person
) -> None:
    ines.follow(odile)
    post = odile.call("POST", "statuses", {"status": "Achetez mes montres", "visibility": "public"})
    there = until(lambda: ines.sees(post["uri"]), "the post in the other town")
    form = f"/p/{there['id']}/signaler"

    sent = ines.pages().fill(form, reason="fraud", text="De la réclame, encore.", pass_on="1")
    moderator = salma.pages()
    case = until(lambda: re.search(r"/moderation/\d+", moderator.read("/moderation")), "the case in her town")[0]

    assert sent == 303
    shown = moderator.read(case)
    assert "Achetez mes montres" in shown
    assert "De la réclame, encore." in shown
    assert urlsplit(bruno.town.url).netloc in shown
    assert not re.search(r"\bin[eè]s\b", shown, re.I)  # who reported it there stays unknown
    assert re.search(r"/moderation/\d+", bruno.pages().read("/moderation"))  # her own moderators have it too

    measure = {"measure": "removed", "own_clause": "Règle 4", "reason": "De la réclame.", "days": "0"}
    assert moderator.fill(case, **measure) == 303
    until(lambda: ines.sees(post["uri"]) is None, "the removal in the other town")
    assert ines.answer("GET", f"statuses/{there['id']}")[0] == 404


def test_who_moves_to_the_other_town_brings_her_followers_and_is_a_visitor_there(
    salma: Person, bruno: Person, everybody: dict[str, Person]
) -> None:
    old, new = everybody["yvonne of Aubrive"], everybody["yvonne of Roncelles"]
    for one in (salma, bruno):  # who never spoke in public has no name that another server can confirm
        one.call("POST", "statuses", {"status": "Bonjour à tous", "visibility": "public"})
    followers = [(bruno, bruno.follow(old)), (salma, salma.follow(old))]
    arrived, leaving = new.pages(), old.pages()

    named = arrived.fill("/reglages/ailleurs", "/reglages/ailleurs/anciens", also_known_as=f"@{old.acct}")
    at_rest(new.town)
    moved = leaving.fill(
        "/reglages/ailleurs", "/reglages/ailleurs/partir", target=f"@{new.acct}", password=old.town.password
    )

    assert (named, moved) == (303, 303)
    for follower, former in followers:
        assert arrived.fill("/abonnements", f"/abonnements/{new.awaits(follower)}/accepter") == 303
        known_as = follower.find(f"@{new.acct}")
        until(lambda one=follower, it=known_as: one.relation(it)["following"], "the new account to be followed")
        assert not follower.relation(former)["following"]
        assert new.relation(new.find(f"@{follower.acct}"))["followed_by"]
        left = old.find(f"@{follower.acct}")
        until(lambda it=left: not old.relation(it)["followed_by"], "the old account to be left")
    closed = new.answer("POST", "statuses", {"status": "Bonjour du nouveau quartier"})
    assert closed[0] == 403  # residency has not moved with her
    for town in (old.town, new.town):
        assert "fault at" not in log_of(town)
