"""Who sees a picture, at the one address it has; for everybody else it is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core import secrets
from instance.core.db import commit, db
from instance.media import service
from instance.posts import service as posts
from instance.posts.models import Post
from tests.instance.media import samples

ABSENT = "0" * 32


@pytest.fixture
def letort(city):
    return city.quartier("Letort")


@pytest.fixture
def salma(city, letort):
    return city.resident(letort, "salma")


@pytest.fixture
def bruno(city, letort):
    return city.resident(letort, "bruno")


def whole(answer):
    """All that a reader gets: status, headers and body."""
    return answer.status_code, sorted(answer.headers), answer.get_data()


def assert_absent(album, browser, path):
    """The same answer as for a picture that never was, in both sizes, by GET and HEAD."""
    never = whole(album.look(browser, ABSENT, "large"))
    assert never[0] == 404
    for size in service.SIZES:
        assert whole(album.fetch(browser, path.replace("/large", f"/{size}"))) == never
    assert album.fetch(browser, path, "HEAD").status_code == 404


@contextmanager
def statements() -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection, _cursor, statement, *_):
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_neighbour_sees_the_photo_of_a_wall_and_no_cache_keeps_it(city, album, letort, salma, bruno):
    key = album.upload(salma)
    album.publish(salma, letort, key)

    for size, width in (("large", 80), ("small", 80)):
        answer = album.fetch(bruno.browser, service.address(key, size))

        assert answer.status_code == 200
        assert samples.opened(answer.get_data()).width == width
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
        assert answer.headers["Content-Disposition"] == 'inline; filename="photo.webp"'
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "Cookie" in answer.headers["Vary"]
        assert "ETag" not in answer.headers


def test_head_tells_the_length_and_sends_nothing(city, album, letort, salma, bruno):
    key = album.upload(salma)
    album.publish(salma, letort, key)

    answer = album.fetch(bruno.browser, service.address(key, "large"), "HEAD")

    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) > 100
    assert answer.get_data() == b""


def test_stranger_visitor_other_quartier_and_admin_meet_the_same_absence(city, album, letort, salma):
    key = album.upload(salma)
    album.publish(salma, letort, key)
    elsewhere = city.resident(city.quartier("Ramey"))

    for browser in (city.browser(), city.visitor().browser, elsewhere.browser, city.admin().browser):
        assert_absent(album, browser, service.address(key, "large"))


def test_absence_and_hiding_run_the_same_statements(city, album, letort, salma):
    attached, loose = album.upload(salma), album.upload(salma)
    album.publish(salma, letort, attached)
    visitor = city.visitor()
    suffix = service.signed_address(attached, "large", visitor.actor_id).partition("?v=")[2]
    said = {}

    for path in (
        f"/media/{ABSENT}/large", f"/media/{attached}/large", f"/media/{attached}/huge", f"/media/{loose}/large",
        f"/media/{loose}/large?v={suffix}", f"/media/{attached}/large?v={suffix}", "/media/no-key/large",
    ):  # fmt: skip
        with statements() as run:
            assert album.fetch(visitor.browser, path).status_code == 404
        said[path] = [line for line in run if not line.startswith("BEGIN")]

    assert len({tuple(lines) for lines in said.values()}) == 1


def test_a_photo_nobody_attached_is_its_uploaders_alone(city, album, letort, salma, bruno):
    key = album.upload(salma)

    assert album.look(salma.browser, key, "small").status_code == 200
    assert album.look(salma.browser, key, "small").headers["Cache-Control"] == "private, no-store"
    for browser in (bruno.browser, city.admin().browser, city.browser()):
        assert_absent(album, browser, f"/media/{key}/large")
    assert album.fetch(city.browser(), service.signed_address(key, "large", salma.actor_id)).status_code == 200
    assert_absent(album, city.browser(), service.signed_address(key, "large", bruno.actor_id))
    with commit():
        db.session.get_one(Account, salma.account_id).state = "suspended"
    assert_absent(album, city.browser(), service.signed_address(key, "large", salma.actor_id))


def test_a_block_ends_it_at_once_in_both_ways_of_asking(city, album, letort, salma, bruno):
    key = album.upload(salma)
    album.publish(salma, letort, key)
    signed = service.signed_address(key, "large", bruno.actor_id)
    assert album.look(bruno.browser, key, "large").status_code == 200
    assert album.fetch(city.browser(), signed).status_code == 200

    with commit():
        accounts.block(salma.actor_id, bruno.actor_id)

    assert_absent(album, bruno.browser, f"/media/{key}/large")
    assert_absent(album, city.browser(), signed)


def test_a_move_ends_it_at_once_in_both_ways_of_asking(city, album, letort, salma, bruno):
    key = album.upload(salma)
    album.publish(salma, letort, key)
    signed = service.signed_address(key, "large", bruno.actor_id)

    city.move_away(bruno)

    assert_absent(album, bruno.browser, f"/media/{key}/large")
    assert_absent(album, city.browser(), signed)


def test_a_removal_by_moderation_ends_it_at_once(city, album, letort, salma, bruno):
    key = album.upload(salma)
    post_id = album.publish(salma, letort, key, scope="public")
    signed = service.signed_address(key, "large", bruno.actor_id)

    with commit():
        db.session.get_one(Post, post_id).verdict = "removed"

    assert_absent(album, bruno.browser, f"/media/{key}/large")
    assert_absent(album, city.browser(), f"/media/{key}/large")
    assert_absent(album, city.browser(), signed)


def test_a_deletion_ends_it_at_once_for_author_and_caches_too(city, album, letort, salma):
    key = album.upload(salma)
    post_id = album.publish(salma, letort, key, scope="public")
    mark = album.look(city.browser(), key, "large").headers["ETag"]

    with commit():
        posts.wipe(db.session.get_one(Post, post_id))

    assert_absent(album, salma.browser, f"/media/{key}/large")
    again = album.fetch(city.browser(), f"/media/{key}/large", If_None_Match=mark)
    assert again.status_code == 404


def test_what_is_public_may_be_kept_for_a_minute_and_no_longer(city, album, letort, salma, bruno):
    key = album.upload(salma)
    album.publish(salma, letort, key, scope="public")

    for browser in (city.browser(), bruno.browser):
        answer = album.look(browser, key, "large")
        again = album.fetch(browser, f"/media/{key}/large", If_None_Match=answer.headers["ETag"])

        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=60, must-revalidate"
        assert "Cookie" in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers
        assert again.status_code == 304
        assert again.headers["Cache-Control"] == "public, max-age=60, must-revalidate"


def test_a_signed_address_shows_the_photo_to_the_reader_it_names(city, album, letort, salma, bruno):
    key = album.upload(salma)
    album.publish(salma, letort, key)

    for size in service.SIZES:
        answer = album.fetch(city.browser(), service.signed_address(key, size, bruno.actor_id))

        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_signature_gives_no_right_to_who_has_none(city, album, letort, salma):
    key = album.upload(salma)
    album.publish(salma, letort, key)
    stranger = city.visitor()

    assert_absent(album, city.browser(), service.signed_address(key, "large", stranger.actor_id))


def test_a_signed_address_is_over_after_a_day_whatever_was_asked(city, album, letort, salma, bruno, clock):
    key = album.upload(salma)
    album.publish(salma, letort, key)
    signed = service.signed_address(key, "large", bruno.actor_id, timedelta(days=30))
    short = service.signed_address(key, "large", bruno.actor_id, timedelta(minutes=10))

    clock.forward(hours=23, minutes=59)
    assert album.fetch(city.browser(), signed).status_code == 200
    assert_absent(album, city.browser(), short)

    clock.forward(minutes=2)
    assert_absent(album, city.browser(), signed)


def test_a_forged_or_borrowed_suffix_shows_nothing_not_even_what_is_public(city, album, letort, salma, bruno):
    mine, other = album.upload(salma), album.upload(salma)
    album.publish(salma, letort, mine, scope="public")
    album.publish(salma, letort, other, scope="public")
    good = service.signed_address(mine, "large", bruno.actor_id).partition("?v=")[2]
    viewer, end, signature = good.split(".")
    far = int(end) + 3600
    forged = [
        "", "x", ".", "..", good[:-1], good + "0", f"{salma.actor_id}.{end}.{signature}", f"{viewer}.{far}.{signature}",
        f"{viewer}.{end}.{'0' * 43}", f"{viewer}.{end}", f"-{viewer}.{end}.{signature}", f"{good}%00",
        f"٣.{end}.{signature}",
        service.signed_address(other, "large", bruno.actor_id).partition("?v=")[2],
        f"{viewer}.{far}.{secrets.mark('session', f'{mine}.{viewer}.{far}')[:43]}",
    ]  # fmt: skip

    assert album.fetch(bruno.browser, f"/media/{mine}/large?v={good}").status_code == 200
    for suffix in forged:
        assert_absent(album, bruno.browser, f"/media/{mine}/large?v={suffix}")
        assert_absent(album, city.browser(), f"/media/{mine}/large?v={suffix}")


@pytest.mark.parametrize("size", ["huge", "LARGE", "large.webp", "original", "0", "large%00", "..%2flarge"])
def test_a_size_that_is_not_made_is_absent(city, album, letort, salma, size):
    key = album.upload(salma)
    album.publish(salma, letort, key, scope="public")
    never = whole(album.look(salma.browser, ABSENT, "large"))

    assert whole(album.fetch(salma.browser, f"/media/{key}/{size}")) == never


@pytest.mark.parametrize("key", ["x", "%00", "é", "..", "%2e%2e", "a" * 31, "a" * 33, "A" * 32, "'" * 32, "9" * 5000])
def test_a_key_that_is_none_is_absent(city, album, salma, key):
    never = whole(album.look(salma.browser, ABSENT, "large"))

    assert whole(album.look(salma.browser, key, "large")) == never


def test_keys_cannot_be_guessed_from_one_another(album, salma):
    keys = [album.upload(salma) for _ in range(3)]

    assert len(set(keys)) == 3
    assert len({key[:8] for key in keys}) == 3
    assert all(len(bytes.fromhex(key)) == 16 for key in keys)


def test_nobody_posts_to_or_deletes_at_the_address(city, album, letort, salma):
    key = album.upload(salma)
    album.publish(salma, letort, key)

    for verb in ("POST", "PUT", "DELETE", "PATCH"):
        assert album.fetch(salma.browser, f"/media/{key}/large", verb).status_code == 405
    assert album.look(salma.browser, key, "large").status_code == 200
