"""/api/v1/streaming: a request becomes a line, and its thread is free again.

The answer's head is written here on the raw socket, which then belongs to the hub. The server that accepted the
request (gunicorn, or Werkzeug's) is left with the end of a pipe that nobody reads: what it writes and closes after
that harms nobody.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from flask import Flask, Response, current_app, g, request
from flask_babel import gettext as _

from instance.core.errors import NotAllowed, NotFound
from instance.core.web import settings
from instance.mastodon import tokens
from instance.mastodon.api import NoToken, answer, open_call
from instance.mastodon.tokens import Bearer
from instance.mastodon.web import bp
from instance.streaming import belonging, hub, streams
from instance.streaming.lines import Line, SseLine
from instance.streaming.streams import Stream

AGAIN_S = 30
MOST = "STREAM_MAX"  # set by `quartier stream`
SOCKETS = ("gunicorn.socket", "werkzeug.socket")
SSE_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: private, no-store\r\n"
    b"Access-Control-Allow-Origin: *\r\nX-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\n"
    b"Connection: close\r\n\r\n:)\n"
)


@bp.get("/v1/streaming/health")
@open_call
def streaming_health() -> Response:
    """That this process would listen."""
    return Response("OK", mimetype="text/plain")


@bp.get("/v1/streaming")
@open_call
def streaming() -> Response:
    """Events of the stream that `stream` names."""
    return _events(request.args.get("stream", ""))


@bp.route("/v1/streaming", methods=["GET"], websocket=True)
@open_call
def web_socket() -> Response:
    """A WebSocket; streams are asked for by the address, or by messages."""
    # Imported here: who never streams has no WebSockets in memory.
    from instance.streaming import web_sockets

    key, protocol = request.headers.get("Sec-WebSocket-Key", ""), request.headers.get("Sec-WebSocket-Protocol", "")
    if request.headers.get("Sec-WebSocket-Version") != "13" or len(key) != 24:
        refused = answer({"error": "WebSocket 13"}, 426)
        refused.headers["Sec-WebSocket-Version"] = "13"
        return refused
    offered = protocol.partition(",")[0].strip()
    who = _speaker(offered)
    name = request.args.get("stream")
    wanted = {_checked(who, streams.asked(name, request.args))} if name else set()
    head = web_sockets.head(key, offered)
    return _hand_over(who, head, lambda sock: web_sockets.WebSocketLine(sock, who, wanted))


@bp.get("/v1/streaming/<path:name>")
@open_call
def streaming_of(name: str) -> Response:
    """Events of one stream: user, user/notification, public/local, hashtag, list, direct."""
    if name.replace("/", ":") not in streams.NAMES:
        raise NotFound
    return _events(name.replace("/", ":"))


def _speaker(token: str | None) -> Bearer:
    """Who listens, by the header that every call may bring, by the address, or by `token`."""
    found: Bearer | None = g.bearer
    found = found or tokens.find(request.args.get("access_token") or token or "")
    if found is None:
        raise NoToken("no_token", _("Il faut un jeton d’accès valable."))
    return found


def _checked(who: Bearer, stream: Stream) -> Stream:
    if not who.may(stream.scope):
        raise NotAllowed("scope", _("Ce jeton ne couvre pas « %(scope)s ».", scope=stream.scope))
    if not belonging.is_there(who.account.id, stream):
        raise NotFound
    return stream


def _events(name: str) -> Response:
    who = _speaker(None)
    wanted = {_checked(who, streams.asked(name, request.args))}
    return _hand_over(who, SSE_HEAD, lambda sock: SseLine(sock, who, wanted))


def _hand_over(who: Bearer, head: bytes, line: Callable[[socket.socket], Line]) -> Response:
    ours: socket.socket | None = next((request.environ[one] for one in SOCKETS if one in request.environ), None)
    if ours is None:
        return answer({"error": _("Les flux demandent une connexion directe.")}, 501)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    lines = hub.of(app, app.config.get(MOST) or settings().stream_max, settings().base_url)
    try:
        lines.reserve(who.account.id)
    except hub.Full:
        refused = answer({"error": _("Trop de flux sont ouverts : revenez dans un instant.")}, 503)
        refused.headers["Retry-After"] = str(AGAIN_S)
        return refused
    try:
        taken = _taken(ours)
        taken.sendall(head)
        lines.take(line(taken))
    except OSError:
        lines.release(who.account.id)
    return Response(status=200)  # goes nowhere


def _taken(ours: socket.socket) -> socket.socket:
    """The connection as a socket of our own; `ours` is left with a pipe that nobody reads."""
    taken = ours.dup()
    taken.settimeout(5)
    left, unread = socket.socketpair()
    os.dup2(left.fileno(), ours.fileno())
    left.close()
    unread.close()
    return taken


def only_streams(app: Flask) -> None:
    """Let `app` answer no call but these, and whether it is well."""
    app.before_request_funcs.setdefault(None, []).insert(0, _refuse_others)


def _refuse_others() -> Response | None:
    if request.path.startswith("/api/v1/streaming") or request.path == "/health":
        return None
    return answer({"error": _("Introuvable.")}, 404)


__all__ = ["MOST", "bp", "only_streams"]
