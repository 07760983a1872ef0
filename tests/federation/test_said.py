"""What we say: activities, collections and NodeInfo, read again by our own reader."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from federation import activities, nodeinfo
from federation.collection import MAX_PAGES, collection, page, walk
from federation.documents import Activity, Document, dump, parse
from federation.errors import NotFound
from federation.vocabulary import AS, CONTEXT, PUBLIC
from tests.federation.net import ALICE, HOME, actor, note

ID = "https://aix.example/a/1"
BOB = f"{HOME}/u/bob"
POST = f"{HOME}/p/1"
BOX = "https://aix.example/u/alice/outbox"


def read(json: dict[str, Any]) -> Activity:
    return Activity.read(dump(json), json["actor"])


def test_create_is_addressed_and_dated_as_its_note():
    said = activities.create(
        note(cc=[BOB], published="2026-05-02T09:00:00Z", **{"@context": CONTEXT}), id=ID, actor=ALICE
    )

    again = read(said)
    assert (again.type, again.audience, again.object.id) == ("Create", [PUBLIC, BOB], note()["id"])
    assert said["published"] == "2026-05-02T09:00:00Z"
    assert said["@context"] == CONTEXT
    assert "@context" not in said["object"]


def test_create_of_what_is_not_public_is_not_public():
    said = activities.create(note(to=[BOB]), id=ID, actor=ALICE)

    assert (said["to"], "cc" in said, PUBLIC in str(said)) == ([BOB], False, False)


def test_update_of_an_actor_is_for_everyone():
    assert read(activities.update(actor(), id=ID, actor=ALICE)).recipients == {PUBLIC}
    assert activities.update(note(to=[BOB]), id=ID, actor=ALICE)["to"] == [BOB]


def test_delete_leaves_a_tombstone_of_a_post_and_nothing_of_an_actor():
    post = activities.delete(note()["id"], "Note", id=ID, actor=ALICE, to=[BOB])

    assert post["object"] == {"id": note()["id"], "type": "Tombstone", "formerType": "Note"}
    assert post["to"] == [BOB]
    assert activities.delete(ALICE, id=ID, actor=ALICE)["object"] == ALICE
    moment = datetime(2026, 5, 2, 9, tzinfo=UTC)
    assert activities.tombstone(POST, deleted=moment) == {
        "id": POST,
        "type": "Tombstone",
        "deleted": "2026-05-02T09:00:00Z",
    }


def test_answers_and_undos_embed_what_they_answer():
    asked = activities.follow(ALICE, id=f"{HOME}/f/1", actor=BOB, instrument=f"{HOME}/peerings/1")
    for said, kind in (
        (activities.accept(asked, id=ID, actor=ALICE), "Accept"),
        (activities.reject(asked, id=ID, actor=ALICE), "Reject"),
        (activities.undo(asked, id=f"{HOME}/f/1/undo"), "Undo"),
    ):
        again = read(said)
        assert (again.type, again.object_id, again.claimed.one("actor")) == (kind, f"{HOME}/f/1", BOB)
    assert asked["instrument"] == f"{HOME}/peerings/1"
    assert activities.accept(asked, id=ID, actor=ALICE)["to"] == [BOB]


@pytest.mark.parametrize(
    ("said", "kind", "target"),
    [
        (activities.like(POST, id=ID, actor=ALICE, to=[BOB]), "Like", None),
        (
            activities.announce(POST, id=ID, actor=ALICE, cc=[BOB], published=datetime(2026, 1, 1, tzinfo=UTC)),
            "Announce",
            None,
        ),
        (activities.flag([POST], id=ID, actor=ALICE, content="insulte"), "Flag", None),
        (activities.block(POST, id=ID, actor=ALICE, target=f"{HOME}/q/n"), "Block", f"{HOME}/q/n"),
        (activities.add(POST, id=ID, actor=ALICE, target=f"{ALICE}/featured"), "Add", f"{ALICE}/featured"),
        (activities.remove(POST, id=ID, actor=ALICE, target=f"{ALICE}/featured"), "Remove", f"{ALICE}/featured"),
    ],
)
def test_each_activity_is_understood_by_its_reader(said, kind, target):
    again = read(said)

    assert (again.type, again.actor, again.object_id, again.target) == (kind, ALICE, POST, target)
    assert None not in said.values()


def test_a_move_names_where_to():
    said = activities.move(id=ID, actor=ALICE, target=BOB, followers=f"{ALICE}/followers")

    assert (said["object"], said["target"], said["to"]) == (ALICE, BOB, [f"{ALICE}/followers"])


def test_a_collection_tells_what_it_is_told_to_tell():
    assert collection(BOX, total=3) == {"@context": AS, "id": BOX, "type": "OrderedCollection", "totalItems": 3}
    assert "totalItems" not in collection(BOX, items=[])
    assert collection(BOX, items=[])["orderedItems"] == []
    assert page(f"{BOX}?page=1", BOX, [ID], next=f"{BOX}?page=2")["next"] == f"{BOX}?page=2"
    assert "next" not in page(f"{BOX}?page=1", BOX, [ID])


class Shelf(dict[str, Any]):
    """Pages by address; counts how often it was asked."""

    asked = 0

    def fetch(self, uri: str) -> Document:
        self.asked += 1
        if uri not in self:
            raise NotFound("absent")
        return Document(self[uri])


def shelf(pages: int) -> Shelf:
    found = Shelf({BOX: collection(BOX, total=pages, first=f"{BOX}?page=1")})
    for turn in range(1, pages + 1):
        following = f"{BOX}?page={turn + 1}" if turn < pages else None
        found[f"{BOX}?page={turn}"] = page(f"{BOX}?page={turn}", BOX, [f"{BOX}/{turn}"], next=following)
    return found


def test_a_collection_is_walked_page_by_page_up_to_a_limit():
    assert list(walk(shelf(3).fetch, BOX)) == [f"{BOX}/1", f"{BOX}/2", f"{BOX}/3"]
    assert len(list(walk(shelf(50).fetch, BOX))) == MAX_PAGES
    assert list(walk(shelf(50).fetch, BOX, pages=2)) == [f"{BOX}/1", f"{BOX}/2"]
    assert list(walk(shelf(50).fetch, BOX, items=1)) == [f"{BOX}/1"]


def test_a_collection_that_turns_in_circles_or_leads_away_ends():
    circle = shelf(2)
    circle[f"{BOX}?page=2"]["next"] = f"{BOX}?page=1"
    assert len(list(walk(circle.fetch, BOX))) == 2

    away = shelf(1)
    away[f"{BOX}?page=1"]["next"] = "https://evil.example/page"
    assert list(walk(away.fetch, BOX)) == [f"{BOX}/1"]
    assert away.asked == 2


def test_items_and_pages_may_be_embedded():
    inside = Shelf(
        {BOX: {"id": BOX, "type": "Collection", "first": {"type": "CollectionPage", "items": [ID, note(), 7]}}}
    )
    alone = Shelf({BOX: {"id": BOX, "type": "OrderedCollection", "orderedItems": ID}})

    assert list(walk(inside.fetch, BOX)) == [ID, note()]
    assert list(walk(alone.fetch, BOX)) == [ID]
    assert list(walk(Shelf({BOX: note()}).fetch, BOX)) == []


def test_nodeinfo_tells_the_software_and_only_the_figures_given():
    said = nodeinfo.document(
        "2.1", software="quartier-libre", software_version="1.0", users={}, open_registrations=True
    )

    assert (said["version"], said["software"]["name"], said["usage"]) == ("2.1", "quartier-libre", {"users": {}})
    assert parse(dump(said))["protocols"] == ["activitypub"]
    more = nodeinfo.document(
        "2.1", software="q", software_version="1", users={"total": 3}, open_registrations=False, posts=9, repository="https://x/"
    )  # fmt: skip
    assert (more["usage"], more["software"]["repository"]) == ({"users": {"total": 3}, "localPosts": 9}, "https://x/")
    for version, name in (("3.0", "q"), ("2.0", "Quartier Libre")):
        with pytest.raises(ValueError, match="nodeinfo"):
            nodeinfo.document(version, software=name, software_version="1", users={}, open_registrations=True)


def test_nodeinfo_is_found_with_the_instance_actor():
    links = nodeinfo.links(HOME, f"{HOME}/actor")["links"]

    assert [link["href"] for link in links] == [f"{HOME}/nodeinfo/2.1", f"{HOME}/nodeinfo/2.0", f"{HOME}/actor"]
    assert len(nodeinfo.links(HOME)["links"]) == 2
