"""What a program says on its WebSocket: which streams it wants, and which no more."""

from __future__ import annotations

import time
from typing import Any

from instance.core.errors import DomainError
from instance.mastodon.scopes import covers
from instance.streaming import belonging
from instance.streaming.lines import VIOLATION, Line
from instance.streaming.streams import Stream, asked

STREAMS_MAX = 20  # of one line


def meet(line: Line, said: dict[str, Any]) -> None:
    """Begin or end a stream on this line; what cannot be is answered with a sentence."""
    if line.is_over:
        return
    if not line.may_wish(time.monotonic()):
        line.end(VIOLATION)
        return
    kind = said.get("type")
    if kind not in {"subscribe", "unsubscribe"}:
        return
    try:
        stream = asked(said.get("stream"), said)
    except DomainError as error:
        line.refuse(error.sentence, 400)
        return
    if kind == "unsubscribe":
        line.streams.discard(stream)
    elif not may_hear(line.scopes, stream):
        line.refuse("scope", 401)
    elif not belonging.is_there(line.account_id, stream):
        line.refuse("not found", 404)
    elif len(line.streams) >= STREAMS_MAX:
        line.refuse("too many streams", 429)
    else:
        line.streams.add(stream)


def may_hear(scopes: frozenset[str], stream: Stream) -> bool:
    """Whether a token with `scopes` may listen to `stream` at all."""
    return covers(scopes, stream.scope)
