"""Words from a neighbour quartier of another city: on the walls they touch, answered, gone with the passage."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instance.accounts.models import Account, Actor
from instance.core.db import commit, db
from instance.media.models import Media
from instance.notifications import from_outside
from instance.notifications.models import Notification
from instance.partners.models import Claim
from instance.posts.facts import PostReceived
from instance.posts.models import Post, PostCircle, WallEntry
from tests.city import City, Someone
from tests.instance.posts.far import Border, known, sign_agreement
from tests.instance.posts.writing import answer, write
from tests.mastodon.conftest import Programs
from tests.support.partner import PartnerCity
from tests.support.peer import ForeignActor, ForeignServer, Json


@pytest.fixture
def border(city: City, elsewhere: ForeignServer) -> Border:
    return Border(city, elsewhere)


def reply_to(border: Border, uri: str, words: str, author: ForeignActor | None = None, **members: object) -> Json:
    """An answer of Yuna's to words of ours, as her city signs it."""
    note = border.note(words, author, **({"inReplyTo": uri, "audience": border.group_uri, "name": None} | members))
    return border.partner.prove(border.said(note, author))


def ours(border: Border, post: int) -> str:
    return f"{border.base_url}/p/{post}"


def notices(someone: Someone) -> list[str]:
    mine = (Notification.account_id == someone.account_id) & Notification.post_id.is_not(None)
    found = list(db.session.scalars(select(Notification.kind).where(mine)))
    db.session.rollback()
    return found


def test_it_stands_on_the_walls_of_the_quartiers_that_it_names_and_is_told_to_nobody(border: Border) -> None:
    city = border.city
    apart = city.quartier("Bercy")
    sign_agreement(city, border.partner, apart, border.villette)
    stranger = city.resident(apart)

    post = border.receive("Chatte perdue")

    row = db.session.get_one(Post, post)
    assert (row.scope, row.is_public, row.group_id) == ("neighbours", False, row.from_id)
    assert db.session.get_one(Actor, row.group_id or 0).uri == border.villette.uri
    assert [one.reason for one in db.session.query(WallEntry).filter_by(post_id=post)] == ["far"]
    assert "Chatte perdue" in border.wall(border.sam)
    assert "Chatte perdue" in city.get(border.sam.browser, f"/p/{post}").text
    assert city.get(stranger.browser, f"/p/{post}").status_code == 404
    assert city.get(city.browser(), f"/p/{post}").status_code == 404
    assert notices(border.sam) == []


def test_one_letter_for_two_quartiers_here_stands_on_both_walls_once(border: Border) -> None:
    city, second = border.city, border.city.quartier("Goutte-d'Or")
    sign_agreement(city, border.partner, second, border.villette)
    fatou = city.resident(second)
    to = [
        f"{border.villette.uri}/residents",
        f"{border.group_uri}/residents",
        f"{border.base_url}/q/{second}/residents",
    ]
    note = border.note("Chatte perdue", to=to)

    assert border.comes(border.announce(border.said(note), to=to)) == "kept"
    assert border.comes(border.announce(border.said(note), to=to)) == "kept"

    assert db.session.query(Post).count() == 1
    assert "Chatte perdue" in border.wall(border.sam)
    assert "Chatte perdue" in city.get(fatou.browser, f"/q/{second}").text


def test_lost_there_is_lost_here_and_found_when_its_author_says_so(border: Border) -> None:
    note = border.note("Perdu / trouvé : Chatte grise", **{"ql:kind": "lost", "ql:state": "open", "ql:where": "Jaurès"})
    border.comes(border.announce(border.said(note)))
    post = border.post_at(note["id"])
    lost = border.wall(border.sam)

    turned = note | {"ql:state": "found", "name": "Retrouvé : Chatte grise"}
    assert border.comes(border.announce(border.said(turned, kind="Update"))) == "kept"

    found = border.wall(border.sam)
    assert "Perdu / trouvé" in lost
    assert all(word in lost for word in ("Jaurès", ">Chatte grise<"))
    assert "c’est retrouvé" in found
    assert "modifié" not in found
    said = Programs(border.city).of(border.sam).get(f"/api/v1/statuses/{post}").json
    assert (said["quartier"]["kind"], said["quartier"]["state"]) == ("lost", "found")
    assert (said["visibility"], said["quartier"]["audience"]) == ("private", "voisins")


def test_an_edit_keeps_the_old_words_and_a_deletion_none(border: Border) -> None:
    note = border.note("Chatte perdue")
    border.comes(border.announce(border.said(note)))
    post = border.post_at(note["id"])

    changed = note | {"content": "<p>Grise et blanche</p>", "updated": border.partner.server.now().isoformat()}
    border.comes(border.announce(border.said(changed, kind="Update")))
    page = border.city.get(border.sam.browser, f"/p/{post}").text
    gone = border.yuna.activity("Delete", {"id": note["id"], "type": "Tombstone"}, to=note["to"])
    assert border.comes(border.announce(gone)) == "kept"

    assert "Grise et blanche" in page
    assert "modifié" in page
    row = db.session.get_one(Post, post)
    assert (row.deleted_at is not None, row.text, row.title) == (True, "", "")
    assert border.comes(border.announce(border.said(note))) == "post.deleted"


def test_an_answer_from_there_is_told_to_who_is_answered_and_passed_on_to_the_third_city(
    border: Border, farther: ForeignServer
) -> None:
    city, third = border.city, PartnerCity(farther, "instance C")
    pantin = third.group("Pantin")
    sign_agreement(city, third, border.slug, pantin)
    post = write(city, border.sam, border.slug, title="Chatte perdue", scope="neighbours")
    city.work()

    said = reply_to(border, ours(border, post), "Vue à Jaurès")
    assert border.comes(said, border.yuna, to=f"{border.group_uri}/inbox") == "kept"

    assert notices(border.sam) == ["reply"]
    assert "Vue à Jaurès" in city.get(border.sam.browser, f"/p/{post}").text
    passed_on = [one.json for one in farther.received if pantin.inbox.endswith(one.path)][-1]
    assert (passed_on["type"], passed_on["actor"], passed_on["object"]) == ("Announce", border.group_uri, said)
    assert f"{pantin.uri}/residents" in passed_on["to"]
    assert len(border.heard()) == 1, "nothing goes back to the city it came from"

    gone = border.partner.prove(
        border.yuna.activity("Delete", {"id": said["object"]["id"], "type": "Tombstone"}, to=said["to"])
    )
    assert border.comes(gone, border.yuna) == "kept"
    assert "Vue à Jaurès" not in city.get(border.sam.browser, f"/p/{post}").text
    assert [one.json["object"] for one in farther.received][-1] == gone


@pytest.mark.parametrize("wish", ["followed", "nobody"])
def test_who_hears_of_nobody_outside_hears_of_neighbours_as_long_as_their_city_vouches_for_them(
    wish: str, border: Border
) -> None:
    with commit():
        db.session.get_one(Account, border.sam.account_id).reached_by = wish
    post = write(border.city, border.sam, border.slug, title="Chatte perdue", scope="neighbours")
    border.city.work()

    said = reply_to(border, ours(border, post), "Vue à Jaurès")
    assert border.comes(said, border.yuna, to=f"{border.group_uri}/inbox") == "kept"
    told = notices(border.sam)
    with commit():
        db.session.query(Notification).delete()
        db.session.query(Post).filter_by(uri=said["object"]["id"]).one().from_id = None  # revoked meanwhile
        db.session.flush()
        from_outside.tell_received([PostReceived(number_at(said))])

    assert told == ["reply"]
    assert notices(border.sam) == []


def number_at(said: Json) -> int:
    return db.session.scalars(select(Post.id).where(Post.uri == said["object"]["id"])).one()


def test_an_answer_of_a_third_city_counts_by_the_proof_of_that_city(border: Border, farther: ForeignServer) -> None:
    third = PartnerCity(farther, "instance C")
    zoe = third.person("zoe")
    root = border.receive("Chatte perdue")
    uri = db.session.get_one(Post, root).uri
    far_group = third.group("Pantin")
    note = border.note(
        "Vue à Pantin", zoe, inReplyTo=uri, name=None, **{"ql:from": far_group.uri},
        to=[f"{far_group.uri}/residents", f"{border.villette.uri}/residents"],
    )  # fmt: skip
    bare = border.said(note, zoe)

    unproved = border.comes(border.announce(bare))
    forged = border.comes(
        border.villette.activity("Announce", border.partner.prove(bare), to=[f"{border.group_uri}/residents"])
    )
    proved = border.comes(border.villette.activity("Announce", third.prove(bare), to=[f"{border.group_uri}/residents"]))

    assert (unproved, forged, proved) == ("proof.absent", "proof.absent", "kept")
    assert db.session.query(Post).filter_by(uri=note["id"]).one().from_id is None, "no claim: its city's name alone"
    assert "Vue à Pantin" in border.city.get(border.sam.browser, f"/p/{root}").text


def test_words_kept_in_the_quartier_under_theirs_can_be_answered_in_the_quartier_alone(border: Border) -> None:
    city, bruno = border.city, border.city.resident(border.slug)
    root = border.receive("Chatte perdue")

    first = answer(city, border.sam, root, "Entre nous", scope="quartier")
    answer(city, bruno, first, "Oui", scope="quartier")
    wider = city.post(bruno.browser, f"/p/{first}/repondre", text="Non", act="send", scope="neighbours", confirmed="1")
    city.work()

    assert wider.status_code == 422
    assert border.partner.server.received == []


def test_a_suspension_hides_old_copies_everywhere_and_the_end_of_it_brings_them_back(border: Border) -> None:
    city, sam = border.city, border.sam
    root = border.receive("Chatte perdue")
    mine = write(city, sam, border.slug, title="Vélo prêté", scope="neighbours")
    city.work()
    border.comes(reply_to(border, ours(border, mine), "Vue à Jaurès"), border.yuna)
    reply = answer(city, sam, root, "Vue square Léon", scope="neighbours")
    bruno = city.resident(border.slug)
    api = Programs(city).of(sam)

    def seen() -> tuple[object, ...]:
        home = api.get("/api/v1/timelines/home").text
        return (
            "Chatte perdue" in border.wall(sam), city.get(sam.browser, f"/p/{root}").status_code,
            "Chatte perdue" in home, api.get(f"/api/v1/statuses/{root}").status_code,
            "Vue à Jaurès" in city.get(sam.browser, f"/p/{mine}").text,
            city.get(bruno.browser, f"/p/{reply}").status_code,
            "Vue à Jaurès" in api.get("/api/v1/notifications").text,
        )  # fmt: skip

    before = seen()
    border.shut()
    hidden = seen()
    closed = city.post(sam.browser, f"/p/{root}/repondre", text="Encore", act="send", scope="neighbours")
    own = city.post(sam.browser, f"/p/{reply}/repondre", text="Encore", act="send", scope="neighbours")
    border.resume()

    assert before == (True, 200, True, 200, True, 200, True)
    assert hidden == (False, 404, False, 404, False, 404, False)
    assert (closed.status_code, own.status_code) == (404, 404)
    assert seen() == before


def test_a_deletion_is_obeyed_although_the_agreement_is_suspended(border: Border) -> None:
    note = border.note("Chatte perdue")
    border.comes(border.announce(border.said(note)))
    border.shut()

    gone = border.yuna.activity("Delete", {"id": note["id"], "type": "Tombstone"}, to=note["to"])
    assert border.comes(border.announce(gone)) == "kept"
    border.resume()

    assert "Chatte perdue" not in border.wall(border.sam)


def test_pictures_are_asked_of_the_city_itself_and_go_with_the_passage(border: Border) -> None:
    here = border.partner.server.base_url
    pictures = [
        {"type": "Document", "mediaType": "image/webp", "url": f"{here}/media/1/large?v=7.9.x", "name": "Grise"},
        {"type": "Document", "mediaType": "image/webp", "url": "https://tracker.example/1.webp", "name": ""},
    ]

    post = border.receive("Chatte perdue", attachment=pictures)

    rows = db.session.scalars(select(Media.source_url).where(Media.post_id == post)).all()
    assert list(rows) == [pictures[0]["url"]]
    assert border.partner.server.fetches("/media/1/large") == 1


def test_who_is_vouched_for_no_more_says_nothing_more(border: Border) -> None:
    border.receive("Chatte perdue")
    with commit():
        db.session.query(Claim).delete()
    border.partner.server.documents = {
        path: body for path, body in border.partner.server.documents.items() if "attest" not in path
    }

    note = border.note("Encore moi")
    assert border.comes(border.announce(border.said(note))) == "claim.refused"

    assert db.session.query(Post).count() == 1


def test_an_answer_counts_through_the_passage_of_its_own_pair(border: Border) -> None:
    city = border.city
    amerique = border.partner.group("Amérique")
    sign_agreement(city, border.partner, border.slug, amerique)
    post = write(city, border.sam, border.slug, title="Chatte perdue", scope="neighbours")
    city.work()
    ida = border.vouched("ida", amerique)

    said = reply_to(border, ours(border, post), "Vue ici", ida, **{"ql:from": amerique.uri})
    assert border.comes(said, ida) == "kept"

    row = db.session.query(Post).filter_by(uri=said["object"]["id"]).one()
    known(city, amerique)
    from_uri = db.session.get_one(Actor, row.from_id or 0).uri
    assert from_uri == amerique.uri
    assert db.session.query(PostCircle).filter_by(post_id=row.id).one().passage_id is not None
