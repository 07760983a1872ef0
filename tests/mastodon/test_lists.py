"""Lists: those a resident makes, those that come by themselves, and what they keep out of the home."""

from __future__ import annotations

import re
from typing import Any

import pytest

from instance.accounts.models import Account, Actor
from instance.core import clock
from instance.core.db import commit, db, new_id
from instance.core.paging import Window
from instance.groups import service as groups
from instance.posts import standing
from instance.posts.models import Post
from instance.quartiers import service as quartiers
from instance.quartiers.models import Subscription
from instance.timelines import lists as shelves
from tests.city import City, Someone
from tests.mastodon.conftest import Program, Programs
from tests.mastodon.test_home import follow, say, words
from tests.support.sql import plan, statements

LISTS = "/api/v1/lists"


def subscribe(city: City, slug: str) -> int:
    """A page elsewhere whose posts the quartier takes; its actor."""
    with commit():
        actor = Actor(
            id=new_id(), kind="organization", handle="gazette", host="gazette.example",
            uri="https://gazette.example/a", shown_name="La Gazette", created_at=clock.now(),
        )  # fmt: skip
        db.session.add(actor)
        db.session.flush()
        quartier = city.quartier_id(slug)
        db.session.add(
            Subscription(id=new_id(), quartier_id=quartier, actor_id=actor.id, state="live", since=clock.now())
        )
        return actor.id


def page_says(page: int, text: str) -> None:
    """A public post of a page, put where its subscribers see it."""
    post_id = new_id()
    with commit():
        post = Post(
            id=post_id, author_id=page, uri=f"https://gazette.example/{post_id}", kind="note", title="", text=text,
            html=f"<p>{text}</p>", scope="public", is_public=True, thread_id=post_id,
        )  # fmt: skip
        db.session.add(post)
        db.session.flush()
        standing.stand(post_id, page, None)


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


@pytest.fixture
def bruno(city: City) -> Someone:
    return city.resident(city.quartier("Montmartre"), "bruno")


@pytest.fixture
def louise(city: City, bruno: Someone) -> Someone:
    return city.resident("montmartre", "louise")


def make(program: Program, *members: Someone, **wishes: Any) -> str:
    made = program.post(LISTS, json={"title": "Amis"} | wishes)
    assert made.status_code == 200, made.json
    if members:
        ids = [str(one.actor_id) for one in members]
        assert program.post(f"{LISTS}/{made.json['id']}/accounts", json={"account_ids": ids}).status_code == 200
    return str(made.json["id"])


def test_a_list_holds_people_one_follows_and_shows_what_they_say(
    salma: Someone, bruno: Someone, louise: Someone, programs: Programs
) -> None:
    mine = programs.of(salma)
    follow(salma, bruno)
    list_id = make(mine, bruno)
    say(programs.of(bruno), "Pour tous", visibility="public")
    say(programs.of(bruno), "Pour Montmartre")
    say(programs.of(louise), "De Louise", visibility="public")

    assert words(mine, f"/api/v1/timelines/list/{list_id}") == ["Pour tous"]
    refused = mine.post(f"{LISTS}/{list_id}/accounts", data={"account_ids[]": [str(louise.actor_id)]})
    assert refused.status_code == 422 and "suivez" in refused.json["error"]
    assert [one["acct"] for one in mine.get(f"{LISTS}/{list_id}/accounts").json] == ["bruno"]
    assert [one["id"] for one in mine.get(f"/api/v1/accounts/{bruno.actor_id}/lists").json] == [list_id]
    assert programs.of(bruno).get(f"{LISTS}/{list_id}").status_code == 404
    assert programs.of(bruno).get(f"/api/v1/timelines/list/{list_id}").status_code == 404

    body = {"account_ids": [str(bruno.actor_id)]}
    assert mine.call("DELETE", f"{LISTS}/{list_id}/accounts", json=body).json == {}
    assert words(mine, f"/api/v1/timelines/list/{list_id}") == []
    assert mine.call("DELETE", f"{LISTS}/{list_id}").json == {}
    assert mine.get(f"{LISTS}/{list_id}").status_code == 404


def test_whose_follow_ended_is_read_on_no_list(salma: Someone, bruno: Someone, programs: Programs) -> None:
    mine = programs.of(salma)
    follow(salma, bruno)
    list_id = make(mine, bruno)
    say(programs.of(bruno), "Pour tous", visibility="public")
    assert mine.post(f"/api/v1/accounts/{bruno.actor_id}/unfollow").status_code == 200

    assert words(mine, f"/api/v1/timelines/list/{list_id}") == []
    assert mine.get(f"{LISTS}/{list_id}/accounts").json == []


@pytest.mark.parametrize(
    ("policy", "shown"),
    [("none", ["À Salma"]), ("list", ["À Salma", "À Bruno"]), ("followed", ["À Salma", "À Noé", "À Bruno"])],
)
def test_answers_are_shown_by_the_policy_of_the_list(
    city: City, salma: Someone, bruno: Someone, louise: Someone, programs: Programs, policy: str, shown: list[str]
) -> None:
    mine, other = programs.of(salma), city.resident("montmartre", "noe")
    for one in (bruno, louise, other):
        follow(salma, one)
    list_id = make(mine, bruno, louise, replies_policy=policy)
    posts = {one.handle: say(programs.of(one), "x", visibility="public") for one in (bruno, other, salma)}
    third = say(programs.of(city.resident("montmartre")), "y", visibility="public")
    author = programs.of(louise)
    for name, above in (("Bruno", posts["bruno"]), ("Noé", posts["noe"]), ("autrui", third), ("Salma", posts["salma"])):
        say(author, f"À {name}", visibility="public", in_reply_to_id=above)

    assert [one for one in words(mine, f"/api/v1/timelines/list/{list_id}") if one != "x"] == shown


def test_members_of_an_exclusive_list_leave_the_home_at_the_same_cost(
    city: City, salma: Someone, bruno: Someone, louise: Someone, programs: Programs
) -> None:
    mine = programs.of(salma)
    follow(salma, bruno), follow(salma, louise)
    own = say(mine, "De moi")
    list_id = make(mine, bruno)
    say(programs.of(bruno), "De Bruno", visibility="public")
    theirs = say(programs.of(louise), "De Louise", visibility="public")
    assert programs.of(bruno).post(f"/api/v1/statuses/{theirs}/reblog").status_code == 200
    assert len(words(mine)) == 3
    with statements() as before:
        words(mine)

    assert mine.call("PUT", f"{LISTS}/{list_id}", data={"title": "Amis", "exclusive": "1"}).json["exclusive"] is True

    assert words(mine) == ["De Louise", "De moi"]
    assert own and words(mine, f"/api/v1/timelines/list/{list_id}") == ["De Louise", "De Bruno"]
    with statements() as after:
        words(mine)
    assert len(after) <= len(before) <= 6


def test_the_quartier_and_its_pages_are_lists_that_nobody_changes(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    page = subscribe(city, "clignancourt")
    mine, home = programs.of(salma), quartiers.by_slug("clignancourt").actor_id
    db.session.rollback()
    say(programs.of(city.resident("clignancourt")), "Au mur")
    page_says(page, "De la page")

    quartier, pages = mine.get(LISTS).json

    assert (quartier["id"], quartier["title"], pages["title"]) == (str(home), "Clignancourt", "Pages de mon quartier")
    assert words(mine, f"/api/v1/timelines/list/{quartier['id']}") == ["De la page", "Au mur"]
    assert words(mine, f"/api/v1/timelines/list/{pages['id']}") == ["De la page"]
    assert [one["id"] for one in mine.get(f"{LISTS}/{pages['id']}/accounts").json] == [str(page)]
    for method, path in (("PUT", ""), ("DELETE", ""), ("POST", "/accounts")):
        refused = mine.call(method, f"{LISTS}/{home}{path}", json={"title": "x", "account_ids": ["1"]})
        assert refused.status_code == 422 and "quartier" in refused.json["error"]
    assert programs.of(bruno).get(f"/api/v1/timelines/list/{home}").status_code == 404
    assert programs.of(city.visitor()).get(LISTS).json == []


def test_an_own_group_is_followed_and_a_list_and_others_read_nothing_of_it(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    neighbour = city.resident("clignancourt")
    with commit():
        account = db.session.get_one(Account, salma.account_id)
        group = groups.found(account, quartiers.by_slug("clignancourt"), groups.Wish("Jardin partagé"))
        group_id, actor_id = str(group.actor_id), group.actor_id
    mine = programs.of(salma)
    say(mine, "À l’arrosoir", quartier_audience="groupe", quartier_group_id=group_id)

    assert [one["id"] for one in mine.get(LISTS).json][1:] == [group_id]
    assert words(mine, f"/api/v1/timelines/list/{group_id}") == ["À l’arrosoir"]
    assert words(mine, f"/api/v1/accounts/{group_id}/statuses") == ["À l’arrosoir"]
    assert mine.get(f"/api/v1/accounts/relationships?id[]={group_id}").json[0]["following"] is True
    assert mine.get(f"/api/v1/accounts/{group_id}").json["group"] is True
    near = programs.of(neighbour)
    assert words(near, f"/api/v1/accounts/{actor_id}/statuses") == []
    assert near.get(f"/api/v1/timelines/list/{group_id}").status_code == 404
    assert programs.of(bruno).get(f"/api/v1/accounts/{group_id}").status_code == 404
    assert mine.post(f"/api/v1/accounts/{group_id}/unfollow").status_code == 422


def test_no_plan_of_a_list_reads_all_posts(salma: Someone, programs: Programs) -> None:
    with statements() as asked:
        shelves.timeline(salma.actor_id, shelves.Shelf(1, "x"), Window(2**62, 0, 20, False))
        shelves.timeline(salma.actor_id, shelves.Shelf(1, "x", wall=1, is_pages=True), Window(2**62, 0, 20, True))
    wrong = r"SCAN (post|boost|wall_entry|list_member)\b|Seq Scan on (post|boost|wall_entry)\b"
    assert [step for one, values in asked for step in plan(one, values) if re.search(wrong, step)] == []
