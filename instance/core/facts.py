"""What just happened: recorded by a service, written as a job row with its cause, told by reactions.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from instance.core import jobs
from instance.core.db import before_commit, db

PREFIX = "fact:"
F = TypeVar("F", bound="Fact")
KINDS: dict[str, type[Fact]] = {}


@dataclass(frozen=True)
class Fact:
    """Base of all facts; their fields are ids (whole numbers) and short words, never text of people."""

    def __init_subclass__(cls) -> None:
        KINDS[cls.__name__] = cls


def record(fact: Fact) -> None:
    """Note `fact`; it becomes a job row when the running commit ends, or is gone with it."""
    db.session.info.setdefault("facts", []).append(fact)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Facts recorded within are gone when it ends by an error: put it around a savepoint."""
    before = len(db.session.info.get("facts", ()))
    try:
        yield
    except BaseException:
        del db.session.info.get("facts", [])[before:]
        raise


def _as_jobs() -> None:
    happened = [(PREFIX + type(fact).__name__, asdict(fact)) for fact in db.session.info.pop("facts", [])]
    if happened:
        jobs.put_all(happened)
    db.session.flush()


before_commit.append(_as_jobs)


def revive(kind: str, payload: dict[str, Any]) -> Fact:
    """The fact that a job row holds."""
    return KINDS[kind.removeprefix(PREFIX)](**payload)
