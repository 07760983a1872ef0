"""Accounts: whom a program may know, follow, mute, block; and what it may change of its own person's profile."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest

from instance.accounts import outside, relations
from instance.accounts import service as accounts
from instance.accounts.models import Account, Follow
from instance.core import clock
from instance.core.db import commit, db
from instance.mastodon import media
from instance.quartiers.models import Quartier
from tests.city import City, Someone
from tests.instance.media import samples
from tests.instance.posts.hearing import befriend, meet
from tests.mastodon.conftest import Program, Programs
from tests.mastodon.test_home import say, words
from tests.mastodon.test_lists import page_says, subscribe
from tests.support.peer import ForeignServer

ACCOUNTS = "/api/v1/accounts"


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


@pytest.fixture
def odile(city: City, salma: Someone) -> Someone:
    return city.resident("clignancourt", "odile")


@pytest.fixture
def far(city: City) -> Someone:
    return city.resident(city.quartier("Montmartre"), "bruno")


def group_of(slug: str) -> int:
    return db.session.query(Quartier.actor_id).filter_by(slug=slug).scalar()  # type: ignore[no-any-return]


def relation(program: Program, actor_id: int) -> Any:
    return program.get(f"{ACCOUNTS}/relationships?id[]={actor_id}").json[0]


def test_hidden_people_and_absent_ones_get_the_same_answer_from_every_call(
    salma: Someone, far: Someone, programs: Programs
) -> None:
    program = programs.of(salma)
    calls = [
        ("GET", ""), ("GET", "/statuses"), ("GET", "/followers"), ("GET", "/following"), ("GET", "/lists"),
        ("GET", "/featured_tags"), ("POST", "/follow"), ("POST", "/unfollow"), ("POST", "/mute"), ("POST", "/block"),
        ("POST", "/note"), ("POST", "/remove_from_followers"),
    ]  # fmt: skip
    for method, path in calls:
        hidden = program.call(method, f"{ACCOUNTS}/{far.actor_id}{path}")
        absent = program.call(method, f"{ACCOUNTS}/12345{path}")
        assert (hidden.status_code, hidden.json) == (404, absent.json), path
    one, other = (relation(program, actor_id) | {"id": ""} for actor_id in (far.actor_id, 12345))
    assert one == other
    assert program.get(f"{ACCOUNTS}?id[]={far.actor_id}&id[]={salma.actor_id}").json[0]["acct"] == "salma"


def test_strangers_know_only_who_is_shown_outside(
    city: City, salma: Someone, odile: Someone, elsewhere: ForeignServer
) -> None:
    ada = meet(elsewhere.actor("ada"))
    with commit():
        mine = db.session.get_one(Account, salma.account_id)
        mine.is_discoverable = True
        outside.choose(mine, shows=True)
    stranger = city.browser()
    assert stranger.get(f"{ACCOUNTS}/lookup?acct=salma").json["id"] == str(salma.actor_id)
    assert stranger.get(f"{ACCOUNTS}/{odile.actor_id}").status_code == 404
    assert stranger.get(f"{ACCOUNTS}/{ada}").status_code == 404  # nothing of theirs stands in a public thread here
    assert stranger.get(f"{ACCOUNTS}/{salma.actor_id}/followers").json == []
    assert stranger.get("/api/v1/directory?local=true").json == []


def test_a_profile_shows_what_its_reader_may_read(
    city: City, salma: Someone, odile: Someone, far: Someone, programs: Programs
) -> None:
    author, path = programs.of(odile), f"{ACCOUNTS}/{odile.actor_id}/statuses"
    closed, public = say(author, "Pour nous"), say(author, "Pour tous #Fête", visibility="public")
    say(author, "À moi-même", in_reply_to_id=public)
    theirs = say(programs.of(salma), "De Salma", visibility="public")
    assert author.post(f"/api/v1/statuses/{theirs}/reblog").status_code == 200
    near, away = programs.of(salma), programs.of(far)

    assert words(near, path) == ["De Salma", "À moi-même", words_of(author, public), "Pour nous"]
    assert "Pour nous" not in words(away, path)
    assert [one["content"] for one in city.browser().get(path).json] == [one["content"] for one in away.get(path).json]
    assert words(near, path + "?exclude_reblogs=true")[0] == "À moi-même"
    assert [one["id"] for one in near.get(path + "?tagged=fete").json] == [public]
    assert near.get(path + "?tagged=!!!").json == []
    assert near.get(path + "?only_media=1").json == []
    first = near.get(path + "?limit=3&exclude_reblogs=1")
    assert f"max_id={closed}" in first.headers["Link"]
    assert author.post(f"/api/v1/statuses/{public}/pin").status_code == 200
    assert [one["id"] for one in away.get(path + "?pinned=true").json] == [public]


def words_of(program: Program, post_id: str) -> str:
    content: str = program.get(f"/api/v1/statuses/{post_id}").json["content"]
    return content.removeprefix("<p>").removesuffix("</p>")


def test_a_quartier_shows_its_wall_to_those_inside_and_its_public_face_to_others(
    city: City, salma: Someone, odile: Someone, far: Someone, programs: Programs
) -> None:
    say(programs.of(odile), "Pour nous")
    say(programs.of(odile), "Pour tous", visibility="public")
    page_says(subscribe(city, "clignancourt"), "De la page")
    path = f"{ACCOUNTS}/{group_of('clignancourt')}"

    assert programs.of(salma).get(path).json["group"] is True
    assert words(programs.of(salma), path + "/statuses") == ["De la page", "Pour tous", "Pour nous"]
    assert words(programs.of(far), path + "/statuses") == ["Pour tous"]


def test_the_quartier_and_its_pages_are_followed_without_asking_and_the_quartier_is_not_left(
    city: City, salma: Someone, odile: Someone, programs: Programs
) -> None:
    program, home = programs.of(salma), group_of("clignancourt")
    page = subscribe(city, "clignancourt")
    with commit():
        db.session.get_one(Account, odile.account_id).approves_followers = False
    assert program.post(f"{ACCOUNTS}/{odile.actor_id}/follow", json={"reblogs": "0", "notify": "1"}).json["notifying"]

    listed = program.get(f"{ACCOUNTS}/{salma.actor_id}/following").json
    assert [one["id"] for one in listed] == [str(home), str(page), str(odile.actor_id)]
    assert relation(program, home)["following"] and relation(program, page)["following"]
    assert not relation(program, odile.actor_id)["showing_reblogs"]
    refused = program.post(f"{ACCOUNTS}/{home}/unfollow")
    assert refused.status_code == 422 and "tant que vous y vivez" in refused.json["error"]
    assert program.get(f"{ACCOUNTS}/{odile.actor_id}/followers").json == []  # of others nobody is named
    assert [one["acct"] for one in programs.of(odile).get(f"{ACCOUNTS}/{odile.actor_id}/followers").json] == ["salma"]
    assert program.post(f"{ACCOUNTS}/{odile.actor_id}/unfollow").json["following"] is False


def test_requests_are_paged_settled_and_followers_can_be_let_go(
    city: City, salma: Someone, odile: Someone, programs: Programs
) -> None:
    mine, asks = programs.of(salma), [odile, city.resident("clignancourt"), city.resident("clignancourt")]
    for one in asks:
        assert programs.of(one).post(f"{ACCOUNTS}/{salma.actor_id}/follow").json["requested"] is True

    first = mine.get("/api/v1/follow_requests?limit=2")
    last = first.headers["Link"].partition("max_id=")[2].partition(">")[0]
    older = mine.get(f"/api/v1/follow_requests?limit=2&max_id={last}").json
    assert [one["id"] for one in first.json + older] == [str(one.actor_id) for one in reversed(asks)]
    assert mine.post(f"/api/v1/follow_requests/{odile.actor_id}/authorize").json["followed_by"] is True
    assert mine.post(f"/api/v1/follow_requests/{asks[1].actor_id}/reject").json["requested_by"] is False
    assert mine.post(f"/api/v1/follow_requests/{asks[1].actor_id}/authorize").status_code == 404
    assert mine.post(f"{ACCOUNTS}/{odile.actor_id}/remove_from_followers").json["followed_by"] is False


def test_a_mute_ends_by_itself_everywhere(salma: Someone, odile: Someone, programs: Programs) -> None:
    mine = programs.of(salma)
    post = say(programs.of(odile), "Bruit")
    assert mine.post(f"{ACCOUNTS}/{odile.actor_id}/mute", data={"duration": "3600", "notifications": "0"}).json[
        "muting"
    ]

    assert words(mine) == [] == mine.get(f"/api/v1/statuses/{post}/context").json["descendants"]
    [muted] = mine.get("/api/v1/mutes").json
    assert muted["mute_expires_at"] is not None and relation(mine, odile.actor_id)["muting_notifications"] is False
    assert odile.handle in salma.browser.get("/reglages/bloques").text
    clock.shift(timedelta(hours=2))
    assert words(mine) == ["Bruit"]
    assert mine.get("/api/v1/mutes").json == [] and relation(mine, odile.actor_id)["muting"] is False
    assert odile.handle not in salma.browser.get("/reglages/bloques").text


def test_blocks_servers_and_notes_are_listed_for_their_owner_alone(
    salma: Someone, odile: Someone, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = programs.of(salma), programs.of(odile)
    mine.post(f"{ACCOUNTS}/{odile.actor_id}/note", json={"comment": "prête son échelle"})
    assert relation(mine, odile.actor_id)["note"] == "prête son échelle"
    assert relation(theirs, odile.actor_id)["note"] == ""
    assert "prête son échelle" in salma.browser.get("/mes-donnees").text

    assert mine.post(f"{ACCOUNTS}/{odile.actor_id}/block").json["blocking"] is True
    assert [one["acct"] for one in mine.get("/api/v1/blocks").json] == ["odile"]
    assert theirs.get(f"{ACCOUNTS}/{salma.actor_id}").status_code == 404
    assert relation(theirs, salma.actor_id)["blocked_by"] is False
    assert mine.post(f"{ACCOUNTS}/{odile.actor_id}/unblock").json["blocking"] is False

    mine.post("/api/v1/domain_blocks", data={"domain": "bruit.example"})
    mine.post("/api/v1/domain_blocks", data={"domain": "foire.example"})
    assert mine.get("/api/v1/domain_blocks").json == ["foire.example", "bruit.example"]
    last = mine.get("/api/v1/domain_blocks?limit=1").headers["Link"].partition("max_id=")[2].partition(">")[0]
    assert mine.get(f"/api/v1/domain_blocks?max_id={last}").json == ["bruit.example"]
    assert mine.call("DELETE", "/api/v1/domain_blocks", json={"domain": "bruit.example"}).json == {}
    assert mine.get("/api/v1/domain_blocks").json == ["foire.example"]
    monkeypatch.setattr(relations, "HOSTS_MAX", 1)
    again, more = ({"domain": host} for host in ("foire.example", "trop.example"))
    assert [mine.post("/api/v1/domain_blocks", data=one).status_code for one in (again, more)] == [200, 422]
    assert salma.browser.post("/reglages/serveurs", data={"host": "trop.example"}).status_code == 422


def test_names_being_typed_find_those_who_chose_it_and_whole_names_the_others(
    city: City, salma: Someone, odile: Someone, far: Someone, elsewhere: ForeignServer, programs: Programs
) -> None:
    program, ada = programs.of(salma), elsewhere.actor("odette")
    befriend(city, salma, ada)

    def found(asked: str) -> list[str]:
        return [one["acct"].partition("@")[0] for one in program.get(f"{ACCOUNTS}/search?q={asked}").json]

    assert found("od") == ["odette"]
    assert found("odile") == ["odile"] and found("bruno") == []
    assert found("Clign") == ["clignancourt"]
    programs.of(odile).call("PATCH", f"{ACCOUNTS}/update_credentials", json={"discoverable": True})
    assert set(found("od")) == {"odile", "odette"}
    assert [one["acct"] for one in program.get("/api/v1/directory").json] == ["odile"]
    assert programs.of(far).get("/api/v1/directory").json == []
    assert program.get(f"{ACCOUNTS}/familiar_followers?id[]={odile.actor_id}").json == [
        {"id": str(odile.actor_id), "accounts": []}
    ]


def test_what_may_be_followed_is_suggested_until_it_is_waved_away(
    city: City, salma: Someone, far: Someone, programs: Programs
) -> None:
    city.adjoin("clignancourt", "montmartre")
    program, around = programs.of(salma), group_of("montmartre")

    def suggested() -> list[str]:
        return [one["account"]["id"] for one in program.get("/api/v2/suggestions").json]

    assert suggested() == [str(around)]
    assert [one["id"] for one in program.get("/api/v1/suggestions").json] == [str(around)]
    assert program.call("DELETE", f"/api/v1/suggestions/{around}").json == {}
    assert suggested() == []


def test_a_profile_keeps_words_and_fields_and_never_another_name(
    salma: Someone, odile: Someone, programs: Programs
) -> None:
    program, path = programs.of(salma), f"{ACCOUNTS}/update_credentials"
    name = program.get(f"{ACCOUNTS}/verify_credentials").json["display_name"]
    kept = program.call(
        "PATCH", path,
        data={
            "display_name": name, "note": "Couturière", "locked": "0", "bot": "true", "source[privacy]": "public",
            "fields_attributes[0][name]": "Atelier ✓", "fields_attributes[0][value]": "rue Letort <b>",
        },
    ).json  # fmt: skip
    assert (kept["source"]["privacy"], kept["locked"], kept["bot"]) == ("private", False, False)
    assert kept["source"]["fields"][0]["name"] == "Atelier"  # a check mark would pretend (threats.md B10)
    seen = programs.of(odile).get(f"{ACCOUNTS}/{salma.actor_id}").json
    assert "Couturière" in seen["note"] and seen["fields"][0]["verified_at"] is None
    assert "<b>" not in seen["fields"][0]["value"]
    refused = program.call("PATCH", path, json={"display_name": "Mairie de Paris"})
    assert refused.status_code == 422 and "vrai nom" in refused.json["error"]
    fields = [{"name": str(number), "value": "x"} for number in range(5)]
    assert program.call("PATCH", path, json={"fields_attributes": fields}).status_code == 422


def test_whom_somebody_shows_is_followed_and_seen_by_those_who_may_meet_them(
    city: City, salma: Someone, odile: Someone, far: Someone, programs: Programs
) -> None:
    mine, third = programs.of(salma), programs.of(city.resident("clignancourt", "karim"))
    public = city.resident("clignancourt", "lea")
    with commit():
        for one in (salma, public):
            outside.choose(db.session.get_one(Account, one.account_id), shows=True)
    endorse, shown = f"{ACCOUNTS}/{{}}/{{}}".format, f"{ACCOUNTS}/{salma.actor_id}/endorsements"
    assert mine.post(endorse(odile.actor_id, "pin")).status_code == 422  # not followed
    for one in (odile, public):
        mine.post(endorse(one.actor_id, "follow"))
        assert mine.post(endorse(one.actor_id, "endorse")).status_code == 422  # nor yet
    with commit():
        db.session.query(Follow).update({"state": "accepted"})

    assert mine.post(endorse(odile.actor_id, "pin")).json["endorsed"] is True
    assert mine.post(endorse(public.actor_id, "endorse")).json["endorsed"] is True
    assert mine.post(endorse(far.actor_id, "endorse")).json == mine.post(endorse(12345, "endorse")).json
    assert mine.post(endorse(far.actor_id, "endorse")).status_code == 404

    def names(answer: Any) -> list[str]:
        return [one["acct"] for one in answer.json]

    assert names(mine.get("/api/v1/endorsements")) == names(third.get(shown)) == ["lea", "odile"]
    assert names(city.browser().get(shown)) == names(programs.of(far).get(shown)) == ["lea"]
    assert third.get(f"{ACCOUNTS}/{odile.actor_id}/endorsements").json == third.get("/api/v1/endorsements").json == []
    assert "montré sur votre profil" in city.get(salma.browser, "/mes-donnees").text
    assert mine.post(endorse(public.actor_id, "unpin")).json["endorsed"] is False
    mine.post(endorse(odile.actor_id, "unfollow"))
    assert names(mine.get("/api/v1/endorsements")) == []


def test_what_a_post_does_not_say_is_what_the_profile_says(salma: Someone, programs: Programs) -> None:
    program, path = programs.of(salma), f"{ACCOUNTS}/update_credentials"
    photo = {"file": (io.BytesIO(samples.phone_jpeg()), "a.jpg")}
    chosen = program.call("PATCH", path, data={"source[sensitive]": "true", "source[language]": "pt-BR"}).json["source"]
    assert (chosen["sensitive"], chosen["language"]) == (True, "pt")
    usual = program.get("/api/v1/preferences").json
    assert (usual["posting:default:sensitive"], usual["posting:default:language"]) == (True, "pt")
    assert program.call("PATCH", path, data={"source[language]": "xx"}).status_code == 422
    assert program.call("PATCH", path, data={"note": "Couturière"}).json["source"] == chosen | {"note": "Couturière"}
    media = program.post("/api/v2/media", data=photo).json["id"]

    def wrote(**said: Any) -> tuple[bool, str]:
        found = program.post("/api/v1/statuses", json={"status": f"Voilà {said}"} | said).json
        return found["sensitive"], found["language"]

    assert wrote(sensitive=False, language="en") == (False, "en")
    assert wrote() == (False, "pt")  # nothing to cover
    assert wrote(media_ids=[media]) == (True, "pt")
    assert program.call("PATCH", path, json={"source": {"language": None}}).json["source"]["language"] == "fr"
    assert wrote(sensitive=None) == (False, "fr")


def test_a_portrait_is_shown_to_whom_the_profile_is_shown(
    city: City, salma: Someone, odile: Someone, far: Someone, programs: Programs
) -> None:
    program = programs.of(salma)
    data = {"avatar": (io.BytesIO(samples.phone_jpeg()), "moi.jpg"), "avatar_description": "moi, au marché"}
    shown = program.call("PATCH", f"{ACCOUNTS}/update_credentials", data=data, content_type="multipart/form-data").json
    assert "/media/" in shown["avatar"] and "/media/" not in shown["header"]
    assert program.get("/api/v1/profile").json["avatar_description"] == "moi, au marché"

    near = programs.of(odile).get(f"{ACCOUNTS}/{salma.actor_id}").json["avatar"]
    path = near.partition("/media/")[2]
    picture = city.browser().get(f"/media/{path}")
    assert picture.status_code == 200 and picture.headers["Cache-Control"] == "private, no-store"
    assert b"Canon" not in picture.data
    bare = f"/media/{path.partition('?')[0]}"
    assert [one.browser.get(bare).status_code for one in (odile, far)] == [200, 404]
    assert city.browser().get(bare).status_code == 404
    city.work()
    said = city.browser().get("/u/salma", headers={"Accept": "application/activity+json"}).json
    assert said["type"] == "Person" and "icon" not in said
    with commit():
        accounts.block(salma.actor_id, odile.actor_id)
    assert city.browser().get(f"/media/{path}").status_code == 404  # the gate is asked, the signature is no right

    with commit():
        outside.choose(db.session.get_one(Account, salma.account_id), shows=True)
    assert city.browser().get(bare).headers["Cache-Control"].startswith("public")
    city.work()
    document = city.browser().get("/u/salma", headers={"Accept": "application/activity+json"}).json
    assert document["icon"]["url"].endswith(bare)
    assert program.call("DELETE", "/api/v1/profile/avatar").status_code == 200
    assert city.browser().get(bare).status_code == 404


def test_people_elsewhere_show_the_picture_that_we_fetched(
    city: City, salma: Someone, elsewhere: ForeignServer, programs: Programs
) -> None:
    url = elsewhere.put("/ada.jpg", samples.phone_jpeg(), "image/jpeg")
    ada = elsewhere.actor("ada", icon={"type": "Image", "url": url})
    actor_id = meet(ada)
    assert "/media/" not in programs.of(salma).get(f"{ACCOUNTS}/{actor_id}").json["avatar"]
    city.work()

    shown = programs.of(salma).get(f"{ACCOUNTS}/{actor_id}").json

    assert elsewhere.host not in shown["avatar"] and "/media/" in shown["avatar"]
    assert city.browser().get("/media/" + shown["avatar"].partition("/media/")[2]).status_code == 200


def test_the_pages_take_a_portrait_a_note_and_a_mute_that_ends(
    city: City, salma: Someone, odile: Someone, elsewhere: ForeignServer, programs: Programs
) -> None:
    mine = "/reglages/page"
    assert city.post(salma.browser, f"{mine}/portrait").status_code == 422
    sent = {"photo": (io.BytesIO(samples.phone_jpeg()), "moi.jpg"), "description": "moi, au marché"}
    assert city.post(salma.browser, f"{mine}/portrait", **sent).status_code == 303
    assert city.post(salma.browser, f"{mine}/trouver", is_discoverable="1").status_code == 303
    seen = salma.browser.get(mine).text
    assert "moi, au marché" in seen and "checked" in seen
    assert 'class="portrait"' in odile.browser.get("/u/salma").text
    assert "/media/" in programs.of(odile).get(f"{ACCOUNTS}/{salma.actor_id}").json["avatar"]
    assert city.post(salma.browser, f"{mine}/sans-portrait").status_code == 303
    assert 'class="portrait"' not in odile.browser.get("/u/salma").text

    assert city.post(salma.browser, "/u/odile/note", note="prête son échelle").status_code == 303
    assert "prête son échelle" in salma.browser.get("/u/odile").text
    assert "prête son échelle" not in odile.browser.get("/u/odile").text
    ada = meet(elsewhere.actor("ada"))
    assert city.post(salma.browser, f"/comptes/{ada}/note", note="du jardin").status_code == 303
    assert relation(programs.of(salma), ada)["note"] == "du jardin"
    assert city.post(salma.browser, f"/comptes/{ada}/masquer", days="7").status_code == 303
    assert relation(programs.of(salma), ada)["muting"] is True
    clock.shift(timedelta(days=8))
    assert relation(programs.of(salma), ada)["muting"] is False


def test_a_signed_address_shows_no_portrait_to_who_was_suspended(
    city: City, salma: Someone, odile: Someone, programs: Programs
) -> None:
    data = {"avatar": (io.BytesIO(samples.phone_jpeg()), "moi.jpg")}
    form = "multipart/form-data"
    programs.of(salma).call("PATCH", f"{ACCOUNTS}/update_credentials", data=data, content_type=form)
    path = programs.of(odile).get(f"{ACCOUNTS}/{salma.actor_id}").json["avatar"].partition("/media/")[2]
    assert city.browser().get(f"/media/{path}").status_code == 200

    with commit():
        db.session.get_one(Account, odile.account_id).state = "suspended"

    assert city.browser().get(f"/media/{path}").status_code == 404


def test_portraits_are_drawn_as_seldom_as_other_pictures(
    salma: Someone, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "count_try", lambda _subjects: clock.now())
    data = {"avatar": (io.BytesIO(samples.phone_jpeg()), "moi.jpg")}

    refused = programs.of(salma).call(
        "PATCH", f"{ACCOUNTS}/update_credentials", data=data, content_type="multipart/form-data"
    )

    assert refused.status_code == 429
