"""Where the files that travel with the program lie, in a wheel and in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """The folder `name` ("templates", "migrations"): inside the package in a wheel, else beside it."""
    packaged = PACKAGE / name
    return packaged if packaged.is_dir() else PACKAGE.parent / name
