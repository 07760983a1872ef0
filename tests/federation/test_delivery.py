"""One POST, what its answer means, and when to come again."""

from __future__ import annotations

import json

import pytest

from federation.delivery import RETRY_WAITS_S, preferred_inboxes, retry_wait_s
from federation.errors import Forbidden, Unreachable
from federation.keys import PublicKey
from federation.signatures import verify
from federation.wire import Response
from tests.federation.letters import NOW, pair
from tests.federation.net import ALICE, APPLICATION, HOME, Town, actor, create_note

BODY = json.dumps(create_note()).encode()
INBOX = f"{ALICE}/inbox"


@pytest.fixture
def town() -> Town:
    return Town()


def send(town: Town, *answers: int | Exception, attempt: int = 1, **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    town.net.inboxes = [one if isinstance(one, Exception) else Response(one, named, b"", INBOX) for one in answers]
    return town.fed.send(inbox=INBOX, body=BODY, sender=APPLICATION, attempt=attempt)


def test_a_delivery_can_be_verified_by_its_reader(town):
    assert send(town, 202).outcome == "done"

    (posted,) = town.net.posted
    key = PublicKey(f"{APPLICATION}#main-key", APPLICATION, pair("marseille")[1], None, NOW)
    assert verify(posted, {key.key_id: key}.get, NOW) == key
    assert (posted.body, posted.headers["content-type"]) == (BODY, "application/activity+json")


def test_the_second_knock_is_in_the_other_scheme_and_what_worked_is_kept(town):
    assert send(town, 401, 202).scheme == "rfc9421"
    assert town.policy.schemes == {"aix.example": "rfc9421"}

    send(town, 202)

    assert town.net.schemes == ["cavage", "rfc9421", "rfc9421"]


def test_a_host_that_went_back_to_the_old_scheme_is_followed(town):
    town.policy.schemes["aix.example"] = "rfc9421"

    send(town, 400, 200)

    assert (town.net.schemes, town.policy.schemes["aix.example"]) == (["rfc9421", "cavage"], "cavage")


def test_what_failed_in_both_is_not_kept(town):
    assert send(town, 401, 401).status == 401
    assert town.policy.schemes == {}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "done"), (202, "done"), (204, "done"), (410, "gone"), (404, "final"), (405, "final"), (413, "final"),
        (422, "final"), (408, "retry"), (425, "retry"), (429, "retry"), (500, "retry"), (503, "retry"), (302, "retry"),
    ],
)  # fmt: skip
def test_each_answer_has_its_outcome(town, status, outcome):
    assert send(town, status).outcome == outcome
    assert len(town.net.posted) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_taken_for_one_at_the_third_time(town, status):
    assert [send(town, status, status, attempt=turn).outcome for turn in (1, 2, 3)] == ["retry", "retry", "final"]


def test_a_bad_request_is_final_once_both_schemes_have_met_it(town):
    assert send(town, 400, 400).outcome == "final"
    assert town.net.schemes == ["cavage", "rfc9421"]


def test_a_busy_server_says_when_to_come_back_within_a_day(town):
    assert send(town, 429, retry_after="600").retry_after_s == 600
    assert send(town, 503, retry_after="999999").retry_after_s == 86_400
    assert send(town, 500, retry_after="600").retry_after_s is None


def test_no_end_of_a_delivery_raises(town):
    assert send(town, Unreachable("door.slow")).outcome == "retry"
    assert send(town, 401, Unreachable("door.slow", retry_after_s=9)).retry_after_s == 9
    assert send(town, Forbidden("door.private")).outcome == "final"
    assert town.fed.send(inbox="gopher://x", body=BODY, sender=APPLICATION).outcome == "final"
    assert town.fed.send(inbox=INBOX, body=BODY, sender=f"{HOME}/u/nobody").reason == "no key"
    town.policy.blocked.add("aix.example")
    before = len(town.net.posted)
    assert (send(town, 202).outcome, len(town.net.posted)) == ("final", before)


def test_waits_grow_from_a_minute_to_a_day_and_end_within_seven_days():
    assert RETRY_WAITS_S[:11] == (60, 120, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400)
    assert 6 * 86_400 < sum(RETRY_WAITS_S) <= 7 * 86_400
    assert (retry_wait_s(1, draw=lambda: 0.0), retry_wait_s(1, draw=lambda: 1.0)) == (48, 72)
    assert [retry_wait_s(len(RETRY_WAITS_S) + 1), retry_wait_s(0)] == [None, None]


def test_one_shared_inbox_serves_a_server_but_only_its_own():
    crowd = [
        ("https://aix.example/u/a/inbox", "https://aix.example/inbox"),
        ("https://aix.example/u/b/inbox", "https://aix.example/inbox"),
        ("https://lyon.example/u/c/inbox", None),
        ("https://evil.example/u/d/inbox", "https://lyon.example/inbox"),
    ]

    assert preferred_inboxes(crowd) == {
        "https://aix.example/inbox", "https://lyon.example/u/c/inbox", "https://evil.example/u/d/inbox",
    }  # fmt: skip


def test_nothing_is_queued_to_ourselves_or_to_a_blocked_host(town):
    town.policy.blocked.add("evil.example")
    wanted = [INBOX, f"{HOME}/inbox", "https://evil.example/inbox", INBOX, "mailto:x"]

    town.fed.deliver(actor(), wanted, sender=APPLICATION, object_uri=ALICE)

    assert [inbox for _, inbox, _ in town.outgoing.waiting] == [INBOX]
