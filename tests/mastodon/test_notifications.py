"""Notices in clients: what stands there, in pages and groups; whom one wants to hear of, and who waits apart."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from instance.accounts import follows
from instance.accounts import service as accounts
from instance.accounts.models import Account, Actor, Follow
from instance.core import clock as city_clock
from instance.core import jobs
from instance.core.db import commit, db, new_id
from instance.mastodon import notices
from instance.notifications import policy, service
from instance.notifications.models import Notification
from instance.notifications.service import News
from instance.peers import rules
from instance.posts import thread_mutes
from tests.city import City, Someone
from tests.conftest import Clock
from tests.mastodon.conftest import Program, Programs
from tests.support.sql import scans, statements

LIST = "/api/v1/notifications"
GROUPS = "/api/v2/notifications"
UTC = ZoneInfo("UTC")


def say(program: Program, words: str, **more: str) -> str:
    answer = program.post("/api/v1/statuses", json={"status": words} | more)
    assert answer.status_code == 200, answer.json
    return str(answer.json["id"])


def tell(to: Someone, kind: str, by: Someone, post_id: str | None = None) -> None:
    """A notice as the reactions write it."""
    news = News(kind, "/", int(post_id) if post_id else None, actor_id=by.actor_id)
    with commit():
        service.tell([to.account_id], news, UTC)


def told(program: Program, path: str = LIST) -> list[str]:
    found = program.get(path)
    assert found.status_code == 200, found.json
    return [one["type"] for one in found.json]


def choose(program: Program, **words: str) -> Any:
    answer = program.call("PATCH", f"{GROUPS}/policy", json={f"for_{name}": word for name, word in words.items()})
    assert answer.status_code == 200, answer.json
    return answer.json


@pytest.fixture
def salma(city: City) -> Someone:
    """She has spoken to everybody: somebody of another quartier may name her."""
    return city.resident(city.quartier("Clignancourt"), "salma", spoke_outside=True)


@pytest.fixture
def bruno(city: City) -> Someone:
    return city.resident(city.quartier("Montmartre"), "bruno")


def test_each_deed_has_its_word_and_the_lists_can_be_narrowed(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    neighbour = city.resident("clignancourt", "odile")
    mine, theirs = programs.of(salma), programs.of(neighbour)
    post_id = say(mine, "Bonjour", visibility="public")
    say(theirs, "Oui", in_reply_to_id=post_id)
    say(theirs, "Et @salma ?")
    city.work()
    for kind in ("thanks", "boost"):
        tell(salma, kind, bruno, post_id)
    for kind in ("follow_request", "follow"):
        tell(salma, kind, bruno)

    assert told(mine) == ["follow", "follow_request", "reblog", "favourite", "mention", "mention"]
    assert told(mine, f"{LIST}?types[]=follow&types[]=mention") == ["follow", "mention", "mention"]
    assert told(mine, f"{LIST}?exclude_types[]=mention") == ["follow", "follow_request", "reblog", "favourite"]
    assert told(mine, f"{LIST}?account_id={neighbour.actor_id}") == ["mention", "mention"]
    first = mine.get(LIST).json[2]
    assert (first["status"]["id"], first["account"]["acct"]) == (post_id, "bruno")
    assert mine.get(f"{LIST}/{first['id']}").json["type"] == "reblog"
    assert theirs.get(f"{LIST}/{first['id']}").status_code == 404
    for notices_too, left in (("false", 6), ("true", 4)):
        wish = {"notifications": notices_too}
        assert mine.post(f"/api/v1/accounts/{neighbour.actor_id}/mute", data=wish).status_code == 200
        assert len(told(mine)) == left


def test_who_passed_words_on_hears_of_each_change_once_and_their_author_of_that(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine, theirs, odile = programs.of(salma), programs.of(bruno), city.resident("clignancourt", "odile")
    post_id = say(theirs, "Bonjour", visibility="public")
    mine.post(f"/api/v1/statuses/{post_id}/reblog")
    with commit():
        thread_mutes.mute(odile.actor_id, int(post_id))
    programs.of(odile).post(f"/api/v1/statuses/{post_id}/reblog")
    city.work()
    assert set(told(theirs)) == {"reblog"}

    seen = []
    for words in ("Bonsoir", "Bonsoir", "Bonne nuit"):  # the second says nothing new
        theirs.call("PUT", f"/api/v1/statuses/{post_id}", json={"status": words})
        city.work()
        [change] = mine.get(LIST).json
        seen.append(change["id"])

    assert (change["type"], change["account"]["acct"], change["status"]["content"]) == (
        "update", "bruno", "<p>Bonne nuit</p>",
    )  # fmt: skip
    assert seen[0] == seen[1] < seen[2]
    [group] = mine.get(GROUPS).json["notification_groups"]
    assert (group["type"], group["group_key"], group["status_id"]) == ("update", f"ungrouped-{seen[2]}", post_id)
    assert "a changé un mot que vous avez fait suivre" in city.get(salma.browser, "/avis").text
    assert told(programs.of(odile)) == []
    assert set(told(theirs)) == {"reblog"}


def test_what_the_reader_may_not_read_any_more_is_told_no_more(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine = programs.of(salma)
    say(programs.of(bruno), "Bonjour @salma", visibility="public")
    city.work()
    [one] = mine.get(LIST).json
    with commit():
        accounts.block(bruno.actor_id, salma.actor_id)

    assert told(mine) == []
    assert mine.get(f"{LIST}/{one['id']}").status_code == 404
    assert mine.get(f"{GROUPS}/ungrouped-{one['id']}").status_code == 404
    assert mine.get(f"{LIST}/unread_count").json == {"count": 0}


def test_a_neighbours_full_name_stays_with_neighbours_in_notices_too(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    with commit():
        accounts.show_name(db.session.get_one(Account, bruno.account_id), full=True)
    near = city.resident("montmartre", "odile")
    say(programs.of(bruno), "Bonjour @salma et @odile", visibility="public")
    city.work()

    assert "Berger" in str(programs.of(near).get(LIST).json[0]["account"])
    assert "Berger" not in programs.of(salma).get(LIST).text + programs.of(salma).get(GROUPS).text
    assert "Berger" in city.get(near.browser, "/avis").text
    assert "Berger" not in city.get(salma.browser, "/avis").text


def test_pages_are_complete_and_without_doubles_while_others_come(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine, theirs = programs.of(salma), programs.of(bruno)
    posts = [say(mine, f"Mot {n}", visibility="public") for n in range(7)]
    for post_id in posts[:5]:
        tell(salma, "thanks", bruno, post_id)
    expected = [one["id"] for one in mine.get(LIST).json]

    seen: list[str] = []
    path = f"{LIST}?limit=2"
    for late in (posts[5], posts[6], None, None):
        answer = mine.get(path)
        seen += [one["id"] for one in answer.json]
        if late:
            tell(salma, "thanks", bruno, late)
        if not answer.json:
            break
        path = next_page(answer, "next")

    assert seen == expected
    newer = mine.get(f"{LIST}?min_id={expected[0]}&limit=1").json
    assert [one["status"]["id"] for one in newer] == [posts[5]]
    assert told(theirs) == []


def next_page(answer: Any, rel: str) -> str:
    found = re.search(rf'<[^>]*?(/api[^>]+)>; rel="{rel}"', answer.headers["Link"])
    assert found is not None
    return found[1]


def test_one_is_dismissed_all_are_cleared_and_what_the_house_told_stays(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine = programs.of(salma)
    for kind in ("follow", "follow_request"):
        tell(salma, kind, bruno)
    city.work()  # « Votre adresse est vérifiée »
    follow = mine.get(f"{LIST}?types[]=follow").json[0]["id"]
    assert mine.get(f"{LIST}/unread_count").json == {"count": 2}
    assert mine.post("/api/v1/markers", json={"notifications": {"last_read_id": follow}}).status_code == 200
    assert mine.get(f"{LIST}/unread_count").json == {"count": 1}

    assert programs.of(bruno).post(f"{LIST}/{follow}/dismiss").status_code == 404
    assert mine.post(f"{LIST}/{follow}/dismiss").json == {}
    assert told(mine) == ["follow_request"]
    assert mine.post(f"{LIST}/clear").json == {}
    assert told(mine) == []
    assert "Votre adresse est vérifiée" in city.get(salma.browser, "/avis").text


def test_follows_of_one_time_are_one_group_and_stand_where_the_newest_came(
    city: City, salma: Someone, bruno: Someone, programs: Programs, clock: Clock
) -> None:
    mine = programs.of(salma)
    others = [city.resident("montmartre") for _ in range(2)]
    post_id = say(mine, "Bonjour", visibility="public")
    tell(salma, "follow", bruno)
    clock.forward(days=1)
    tell(salma, "follow", others[0])
    tell(salma, "thanks", bruno, post_id)
    tell(salma, "follow", others[1])

    found = mine.get(GROUPS).json
    pair, thanks, alone = found["notification_groups"]
    assert pair["sample_account_ids"] == [str(others[1].actor_id), str(others[0].actor_id)]
    assert (pair["notifications_count"], thanks["group_key"]) == (2, f"favourite-{post_id}")
    assert (thanks["status_id"], [one["id"] for one in found["statuses"]]) == (post_id, [post_id])
    assert {one["id"] for one in found["accounts"]} == {str(one.actor_id) for one in (bruno, *others)}
    assert alone["sample_account_ids"] == [str(bruno.actor_id)]
    assert mine.get(f"{GROUPS}/unread_count").json == {"count": 3}
    assert len(mine.get(f"{GROUPS}?grouped_types[]=favourite").json["notification_groups"]) == 4

    pages, path = [], f"{GROUPS}?limit=1"
    while (answer := mine.get(path)).json["notification_groups"]:
        pages += [one["group_key"] for one in answer.json["notification_groups"]]
        path = next_page(answer, "next")
    assert pages == [pair["group_key"], thanks["group_key"], alone["group_key"]]
    partial = mine.get(f"{GROUPS}?expand_accounts=partial_avatars").json
    assert [one["id"] for one in partial["partial_accounts"]] == [str(others[0].actor_id)]

    one = mine.get(f"{GROUPS}/{pair['group_key']}").json
    assert one["notification_groups"][0]["notifications_count"] == 2
    accounts_of = mine.get(f"{GROUPS}/{pair['group_key']}/accounts").json
    assert [who["id"] for who in accounts_of] == pair["sample_account_ids"]
    assert mine.post(f"{GROUPS}/{pair['group_key']}/dismiss").json == {}
    assert told(mine) == ["favourite", "follow"]


def test_strangers_are_set_apart_and_told_to_nobody_aloud(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine, neighbour = programs.of(salma), programs.of(city.resident("clignancourt", "odile"))
    assert choose(mine, not_following="filter")["for_not_following"] == "filter"
    city.work()
    with commit():
        db.session.query(jobs.Job).delete()
    before = service.unread(salma.account_id, salma.actor_id)
    say(programs.of(bruno), "Bonjour @salma", visibility="public")
    say(neighbour, "Bonjour @salma")
    city.work()

    assert service.unread(salma.account_id, salma.actor_id) == before + 1
    [heard] = mine.get(LIST).json
    assert heard["account"]["acct"] == "odile"  # a neighbour counts as somebody one follows
    assert len(mine.get(f"{LIST}?include_filtered=true").json) == 2
    assert mine.get(f"{LIST}/unread_count").json == {"count": 1}
    assert len(mine.get(GROUPS).json["notification_groups"]) == 1
    kinds = list(db.session.scalars(select(jobs.Job.kind)))
    assert (kinds.count("fact:NoticeGiven"), kinds.count("mail_notice")) == (1, 1)
    apart = db.session.scalars(select(Notification.id).where(Notification.is_filtered)).one()
    assert notices.entities(db.session.get_one(Account, salma.account_id), [apart]) == {}  # no stream tells it
    page = city.get(salma.browser, "/avis").text
    assert "bruno" not in page
    assert "1 avis mis à part" in page
    assert "bruno" in city.get(salma.browser, "/avis/a-part").text


def test_who_waits_apart_is_accepted_for_good_or_thrown_away(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine, third = programs.of(salma), city.resident("montmartre", "karim")
    choose(mine, not_following="filter")
    for who in (bruno, third):
        say(programs.of(who), "Bonjour @salma", visibility="public")
    city.work()

    asking = mine.get(f"{LIST}/requests").json
    assert [(one["account"]["acct"], one["notifications_count"]) for one in asking] == [("karim", "1"), ("bruno", "1")]
    assert mine.get(f"{LIST}/requests/{bruno.actor_id}").json["last_status"]["account"]["acct"] == "bruno"
    assert mine.get(f"{GROUPS}/policy").json["summary"] == {
        "pending_requests_count": 2, "pending_notifications_count": 2,
    }  # fmt: skip
    assert programs.of(third).get(f"{LIST}/requests/{bruno.actor_id}").status_code == 404
    assert mine.post(f"{LIST}/requests/{salma.actor_id}/accept").status_code == 404
    assert mine.post(f"{LIST}/requests/{bruno.actor_id}/accept").json == {}
    assert mine.get(f"{LIST}/requests/merged").json == {"merged": True}
    assert mine.post(f"{LIST}/requests/dismiss", data={"id[]": [str(third.actor_id)]}).json == {}

    assert [one["account"]["acct"] for one in mine.get(LIST).json] == ["bruno"]
    for who in (bruno, third):
        say(programs.of(who), "Encore @salma", visibility="public")
    city.work()
    assert [one["account"]["acct"] for one in mine.get(LIST).json] == ["bruno", "bruno"]
    city.post(salma.browser, f"/avis/a-part/{third.actor_id}", act="accept")
    assert told(mine) == ["mention"] * 3


@pytest.mark.parametrize(
    ("sort", "kind", "concerned"),
    [
        ("not_following", "mention", {"stranger", "follower", "new", "limited"}),
        ("not_followers", "mention", {"stranger", "followed", "new", "limited"}),
        ("new_accounts", "mention", {"new"}),
        ("private_mentions", "message", {"stranger", "follower", "new", "limited"}),
        ("private_mentions", "mention", set()),
        ("limited_accounts", "mention", {"limited"}),
        ("not_following", "status", set()),  # asked for: no stranger's doing
    ],
)
def test_each_word_of_the_policy_concerns_its_sort_of_people(
    city: City, salma: Someone, sort: str, kind: str, concerned: set[str]
) -> None:
    people = {name: stranger(name) for name in ("stranger", "follower", "followed", "new", "limited")}
    people["neighbour"] = city.resident("clignancourt").actor_id
    with commit():
        rules.set_rule("limited.example", "limit")
        for one, other in ((people["follower"], salma.actor_id), (salma.actor_id, people["followed"])):
            db.session.add(Follow(follower_id=one, followed_id=other, state="accepted", since=city_clock.now()))
        policy.choose(salma.account_id, dict.fromkeys(policy.MEMBERS, "accept") | {sort: "drop"})

    words = policy.judged([policy.About(salma.account_id, salma.actor_id, kind, who, None) for who in people.values()])

    assert {name for name, word in zip(people, words, strict=True) if word == "drop"} == concerned


def stranger(name: str) -> int:
    """Somebody elsewhere, known here for long, save `new`."""
    host = "limited.example" if name == "limited" else "ailleurs.example"
    since = city_clock.now() - timedelta(days=1 if name == "new" else 90)
    with commit():
        actor = Actor(
            id=new_id(), kind="person", handle=name, host=host, uri=f"https://{host}/{name}", shown_name=name,
            created_at=since,
        )  # fmt: skip
        db.session.add(actor)
        return actor.id


def test_dropped_people_leave_no_trace_and_the_old_form_of_the_policy_says_yes_and_no(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine = programs.of(salma)
    choose(mine, not_following="drop")
    say(programs.of(bruno), "Bonjour @salma", visibility="public")
    city.work()

    assert told(mine, f"{LIST}?include_filtered=1") == []
    assert mine.get(f"{LIST}/policy").json["filter_not_following"] is True
    city.post(salma.browser, "/avis/reglages", **{"policy-not_followers": "drop"})
    assert mine.get(f"{GROUPS}/policy").json["for_not_followers"] == "drop"
    assert '<option value="drop" selected>' in city.get(salma.browser, "/avis/reglages").text
    changed = mine.call("PATCH", f"{LIST}/policy", json={"filter_not_following": "0", "filter_new_accounts": True})
    assert (changed.json["filter_not_following"], changed.json["filter_new_accounts"]) == (False, True)
    assert mine.get(f"{GROUPS}/policy").json["for_new_accounts"] == "filter"
    assert mine.call("PATCH", f"{GROUPS}/policy", json={"for_new_accounts": "maybe"}).status_code == 422


def test_who_asked_for_it_hears_of_every_word_they_may_read(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine, theirs = programs.of(salma), programs.of(bruno)
    for reader in (salma, city.resident("montmartre", "odile")):
        with commit():
            asked = follows.follow(
                db.session.get_one(Actor, reader.actor_id), db.session.get_one(Actor, bruno.actor_id)
            )
            asked.state, asked.notifies = "accepted", reader is salma
    city.work()
    with commit():
        db.session.query(Notification).delete()
    said = say(theirs, "Pour tous", visibility="public")
    say(theirs, "Pour Montmartre")
    say(theirs, "Pour @salma", visibility="public")
    say(theirs, "Et encore", in_reply_to_id=said)
    city.work()

    assert sorted(told(mine)) == ["mention", "status"]
    assert mine.get(f"{LIST}?types[]=status").json[0]["status"]["id"] == said
    assert " a écrit.<" in city.get(salma.browser, "/avis").text
    assert db.session.query(Notification).count() == 2


def test_no_list_of_notices_reads_a_table_whole_or_asks_more_for_more(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine = programs.of(salma)
    costs = []
    for _round in range(2):
        for n in range(1 if not costs else 8):
            tell(salma, "thanks", bruno, say(mine, f"Mot {n}", visibility="public"))
        for path in (LIST, GROUPS):
            mine.get(path)
            with statements() as asked:
                mine.get(path)
            costs.append(len(asked))
            whole = [line for one in asked for line in scans(*one) if "notification" in line or " post" in line]
            assert whole == []

    assert costs[:2] == costs[2:]
    assert max(costs) <= 5
