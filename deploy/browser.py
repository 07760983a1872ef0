"""A browser for programs: keeps cookies, fills in forms as they stand in pages. For the two towns and their tests."""

from __future__ import annotations

import http.client
import re
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"


class Browser:
    """Somebody in front of an instance on this machine; `place` is where the last answer led."""

    def __init__(self, port: int) -> None:
        self._port, self._cookies = port, {"langue": "fr"}
        self.place = ""

    def log_in(self, handle: str, password: str) -> Browser:
        """As this account; the browser itself."""
        status = self.fill("/connexion", login=handle, password=password)
        assert status == 303, status
        return self

    def read(self, path: str) -> str:
        """The page, which has to be there."""
        status, text = self.ask("GET", path)
        assert status == 200, (path, status)
        return text

    def fill(
        self, page: str, to: str = "", files: Mapping[str, tuple[str, bytes]] | None = None, /,
        **fields: str | list[str],
    ) -> int:  # fmt: skip
        """Send the form of `page`, or that one in it which goes `to` an address; the status.

        `files` are names and contents by field.
        """
        return self.send(to or page, self.sign(page), files, **fields)[0]

    def sign(self, page: str) -> str:
        """What the forms of `page` carry against forgery."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.read(page))
        assert found is not None, page
        return found[1]

    def send(
        self, path: str, sign: str, files: Mapping[str, tuple[str, bytes]] | None = None, /, **fields: str | list[str]
    ) -> tuple[int, str]:
        """Send a form whose sign is at hand; status and page."""
        values = {"csrf_token": sign, **fields}
        if not files:
            return self.ask("POST", path, urlencode(values, doseq=True).encode(), FORM)
        line = secrets.token_hex(16)
        return self.ask("POST", path, _parts(line, values, files), f"multipart/form-data; boundary={line}")

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, str]:
        """One request: status and page."""
        status, content = self.bytes_of(method, path, body, kind)
        return status, content.decode(errors="replace")

    def bytes_of(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, bytes]:
        """One request: status and what came."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers |= {"Content-Type": kind, "Origin": f"http://127.0.0.1:{self._port}"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for one in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = one.partition(";")[0].partition("=")
            self._cookies[name] = value
        self.place = answer.headers.get("Location", "")
        return answer.status, content


def _parts(line: str, values: Mapping[str, str | list[str]], files: Mapping[str, tuple[str, bytes]]) -> bytes:
    parts = [
        f'--{line}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{one}\r\n'.encode()
        for name, value in values.items()
        for one in ([value] if isinstance(value, str) else value)
    ]
    for name, (called, content) in files.items():
        head = f'--{line}\r\nContent-Disposition: form-data; name="{name}"; filename="{called}"\r\n'
        parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
    return b"".join([*parts, f"--{line}--\r\n".encode()])
