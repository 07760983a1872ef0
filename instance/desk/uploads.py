"""What comes with a tip stays in memory: no temporary file of the web server ever holds it, not even for a moment."""

from __future__ import annotations

import re
from io import BytesIO
from typing import IO, Any

from flask import Request

from instance.core.web import current_account_id

_TIP = re.compile(r"/pages/[^/]+/info")


class _Nowhere(BytesIO):
    """Takes everything and keeps nothing."""

    def write(self, data: Any) -> int:
        return len(data)


class InConfidence(Request):
    """The request of this application. Whoever is not logged in sends no tip: their files go nowhere at all."""

    def _get_file_stream(
        self, total_content_length: int | None, content_type: str | None, filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:  # fmt: skip
        if not _TIP.fullmatch(self.path):
            return super()._get_file_stream(total_content_length, content_type, filename, content_length)
        return BytesIO() if current_account_id() is not None else _Nowhere()
