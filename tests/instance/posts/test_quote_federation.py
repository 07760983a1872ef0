"""Quotes between servers (FEP-044f): who is asked, what stands in our posts, and whose word is believed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from instance.accounts.models import Account
from instance.core import clock as clocks
from instance.core.db import commit, db
from instance.posts.models import Post
from tests.city import City, Someone
from tests.instance.posts.hearing import befriend, gain, hear, here, inboxes_of, meet, sent
from tests.mastodon.conftest import Program, Programs
from tests.support.peer import PUBLIC, ForeignActor, ForeignServer

POST = "/api/v1/statuses"


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


@pytest.fixture
def ada(city: City, elsewhere: ForeignServer, salma: Someone) -> ForeignActor:
    found = elsewhere.actor("ada")
    befriend(city, salma, found)
    gain(city, "/u/salma", found)
    return found


@pytest.fixture
def program(city: City, salma: Someone) -> Program:
    return Programs(city).of(salma)


def say(city: City, program: Program, **said: Any) -> Any:
    answer = program.post(POST, json={"status": "Bonjour", "visibility": "public"} | said)
    city.work()
    return answer


def stored(uri: str) -> str:
    found = db.session.scalars(select(Post.id).where(Post.uri == uri)).one()
    db.session.rollback()
    return str(found)


def test_a_quote_of_ours_says_so_to_every_software_and_its_stamp_stands_until_it_is_taken_back(
    city: City, program: Program, ada: ForeignActor
) -> None:
    quoted = say(city, program).json["id"]
    quoting = say(city, program, quoted_status_id=quoted).json["id"]

    note = sent("Create Note")[-1]["object"]
    assert note["quote"] == note["quoteUri"] == note["_misskey_quote"] == here(f"/p/{quoted}")
    assert f'<p class="quote-inline">RE: <a href="{here(f"/p/{quoted}")}">' in note["content"]
    assert note["interactionPolicy"]["canQuote"]["automaticApproval"] == [PUBLIC]
    address = note["quoteAuthorization"].removeprefix(here(""))
    stamp = city.get(city.browser(), address).json
    assert (stamp["interactingObject"], stamp["interactionTarget"]) == (note["id"], here(f"/p/{quoted}"))
    program.post(f"{POST}/{quoted}/quotes/{quoting}/revoke")
    city.work()
    assert city.get(city.browser(), address).status_code == 404
    changed = sent("Update Note")[-1]["object"]
    assert changed["id"] == note["id"]
    assert not {"quote", "quoteUri", "quoteAuthorization"} & changed.keys() and "RE:" not in changed["content"]


def test_an_author_elsewhere_is_asked_and_the_quote_is_shown_once_they_say_yes(
    city: City, salma: Someone, program: Program, ada: ForeignActor, elsewhere: ForeignServer
) -> None:
    note = ada.note("Hermine")
    hear(city, ada, ada.create(note))
    quoted = stored(note["id"])
    refused = say(city, program, quoted_status_id=quoted, visibility="private")
    assert (refused.status_code, "autre serveur" in refused.json["error"]) == (422, True)

    made = say(city, program, quoted_status_id=quoted).json

    assert made["quote"] == {"state": "pending", "quoted_status": None}
    (asked,) = sent("QuoteRequest")
    assert (asked["object"], asked["instrument"]) == (note["id"], here(f"/p/{made['id']}"))
    assert inboxes_of(asked)
    stranger = elsewhere.actor("eve")
    stamp = f"{ada.uri}/stamps/1"
    assert hear(city, stranger, stranger.accept(asked) | {"result": stamp}) == "quote.unasked"
    assert hear(city, ada, ada.accept(asked) | {"result": "https://piege.example/1"}) == "quote.stamp"
    assert hear(city, ada, ada.accept(asked) | {"result": stamp}) == "kept"
    city.work()
    assert "Hermine" in program.get(f"{POST}/{made['id']}").json["quote"]["quoted_status"]["content"]
    assert sent("Update Note")[-1]["object"]["quoteAuthorization"] == stamp
    assert "Hermine" in city.get(salma.browser, f"/p/{made['id']}").text
    hear(city, stranger, stranger.activity("Delete", stamp, to=[PUBLIC]))
    assert program.get(f"{POST}/{made['id']}").json["quote"]["state"] == "accepted"
    hear(city, ada, ada.activity("Delete", {"id": stamp, "type": "QuoteAuthorization"}, to=[PUBLIC]))
    city.work()
    assert program.get(f"{POST}/{made['id']}").json["quote"]["state"] == "revoked"
    assert "quote" not in sent("Update Note")[-1]["object"]


def test_an_author_elsewhere_says_no(city: City, program: Program, ada: ForeignActor) -> None:
    note = ada.note("Hermine")
    hear(city, ada, ada.create(note))
    made = say(city, program, quoted_status_id=stored(note["id"])).json["id"]

    hear(city, ada, ada.reject(sent("QuoteRequest")[-1]))

    assert program.get(f"{POST}/{made}").json["quote"] == {"state": "rejected", "quoted_status": None}


def test_words_of_elsewhere_quote_ours_by_our_stamp_alone_and_until_it_is_taken_back(
    city: City, salma: Someone, program: Program, ada: ForeignActor
) -> None:
    quoted = say(city, program, status="Zibeline").json["id"]
    forged, note = (ada.note(words, quote=here(f"/p/{quoted}")) for words in ("Sans", "Avec"))
    hear(city, ada, ada.activity("QuoteRequest", here(f"/p/{quoted}"), instrument=note["id"]))
    leave = sent("Accept QuoteRequest")[-1]["result"]
    for one in (forged | {"quoteAuthorization": leave}, note):
        hear(city, ada, ada.create(one))
    number = stored(note["id"])
    assert program.get(f"{POST}/{number}").json["quote"] is None

    hear(city, ada, ada.update(note | {"quoteAuthorization": leave}))  # Mastodon says it so, a little later
    city.work()

    assert program.get(f"{POST}/{stored(forged['id'])}").json["quote"] is None
    assert "Zibeline" in program.get(f"{POST}/{number}").json["quote"]["quoted_status"]["content"]
    assert "Zibeline" in city.get(salma.browser, f"/p/{number}").text
    assert [one["status"]["id"] for one in program.get("/api/v1/notifications?types[]=quote").json] == [number]
    program.post(f"{POST}/{quoted}/quotes/{number}/revoke")
    city.work()
    (gone,) = sent("Delete QuoteAuthorization")
    assert (gone["object"]["id"], inboxes_of(gone) != []) == (leave, True)
    hear(city, ada, ada.activity("QuoteRequest", here(f"/p/{quoted}"), instrument=note["id"]))
    assert len(sent("Reject QuoteRequest")) == 1
    for again in (ada.note("Avec", id=note["id"]), note | {"quoteAuthorization": leave}):  # quotes nothing, then anew
        hear(city, ada, ada.update(again))
    assert program.get(f"{POST}/{number}").json["quote"]["state"] == "revoked"
    assert city.get(city.browser(), leave.removeprefix(here(""))).status_code == 404


def test_a_leave_that_was_taken_back_or_stands_behind_a_block_is_not_made_good_by_an_edit_or_a_deletion(
    city: City, program: Program, ada: ForeignActor
) -> None:
    quoted = say(city, program, status="Zibeline").json["id"]
    bare = ada.note("Avec")
    hear(city, ada, ada.activity("QuoteRequest", here(f"/p/{quoted}"), instrument=bare["id"]))
    leave = sent("Accept QuoteRequest")[-1]["result"]
    whole = bare | {"quote": here(f"/p/{quoted}"), "quoteAuthorization": leave}
    hear(city, ada, ada.create(whole))
    number = stored(bare["id"])
    program.post(f"{POST}/{quoted}/quotes/{number}/revoke")

    for said in (ada.update(bare | {"content": "Sans"}), ada.update(whole | {"content": "Encore"})):
        hear(city, ada, said)
        assert city.browser().get(leave.removeprefix(here(""))).status_code == 404

    assert program.get(f"{POST}/{number}").json["quote"] == {"state": "revoked", "quoted_status": None}
    hear(city, ada, ada.activity("Delete", bare["id"], to=[PUBLIC]))
    hear(city, ada, ada.activity("QuoteRequest", here(f"/p/{quoted}"), instrument=bare["id"]))
    assert city.browser().get(leave.removeprefix(here(""))).status_code == 404
    assert len(sent("Accept QuoteRequest")) == len(sent("Reject QuoteRequest")) == 1


def test_an_older_edit_that_comes_late_changes_nothing_about_what_the_newer_one_quotes(
    city: City, program: Program, ada: ForeignActor, clock: Any
) -> None:
    old, new = (say(city, program, status=words).json["id"] for words in ("Zibeline", "Hermine"))
    note = ada.note("Voyez")
    edits = []
    for quoted in (old, new):
        clock.forward(minutes=1)
        at = clocks.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        hear(city, ada, ada.activity("QuoteRequest", here(f"/p/{quoted}"), instrument=note["id"]))
        leave = sent("Accept QuoteRequest")[-1]["result"]
        edits.append(note | {"quote": here(f"/p/{quoted}"), "quoteAuthorization": leave, "updated": at})
    hear(city, ada, ada.create(note))
    hear(city, ada, ada.update(edits[1]))

    hear(city, ada, ada.update(edits[0]))
    city.work()

    shown = program.get(f"{POST}/{stored(note['id'])}").json
    assert "Hermine" in shown["quote"]["quoted_status"]["content"]
    assert program.get(f"{POST}/{old}/quotes").json == []
    assert len(program.get("/api/v1/notifications?types[]=quote").json) == 1


def test_a_leave_given_before_a_block_shows_nothing_after_it(city: City, program: Program, ada: ForeignActor) -> None:
    quoted = say(city, program, status="Zibeline").json["id"]
    late = ada.note("Plus tard", quote=here(f"/p/{quoted}"))
    hear(city, ada, ada.activity("QuoteRequest", here(f"/p/{quoted}"), instrument=late["id"]))
    neighbour = city.resident("clignancourt")
    befriend(city, neighbour, ada)
    program.post(f"/api/v1/accounts/{meet(ada)}/block")

    hear(city, ada, ada.create(late | {"quoteAuthorization": sent("Accept QuoteRequest")[-1]["result"]}))

    assert Programs(city).of(neighbour).get(f"{POST}/{stored(late['id'])}").json["quote"] is None


@pytest.mark.parametrize(("reached_by", "told"), [("nobody", 0), ("followed", 1)])
def test_who_wants_no_words_from_elsewhere_is_told_of_no_quotes_either(
    reached_by: str, told: int, city: City, salma: Someone, program: Program, ada: ForeignActor
) -> None:
    quoted = say(city, program).json["id"]
    note = ada.note("Avec", quote=here(f"/p/{quoted}"))
    hear(city, ada, ada.activity("QuoteRequest", here(f"/p/{quoted}"), instrument=note["id"]))
    with commit():
        db.session.execute(update(Account).where(Account.id == salma.account_id).values(reached_by=reached_by))

    hear(city, ada, ada.create(note | {"quoteAuthorization": sent("Accept QuoteRequest")[-1]["result"]}))
    city.work()

    assert len(program.get("/api/v1/notifications?types[]=quote").json) == told


@pytest.mark.parametrize(("policy", "kind"), [("nobody", "Reject"), ("followers", "Accept")])
def test_a_request_is_answered_as_the_author_chose(
    policy: str, kind: str, city: City, program: Program, ada: ForeignActor
) -> None:
    quoted = say(city, program, quote_approval_policy=policy).json["id"]

    hear(city, ada, ada.activity("QuoteRequest", here(f"/p/{quoted}"), instrument=ada.note("Voyez")["id"]))

    assert len(sent(f"{kind} QuoteRequest")) == 1
    with commit():
        db.session.execute(update(Post).where(Post.id == int(quoted)).values(verdict="hidden"))
    hear(city, ada, ada.activity("QuoteRequest", here(f"/p/{quoted}"), instrument=ada.note("Encore")["id"]))
    assert len(sent("% QuoteRequest")) == 1
