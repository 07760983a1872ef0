"""A group passes on what its members do, unchanged, and is believed only about what is its own."""

from __future__ import annotations

import pytest

from federation.documents import Activity, Document
from federation.errors import Ignored
from federation.groups import addressed_groups, announce_activity, announce_object, unwrap
from federation.vocabulary import PUBLIC
from tests.federation.net import ALICE, create_note, note

NOAILLES = "https://marseille.example/q/noailles"
MAZARIN = "https://aix.example/q/mazarin"  # on alice's own server
TWIN = "https://lyon.example/q/twin"


def announced(inner: object, *, by: str) -> Activity:
    wrapped = {"id": f"{by}/announces/1", "type": "Announce", "actor": by, "object": inner}
    return Activity(wrapped, signer=by)


def test_an_activity_is_wrapped_as_it_came():
    came = create_note(odd={"x": [None, 1]}, signature={"type": "RsaSignature2017"})

    wrapped = announce_activity(NOAILLES, came, id=f"{NOAILLES}/a/1")

    assert wrapped["object"] == {name: value for name, value in came.items() if name != "signature"}
    assert "signature" in came
    assert (wrapped["type"], wrapped["actor"], wrapped["audience"]) == ("Announce", NOAILLES, NOAILLES)
    assert (wrapped["to"], wrapped["cc"]) == ([PUBLIC], [f"{NOAILLES}/followers"])


def test_a_new_post_is_announced_a_second_time_by_its_id():
    second = announce_object(NOAILLES, note()["id"], id=f"{NOAILLES}/a/2")

    assert (second["object"], second["audience"]) == (note()["id"], NOAILLES)


def test_what_is_not_public_is_announced_to_nobody_else():
    narrow = announce_activity(NOAILLES, create_note(), id=f"{NOAILLES}/a/1", to=[f"{MAZARIN}/residents"], cc=[])

    assert narrow["to"] == [f"{MAZARIN}/residents"]
    assert "cc" not in narrow
    assert PUBLIC not in str({name: value for name, value in narrow.items() if name != "object"})


def test_a_group_of_the_authors_server_is_believed_about_the_post():
    inner = unwrap(announced(create_note(), by=MAZARIN))

    assert inner is not None
    assert (inner.actor, inner.signer, inner.object.id) == (ALICE, MAZARIN, note()["id"])


def test_a_group_elsewhere_is_believed_about_nothing_but_the_id():
    inner = unwrap(announced(create_note(), by=TWIN))

    assert inner is not None
    assert (inner.object, inner.object_id, inner.signer) == (None, note()["id"], TWIN)


@pytest.mark.parametrize("thing", ["https://aix.example/p/1", note(), [note(), note()], None])
def test_a_boost_is_not_unwrapped(thing):
    assert unwrap(announced(thing, by=TWIN)) is None


def test_an_announce_of_an_announce_is_dropped():
    for kind in ("Announce", ["Create", "Announce"]):
        with pytest.raises(Ignored) as ignored:
            unwrap(announced(create_note(type=kind), by=TWIN))
        assert ignored.value.code == "announce.announce"


@pytest.mark.parametrize(
    "inner",
    [
        create_note(id="https://evil.example/a/1"),
        create_note(object=note("https://evil.example/p/1")),
        create_note(type="Update", object="https://evil.example/p/1"),
    ],
)
def test_an_activity_whose_origins_disagree_is_dropped(inner):
    with pytest.raises(Ignored) as ignored:
        unwrap(announced(inner, by=TWIN))

    assert ignored.value.code == "announce.origins"


@pytest.mark.parametrize("inner", [create_note(actor=None), create_note(object=None), create_note(actor=[ALICE, TWIN])])
def test_half_an_activity_is_dropped(inner):
    with pytest.raises(Ignored):
        unwrap(announced(inner, by=TWIN))


@pytest.mark.parametrize("kind", ["Flag", "Follow", "Accept", "Move", "Offer"])
def test_what_is_between_two_parties_is_not_passed_on(kind):
    with pytest.raises(Ignored):
        unwrap(announced(create_note(type=kind), by=TWIN))


@pytest.mark.parametrize("kind", ["Delete", "Like", "Undo", "Block", "Lock"])
def test_votes_and_acts_of_moderators_come_on_the_groups_word(kind):
    act = {"id": f"{ALICE}/act", "type": kind, "actor": ALICE, "object": "https://paris.example/p/9"}
    inner = unwrap(announced(act, by=TWIN))

    assert inner is not None
    assert (inner.type, inner.signer, inner.object_id) == (kind, TWIN, "https://paris.example/p/9")


def test_a_group_is_addressed_in_any_of_four_ways():
    def found(**fields: object) -> list[str]:
        return addressed_groups(Document(note() | fields), {NOAILLES, MAZARIN}.__contains__)

    assert found(to=[NOAILLES]) == found(cc=NOAILLES) == found(audience={"id": NOAILLES}) == [NOAILLES]
    assert found(tag=[{"type": "Mention", "href": NOAILLES}]) == [NOAILLES]
    assert found(to=[PUBLIC, NOAILLES], audience=MAZARIN) == [MAZARIN, NOAILLES]
    assert found(bto=[NOAILLES]) == found(tag=[{"type": "Hashtag", "href": NOAILLES}]) == []


def test_a_group_named_only_in_the_post_is_addressed_by_its_create():
    activity = Activity(create_note(object=note(audience=NOAILLES)), signer=ALICE)

    assert addressed_groups(activity, NOAILLES.__eq__) == [NOAILLES]
