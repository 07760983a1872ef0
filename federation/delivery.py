"""One signed POST and what its answer means; when to try again; which inboxes reach a crowd (federation.md §10)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from federation.errors import BadDocument, BadSignature, Forbidden, Unreachable
from federation.fetch import KNOCK_AGAIN, other, retry_after_s
from federation.keys import SigningKey
from federation.ports import Keys, Policy, Scheme
from federation.signatures import moments, sign_cavage, sign_rfc9421
from federation.urls import host_of, origin
from federation.vocabulary import ACTIVITY_JSON
from federation.wire import Door, Request, Response

_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86_400
RETRY_WAITS_S = (
    *(minutes * _MINUTE_S for minutes in (1, 2, 5, 15, 30)),
    *(hours * _HOUR_S for hours in (1, 2, 4, 8, 12, 24)),
    *(_DAY_S,) * 4,
)  # together a little less than seven days
JITTER = 0.2
REFUSALS = 3  # attempts that end in 401 or 403 before it is final: one, and twice more
DEADLINE_S = 20.0

Outcome = Literal["done", "retry", "final", "gone"]


@dataclass(frozen=True)
class Sent:
    """How a delivery went. `status` is None without an answer; `reason` is for the admin's list, one word or two.

    `off_s`: how far the clock of the other server is ahead of ours, None where it didn't say.
    """

    status: int | None
    outcome: Outcome
    retry_after_s: int | None
    reason: str
    scheme: Scheme
    off_s: int | None = None


def retry_wait_s(attempt: int, *, draw: Callable[[], float] = random.random) -> int | None:
    """Seconds to wait after the failed `attempt` (1 is the first), ±20 %; None: seven days are over."""
    if not 1 <= attempt <= len(RETRY_WAITS_S):
        return None
    return round(RETRY_WAITS_S[attempt - 1] * (1 - JITTER + 2 * JITTER * draw()))


def preferred_inboxes(actors: Iterable[tuple[str, str | None]]) -> set[str]:
    """From (inbox, shared inbox) of each actor the fewest addresses that reach all of them.

    A shared inbox counts only on the origin of the inbox: no server may have another flooded.
    """
    found = set()
    for inbox, shared in actors:
        try:
            is_trusted = bool(shared) and origin(shared or "") == origin(inbox)
        except BadDocument:
            is_trusted = False
        found.add(shared if shared and is_trusted else inbox)
    return found


class Sender:
    """Sends activities; threads may share it."""

    def __init__(self, door: Door, keys: Keys, policy: Policy, now: Callable[[], datetime]) -> None:
        self._door = door
        self._keys = keys
        self._policy = policy
        self._now = now

    def send(self, *, inbox: str, body: bytes, sender: str, attempt: int = 1) -> Sent:
        """POST `body` to `inbox`, signed by `sender`: draft-cavage first, after 400 or 401 once more in RFC 9421.

        A host that answered to one scheme is asked in that one first. Nothing is raised: every end is in `Sent`.
        """
        try:
            host = host_of(inbox)
            if not self._policy.may_send(host):
                return Sent(None, "final", None, "host blocked", "cavage")
            known = self._policy.scheme(host)
            key = self._keys.signing(sender)
        except KeyError:
            return Sent(None, "final", None, "no key", "cavage")
        except BadDocument as error:
            return Sent(None, "final", None, error.code, "cavage")
        sent = self.post(inbox=inbox, body=body, key=key, scheme=known, attempt=attempt)
        if sent.outcome == "done" and sent.scheme != known:
            self._policy.keep_scheme(host, sent.scheme)
        return sent

    def post(self, *, inbox: str, body: bytes, key: SigningKey, scheme: Scheme | None, attempt: int = 1) -> Sent:
        """The same with everything at hand, for threads: no port is asked; `scheme` is what the host took last."""
        first: Scheme = scheme or "cavage"
        try:
            used, answer = self._knock(inbox, body, key, first)
        except Unreachable as error:
            return Sent(None, "retry", error.retry_after_s, error.code, first)
        except (BadDocument, Forbidden) as error:
            return Sent(None, "final", None, error.code, first)
        return judge(answer, used, attempt, self._now())

    def _knock(self, inbox: str, body: bytes, key: SigningKey, scheme: Scheme) -> tuple[Scheme, Response]:
        answer = self._post(inbox, body, key, scheme)
        if answer.status not in KNOCK_AGAIN:
            return scheme, answer
        return other(scheme), self._post(inbox, body, key, other(scheme))

    def _post(self, inbox: str, body: bytes, key: SigningKey, scheme: Scheme) -> Response:
        sign = sign_cavage if scheme == "cavage" else sign_rfc9421
        request = Request("POST", inbox, {"content-type": ACTIVITY_JSON}, body)
        return self._door.post(inbox, sign(request, key, self._now()), body, deadline_s=DEADLINE_S)


def judge(answer: Response, scheme: Scheme, attempt: int, now: datetime) -> Sent:
    """What the last answer to a delivery means for its row."""
    status = answer.status
    outcome: Outcome
    wait_s = None
    if 200 <= status < 300:
        outcome = "done"
    elif status == 410:
        outcome = "gone"
    elif status in (401, 403):
        outcome = "retry" if attempt < REFUSALS else "final"
    elif status in (408, 425, 429) or status >= 500 or status < 400:
        # A redirect is not followed, but a server under repair sends some: it may be back tomorrow.
        outcome = "retry"
        wait_s = retry_after_s(answer.headers, now) if status in (429, 503) else None
    else:
        outcome = "final"
    return Sent(status, outcome, wait_s, f"HTTP {status}", scheme, _off_s(answer, now))


def _off_s(answer: Response, now: datetime) -> int | None:
    try:
        return round((moments.from_header(answer.headers.get("date", "")) - now).total_seconds())
    except BadSignature:
        return None
