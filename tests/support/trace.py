"""Which of our files a piece of work goes through: keeps the traces of docs/architecture.md true."""

import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = (ROOT / "instance", ROOT / "federation")
# Lines such as "1. `instance/posts/web.py` `create()` - ..." under a heading.
HOP = re.compile(r"^\d+\. +`(?P<file>[\w/]+\.py)`")


def visited(work: Callable[[], object]) -> list[str]:
    """The files of `instance/` and `federation/` that `work` enters, each once, in the order of the first call.

    Paths are relative to the checkout. Calls made by other threads started meanwhile count too. Module bodies
    (imports) and comprehensions do not count: being read is not being called.
    """
    seen: dict[str, None] = {}

    def record(frame: FrameType, event: str, _arg: Any) -> None:
        if event == "call":
            name = _ours(frame.f_code)
            if name:
                seen.setdefault(name)

    before = sys.getprofile()
    threading.setprofile(record)
    sys.setprofile(record)
    try:
        work()
    finally:
        sys.setprofile(before)
        threading.setprofile(None)
    return list(seen)


def documented(page: Path, heading: str) -> list[str]:
    """The files that `page` lists, in order, under the heading that contains the words of `heading`."""
    hops: list[str] = []
    inside = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            inside = heading.lower() in line.lower()
        elif inside and (hop := HOP.match(line)):
            hops.append(hop["file"])
    return hops


def _ours(code: CodeType) -> str:
    # What SQLite's connection calls by itself (its BEGIN) has no counterpart on PostgreSQL: no reader goes that way.
    if code.co_name.startswith("<") or code.co_qualname.startswith("prepare_engine."):
        return ""
    path = Path(code.co_filename)
    return path.relative_to(ROOT).as_posix() if any(path.is_relative_to(one) for one in PACKAGES) else ""
