"""The example of the manual runs, and is short enough to be read at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "two_servers.py"


def test_two_servers_follow_accept_and_deliver():
    ran = subprocess.run(
        [sys.executable, EXAMPLE], capture_output=True, text=True, check=False, timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert ran.stdout.splitlines() == ["Accept Follow", "Create Note"], ran.stderr
    assert len(EXAMPLE.read_text().splitlines()) <= 40
