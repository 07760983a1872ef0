"""Windows of a list as the client API asks for them: max_id, since_id, min_id, limit; and the Link header.

Source: Mastodon API, "Paginating through API responses".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

HIGHEST = 2**62  # above every id


@dataclass(frozen=True)
class Window:
    """Rows with `after` < id < `before`; the oldest of them where `upwards`, always shown newest first."""

    before: int
    after: int
    limit: int
    upwards: bool


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 19 else None


def window(asked: Mapping[str, str], *, default: int = 20, most: int = 40) -> Window:
    """The window that a request asks for; what is no number is not asked."""
    before, since, least = (_number(asked.get(name)) for name in ("max_id", "since_id", "min_id"))
    limit = _number(asked.get("limit")) or default
    after = least if least is not None else since
    return Window(before or HIGHEST, after or 0, max(1, min(limit, most)), least is not None)


def link_header(url: str, asked: Sequence[tuple[str, str]], ids: Sequence[int]) -> str | None:
    """The Link header for a page that shows `ids` (newest first) of the list at `url`; None for an empty page."""
    if not ids:
        return None
    kept = [(name, value) for name, value in asked if name not in {"max_id", "since_id", "min_id"}]
    older, newer = urlencode([*kept, ("max_id", str(ids[-1]))]), urlencode([*kept, ("min_id", str(ids[0]))])
    return f'<{url}?{older}>; rel="next", <{url}?{newer}>; rel="prev"'
