"""Group follows Group (FEP-d36d): asked, answered and ended by moderators of two cities; and the kill switch."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select

from instance.accounts.models import Follow
from instance.core import clock as city_clock
from instance.core.db import commit, db
from instance.notifications.models import Notification
from instance.partners import passages_wire
from instance.partners.models import Agreement
from instance.quartiers.models import Passage
from tests.city import City
from tests.instance.partners.border import Border
from tests.support.partner import PartnerCity, is_proved, sign_agreement, stamp
from tests.support.peer import ForeignServer, Json

OPEN, ASKED, INVITED, NEW, REFUSED = ("joined", True), ("asked", False), ("invited", False), ("new", False), (
    "refused", False,
)  # fmt: skip


@pytest.fixture
def border(city: City, partner: PartnerCity) -> Border:
    return Border(city, partner)


@pytest.fixture
def joined(city: City, partner: PartnerCity) -> Border:
    return Border(city, partner, state="joined")


def test_a_moderator_proposes_and_the_other_side_says_yes_by_accepting_and_following_back(border: Border) -> None:
    assert border.press("proposer") == 303
    (follow,) = border.hears("Follow")
    agreement = db.session.scalars(select(Agreement.uri)).one()
    assert (follow["actor"], follow["object"], follow["instrument"]) == (border.group, border.villette.uri, agreement)
    assert (border.stands, border.adjacent()) == (ASKED, [])

    theirs = border.villette.follow(border.group)
    border.says(border.villette.accept(follow))
    assert border.stands == ASKED
    border.says(theirs)

    assert (border.stands, border.adjacent()) == (OPEN, [border.villette.uri])
    (accept,) = border.hears("Accept")
    assert (accept["actor"], accept["object"]["id"]) == (border.group, theirs["id"])
    (add,) = border.hears("Add")
    assert (add["object"], add["target"]) == (border.villette.uri, f"{border.group}/adjacent")
    assert "Ouvert" in border.page()


def test_who_is_asked_waits_for_a_moderator_who_says_yes(border: Border) -> None:
    follow = border.villette.follow(border.group)

    border.says(follow)

    assert (border.stands, border.hears("Accept"), border.hears("Follow")) == (INVITED, [], [])
    told = db.session.scalars(select(Notification.kind).where(Notification.account_id == border.mo.account_id)).all()
    assert "passage" in told
    assert "Accepter l’échange avec Villette" in border.page()
    border.press("proposer")
    (back,) = border.hears("Follow")
    assert border.hears("Accept")[0]["object"]["id"] == follow["id"]
    assert border.stands == ASKED
    border.says(border.villette.accept(back))
    assert border.stands == OPEN


def test_every_order_and_every_repetition_comes_to_the_same(border: Border) -> None:
    for order in itertools.permutations(("accept", "follow", "follow again")):
        border.press("proposer")
        asked = border.hears("Follow")[-1]
        theirs = border.villette.follow(border.group)
        again = border.villette.follow(border.group)
        said = {"accept": border.villette.accept(asked), "follow": theirs, "follow again": again}
        for name in order:
            border.says(said[name])
        border.says(border.villette.accept(asked))
        assert (border.stands, border.follows()) == (OPEN, {("we", "accepted"), ("they", "accepted")}), order
        border.press("quitter")
        assert (border.stands, border.follows()) == (NEW, set())


def test_a_follow_that_came_before_the_agreement_is_an_invitation_under_it(city: City, partner: PartnerCity) -> None:
    border = Border(city, partner)
    with commit():
        db.session.delete(db.session.scalars(select(Passage)).one())
    border.says(border.villette.follow(border.group))
    assert border.follows() == {("they", "pending")}

    border.passage_id = sign_agreement(city, partner, border.slug, border.villette, state="new").id
    border.change_agreement()

    assert border.stands == INVITED


def test_a_no_is_told_and_closes_nothing_for_ever(border: Border) -> None:
    border.press("proposer")
    border.says(border.villette.reject(border.hears("Follow")[0]))
    assert (border.stands, border.follows()) == (REFUSED, set())

    border.says(border.villette.follow(border.group))
    assert border.stands == INVITED
    border.press("refuser")

    assert (border.stands, border.follows()) == (REFUSED, set())
    assert border.hears("Reject")[0]["actor"] == border.group
    assert "Proposer un échange à Villette" in border.page()


def test_a_late_answer_to_an_earlier_question_is_none_to_the_next(border: Border) -> None:
    border.press("proposer")
    first = border.hears("Follow")[0]
    border.press("quitter")
    border.press("proposer")

    assert border.says(border.villette.reject(first)) == "follow.unasked"
    assert border.says(border.villette.undo(first | {"actor": border.villette.uri})) in {"kept", "undo.stranger"}

    assert (border.stands, border.follows()) == (ASKED, {("we", "pending")})


def test_their_undo_closes_at_once_and_ours_follows(joined: Border) -> None:
    undone = joined.villette.undo(joined.villette.follow(joined.group) | {"id": _their_follow()})

    joined.says(undone)

    assert (joined.stands, joined.follows(), joined.adjacent()) == (NEW, set(), [])
    assert [one["object"]["type"] for one in joined.hears("Undo")] == ["Follow"]
    assert joined.hears("Remove")[0]["object"] == joined.villette.uri


def _their_follow() -> str:
    found = [uri for uri in db.session.scalars(select(Follow.uri)) if uri and "/activities/" in uri]
    db.session.rollback()
    return found[0]


def test_a_group_that_is_gone_is_adjacent_no_more(joined: Border) -> None:
    joined.partner.server.take_away(joined.villette.uri)

    assert joined.says(joined.villette.delete(joined.villette.uri)) == "kept"

    assert (joined.stands, joined.follows(), joined.adjacent()) == (NEW, set(), [])


def test_leaving_asks_first_and_then_ends_both_follows(joined: Border) -> None:
    asked = joined.city.get(joined.mo.browser, f"/moderation/voisins/{joined.passage_id}/quitter")
    assert (joined.stands, "Arrêter l’échange entre Clignancourt et Villette" in asked.text) == (OPEN, True)

    joined.press("quitter")

    assert (joined.stands, joined.follows()) == (NEW, set())
    assert [len(joined.hears(kind)) for kind in ("Undo", "Reject")] == [1, 1]


def test_only_moderators_of_the_quartier_and_admins_settle_it(border: Border) -> None:
    city, other = border.city, border.city.quartier("Goutte-d'Or")
    stranger = city.resident(other, "elsewhere", roles_here=("moderator",))

    for path in (f"{border.passage_id}/proposer", f"{border.passage_id}/refuser", f"{border.passage_id}/quitter",
                 f"quartier/{border.slug}/couper", f"quartier/{border.slug}/rouvrir",
                 f"quartier/{border.slug}/faire-suivre", "12/quitter"):  # fmt: skip
        for someone in (border.sam, stranger, city.visitor()):
            answer = city.post(someone.browser, f"/moderation/voisins/{path}")
            assert answer.status_code == 404, (path, someone.handle)
    assert (border.stands, border.quartier().is_shut, border.quartier().carries) == (NEW, False, False)
    assert city.get(border.sam.browser, "/moderation/voisins").status_code == 404
    assert "Villette" not in border.page(stranger)

    admin = city.admin()
    assert "Villette" in border.page(admin)
    assert border.press("proposer", admin) == 303
    assert border.stands == ASKED


def test_nothing_is_proposed_without_an_agreement_in_force(border: Border) -> None:
    border.change_agreement(is_shut_there=True)

    border.press("proposer")

    assert (border.stands, border.hears("Follow")) == (NEW, [])
    assert "Proposer" not in border.page()


def test_the_agreement_opens_and_closes_what_was_joined(joined: Border) -> None:
    changes: list[Json] = [{"is_shut_here": True}, {"is_shut_there": True}, {"audiences": ["group"]}, {"pairs": []}]
    for closed in changes:
        before = {name: getattr(db.session.scalars(select(Agreement)).one(), name) for name in closed}
        joined.change_agreement(**closed)
        assert (joined.stands, joined.adjacent()) == (("joined", False), []), closed
        joined.change_agreement(**before)
        assert (joined.stands, joined.adjacent()) == (OPEN, [joined.villette.uri]), closed
    assert len(joined.hears("Add")) == len(joined.hears("Remove")) == 4

    joined.change_agreement(state="ended")

    assert (joined.stands, joined.follows()) == (NEW, set())


def test_it_is_over_with_the_agreement_even_if_nobody_runs(joined: Border) -> None:
    with commit():
        db.session.scalars(select(Passage)).one().until = city_clock.now() - timedelta(seconds=1)

    assert joined.adjacent() == []


def test_another_group_waits_for_a_yes_and_is_listed(border: Border, farther: ForeignServer) -> None:
    lemmy, piefed = farther.actor("jardins", "Group"), farther.actor("velos", "Group")
    for group in (lemmy, piefed):
        border.says(group.follow(border.group), group)
    shown = border.page()
    assert ("Jardins" in shown, "Velos" in shown, farther.received) == (True, True, [])
    paths = sorted(part.split('"')[0] for part in shown.split('action="') if part.startswith("/moderation/voisins/dem"))

    outsider = border.city.post(border.sam.browser, paths[0])
    for path in (paths[0], paths[3]):
        border.city.post(border.mo.browser, path)
    border.city.work()

    assert outsider.status_code == 404
    assert [one["type"] for one in farther.inbox_of(lemmy)] == ["Accept"]
    assert [one["type"] for one in farther.inbox_of(piefed)] == ["Reject"]
    assert "Jardins" not in border.page()
    assert border.city.post(border.mo.browser, paths[0]).status_code == 404


def test_the_kill_switch_closes_all_tells_the_other_city_and_opens_again(joined: Border) -> None:
    second = joined.partner.group("Stalingrad")
    sign_agreement(joined.city, joined.partner, joined.slug, second)
    assert "Couper les échanges" in joined.city.get(
        joined.mo.browser, f"/moderation/voisins/quartier/{joined.slug}/couper"
    ).text  # fmt: skip
    assert len(joined.adjacent()) == 2

    joined.switch("couper")

    assert (joined.stands, joined.adjacent()) == (("joined", False), [])
    (said,) = joined.partner.heard("Update")
    agreement = db.session.scalars(select(Agreement.uri)).one()
    assert (said["actor"], said["object"]["id"], said["object"]["ql:shut"]) == (joined.ours, agreement, [joined.group])
    application = joined.city.browser().get("/actor", headers={"accept": "application/activity+json"})
    assert is_proved(said, application.get_json(force=True))
    assert "Échanges coupés" in joined.page()
    joined.press("proposer")
    assert joined.stands == ("joined", False)

    joined.switch("rouvrir", joined.city.admin())

    assert (joined.stands, len(joined.adjacent())) == (OPEN, 2)
    assert [one["object"]["ql:shut"] for one in joined.partner.heard("Update")] == [[joined.group], []]


def shut_there(border: Border, uris: list[str], later_s: int = 0, **faults: str) -> Json:
    agreement = db.session.scalars(select(Agreement.uri)).one()
    thing = {"type": ["Agreement", "ql:Peering"], "id": agreement, "ql:shut": uris}
    moment = stamp(border.partner.server.now() + timedelta(seconds=later_s))
    made = border.partner.application.activity("Update", thing, updated=moment)
    return border.partner.prove(made, **faults)


def test_their_kill_switch_closes_ours_and_older_or_unproved_words_do_not_count(joined: Border) -> None:
    def hear(said: Json) -> str:
        return joined.says(said, joined.partner.application)

    older, unproved = shut_there(joined, [], -60), shut_there(joined, [joined.villette.uri])
    unproved.pop("proof")
    assert hear(unproved) != "kept"
    assert joined.stands == OPEN

    assert hear(shut_there(joined, [joined.villette.uri])) == "kept"
    assert hear(older) == "kept"
    assert joined.stands == ("joined", False)
    assert "Coupé par l’autre quartier" in joined.page()
    assert hear(shut_there(joined, [], 5)) == "kept"
    assert joined.stands == OPEN


def test_the_lists_of_both_sides_are_compared_once_a_day_and_a_difference_is_shown(joined: Border) -> None:
    server, address = joined.partner.server, joined.villette.document["adjacent"]
    path = address.removeprefix(server.base_url)

    def compare(items: list[str]) -> bool:
        server.put(path, {"id": address, "type": "OrderedCollection", "first": f"{address}/1"})
        server.put(f"{path}/1", {"id": f"{address}/1", "type": "OrderedCollectionPage", "orderedItems": items})
        passages_wire.order_comparisons({})
        joined.city.work()
        return "L’autre ville annonce autre chose" in joined.page()

    assert compare([]) is True
    assert compare(["https://x.example/q/a", joined.group]) is False
    joined.switch("couper")
    assert compare([joined.group]) is True
    assert server.fetches(f"{path}/1") == 3


def test_what_they_say_of_their_list_is_compared_and_changes_nothing(joined: Border) -> None:
    target = f"{joined.villette.uri}/adjacent"
    remove = joined.villette.activity("Remove", joined.group, target=target)

    assert joined.says(remove) == "kept"
    assert (joined.stands, "annonce autre chose" in joined.page()) == (OPEN, True)
    assert joined.says(joined.villette.activity("Add", joined.group, target=target)) == "kept"
    assert "annonce autre chose" not in joined.page()
    assert (
        joined.says(joined.villette.activity("Add", joined.group, target=f"{joined.villette.uri}/featured"))
        == "featured"
    )
    person = joined.partner.person("bob")
    assert joined.says(person.activity("Add", joined.group, target=target), person) == "featured"
