"""Two towns: what the one does shows in the other, and both agree after each step."""

from __future__ import annotations

import pytest

from tests.two_cities.conftest import Person, log_of, until

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
        assert town.run("jobs", "--failed") == ""


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


def test_what_is_for_the_quartier_makes_no_delivery_and_no_address_of_it_answers_the_other_town(
    salma: Person, bruno: Person
) -> None:
    bruno.follow(salma)
    before = salma.town.run("jobs", "--json")

    closed = salma.call("POST", "statuses", {"status": "La clé est sous le pot"})
    salma.town.run("jobs", "run")

    assert salma.town.run("jobs", "--json") == before or "delivery" not in salma.town.run("jobs", "--json")
    assert bruno.answer("GET", f"statuses/{closed['id']}")[0] == 404
    assert "pot" not in str(bruno.home())
