"""Says at the end what this machine could not test and why; with `--fail-on-skip` that is a failure."""

from collections import defaultdict

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fail-on-skip", action="store_true", help="a skipped test fails the run (CI)")


def pytest_sessionfinish(session: pytest.Session) -> None:
    strict = session.config.getoption("fail_on_skip") and not hasattr(session.config, "workerinput")
    if strict and _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reasons = _skipped(config)
    if not reasons:
        return
    terminalreporter.section("Skipped here and why")
    for reason, tests in sorted(reasons.items()):
        terminalreporter.line(f"{reason}: {len(tests)}")
        for test in sorted(tests):
            terminalreporter.line(f"    {test}")
    if config.getoption("fail_on_skip"):
        terminalreporter.line("This run allows no skip (--fail-on-skip), so it has failed.", red=True)


def _skipped(config: pytest.Config) -> dict[str, list[str]]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reasons: dict[str, list[str]] = defaultdict(list)
    for report in reporter.stats.get("skipped", []) if reporter else []:
        if hasattr(report, "wasxfail"):
            continue
        words = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[words.removeprefix("Skipped: ")].append(report.nodeid)
    return reasons
