"""Refreshes instance/static/vendor from its lock: `python deploy/vendor.py`, or with a new version `… htmx.org@2.0.12`.

The files of other people's packages that pages load are committed, so that nothing is fetched when the city is built
or run. `vendor.lock` names each package, its version, the files taken from it and their SHA-256; tests/test_vendor.py
compares them. Needs npm, which is told to run nothing.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parents[1] / "instance" / "static" / "vendor"
LOCK = VENDOR / "vendor.lock"


def fetch(name: str, version: str, folder: Path) -> Path:
    """The package's archive, put in `folder`."""
    command = ["npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", str(folder), f"{name}@{version}"]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return next(folder.glob("*.tgz"))


def take(archive: Path, member: str) -> bytes:
    """One file out of the archive."""
    with tarfile.open(archive) as packed:
        found = packed.extractfile(f"package/{member}")
        if found is None:
            raise FileNotFoundError(member)
        return found.read()


def refresh(package: dict[str, Any]) -> None:
    """Write the package's files anew and their hashes into its entry."""
    with tempfile.TemporaryDirectory() as folder:
        archive = fetch(package["name"], package["version"], Path(folder))
        for name, entry in package["files"].items():
            body = take(archive, entry["from"])
            (VENDOR / name).write_bytes(body)
            entry["sha256"] = hashlib.sha256(body).hexdigest()


def main(wanted: list[str]) -> None:
    """Refresh all packages of the lock; those named in `wanted` (name@version) in that version."""
    lock = json.loads(LOCK.read_text())
    versions = dict(word.rsplit("@", 1) for word in wanted)
    if unknown := versions.keys() - {package["name"] for package in lock}:
        raise SystemExit(f"not in {LOCK.name}: {', '.join(sorted(unknown))}; add its entry first")
    for package in lock:
        package["version"] = versions.get(package["name"], package["version"])
        refresh(package)
        sys.stdout.write(f"{package['name']} {package['version']}\n")
    LOCK.write_text(json.dumps(lock, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
