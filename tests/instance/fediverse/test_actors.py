"""Who other servers see: residents by their handle until they speak outside, open quartiers, the instance."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from federation.keys import from_actor
from instance.accounts import closing, keys, outside
from instance.accounts.models import Account, Actor, Follow
from instance.core.db import commit, db
from instance.peers.models import Outgoing
from tests.city import City, Someone
from tests.conftest import Clock
from tests.instance.fediverse.wire import ask, follow_from_elsewhere, keyed, open_by_hand
from tests.instance.posts.writing import write

BASE = "http://localhost:8000"


def speak(city: City, someone: Someone, quartier: str) -> int:
    post = write(city, someone, quartier, title="À tous", scope="public", everywhere="1")
    city.work()
    return post


def test_a_quartier_is_a_group_with_its_collections_and_both_keys(city: City) -> None:
    slug = city.quartier("Clignancourt")
    keyed(city)

    answer = ask(city, f"/q/{slug}")
    group = answer.json

    assert answer.status_code == 200
    assert group["type"] == "Group" and group["id"] == group["url"] == f"{BASE}/q/{slug}"
    assert group["preferredUsername"] == slug and group["webfinger"] == f"{slug}@localhost:8000"
    for name in ("inbox", "outbox", "followers", "following", "featured", "adjacent"):
        assert group[name] == f"{BASE}/q/{slug}/{name}"
    assert group["attributedTo"] == f"{BASE}/q/{slug}/moderators"
    assert group["endpoints"] == {"sharedInbox": f"{BASE}/inbox"}
    assert group["postingRestrictedToMods"] is True and group["manuallyApprovesFollowers"] is False
    assert [key.key_id for key in from_actor(group)] == [f"{BASE}/q/{slug}#main-key", f"{BASE}/q/{slug}#ed25519-key"]
    assert "PRIVATE" not in answer.text


def test_a_pilot_is_not_there_until_it_opens(city: City) -> None:
    slug = city.quartier("Goutte-d'Or", state="pilot")
    keyed(city)
    keys.make(db.session.scalars(select(Actor.id).where(Actor.path == f"/q/{slug}")).one())
    paths = ["", "/outbox", "/followers", "/featured", "/moderators", "/adjacent", "/residents"]

    before = [ask(city, f"/q/{slug}{path}") for path in paths]
    absent = [ask(city, f"/q/nulle-part{path}") for path in paths]
    open_by_hand(city, slug)

    assert all(one.status_code == 404 for one in before)
    for hidden, never in zip(before, absent, strict=True):
        assert (hidden.data, dict(hidden.headers)) == (never.data, dict(never.headers))
    assert ask(city, f"/q/{slug}").status_code == 200


def test_a_resident_is_a_handle_and_nothing_else(city: City) -> None:
    slug = city.quartier("Clignancourt")
    salma = city.resident(slug, "salma", name="Salma Bennani", summary="J’habite au troisième.", street="rue Ramey")
    city.work()

    answer = ask(city, "/u/salma")
    person = answer.json

    assert person["type"] == "Person" and person["name"] == person["preferredUsername"] == "salma"
    assert person["manuallyApprovesFollowers"] is True
    assert person["discoverable"] is person["indexable"] is False
    assert not {"summary", "icon", "image", "url", "published", "attachment", "location"} & set(person)
    for word in ("Salma", "Bennani", "troisième", "Ramey", "Clignancourt", slug):
        assert word not in answer.text
    assert ask(city, f"/u/{salma.handle}", accept="text/html").status_code == 404


def test_who_speaks_to_everybody_is_first_name_and_initial_never_more(city: City) -> None:
    slug = city.quartier("Clignancourt")
    salma = city.resident(slug, "salma", name="Salma Bennani", summary="J’aime les vélos.", is_name_full=True)
    speak(city, salma, slug)

    person = ask(city, "/u/salma")

    assert person.json["name"] == "Salma B."
    assert "vélos" in person.json["summary"]
    assert person.json["url"] == f"{BASE}/u/salma"
    assert "Bennani" not in person.text and "Clignancourt" not in person.text


def test_the_choice_to_be_seen_outside_can_be_taken_back_until_one_speaks(city: City) -> None:
    slug = city.quartier("Clignancourt")
    salma = city.resident(slug, "salma", name="Salma Bennani")
    city.work()

    city.post(salma.browser, "/reglages/dehors", shows_outside="1")
    shown = ask(city, "/u/salma").json["name"]
    city.post(salma.browser, "/reglages/dehors")
    hidden = ask(city, "/u/salma").json["name"]
    speak(city, salma, slug)
    city.post(salma.browser, "/reglages/dehors")

    assert (shown, hidden) == ("Salma B.", "salma")
    assert ask(city, "/u/salma").json["name"] == "Salma B."


def test_a_visitor_a_suspended_resident_and_nobody_are_one_answer(city: City) -> None:
    slug = city.quartier("Clignancourt")
    visitor = city.visitor("visiteuse")
    suspended = city.resident(slug, "suspendue")
    city.work()
    with commit():
        db.session.get_one(Account, suspended.account_id).state = "suspended"

    answers = [ask(city, f"/u/{name}") for name in (visitor.handle, suspended.handle, "personne")]

    assert {(one.status_code, one.data, str(sorted(one.headers.items()))) for one in answers} == {
        (404, answers[2].data, str(sorted(answers[2].headers.items())))
    }


def test_who_moves_away_is_gone_unless_their_words_stay(city: City) -> None:
    slug = city.quartier("Clignancourt")
    quiet, heard = city.resident(slug, "discrete"), city.resident(slug, "entendue")
    speak(city, heard, slug)
    for one in (quiet, heard):
        city.move_away(one)

    assert ask(city, "/u/discrete").status_code == 404
    assert ask(city, "/u/entendue").status_code == 200


def test_a_resident_has_no_document_before_the_worker_has_made_the_key(city: City) -> None:
    city.resident(city.quartier("Clignancourt"), "salma")

    assert ask(city, "/u/salma").status_code == 404
    city.work()

    assert ask(city, "/u/salma").status_code == 200


def test_a_closed_account_leaves_a_stone_only_where_it_was_seen(city: City) -> None:
    slug = city.quartier("Clignancourt")
    quiet, heard = city.resident(slug, "discrete"), city.resident(slug, "entendue", name="Louise Etcheverry")
    speak(city, heard, slug)
    for one in (quiet, heard):
        with commit():
            closing.close(db.session.get_one(Account, one.account_id))

    gone = ask(city, "/u/entendue")

    assert ask(city, "/u/discrete").status_code == 404
    assert gone.status_code == 410 and gone.json["type"] == "Tombstone"
    assert "Louise" not in gone.text
    assert "Louise" not in db.session.scalars(select(Actor.outside_name).where(Actor.path == "/u/entendue")).one()


def test_other_servers_are_asked_to_forget_a_closed_account(city: City, clock: Clock) -> None:
    slug = city.quartier("Clignancourt")
    heard, alone = city.resident(slug, "entendue"), city.resident(slug, "seule")
    city.work()
    follow_from_elsewhere(heard.actor_id)

    for one in (heard, alone):
        with commit():
            closing.close(db.session.get_one(Account, one.account_id))
    sent = db.session.scalars(select(Outgoing)).all()
    signs_still = keys.signing_at("/u/entendue").key_id
    clock.forward(days=10)
    keys.forget_retired({})
    keys.forget_all()

    assert [(row.kind, row.sender, json.loads(row.body)["object"]) for row in sent] == [
        ("Delete", "/u/entendue", f"{BASE}/u/entendue")
    ]
    assert signs_still == f"{BASE}/u/entendue#main-key"
    assert db.session.scalars(select(Follow)).all() == []
    with pytest.raises(KeyError):
        keys.signing_at("/u/entendue")


def test_followers_elsewhere_learn_that_a_profile_changed(city: City) -> None:
    salma = city.resident(city.quartier("Clignancourt"), "salma", name="Salma Bennani")
    city.work()
    follow_from_elsewhere(salma.actor_id)

    fields = {"shows_outside": "1", "summary": "Vélos.", "reached_by": "nobody"}
    city.post(salma.browser, "/reglages/dehors", **fields)
    city.work()

    said = json.loads(db.session.scalars(select(Outgoing)).one().body)
    assert said["type"] == "Update" and said["object"]["name"] == "Salma B."
    assert "Vélos" in said["object"]["summary"] and said["object"]["manuallyApprovesFollowers"] is False


def test_the_instance_speaks_as_an_application_that_everybody_may_read(city: City) -> None:
    keyed(city)

    said = ask(city, "/actor", accept="*/*").json

    assert said["type"] == "Application" and said["id"] == f"{BASE}/actor"
    assert said["inbox"] == f"{BASE}/actor/inbox"
    assert len(from_actor(said)) == 2
    assert ask(city, "/actor/outbox").json["totalItems"] == 0


def test_who_follows_and_who_lives_there_are_numbers_at_most(city: City) -> None:
    slug = city.quartier("Clignancourt")
    salma = city.resident(slug, "salma", name="Salma Bennani", shows_outside=True)
    city.resident(slug, "bruno")
    keyed(city)

    followers, residents = ask(city, f"/q/{slug}/followers").json, ask(city, f"/q/{slug}/residents").json
    own = [ask(city, f"/u/{salma.handle}/{name}").json for name in ("followers", "following")]

    assert followers["totalItems"] == 0 and residents["totalItems"] == 2
    for one in (followers, residents, *own):
        assert one["type"] == "OrderedCollection"
        assert not {"orderedItems", "items", "first"} & set(one)


def test_only_moderators_whom_strangers_may_know_are_listed_and_nobody_by_their_home(city: City) -> None:
    slug = city.quartier("Clignancourt")
    city.resident(slug, "discrete", roles_here=("moderator",))
    seen = city.resident(city.quartier("Montmartre"), "entendue")
    neighbour = city.resident(slug, "voisine", roles_here=("moderator",))
    city.give_role(seen, "moderator", slug)
    keyed(city)
    with commit():
        for one in (seen, neighbour):
            outside.choose(db.session.get_one(Account, one.account_id), shows=True)

    listed = ask(city, f"/q/{slug}/moderators").json

    assert listed["orderedItems"] == [f"{BASE}/u/entendue"] and listed["totalItems"] == 1


def test_adjacent_quartiers_are_listed_once_they_are_open(city: City) -> None:
    here, near, pilot = city.quartier("Clignancourt"), city.quartier("Montmartre"), city.quartier("X", state="pilot")
    city.adjoin(here, near)
    city.adjoin(here, pilot)
    keyed(city)

    assert ask(city, f"/q/{here}/adjacent").json["orderedItems"] == [f"{BASE}/q/{near}"]


@pytest.mark.parametrize("path", ["/u/salma", "/q/clignancourt", "/actor"])
def test_a_document_holds_no_word_that_only_neighbours_know(city: City, path: str) -> None:
    slug = city.quartier("Clignancourt")
    salma = city.resident(slug, "salma", name="Salma Bennani", summary="Zibeline", street="rue Ramey")
    write(city, salma, slug, title="Ocarina", text="Pamplemousse")
    keyed(city)

    told = json.dumps(ask(city, path).json)

    assert not [word for word in ("Bennani", "Zibeline", "Ramey", "Ocarina", "Pamplemousse") if word in told]
