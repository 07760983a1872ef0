"""Remake docs/quirks.md: every workaround for another server, from the tags in the code.

python deploy/quirks.py            remake
python deploy/quirks.py --check    exit 1 if the page is not what would be made
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "quirks.md"
WIRE = ROOT / "tests" / "wire"
# The tag, its words, and the comment lines that go on below it.
TAG = re.compile(r"^[ \t]*# quirk\(([\w-]+)\): (.+(?:\n[ \t]*# (?!quirk\().+)*)", re.MULTILINE)
HEAD = """# Quirks

What we do only because another server is as it is. Made from the `# quirk(software): …` tags by
`python deploy/quirks.py`; the documents are in `tests/wire/`, written by us in the shape in which that server sends.

| server | what | where | documents |
|---|---|---|---|
"""


def found() -> list[tuple[str, str, str]]:
    """Server, words and file of each tag, sorted."""
    quirks = []
    for top in ("federation", "instance"):
        for path in (ROOT / top).rglob("*.py"):
            for server, words in TAG.findall(path.read_text(encoding="utf-8")):
                quirks.append((server, re.sub(r"\s*\n\s*# ", " ", words), path.relative_to(ROOT).as_posix()))
    return sorted(quirks)


def documents(server: str) -> list[str]:
    """What we keep of a server, by path."""
    return [path.relative_to(ROOT).as_posix() for path in sorted((WIRE / server).glob("*.json"))]


def make() -> str:
    """The page."""
    rows = []
    for server, words, file in found():
        shown = ", ".join(f"`{one}`" for one in documents(server)) or "–"
        rows.append(f"| {server} | {words.replace('|', '&#124;')} | `{file}` | {shown} |\n")
    return HEAD + "".join(rows)


def main(arguments: list[str]) -> int:
    """Remake or check."""
    page = make()
    if "--check" in arguments:
        is_fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page
        sys.stdout.write("" if is_fresh else "stale: docs/quirks.md\n")
        return 0 if is_fresh else 1
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
