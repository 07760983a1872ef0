"""Ormevielle moves into an empty database, and only there."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core import clock, ids, jobs, storage
from instance.core.db import db
from instance.demo import story
from instance.demo.load import load
from instance.legal import service as legal
from instance.media.models import Media
from instance.posts.models import Post, SeenMark, Thanks, WallEntry
from instance.quartiers import service as quartiers
from instance.quartiers.models import Address, Quartier, QuartierPair
from instance.settings import Settings
from instance.verification import letters
from tests.city import City
from tests.instance.demo import town


@pytest.fixture
def at_home(app: Flask, settings: Settings) -> Settings:
    """Settings of a machine that nobody else reaches."""
    assert settings.is_loopback
    return settings


def _number(table: type[db.Model]) -> int:  # type: ignore[name-defined]
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def _told() -> int:
    """How many messages, replies and articles the story has."""
    replies = [len(message.replies) for message in story.messages()]
    return len(replies) + sum(replies) + sum(len(page["articles"]) for page in story.pages())


def test_a_first_start_finds_a_town_with_people_and_words(at_home: Settings) -> None:
    before = clock.now()

    load(at_home)

    states = {q.name: (q.state, quartiers.residents_number(q.id)) for q in db.session.scalars(select(Quartier))}
    by_hand = db.session.scalars(select(Quartier.name).where(Quartier.opened_reason.is_not(None))).all()
    homes = select(Quartier.name).select_from(Address).outerjoin(Quartier, Quartier.id == Address.quartier_id)
    placed = Counter(db.session.scalars(homes))
    assert states == {
        "Bœuf-Couronné": ("open", 12), "L'Écluse-aux-Hérons": ("open", 4), "Butte-aux-Tilleuls": ("pilot", 7),
        "Faubourg-des-Tisserandes": ("pilot", 3), "Grands-Vergers": ("pilot", 1), "Bourg-Neuf": ("pilot", 0),
    }  # fmt: skip
    assert by_hand == ["L'Écluse-aux-Hérons"]
    assert _number(QuartierPair) == 9
    assert placed == Counter(map(town.quartier_of, town.addresses()))
    assert _number(Post) == _told()
    assert _number(Media) == 4
    assert _number(Thanks) > 50
    assert _number(SeenMark) > 100
    assert len(letters.to_print([None])) == 2
    assert legal.are_filled()
    assert jobs.counts()["failed"] == 0
    assert all(ids.moment_of(post_id) < clock.now() for post_id in db.session.scalars(select(Post.id)))
    assert abs(clock.now() - before).total_seconds() < 300, "the clock is put right again"


def test_the_wall_reads_as_it_was_told(at_home: Settings) -> None:
    now = clock.now()

    load(at_home)

    for message in story.messages():
        post = db.session.scalars(select(Post).where(Post.title == message.title)).one()
        told = message.moment(now, at_home.timezone)
        assert abs(ids.moment_of(post.id) - told).total_seconds() < 60, message.title
        replies = db.session.scalars(
            select(Post).where(Post.reply_to_id.is_not(None), Post.thread_id == post.id).order_by(Post.id)
        ).all()
        assert [reply.text for reply in replies] == [reply.text for reply in message.replies]
        pins = db.session.scalars(
            select(WallEntry.pinned_at).where(WallEntry.post_id == post.id, WallEntry.pinned_at.is_not(None))
        ).all()
        assert len(pins) == message.pinned
        assert (post.state == "solved") == any(reply.solves for reply in message.replies)


def test_a_newspaper_stands_on_the_walls_that_subscribed(at_home: Settings) -> None:
    load(at_home)

    walls = (
        select(Quartier.name)
        .join(WallEntry, WallEntry.wall_id == Quartier.actor_id)
        .join(Post, Post.id == WallEntry.post_id)
        .where(Post.title == "Qui paiera le nouveau ponton ?", WallEntry.reason == "page")
        .order_by(Quartier.name)
    )
    assert db.session.scalars(walls).all() == ["Bœuf-Couronné", "L'Écluse-aux-Hérons"]


def test_the_printed_passwords_open_the_accounts_and_are_new_each_time(
    at_home: Settings, city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    logins = load(at_home)

    printed = capsys.readouterr().out
    assert at_home.base_url in printed
    assert len({one.password for one in logins}) == len(logins) == 7
    for one in logins:
        assert one.handle in printed
        assert one.password in printed
        assert accounts.is_password_of(accounts.named(one.handle), one.password)
    db.session.rollback()
    assert (
        city.post(city.browser(), "/connexion", login=logins[0].handle, password=logins[0].password).status_code == 303
    )


class Dying:
    """A store that takes one file, then the process ends."""

    def __init__(self) -> None:
        self.real, self.left = storage.store(), 1

    def put(self, name: str, data: bytes) -> None:
        if not self.left:
            raise SystemExit("killed")
        self.left -= 1
        self.real.put(name, data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def _cut_off(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Load until the first photo, no further."""
    with monkeypatch.context() as patched:
        patched.setattr(storage, "_store", Dying())
        with pytest.raises(SystemExit, match="killed"):
            load(settings)
    db.session.rollback()
    db.session.expunge_all()


def test_a_loading_that_was_cut_off_begins_again_and_is_whole_then(
    at_home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _cut_off(at_home, monkeypatch)
    assert _number(Account) > 0
    db.session.rollback()

    logins = load(at_home)

    assert len(logins) == 7
    assert _number(Post) == _told()
    assert _number(Account) == len(story.neighbours()) + len(story.letters())
    assert capsys.readouterr().out.count("Ormevielle") == 1
    db.session.rollback()
    assert load(at_home) == []


def test_a_half_town_where_somebody_signed_up_is_left_alone_and_said(
    at_home: Settings, city: City, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    _cut_off(at_home, monkeypatch)
    city.visitor("tilleul_argente")
    number = _number(Account)
    db.session.rollback()

    assert load(at_home) == []

    assert _number(Account) == number
    assert "à moitié chargée, et quelqu’un d’autre y a un compte" in capsys.readouterr().out


def test_a_city_with_somebody_in_it_is_left_alone(at_home: Settings, city: City) -> None:
    city.visitor("velo_bleu")

    logins = load(at_home)

    assert logins == []
    assert (_number(Account), _number(Quartier)) == (1, 0)


def test_a_public_address_gets_no_demonstration(at_home: Settings) -> None:
    logins = load(replace(at_home, base_url="https://quartier.example"))

    assert logins == []
    assert (_number(Account), _number(Address)) == (0, 0)
