"""Key pairs made once per run: a fresh RSA pair costs 100 ms, and most tests only want one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from federation.keys import make_ed25519, make_rsa

NUMBER = 12  # so that neighbours in a test have different ones


def _drawn(make: Callable[[], tuple[str, str]]) -> Iterator[tuple[str, str]]:
    made: list[tuple[str, str]] = []
    for turn in count():
        if turn < NUMBER:
            made.append(make())
        yield made[turn % NUMBER]


def makers() -> dict[str, Callable[[], tuple[str, str]]]:
    """What stands in the place of `accounts.keys.MAKERS`."""
    rsa, ed25519 = _drawn(make_rsa), _drawn(make_ed25519)
    return {"rsa": lambda: next(rsa), "ed25519": lambda: next(ed25519)}
