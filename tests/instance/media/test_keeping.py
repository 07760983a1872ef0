"""From an upload to its end: whose it is, which post carries it, and that nothing is left when it goes."""

from __future__ import annotations

import os
import shutil
import time
from collections import namedtuple
from io import BytesIO

import pytest
from sqlalchemy import func, select

from instance.core.db import commit, db
from instance.core.errors import Full, Invalid
from instance.media import service
from instance.media.models import Media
from instance.posts import service as posts
from instance.posts.models import Post
from tests.instance.media import samples

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def letort(city):
    return city.quartier("Letort")


@pytest.fixture
def salma(city, letort):
    return city.resident(letort, "salma")


@pytest.fixture
def bruno(city, letort):
    return city.resident(letort, "bruno")


def rows() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Media)) or 0


def sweep() -> None:
    service.sweep({})


def older(album, name: str, minutes: int) -> None:
    """Let a file of the store look `minutes` old."""
    (path,) = album.folder.rglob(name)
    moment = time.time() - minutes * 60
    os.utime(path, (moment, moment))


def test_a_photo_sent_with_a_message_reaches_the_wall_without_its_past(city, album, letort, salma, bruno):
    form = {
        "title": "Un chat trouvé", "text": "Roux, un peu perdu.", "scope": "quartier", "confirmed": "1",
        "photo": (BytesIO(samples.phone_jpeg(6, (60, 80))), "../../../etc/cron.d/photo.jpg"),
        "photo_description": "Un chat roux",
    }  # fmt: skip

    with album.app.app_context():
        answer = salma.browser.post(f"/q/{letort}/ecrire", data=form)
    media = db.session.scalars(select(Media)).one()

    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert (media.width, media.height, media.description) == (80, 60, "Un chat roux")
    assert album.files() == [f"{media.key}-large.webp", f"{media.key}-small.webp"]
    for size in service.SIZES:
        seen = album.look(bruno.browser, media.key, size).get_data()
        assert samples.chunks(seen) == [b"VP8 "]
        assert samples.PLACE.encode() not in seen


def test_a_row_tells_what_a_page_needs_before_the_picture_is_there(album, salma):
    key = album.upload(salma, "  Un chat\x00\nroux\r\n ", samples.phone_jpeg(size=(3200, 1600)))

    media = db.session.scalars(select(Media)).one()

    assert (media.key, media.width, media.height) == (key, 1600, 800)
    assert media.colour.startswith("#")
    assert media.bytes == sum(path.stat().st_size for path in album.folder.rglob("*.webp"))
    assert media.description == "Un chat roux"
    assert media.post_id is None


def test_photos_stand_on_a_post_in_the_order_given(album, letort, salma):
    first, second, third = (album.upload(salma) for _ in range(3))

    post_id = album.publish(salma, letort, third, first)
    with commit():
        service.attach(salma.account_id, [second], post_id)

    found = db.session.execute(select(Media.key, Media.position).order_by(Media.position)).all()
    assert found == [(third, 0), (first, 1), (second, 2)]


def test_nobody_attaches_what_somebody_else_sent(album, letort, salma, bruno):
    key = album.upload(salma)

    with pytest.raises(Invalid) as refusal:
        album.publish(bruno, letort, key)

    assert (refusal.value.code, refusal.value.field) == ("media.gone", "photos")
    assert rows() == 1
    assert db.session.scalar(select(func.count()).select_from(Post)) == 0


@pytest.mark.parametrize("key", ["0" * 32, "x", "", "\x00", "A" * 32])
def test_a_photo_that_is_not_there_is_refused_like_somebody_elses(album, letort, salma, key):
    with pytest.raises(Invalid) as refusal:
        album.publish(salma, letort, key)

    assert refusal.value.code == "media.gone"


def test_a_photo_stands_on_one_post_only(album, letort, salma):
    key = album.upload(salma)
    first = album.publish(salma, letort, key)

    with pytest.raises(Invalid):
        album.publish(salma, letort, key)

    assert db.session.scalars(select(Media.post_id)).all() == [first]


def test_a_post_carries_four_photos_and_not_a_fifth(album, letort, salma):
    keys = [album.upload(salma) for _ in range(5)]

    with pytest.raises(Invalid) as refusal:
        album.publish(salma, letort, *keys)
    assert refusal.value.code == "media.many"

    post_id = album.publish(salma, letort, *keys[:4])
    with pytest.raises(Invalid), commit():
        service.attach(salma.account_id, keys[4:], post_id)
    assert db.session.scalar(select(func.count()).where(Media.post_id == post_id)) == 4


def test_only_its_owner_describes_a_photo(album, salma, bruno):
    key = album.upload(salma)

    with commit():
        service.describe(salma.account_id, key, "Un chat gris")
    with pytest.raises(Invalid), commit():
        service.describe(bruno.account_id, key, "Un chien")
    with pytest.raises(Invalid) as refusal, commit():
        service.describe(salma.account_id, key, "x" * 1501)

    assert refusal.value.code == "media.description"
    assert db.session.scalars(select(Media.description)).all() == ["Un chat gris"]


def test_the_files_of_a_deleted_message_are_gone_with_the_next_job(city, album, letort, salma):
    kept, lost = album.upload(salma), album.upload(salma)
    album.publish(salma, letort, kept)
    post_id = album.publish(salma, letort, lost)

    with commit():
        posts.wipe(db.session.get_one(Post, post_id))
    city.work()

    assert album.files() == [f"{kept}-large.webp", f"{kept}-small.webp"]
    assert rows() == 1


def test_a_deletion_that_is_not_committed_deletes_nothing(city, album, salma):
    key = album.upload(salma)

    with pytest.raises(RuntimeError), commit():
        service.remove(db.session.scalars(select(Media)).one())
        raise RuntimeError
    city.work()

    assert rows() == 1
    assert len(album.files()) == 2
    assert album.look(salma.browser, key).status_code == 200


def test_a_photo_that_nobody_attaches_goes_after_a_day(city, album, letort, salma, clock):
    attached, loose = album.upload(salma), album.upload(salma)
    album.publish(salma, letort, attached)

    clock.forward(hours=23)
    sweep()
    city.work()
    assert rows() == 2

    clock.forward(hours=2)
    sweep()
    city.work()
    assert db.session.scalars(select(Media.key)).all() == [attached]
    assert album.files() == [f"{attached}-large.webp", f"{attached}-small.webp"]
    assert loose not in str(album.files())


def test_files_without_a_row_go_after_an_hour_and_others_stay(album, letort, salma):
    kept = album.upload(salma)
    album.publish(salma, letort, kept)
    old, young = (service.prepare(samples.phone_jpeg()).key for _ in range(2))
    for size in service.SIZES:
        older(album, f"{kept}-{size}.webp", 600)
        older(album, f"{old}-{size}.webp", 61)
        older(album, f"{young}-{size}.webp", 59)
    half = album.folder / kept[:2] / f"{kept}-large.webp.0123456789abcdef.part"
    half.write_bytes(b"RIFF")
    older(album, half.name, 61)

    sweep()

    assert album.files() == sorted(f"{key}-{size}.webp" for key in (kept, young) for size in service.SIZES)
    assert rows() == 1


def test_what_is_refused_leaves_neither_file_nor_row(album, salma):
    for data in (b"", b"not a picture", samples.phone_jpeg()[:2000], samples.png_of(10_000, 10_000)):
        with pytest.raises(Invalid):
            service.prepare(data)

    assert album.files() == []
    assert rows() == 0


def test_a_picture_is_never_decoded_inside_the_write_transaction(album):
    with pytest.raises(AssertionError, match="before the write transaction"), commit():
        service.prepare(samples.phone_jpeg())


def test_a_disk_nearly_full_takes_no_photo_but_still_takes_words(album, letort, salma, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1000, 951, 49))

    with pytest.raises(Full) as refusal:
        service.prepare(samples.phone_jpeg())
    post_id = album.publish(salma, letort)

    assert refusal.value.status == 507
    assert refusal.value.sentence.startswith("Le disque de l’instance est presque plein")
    assert album.files() == []
    assert db.session.get(Post, post_id) is not None


def test_a_disk_with_a_twentieth_free_still_takes_photos(album, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1000, 950, 50))

    service.prepare(samples.phone_jpeg())

    assert len(album.files()) == 2
