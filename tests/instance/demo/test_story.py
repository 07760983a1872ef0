"""The people of the demonstration live where they say, and what they wrote could have been written then."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from instance.accounts.names import HANDLE, RESERVED
from instance.demo import story
from instance.posts import hints
from instance.posts.service import KINDS, TEXT_MAX, TITLE_MAX
from instance.verification.service import LEVELS
from tests.instance.demo import town

PARIS = ZoneInfo("Europe/Paris")
PEOPLE = {one.handle: one for one in story.neighbours()}


def test_every_home_lies_in_the_quartier_of_its_resident() -> None:
    for one in PEOPLE.values():
        assert town.quartier_of(one.home) == town.names()[one.quartier], one.handle
    for waiting in story.letters():
        assert town.quartier_of(waiting["home"]) is not None


def test_handles_are_free_and_say_nothing_of_the_name() -> None:
    for one in PEOPLE.values():
        assert HANDLE.fullmatch(one.handle)
        assert one.handle not in RESERVED
        assert not any(part.lower() in one.handle for part in one.name.replace("-", " ").split() if len(part) > 2)


def test_the_quartiers_stand_at_every_stage() -> None:
    numbers = {code: sum(one.quartier == code for one in PEOPLE.values()) for code in town.names()}
    by_hand = {one["quartier"] for one in story.openings()}

    assert (numbers["9980101"], numbers["9980102"], numbers["9980105"], numbers["9980201"]) == (12, 4, 7, 0)
    assert by_hand == {"9980102"}
    assert len({one.home for one in PEOPLE.values() if one.quartier == "9980101"}) >= 5


def test_there_is_somebody_for_every_task() -> None:
    roles = [role for one in PEOPLE.values() for role in one.roles]

    assert sorted(roles) == ["admin", "moderator", "referent", "referent", "verifier"]
    assert all(LEVELS[one.method] == "strong" for one in PEOPLE.values() if one.roles)


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_whatever_the_hour_words_come_after_those_who_say_them(hour: int) -> None:
    now = datetime(2026, 3, 29, hour, 1, tzinfo=PARIS)  # the night the clocks change, too
    arrived = {one.handle: now - timedelta(days=one.verified_days_ago) for one in PEOPLE.values()}

    for message in story.messages():
        begun = message.moment(now, PARIS)
        for who in (message.by, *message.merci):
            assert arrived[who] < begun, (who, message.title)
        for place, reply in enumerate(message.replies):
            assert begun + timedelta(minutes=reply.after) < now, message.title
            assert arrived[reply.by] < begun + timedelta(minutes=reply.after), (reply.by, message.title)
            assert reply.to is None or reply.to < place
        assert [reply.after for reply in message.replies] == sorted(reply.after for reply in message.replies)


def test_words_fit_their_form_and_give_nothing_away() -> None:
    messages = list(story.messages())

    for message in messages:
        assert message.kind in KINDS
        assert 0 < len(message.title) <= TITLE_MAX
        assert len(message.text) <= TEXT_MAX
        for text in (message.title, message.text, *(reply.text for reply in message.replies)):
            assert "!" not in text
            assert hints.names_of(text) == [], text
    assert {message.scope for message in messages} == {"quartier", "neighbours", "public"}
    assert sum(message.pinned for message in messages) == 1
    assert sum(reply.solves for message in messages for reply in message.replies) == 1


def test_every_picture_is_used_and_described() -> None:
    photos = [message.photo for message in story.messages() if message.photo]

    assert {photo.file for photo in photos} == {path.name for path in (town.FILES / "pictures").iterdir()}
    assert all(photo.description.startswith("Peinture") for photo in photos)
