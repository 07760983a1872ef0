"""Lines that are WebSockets (RFC 6455); the frames are wsproto's. Loaded with the first of them: it takes 3 MiB."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import msgspec
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Ping, Pong, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError, generate_accept_token

from instance.mastodon.tokens import Bearer
from instance.streaming.lines import Line
from instance.streaming.streams import Stream

SAID_MAX = 4096  # what a client may say at once
TOO_LONG, UNREADABLE = 1009, 1003
encode = msgspec.json.encode


def head(key: str, protocol: str) -> bytes:
    """The answer to the handshake; `protocol` is said back, as browsers hang up where it is missing."""
    lines = [
        "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {generate_accept_token(key.encode()).decode()}",
    ]  # fmt: skip
    if protocol:
        lines.append(f"Sec-WebSocket-Protocol: {protocol}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class WebSocketLine(Line):
    """A WebSocket: any number of streams, asked for and left by messages."""

    __slots__ = ("frames", "said")

    def __init__(self, sock: socket.socket, bearer: Bearer, streams: set[Stream]) -> None:
        super().__init__(sock, bearer, streams)
        self.frames = Connection(ConnectionType.SERVER)
        self.said = ""

    def hear(self) -> Iterator[dict[str, Any]]:
        try:
            self.frames.receive_data(self.read())
            for event in self.frames.events():
                if isinstance(event, TextMessage):
                    yield from self._message(event)
                elif isinstance(event, Ping):
                    self.write(self.frames.send(event.response()))
                elif not isinstance(event, Pong):
                    self._leave(event)
        except BlockingIOError:
            return
        except (RemoteProtocolError, LocalProtocolError) as error:
            raise ConnectionResetError from error

    def _message(self, event: TextMessage) -> Iterator[dict[str, Any]]:
        self.said += event.data
        if len(self.said) > SAID_MAX:
            self.end(TOO_LONG)
            self.said = ""
        elif event.message_finished:
            said, self.said = self.said, ""
            try:
                yield msgspec.json.decode(said, type=dict[str, Any])
            except msgspec.DecodeError:
                self.refuse("JSON", 400)

    def _leave(self, event: object) -> None:
        if isinstance(event, CloseConnection):
            if self.frames.state is ConnectionState.REMOTE_CLOSING:
                self.write(self.frames.send(event.response()))
            self.is_over = True
        else:
            self.end(UNREADABLE)  # binary messages are no language of ours

    def tell(self, stream: list[str], event: str, payload: str | None) -> None:
        told = {"stream": stream, "event": event}
        self._text(encode(told if payload is None else told | {"payload": payload}))

    def refuse(self, sentence: str, status: int) -> None:
        self._text(encode({"error": sentence, "status": status}))

    def _text(self, text: bytes) -> None:
        if self.frames.state is ConnectionState.OPEN:
            self.write(self.frames.send(TextMessage(text.decode())))

    def beat(self) -> None:
        if self.frames.state is ConnectionState.OPEN:
            self.write(self.frames.send(Ping()))

    def end(self, code: int) -> None:
        if self.frames.state is ConnectionState.OPEN:
            self.write(self.frames.send(CloseConnection(code)))
        super().end(code)
