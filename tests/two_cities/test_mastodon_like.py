"""Servers of other makes, played by code of our own that shares nothing with `federation/`, before a served town."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.peer import PUBLIC, ForeignServer, Json
from tests.two_cities.conftest import Person, ask, at_rest, decree, until
from tests.two_cities.strangers import Stranger, is_whole, look

pytestmark = pytest.mark.slow
MASTODON, TRIANGLE, LEMMY, GOTOSOCIAL, PICKY = range(5)


def says(author: Person, words: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = author.call("POST", "statuses", {"status": words, "visibility": "public", **more})
    return found


def follows(stranger: Stranger, name: str) -> Json:
    """Follow the actor of that name, who takes everybody; its document."""
    found = stranger.finds(name)
    follow = stranger.says(stranger.actor.follow(found["id"]), found["inbox"])
    accept = stranger.hears_answer(follow)
    assert (accept["type"], accept["actor"]) == ("Accept", found["id"])
    return found


def waits(person: Person, name: str) -> str | None:
    asked = person.call("GET", "follow_requests")
    return next((str(one["id"]) for one in asked if one["acct"] == name), None)


def befriends(stranger: Stranger, person: Person) -> None:
    """Follow a resident, who says yes."""
    found = stranger.finds(person.handle)
    follow = stranger.says(stranger.actor.follow(found["id"]), found["inbox"])
    asked = until(lambda: waits(person, stranger.actor.acct), "the request")
    person.call("POST", f"follow_requests/{asked}/authorize", {})
    assert stranger.hears_answer(follow)["type"] == "Accept"


def lets_in(moderator: Person, words: str) -> None:
    """Approve what waits with these words."""
    pages = moderator.pages()
    shown = until(lambda: _waiting(pages.read("/moderation/attente"), words), f"« {words} » to wait for a moderator")
    assert pages.fill("/moderation/attente", shown) == 303


def _waiting(page: str, words: str) -> str | None:
    sheets = [sheet for sheet in page.split("<section")[1:] if words in sheet]
    return re.findall(r'action="([^"]+/accepter)"', sheets[0])[0] if sheets else None


def public_page(person: Person, path: str) -> str:
    page = look(person.town.url + path, {"accept": "text/html"})
    assert page.status == 200, path
    return page.body.decode()


def test_an_account_elsewhere_follows_the_quartier_reads_it_by_both_announces_and_answers_in_public(
    salma: Person, servers: list[ForeignServer]
) -> None:
    ada = Stranger(servers[MASTODON].actor("ada"), salma.town)
    group = follows(ada, "la-tannerie")
    assert group["type"] == "Group"

    post = says(salma, "Une échelle à prêter ce samedi ?")
    announces = ada.hears("Announce", post["uri"], 2)
    whole, bare = sorted(announces, key=is_whole, reverse=True)
    assert (whole["object"]["type"], whole["object"]["actor"]) == ("Create", f"{salma.town.url}/u/salma")
    assert bare["object"] == post["uri"]
    assert {one["actor"] for one in announces} == {group["id"]}
    note = ada.read(bare["object"])
    assert note | whole["object"]["object"] == note
    assert "échelle" in note["content"]

    mention = {"type": "Mention", "href": note["attributedTo"], "name": "@salma"}
    cc = [f"{ada.actor.uri}/followers", note["attributedTo"], group["id"]]
    reply = ada.actor.note("Je la prends de bon cœur", cc=cc, inReplyTo=post["uri"], tag=[mention])
    create = ada.says(ada.actor.create(reply))
    at_rest(salma.town)
    path = f"/p/{post['id']}"
    assert "bon cœur" not in public_page(salma, path)
    assert reply["id"] not in str(ada.read(f"{post['uri']}/replies?page=first"))

    lets_in(salma, "bon cœur")
    shown = public_page(salma, path)
    assert "Je la prends de bon cœur" in shown
    assert "hors quartier" in shown
    assert reply["id"] in str(ada.read(f"{post['uri']}/replies?page=first"))
    back = ada.hears("Announce", reply["id"], 2)
    assert next(one["object"] for one in back if is_whole(one)) == create
    listed = {one["id"] for one in ada.read(f"{group['outbox']}?page=first")["orderedItems"]}
    assert {one["id"] for one in [*announces, *back] if is_whole(one)} <= listed


def test_an_account_elsewhere_follows_a_resident_who_lets_it_and_gets_what_is_public(
    salma: Person, servers: list[ForeignServer]
) -> None:
    ben = Stranger(servers[MASTODON].actor("ben"), salma.town)
    actor = ben.finds("salma")
    assert (actor["type"], actor["manuallyApprovesFollowers"]) == ("Person", True)
    follow = ben.says(ben.actor.follow(actor["id"]), actor["inbox"])
    name = ben.actor.acct
    asked = until(lambda: waits(salma, name), "the request")
    before = says(salma, "Avant le oui")
    at_rest(salma.town)
    assert ben.about(actor["id"], "Accept") == []

    salma.call("POST", f"follow_requests/{asked}/authorize", {})
    accept = ben.hears_answer(follow)
    assert (accept["type"], accept["actor"]) == ("Accept", actor["id"])

    post = says(salma, "Le marché est **ouvert**")
    (create,) = ben.hears("Create", post["uri"])
    assert create["to"][0] == PUBLIC
    assert "<strong>ouvert</strong>" in create["object"]["content"]
    note = ben.read(post["uri"])
    assert note | create["object"] == note
    assert ben.about(before["uri"], "Create") == []

    ben.says(ben.actor.like(post["uri"]))
    ben.says(ben.actor.announce(post["uri"]))
    for kind in ("favourite", "reblog"):
        until(lambda kind=kind: told(salma, kind, name), f"a notification of {kind}")

    salma.call("PUT", f"statuses/{post['id']}", {"status": "Le marché est fermé"})
    (update,) = ben.hears("Update", post["uri"])
    assert "fermé" in update["object"]["content"]
    assert update["object"]["updated"] >= update["object"]["published"]
    assert ben.read(post["uri"])["content"] == update["object"]["content"]

    salma.call("DELETE", f"statuses/{post['id']}")
    (delete,) = ben.hears("Delete", post["uri"])
    assert (delete["actor"], "content" in str(delete)) == (actor["id"], False)
    for uri in (post["uri"], create["id"], update["id"]):
        stones = [ben.look(uri, signed=each) for each in (True, False)]
        assert [stone.status for stone in stones] == [410, 410]
        assert stones[0].body == stones[1].body
        assert stones[0].json["type"] == "Tombstone"
        assert b"march" not in stones[0].body


def told(person: Person, kind: str, by: str) -> bool:
    found = person.call("GET", "notifications")
    return any((one["type"], one["account"]["acct"]) == (kind, by) for one in found)


def test_what_is_for_the_quartier_answers_a_signed_question_as_an_unsigned_one_and_as_nothing_at_all(
    salma: Person, servers: list[ForeignServer]
) -> None:
    cleo = Stranger(servers[MASTODON].actor("cleo"), salma.town)
    follows(cleo, "la-tannerie")
    befriends(cleo, salma)

    closed = salma.call("POST", "statuses", {"status": f"Le code est mimosa, @{cleo.actor.acct}"})
    wide = salma.call("POST", "statuses", {"status": "Clé chez nous", "quartier_audience": "voisins"})
    at_rest(salma.town)

    for post in (closed, wide):
        here, nowhere = f"{salma.town.url}/p/{post['id']}", f"{salma.town.url}/p/{int(post['id']) + 99}"
        for tail in ("", "/replies", "/replies?page=first", "/context", "/versions", "/signaler"):
            answers = [cleo.look(each + tail, signed=signed) for each in (here, nowhere) for signed in (True, False)]
            assert answers[0].status == 404
            assert answers.count(answers[0]) == 4, tail
        assert cleo.about(post["uri"]) == []
    assert "mimosa" not in str(cleo.got())


def test_a_follower_of_the_author_and_of_the_quartier_on_one_server_gets_each_form_once(
    salma: Person, servers: list[ForeignServer]
) -> None:
    dora, emil = (Stranger(servers[TRIANGLE].actor(name), salma.town) for name in ("dora", "emil"))
    for one in (dora, emil):
        follows(one, "la-tannerie")
        befriends(one, salma)

    post = says(salma, "Une seule fois chacun")
    dora.hears("Announce", post["uri"], 2)
    salma.call("PUT", f"statuses/{post['id']}", {"status": "Une seule fois, vraiment"})
    dora.hears("Announce", post["uri"], 3)
    salma.call("DELETE", f"statuses/{post['id']}")
    dora.hears("Announce", post["uri"], 4)
    at_rest(salma.town)

    got = dora.about(post["uri"])
    forms = [
        f"Announce {one['object']['type']}" if one["type"] == "Announce" and is_whole(one) else one["type"]
        for one in got
    ]
    assert sorted(forms) == [
        "Announce", "Announce Create", "Announce Delete", "Announce Update", "Create", "Delete", "Update",
    ]  # fmt: skip
    assert {one.path for one in servers[TRIANGLE].received if one.json in got} == {"/inbox"}
    rows = ask(salma.town, "SELECT count(*) FROM delivery WHERE object_uri = ? AND host = ?", post["uri"],
               servers[TRIANGLE].host)  # fmt: skip
    assert rows == [(7,)]


def test_a_page_for_the_quartier_from_a_lemmy_like_server_stands_only_where_outsiders_may_begin(
    salma: Person, servers: list[ForeignServer]
) -> None:
    lou = Stranger(servers[LEMMY].actor("lou"), salma.town)
    group = follows(lou, "la-tannerie")
    assert group["attributedTo"] == lou.read(group["attributedTo"])["id"]  # the moderators, by which it knows groups
    assert group["postingRestrictedToMods"]

    def begins(title: str, **addressed: Any) -> Json:
        return lou.says(lou.actor.create(lou.actor.note("Pour samedi.", kind="Page", name=title, **addressed)))

    refused = begins("Une remorque refusée", to=[group["id"], PUBLIC], audience=group["id"])
    at_rest(salma.town)
    outcome = ask(salma.town, "SELECT state, last_error FROM incoming WHERE uri = ?", refused["id"])
    assert outcome == [("ignored", "note.outsiders")]
    assert ask(salma.town, "SELECT 1 FROM post WHERE uri = ?", refused["object"]["id"]) == []

    decree(salma.town, "UPDATE quartier SET outsiders_post = 1 WHERE slug = 'la-tannerie'")
    assert not lou.finds("la-tannerie")["postingRestrictedToMods"]
    ways = {
        "Une remorque par audience": {"to": [group["id"], PUBLIC], "audience": group["id"]},
        "Une remorque par cc": {"to": [PUBLIC], "cc": [group["id"]]},
    }
    for title, addressed in ways.items():
        create = begins(title, **addressed)
        lets_in(salma, title)
        back = lou.hears("Announce", create["object"]["id"], 2)
        assert next(one["object"] for one in back if is_whole(one)) == create
        assert title in public_page(salma, "/q/la-tannerie")
    assert "refusée" not in public_page(salma, "/q/la-tannerie")


def test_a_server_that_answers_signed_questions_alone_and_keeps_keys_apart_is_followed_and_follows(
    salma: Person, servers: list[ForeignServer]
) -> None:
    server = servers[GOTOSOCIAL]
    gus = Stranger(server.actor("gus"), salma.town)
    gus.actor.key_id = f"{gus.actor.uri}/main-key"
    key = gus.actor.document["publicKey"] | {"id": gus.actor.key_id}
    gus.actor.describe(publicKey=key)
    stub = {name: gus.actor.document[name] for name in ("@context", "id", "type", "preferredUsername", "publicKey")}
    server.put(urlsplit(gus.actor.key_id).path, stub)
    server.manners.wants_signed_gets = True

    follows(gus, "la-tannerie")
    known_as = salma.find(f"@{gus.actor.acct}")
    salma.call("POST", f"accounts/{known_as}/follow", {})
    (follow,) = gus.hears("Follow", gus.actor.uri)
    gus.says(gus.actor.accept(follow))
    until(lambda: salma.relation(known_as)["following"], "the follow")
    note = gus.actor.note("De chez Gus", cc=[f"{gus.actor.uri}/followers"])
    gus.says(gus.actor.create(note))

    until(lambda: salma.sees(note["id"]), "his words")
    asked = [one for one in server.fetched if not one.path.startswith("/.well-known/")]
    assert asked
    assert {gus.signer(one) for one in asked} == {f"{salma.town.url}/actor"}


def test_a_server_that_knows_rfc_9421_alone_gets_everything_by_the_second_knock_and_then_by_the_first(
    salma: Person, servers: list[ForeignServer]
) -> None:
    server = servers[PICKY]
    server.manners.refuses_cavage = True
    pia = Stranger(server.actor("pia"), salma.town)

    follows(pia, "la-tannerie")
    knocks = len(server.refused)
    post = says(salma, "Deux écritures")
    pia.hears("Announce", post["uri"], 2)

    assert knocks >= 1
    assert len(server.refused) == knocks
    assert all("signature-input" in one.headers for one in server.received)
