"""Pictures through the client API: taken in, waited for, described, aimed, shown to whom they may be shown."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from instance.core import storage
from instance.core.db import commit, db
from instance.media import later, pictures
from instance.media.models import Media
from instance.posts.models import Post
from tests.city import City, Someone
from tests.instance.media.samples import phone_jpeg, png_of
from tests.mastodon.conftest import Program, Programs

POST, MEDIA = "/api/v1/statuses", "/api/v1/media"


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


def send(program: Program, data: bytes | None = None, version: int = 2, **said: str) -> Any:
    file = (BytesIO(phone_jpeg() if data is None else data), "photo.jpg")
    return program.post(f"/api/v{version}/media", data={"file": file} | said, content_type="multipart/form-data")


def test_a_picture_is_ready_with_its_words_its_point_its_haze_and_its_measures(
    salma: Someone, programs: Programs
) -> None:
    answer = send(programs.of(salma), description="Le lavoir", focus="0.5,-0.25")

    assert answer.status_code == 200, answer.json
    said = answer.json
    assert (said["type"], said["description"], said["meta"]["focus"]) == ("image", "Le lavoir", {"x": 0.5, "y": -0.25})
    assert said["meta"]["original"] == {"width": 80, "height": 60, "size": "80x60", "aspect": 1.3333}
    assert said["meta"]["small"]["width"] == 80
    assert len(said["blurhash"]) > 6


def test_before_it_is_posted_its_sender_alone_sees_it_and_then_who_reads_the_post(
    city: City, salma: Someone, programs: Programs
) -> None:
    program, near = programs.of(salma), programs.of(city.resident("clignancourt", "bruno"))
    sent = send(program).json
    path = sent["url"].partition("://")[2].partition("/")[2]
    assert city.browser().get(f"/{path}").status_code == 200
    assert city.browser().get(f"/{path.partition('?')[0]}").status_code == 404
    assert near.get(f"{MEDIA}/{sent['id']}").json == near.get(f"{MEDIA}/1").json

    post = program.post(POST, json={"status": "", "media_ids": [sent["id"]]}).json

    shown = near.get(f"{POST}/{post['id']}").json["media_attachments"][0]
    assert (shown["id"], shown["blurhash"]) == (sent["id"], sent["blurhash"])
    assert city.browser().get("/" + shown["preview_url"].partition("://")[2].partition("/")[2]).status_code == 200


def test_others_pictures_are_neither_posted_nor_changed_nor_deleted(
    city: City, salma: Someone, programs: Programs
) -> None:
    sent = send(programs.of(salma)).json["id"]
    thief = programs.of(city.resident("clignancourt", "bruno"))

    for one in (sent, "1"):
        refused = thief.post(POST, json={"status": "À moi", "media_ids": [one]})
        assert (refused.status_code, "plus là" in refused.json["error"]) == (422, True)
        assert thief.call("PUT", f"{MEDIA}/{one}", json={"description": "x"}).status_code == 404
        assert thief.call("DELETE", f"{MEDIA}/{one}").status_code == 404
    assert programs.of(salma).get(f"{MEDIA}/{sent}").status_code == 200


def test_a_heavy_picture_is_waited_for_and_posted_once_it_is_ready(
    city: City, salma: Someone, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later, "HEAVY_BYTES", 100)
    before = {one.name for one in storage.store().blobs()}
    program = programs.of(salma)

    sent = send(program, description="Lourd", focus="0,1")
    waits = f"{MEDIA}/{sent.json['id']}"
    assert (sent.status_code, sent.json["url"], program.get(waits).status_code) == (202, None, 206)
    early = program.post(POST, json={"status": "Tôt", "media_ids": [sent.json["id"]]})
    assert (early.status_code, "pas prête" in early.json["error"]) == (422, True)
    city.work()

    ready = program.get(waits)
    assert (ready.status_code, ready.json["meta"]["focus"]) == (200, {"x": 0.0, "y": 1.0})
    posted = program.post(POST, json={"status": "Enfin", "media_ids": [sent.json["id"]]})
    assert posted.json["media_attachments"][0]["description"] == "Lourd"
    left = {one.name for one in storage.store().blobs()} - before
    assert sorted(name.rpartition("-")[2] for name in left) == ["large.webp", "small.webp"]


def test_a_heavy_file_that_is_no_picture_fails_and_leaves_nothing(
    city: City, salma: Someone, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later, "HEAVY_BYTES", 10)
    before = len(list(storage.store().blobs()))

    sent = send(programs.of(salma), b"rien du tout, vraiment").json["id"]
    city.work()

    assert programs.of(salma).get(f"{MEDIA}/{sent}").status_code == 422
    assert programs.of(salma).post(POST, json={"status": "x", "media_ids": [sent]}).status_code == 422
    assert len(list(storage.store().blobs())) == before


def test_what_cannot_be_taken_is_refused_in_a_sentence(
    salma: Someone, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = programs.of(salma)
    vast = png_of(9000, 9000)
    monkeypatch.setattr(pictures, "MAX_BYTES", len(vast))

    refusals = [
        (send(program, b"texte"), 422), (send(program, b""), 422), (send(program, bytes(len(vast) + 1)), 413),
        (send(program, vast), 422), (send(program, focus="2,0"), 422), (send(program, focus="x"), 422),
        (send(program, description="a" * 1501), 422), (program.post("/api/v2/media"), 422),
    ]  # fmt: skip

    assert [one.status_code for one, _status in refusals] == [status for _one, status in refusals]
    assert all(len(one.json["error"]) > 10 for one, _status in refusals)
    assert db.session.scalar(select(Media.id)) is None


def test_words_and_point_are_changed_before_and_after_posting_and_an_unused_one_is_deleted(
    salma: Someone, programs: Programs
) -> None:
    program = programs.of(salma)
    first, second = (send(program, version=1).json["id"] for _ in "ab")

    changed = program.call("PUT", f"{MEDIA}/{first}", json={"description": "Un chat", "focus": "-1,0"})
    assert (changed.json["description"], changed.json["meta"]["focus"]["x"]) == ("Un chat", -1.0)
    post = program.post(POST, json={"status": "Deux", "media_ids": [second, first]}).json
    assert [one["id"] for one in post["media_attachments"]] == [second, first]
    program.call("PUT", f"{MEDIA}/{second}", json={"description": "Un chien"})
    shown = program.get(f"{POST}/{post['id']}").json["media_attachments"]
    assert [one["description"] for one in shown] == ["Un chien", "Un chat"]
    assert program.call("DELETE", f"{MEDIA}/{second}").status_code == 422
    third = send(program).json["id"]
    poll = {"options": ["a", "b"], "expires_in": 3600}
    assert program.post(POST, json={"status": "x", "media_ids": [third], "poll": poll}).status_code == 422
    assert program.call("DELETE", f"{MEDIA}/{third}").status_code == 200
    assert program.get(f"{MEDIA}/{third}").status_code == 404


def test_words_beside_a_picture_that_everybody_sees_are_words_to_everybody(salma: Someone, programs: Programs) -> None:
    """A program that may say nothing outside changes them no more than it changes the post; nobody does once judged."""
    inside, outside = programs.of(salma, outside=False), programs.of(salma)
    picture = send(outside).json["id"]
    post = outside.post(POST, json={"status": "x", "media_ids": [picture], "visibility": "public"}).json["id"]

    def describe(program: Program) -> int:
        return int(program.call("PUT", f"{MEDIA}/{picture}", json={"description": "pour tous"}).status_code)

    assert (describe(inside), describe(outside)) == (403, 200)
    with commit():
        db.session.get_one(Post, int(post)).verdict = "hidden"
    assert describe(outside) == 403


def test_an_edit_says_which_pictures_stay_and_what_they_show(salma: Someone, programs: Programs) -> None:
    program = programs.of(salma)
    first, second, third = (send(program).json["id"] for _ in "abc")
    post = program.post(POST, json={"status": "", "media_ids": [first, second]}).json["id"]

    edited = program.call(
        "PUT", f"{POST}/{post}",
        json={"status": "", "media_ids": [third, first], "media_attributes": [{"id": first, "description": "Porte"}]},
    ).json  # fmt: skip

    assert [(one["id"], one["description"]) for one in edited["media_attachments"]] == [(third, None), (first, "Porte")]
    assert edited["edited_at"]
    assert program.get(f"{MEDIA}/{second}").status_code == 404
    kept = program.call("PUT", f"{POST}/{post}", json={"status": "Avec des mots"}).json
    assert [one["id"] for one in kept["media_attachments"]] == [third, first]
    stolen = program.call("PUT", f"{POST}/{post}", json={"status": "x", "media_ids": ["1"]})
    assert stolen.status_code == 422
