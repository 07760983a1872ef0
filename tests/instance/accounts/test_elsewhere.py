"""Coming from another server, leaving for one, and the lists that travel along."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import select

from instance.accounts import blocks, exports, follows, relations, service
from instance.accounts.models import Account, Actor, Follow, HostBlock, Mute
from instance.core import fed
from instance.core.db import commit, db
from instance.core.errors import Invalid
from instance.core.jobs import Job
from tests.city import PASSWORD, City, Someone
from tests.instance.accounts.conftest import limits, plain
from tests.instance.posts.hearing import befriend, gain, meet
from tests.instance.posts.writing import write
from tests.support.peer import ForeignServer

__all__ = ["limits"]
PAGE = "/reglages/ailleurs"


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, here: str) -> Someone:
    someone = city.resident(here, "salma")
    city.work()  # makes her key
    return someone


def account(someone: Someone) -> Account:
    return db.session.get_one(Account, someone.account_id)


def bring(city: City, who: Someone, act: str, text: str | bytes) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    return city.post(who.browser, f"{PAGE}/apporter", act=act, file=(io.BytesIO(data), "list.csv"))


def test_former_accounts_are_named_and_kept_by_their_address(
    city: City, salma: Someone, elsewhere: ForeignServer
) -> None:
    ada = elsewhere.actor("ada")

    answer = city.post(salma.browser, f"{PAGE}/anciens", also_known_as=f"@{ada.acct}\n")

    assert answer.status_code == 303
    assert account(salma).also_known_as == ada.uri
    assert ada.uri in plain(city.get(salma.browser, PAGE))


def test_a_former_account_that_nobody_has_is_not_kept(city: City, salma: Someone, elsewhere: ForeignServer) -> None:
    typed = f"@personne@{elsewhere.host}"

    answer = city.post(salma.browser, f"{PAGE}/anciens", also_known_as=typed)

    assert answer.status_code == 422
    assert typed in plain(answer)
    assert account(salma).also_known_as == ""


def test_leaving_sends_the_followers_and_nothing_else(
    city: City, here: str, salma: Someone, elsewhere: ForeignServer
) -> None:
    follower = elsewhere.actor("grace")
    gain(city, "/u/salma", follower)
    new = elsewhere.actor("salma_ailleurs")
    new.describe(alsoKnownAs=[fed.uri_of("/u/salma")])

    answer = city.post(salma.browser, f"{PAGE}/partir", target=f"@{new.acct}", password=PASSWORD)

    city.work()
    assert answer.status_code == 303
    moves = [one for one in elsewhere.inbox_of(follower) if one["type"] == "Move"]
    assert [(one["object"], one["target"]) for one in moves] == [(fed.uri_of("/u/salma"), new.uri)]
    assert city.get(salma.browser, f"/q/{here}").status_code == 200
    assert "sont envoyés vers" in plain(city.get(salma.browser, PAGE))


@pytest.mark.parametrize(
    ("target", "password", "sentence"),
    [
        ("", PASSWORD, "Écrivez votre nouveau compte"),
        ("@salma_ailleurs@{host}", "autre chose", "Ce n’est pas votre mot de passe actuel"),
        ("@salma_ailleurs@{host}", PASSWORD, "indiquez d’abord celui-ci comme ancien compte"),
        ("@personne@{host}", PASSWORD, "Ce compte ne répond pas"),
    ],
)
def test_leaving_is_refused_in_words(
    city: City, salma: Someone, elsewhere: ForeignServer, target: str, password: str, sentence: str
) -> None:
    elsewhere.actor("salma_ailleurs")

    answer = city.post(
        salma.browser, f"{PAGE}/partir", target=target.format(host=elsewhere.host), password=password
    )  # fmt: skip

    assert answer.status_code == 422
    assert sentence in plain(answer)
    assert account(salma).moved_to is None


def test_lists_are_written_in_the_columns_of_mastodon(
    city: City, here: str, salma: Someone, elsewhere: ForeignServer
) -> None:
    ada, grace, eve, mallory = (elsewhere.actor(name) for name in ("ada", "grace", "eve", "mallory"))
    befriend(city, salma, ada)
    gain(city, "/u/salma", grace)
    eve_id, mallory_id = meet(eve), meet(mallory)
    with commit():
        relations.block(salma.actor_id, eve_id)
        relations.mute(salma.actor_id, mallory_id)
        relations.block_host(salma.actor_id, "journal.example")

    lists = {
        kind: list(csv.reader(io.StringIO(city.get(salma.browser, f"{PAGE}/{kind}.csv").text)))
        for kind in ("follows", "followers", "blocks", "mutes", "servers")
    }

    assert lists == {
        "follows": [
            ["Account address", "Show boosts", "Notify on new posts", "Languages"], [ada.acct, "true", "false", ""],
        ],
        "followers": [["Account address"], [grace.acct]],
        "blocks": [[eve.acct]],
        "mutes": [["Account address", "Hide notifications"], [mallory.acct, "true"]],
        "servers": [["journal.example"]],
    }  # fmt: skip
    assert city.get(salma.browser, f"{PAGE}/rien.csv").status_code == 404


def test_a_list_of_follows_is_brought_and_counted(city: City, salma: Someone, elsewhere: ForeignServer) -> None:
    ada, grace = elsewhere.actor("ada"), elsewhere.actor("grace")
    befriend(city, salma, ada)
    head = "Account address,Show boosts,Notify on new posts,Languages\n"

    answer = bring(city, salma, "follows", f"{head}{ada.acct},true,false,\n{grace.acct},true,false,fr\n\n")

    told = plain(city.get(salma.browser, str(answer.location)))
    city.work()
    assert "1 compte demandé à son serveur, 1 déjà dans votre liste." in told
    asked = db.session.query(Actor.handle).join(Follow, Follow.followed_id == Actor.id).order_by(Actor.handle)
    assert [row[0] for row in asked] == ["ada", "grace"]


def test_a_list_of_blocks_is_brought(city: City, salma: Someone, elsewhere: ForeignServer) -> None:
    eve = elsewhere.actor("eve")

    bring(city, salma, "blocks", f"{eve.acct}\npersonne@{elsewhere.host}\n")

    city.work()
    assert [one.handle for one in service.blocked_by(salma.actor_id)] == ["eve"]


@pytest.mark.parametrize(
    ("act", "text", "sentence"),
    [
        ("follows", "{ada}\nbonjour à tous\n", "Ligne 2 : ce n’est pas un compte"),
        ("follows", "", "Ce fichier ne nomme aucun compte"),
        ("follows", b"\xff\xfe\x00\x01", "n’est pas une liste au format CSV"),
        ("follows", "\n".join(f"n{number}@b.example" for number in range(5_001)), "a trop de lignes"),
        ("mutes", "{ada}\n", "Choisissez ce que le fichier contient"),
    ],
)
def test_a_list_with_a_fault_changes_nothing(
    city: City, salma: Someone, elsewhere: ForeignServer, act: str, text: str | bytes, sentence: str
) -> None:
    ada = elsewhere.actor("ada")

    answer = bring(city, salma, act, text.replace("{ada}", ada.acct) if isinstance(text, str) else text)

    city.work()
    assert answer.status_code == 422
    assert sentence in plain(answer)
    assert db.session.query(Follow).count() == 0
    assert elsewhere.fetched == []


def test_a_file_without_end_is_read_no_further() -> None:
    with pytest.raises(Invalid, match="trop grand"):
        exports.read(b"x" * (exports.BYTES_MAX + 1))


def test_nobody_is_followed_where_a_block_stands(city: City, salma: Someone, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    known = meet(ada)
    with commit():
        service.block(known, salma.actor_id)

    bring(city, salma, "follows", f"{ada.acct}\n")

    city.work()
    assert not follows.is_following(salma.actor_id, known)
    assert db.session.query(Follow).count() == 0
    assert blocks.hosts(salma.actor_id) == []


def test_own_public_words_are_taken_away_and_no_others(city: City, here: str, salma: Someone) -> None:
    write(city, salma, here, title="Marché de la rue", scope="public", everywhere="1")
    write(city, salma, here, title="Entre voisins")

    answer = city.get(salma.browser, "/mes-mots-publics.json")

    found = json.loads(answer.text)
    assert [one["object"]["name"] for one in found["orderedItems"]] == ["Marché de la rue"]
    assert found["totalItems"] == 1
    assert "Entre voisins" not in answer.text
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_page_of_my_data_leads_there(city: City, salma: Someone) -> None:
    page = city.get(salma.browser, "/mes-donnees").text

    assert "/mes-mots-publics.json" in page
    assert "/reglages/ailleurs" in page


def test_my_data_tell_of_the_outside_and_closing_forgets_it(
    city: City, salma: Someone, elsewhere: ForeignServer
) -> None:
    ada, eve = elsewhere.actor("ada"), elsewhere.actor("eve")
    befriend(city, salma, ada)
    eve_id = meet(eve)
    with commit():
        relations.mute(salma.actor_id, eve_id)
        relations.block_host(salma.actor_id, "journal.example")

    page = plain(city.get(salma.browser, "/mes-donnees"))
    city.post(salma.browser, "/mes-donnees/supprimer", password=PASSWORD)

    assert [word in page for word in (ada.acct, eve.acct, "journal.example")] == [True] * 3
    assert [db.session.query(table).count() for table in (Follow, Mute, HostBlock)] == [0, 0, 0]


def test_other_servers_are_not_asked_without_end_for_one_person(
    city: City, salma: Someone, limits: None, elsewhere: ForeignServer
) -> None:
    ada = elsewhere.actor("ada")
    for _ in range(6):
        city.post(salma.browser, f"{PAGE}/anciens", also_known_as="\n".join([f"@personne@{elsewhere.host}"] * 10))
    before = len(elsewhere.fetched)

    named = city.post(salma.browser, f"{PAGE}/anciens", also_known_as=f"@{ada.acct}")
    moved = city.post(salma.browser, f"{PAGE}/partir", target=f"@{ada.acct}", password=PASSWORD)
    brought = [bring(city, salma, "blocks", f"nobody_{number}@{elsewhere.host}").status_code for number in range(11)]

    assert (named.status_code, moved.status_code) == (429, 429)
    assert "Revenez à" in named.text
    assert brought == [303] * 10 + [429]
    assert len(elsewhere.fetched) == before


def test_a_long_list_leaves_room_for_the_errands_of_others(city: City, salma: Someone) -> None:
    bring(city, salma, "follows", "".join(f"name_{number}@far.example\n" for number in range(200)))

    due = [job.due_at for job in db.session.scalars(select(Job).where(Job.kind == "take_imported").order_by(Job.id))]

    assert (due[40] - due[0]).total_seconds() < 1
    assert (due[199] - due[0]).total_seconds() > 250


def test_who_lives_nowhere_and_says_nothing_outside_follows_nobody_by_a_list(city: City, here: str) -> None:
    visitor = city.visitor()

    answer = bring(city, visitor, "follows", "ada@far.example\n")

    assert answer.status_code == 422
    assert db.session.scalars(select(Job.id).where(Job.kind == "take_imported")).all() == []


def test_an_account_that_is_no_usable_one_is_refused_in_words(
    city: City, salma: Someone, elsewhere: ForeignServer
) -> None:
    odd = elsewhere.actor("odd", inbox="https://far.example/inbox", alsoKnownAs=[fed.uri_of("/u/salma")])

    answer = city.post(salma.browser, f"{PAGE}/partir", target=f"@{odd.acct}", password=PASSWORD)

    assert answer.status_code == 422
    assert "Ce compte ne répond pas" in plain(answer)
