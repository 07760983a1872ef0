"""docs/quirks.md is true: made from the tags, and each server it names is known by a document."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, ROOT / "deploy" / "quirks.py", "--check"]


def test_the_page_of_quirks_is_what_the_tags_say():
    ran = subprocess.run(COMMAND, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, f"{ran.stdout}{ran.stderr} (python deploy/quirks.py remakes it)"


def test_every_quirk_of_the_library_has_a_document_to_show():
    rows = [
        line.split(" | ") for line in (ROOT / "docs" / "quirks.md").read_text().splitlines() if "`federation/" in line
    ]

    assert rows
    assert [row[0] for row in rows if "tests/wire/" not in row[3]] == []
