"""Answers to other servers that are for nobody else's eyes, or tell nothing at all."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response

from federation.vocabulary import ACTIVITY_JSON

VARY = "Accept, Signature"


def absent() -> Response:
    """Hidden, absent, not open yet, not for this server: one answer to the byte."""
    return _closed(Response(b'{"error":"not_found"}', 404, content_type="application/json"))


def later(seconds: int) -> Response:
    """Too many questions: the same whatever was asked."""
    answer = _closed(Response(b'{"error":"too_many"}', 429, content_type="application/json"))
    answer.headers["Retry-After"] = str(seconds)
    return answer


def private(said: dict[str, Any]) -> Response:
    """A document for the one who asked: no cache keeps it."""
    return _closed(Response(msgspec.json.encode(said), 200, content_type=ACTIVITY_JSON))


def _closed(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Vary"] = VARY
    return answer
