"""docs/clients.md, made from what is played here: `python -m tests.mastodon.clients.page` writes it anew."""

from __future__ import annotations

from pathlib import Path

from tests.mastodon.clients import (
    elk,
    ice_cubes,
    masto,
    mastodon_py,
    megalodon,
    phanpy,
    toot,
    tusky,
)
from tests.mastodon.clients.plays import FEATURES, Client

CLIENTS = tuple(
    one.CLIENT for one in (phanpy, elk, tusky, ice_cubes, toot, mastodon_py, masto, megalodon)
)  # fmt: skip
PAGE = Path(__file__).parents[3] / "docs" / "clients.md"
MARKS = "<!-- made: do not edit below -->\n", "<!-- made: do not edit above -->\n"


def cell(client: Client, feature: str) -> str:
    """What the suite shows of a feature in a client."""
    if feature in client.runs:
        return "runs"
    sent = feature == "sign-in" or any(step.feature == feature for step in client.steps)
    return "requests" if sent else ""


def table() -> str:
    """The table of features and clients."""
    head = [f"{one.name}<br>{one.version}" for one in CLIENTS]
    lines = [["", *head], ["---"] * (len(CLIENTS) + 1)]
    lines += [[feature, *(cell(one, feature) for one in CLIENTS)] for feature in FEATURES]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def page(old: str) -> str:
    """`old` with its table made anew."""
    before, _, rest = old.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    return f"{before}{MARKS[0]}\n{table()}\n{MARKS[1]}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
