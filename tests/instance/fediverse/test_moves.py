"""People who go on elsewhere: their followers here are led on, once both accounts say the same."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from instance.accounts import follows, moves_out, remote
from instance.accounts.models import Account, Actor, Follow, RemoteActor
from instance.core.db import commit, db
from instance.core.errors import Invalid
from instance.peers.models import Tombstone
from tests.instance.fediverse.conftest import Wire
from tests.instance.fediverse.wire import ask
from tests.support.peer import PUBLIC, ForeignActor, ForeignServer


@pytest.fixture
def ada(wire: Wire, elsewhere: ForeignServer) -> ForeignActor:
    """Somebody elsewhere whom Sam follows."""
    ada = elsewhere.actor("ada")
    be_followed(wire, ada)
    return ada


def be_followed(wire: Wire, actor: ForeignActor) -> None:
    wire.known(actor)
    with commit():
        sam = db.session.get_one(Actor, wire.sam.actor_id)
        row = db.session.scalars(select(Actor).where(Actor.uri == actor.uri)).one()
        follows.accept(follows.follow(sam, row))
    wire.city.work()


def said(server: ForeignServer) -> list[tuple[str, str]]:
    """Type and object of what came to `server`."""
    return [(one.json["type"], remote_object(one.json)) for one in server.received]


def remote_object(activity: dict[str, Any]) -> str:
    inner = activity["object"]
    return str(inner.get("object", inner.get("id"))) if isinstance(inner, dict) else str(inner)


def test_followers_are_led_to_the_new_account(
    wire: Wire, ada: ForeignActor, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    new = farther.actor("ada", alsoKnownAs=[ada.uri])
    ada.describe(movedTo=new.uri)

    wire.say(ada, ada.move(new.uri))

    assert (wire.follow(wire.sam_uri, ada.uri), wire.follow(wire.sam_uri, new.uri)) == (None, "pending")
    assert said(farther) == [("Follow", new.uri)]
    assert said(elsewhere)[-1] == ("Undo", ada.uri)


@pytest.mark.parametrize("lack", ["the new one does not know the old", "the old one does not name the new"])
def test_a_move_counts_only_if_both_accounts_say_so(
    wire: Wire, ada: ForeignActor, farther: ForeignServer, lack: str
) -> None:
    new = farther.actor("ada", alsoKnownAs=None if lack.startswith("the new") else [ada.uri])
    if lack.startswith("the new"):
        ada.describe(movedTo=new.uri)

    wire.say(ada, ada.move(new.uri))

    assert wire.follow(wire.sam_uri, ada.uri) == "accepted"
    assert said(farther) == []


def test_a_second_move_within_thirty_days_is_not_followed(
    wire: Wire, ada: ForeignActor, farther: ForeignServer, clock: Any
) -> None:
    first, second = (farther.actor(name, alsoKnownAs=[ada.uri]) for name in ("one", "two"))
    ada.describe(movedTo=first.uri)
    wire.say(ada, ada.move(first.uri))
    be_followed(wire, ada)
    ada.describe(movedTo=second.uri)

    wire.say(ada, ada.move(second.uri))
    soon = wire.follow(wire.sam_uri, ada.uri)
    clock.forward(days=31)
    wire.say(ada, ada.move(second.uri))

    assert soon == "accepted"
    assert (wire.follow(wire.sam_uri, ada.uri), wire.follow(wire.sam_uri, second.uri)) == (None, "pending")


def test_somebody_may_move_in_here(wire: Wire, elsewhere: ForeignServer, farther: ForeignServer) -> None:
    ada, bea = elsewhere.actor("ada"), wire.city.resident(wire.slug, "bea")
    be_followed(wire, ada)
    wire.wish(bea, also_known_as=ada.uri)
    ada.describe(movedTo=wire.uri(bea))

    wire.say(ada, ada.move(wire.uri(bea)))

    assert wire.follow(wire.sam_uri, wire.uri(bea)) == "pending"


def test_a_resident_sends_followers_to_an_account_that_names_this_one(
    wire: Wire, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    ada, new = elsewhere.actor("ada"), farther.actor("sam", alsoKnownAs=[wire.sam_uri])
    wire.wish(wire.sam, approves_followers=False)
    wire.say(ada, ada.follow(wire.sam_uri))

    moved = moves_out.move(db.session.get_one(Account, wire.sam.account_id), f"@{new.acct}")
    wire.city.work()
    account = db.session.get_one(Account, wire.sam.account_id)

    assert (moved.uri, account.moved_to) == (new.uri, new.uri)
    move = elsewhere.received[-1].json
    assert (move["type"], move["object"], move["target"]) == ("Move", wire.sam_uri, new.uri)
    with pytest.raises(Invalid, match=r"30\sjours"):
        moves_out.move(account, new.uri)


def test_a_resident_cannot_move_to_who_does_not_know_them(wire: Wire, farther: ForeignServer) -> None:
    other = farther.actor("sam")

    with pytest.raises(Invalid) as refusal:
        moves_out.move(db.session.get_one(Account, wire.sam.account_id), other.uri)

    assert refusal.value.code == "move.alias"
    assert db.session.get_one(Account, wire.sam.account_id).moved_to is None


def test_former_accounts_are_looked_up_and_kept_by_address(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")

    moves_out.set_former(db.session.get_one(Account, wire.sam.account_id), f"@{ada.acct}\n")

    assert db.session.get_one(Account, wire.sam.account_id).also_known_as == ada.uri


def test_a_visitor_is_known_elsewhere_by_a_bare_name_while_they_say_where_they_come_from(
    wire: Wire, elsewhere: ForeignServer
) -> None:
    ada, new = elsewhere.actor("ada"), wire.city.visitor("nouvelle", name="Ada Berger")
    before = ask(wire.city, "/u/nouvelle")

    moves_out.set_former(db.session.get_one(Account, new.account_id), ada.uri)
    wire.city.work()
    during = ask(wire.city, "/u/nouvelle").json
    page = wire.city.get(wire.city.browser(), "/u/nouvelle")
    moves_out.set_former(db.session.get_one(Account, new.account_id), "")
    after = ask(wire.city, "/u/nouvelle")

    assert (during["name"], during["alsoKnownAs"]) == ("nouvelle", [ada.uri])
    assert "summary" not in during
    assert (before.status_code, page.status_code, after.status_code) == (404, 404, 404)


def test_a_visitor_who_shows_their_profile_gets_a_key_for_it(wire: Wire) -> None:
    new = wire.city.visitor("nouvelle", name="Ada Berger")

    wire.city.post(new.browser, "/reglages/dehors", shows_outside="1", reached_by="anyone")
    wire.city.work()

    shown = ask(wire.city, "/u/nouvelle").json
    assert shown["name"] == "Ada B."
    assert "publicKeyPem" in shown["publicKey"]


def test_an_update_fetches_the_actor_anew_with_a_clean_name(wire: Wire, ada: ForeignActor) -> None:
    ada.describe(name="Ada ✅ :verified: \u202eevil", summary='<p onclick="x()">Bonjour</p><script>1</script>')

    wire.say(ada, ada.update(ada.document | {"name": "not what my server says"}))

    row = remote.find(ada.uri)
    assert row is not None
    assert row.shown_name == "Ada evil"
    assert remote.row(row.id).summary == "<p>Bonjour</p>"


def test_a_new_key_counts_and_the_old_one_ends(wire: Wire, ada: ForeignActor, clock: Any) -> None:
    old = ada.key
    ada.new_key()
    wire.say(ada, ada.update(ada.document), private=old.private)

    with_new = wire.say(ada, ada.follow(wire.group))
    with_old = wire.say(ada, ada.follow(wire.group), private=old.private)

    assert (with_new, with_old) == (202, 401)


def test_a_deleted_actor_is_forgotten_once_its_address_says_so(wire: Wire, ada: ForeignActor) -> None:
    mention = {"type": "Mention", "href": wire.sam_uri}
    wire.say(ada, ada.create(ada.note("Bonjour", to=[PUBLIC], cc=[wire.sam_uri], tag=[mention])))
    delete = ada.delete(ada.uri)
    wire.say(ada, delete)
    before = wire.follow(wire.sam_uri, ada.uri)
    ada.server.take_away(ada.uri)

    wire.say(ada, ada.delete(ada.uri))

    row = remote.find(ada.uri)
    assert row is not None
    assert before == "accepted"
    assert wire.follow(wire.sam_uri, ada.uri) is None
    assert (remote.row(row.id).keys, row.shown_name) == ([], "Compte supprimé")
    assert db.session.get(Tombstone, ada.uri) is not None
    assert db.session.scalars(select(Follow.id)).all() == []


def test_the_farewell_of_somebody_unknown_is_answered_and_fetches_nothing(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    elsewhere.take_away(ada.uri)

    assert wire.say(ada, ada.delete(ada.uri)) == 202
    assert elsewhere.fetched == []


def test_a_name_under_another_host_stands_only_if_that_host_confirms_it(
    wire: Wire, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    split, liar = elsewhere.actor("split"), elsewhere.actor("liar")
    farther.handles[f"split@{farther.host}"] = split.uri
    for actor, name in ((split, "split"), (liar, "liar")):
        elsewhere.subjects[actor.uri] = f"{name}@{farther.host}"

    hosts = [wire.known(actor).host for actor in (split, liar)]
    wire.city.work()
    hosts = [wire.known(actor).host for actor in (split, liar)]

    assert hosts == [farther.host, elsewhere.host]


def test_a_document_that_is_no_usable_actor_is_not_kept(
    wire: Wire, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    strange = [
        elsewhere.actor("a", inbox=f"{farther.base_url}/inbox"),
        elsewhere.actor("b", "Note"),
        elsewhere.actor("c", preferredUsername="a b"),
    ]
    for actor in strange:
        follow = actor.follow(wire.group)
        assert wire.say(actor, follow) in {401, 403, 400, 422}

    assert db.session.scalars(select(RemoteActor.actor_id)).all() == []


def test_an_eleventh_new_server_of_one_domain_in_a_day_is_not_met(wire: Wire) -> None:
    from federation.documents import Document
    from federation.errors import Refused

    def document(host: str) -> Document:
        uri = f"https://{host}/users/x"
        return Document({"id": uri, "type": "Person", "preferredUsername": "x", "inbox": f"{uri}/inbox"})

    with commit():
        for number in range(10):
            remote.store(document(f"s{number}.wild.example"))
        remote.store(document("s.tame.example"))
    with pytest.raises(Refused), commit():
        remote.store(document("s10.wild.example"))
    with commit():
        remote.store(
            Document(
                document("s3.wild.example").json
                | {"id": "https://s3.wild.example/users/y", "inbox": "https://s3.wild.example/i"}
            )
        )

    assert remote.find("https://s10.wild.example/users/x") is None
