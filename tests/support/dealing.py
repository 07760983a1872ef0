"""How `-n` deals the suite to its processes: file by file, the long ones first, so that all end together.

What drives browsers and running towns is two long stretches, each played by one process: its servers are built once,
and while it waits for them the others compute. The first stretch begins at once, the second a little later, so that
they seldom meet.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

STRETCHES = {
    "tests/browser/": "browsers",
    "tests/instance/test_look.py": "browsers",
    "tests/two_cities/": "towns",
    "tests/running/": "towns",
    "tests/mastodon/clients/": "towns",
}
EARLY = ("tests/test_", "tests/instance/demo/")  # few tests, of seconds each
BEFORE_TOWNS = 0.25  # of the tests of single files


def stretch(nodeid: str) -> str:
    """What is played in one go with this test: its file, or one of the long stretches."""
    path = nodeid.partition("::")[0]
    return next((name for start, name in STRETCHES.items() if path.startswith(start)), path)


def order(nodeids: list[str]) -> dict[str, int]:
    """Which stretch is dealt when: browsers, files of slow tests, long files, towns, and the other files by length."""
    lengths = Counter(stretch(one) for one in nodeids)
    files = sorted(
        lengths.keys() - STRETCHES.values(), key=lambda name: (not name.startswith(EARLY), -lengths[name], name)
    )
    total, before = sum(lengths[name] for name in files), 0
    ranks = {"browsers": -1}
    for rank, name in enumerate(files):
        if before >= total * BEFORE_TOWNS:
            ranks.setdefault("towns", 2 * rank - 1)
        ranks[name] = 2 * rank
        before += lengths[name]
    ranks.setdefault("towns", 0)
    return ranks


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a process of xdist: the order of the deal. A run without `-n` keeps the order of the folders."""
    if hasattr(config, "workerinput") and config.workerinput.get("deals_by_stretch"):
        ranks = order([item.nodeid for item in items])
        items.sort(key=lambda item: ranks[stretch(item.nodeid)])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each process whether the deal is ours, which `--dist` may change."""
    node.workerinput["deals_by_stretch"] = _is_ours(node.config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if not _is_ours(config):
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Dealer(LoadScopeScheduling):  # type: ignore[misc]  # xdist publishes no types
        """Deals stretch by stretch, in the order in which the tests were put."""

        def _split_scope(self, nodeid: str) -> str:
            return stretch(nodeid)

    config.option.loadscopereorder = False
    return Dealer(config, log)


def _is_ours(config: pytest.Config) -> bool:
    return bool(config.getoption("dist", "no") == "load")
