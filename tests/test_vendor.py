"""The files of other people's packages are those of the lock, with their licences."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parents[1] / "instance" / "static" / "vendor"


def packages() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VENDOR / "vendor.lock").read_text())
    return found


def test_every_file_has_the_hash_of_the_lock() -> None:
    for package in packages():
        for name, entry in package["files"].items():
            assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == entry["sha256"], name


def test_no_file_came_in_beside_the_lock() -> None:
    locked = {name for package in packages() for name in package["files"]}

    assert {path.name for path in VENDOR.iterdir()} == locked | {"vendor.lock"}


def test_every_package_has_a_pinned_version_and_brings_its_licence() -> None:
    for package in packages():
        assert package["version"].replace(".", "").isdigit()
        assert any("LICENSE" in name for name in package["files"]), package["name"]
