"""The numbers of erased accounts, one a line, in a file of the data folder beside every backup.

A restored backup may bring an erased account back; `closing.erase_again` reads this list and takes it out again.
"""

from __future__ import annotations

import os
from pathlib import Path

from instance.core.web import settings

FILE = "erased.txt"


def path() -> Path:
    """Where the list lies."""
    return settings().data_dir / FILE


def note(account_id: int) -> None:
    """Add `account_id`; a number that stands there is not written twice. On disk when this returns."""
    if account_id in ids():
        return
    handle = os.open(path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "ab") as file:
        file.write(f"{account_id}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def ids() -> set[int]:
    """The numbers noted so far."""
    if not path().exists():
        return set()
    return {int(line) for line in path().read_text("ascii").split() if line.isdigit()}
