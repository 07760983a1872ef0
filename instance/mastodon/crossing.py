"""CORS: a program in any browser page may call and read, as no cookie counts there (mastodon-api.md)."""

from __future__ import annotations

import os

from flask import Flask, Response, request

from instance.mastodon import rates

PLACES = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/", "/nodeinfo", "/media/")
METHODS = "GET, POST, PUT, PATCH, DELETE"
# Named one by one: `*` does not cover Authorization.
ASKED = "Authorization, Content-Type, Idempotency-Key"
SHOWN = "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"


def bind(app: Flask) -> None:
    """Answer what browsers ask beforehand, and put the headers on every answer, errors included."""
    app.before_request_funcs.setdefault(None, []).insert(0, _asked_beforehand)
    app.after_request(_open)


def _asked_beforehand() -> Response | None:
    if request.method != "OPTIONS" or not request.path.startswith(PLACES):
        return None
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = METHODS
    answer.headers["Access-Control-Allow-Headers"] = ASKED
    answer.headers["Access-Control-Max-Age"] = "86400"
    return answer


def _open(answer: Response) -> Response:
    if not request.path.startswith(PLACES):
        return answer
    answer.headers["Access-Control-Allow-Origin"] = "*"
    if request.path.startswith(("/api/", "/oauth/")):
        answer.headers["Access-Control-Expose-Headers"] = SHOWN
        answer.headers["X-Request-Id"] = os.urandom(8).hex()
        if request.method != "OPTIONS":
            rates.say(answer)
    return answer
