"""The manual names every setting, command and target that exists, and none that doesn't."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from instance.cli import main
from instance.fediverse.inbox_table import TABLE
from instance.settings import VARIABLES

ROOT = Path(__file__).resolve().parents[1]
OPERATE = ROOT / "docs" / "operate.md"
FEDERATION = ROOT / "FEDERATION.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# Read outside of the table of settings: where the table's values come from.
NOT_IN_THE_TABLE = {"QL_ENV_FILE"}
# Of the suite, of the deployment files.
ELSEWHERE = {"QL_TEST_DATABASE_URL", "QL_TEST_REDIS", "QL_CHAOS", "QL_HOST", "QL_UPSTREAM"}


def commands(group: click.Group, before: str = "quartier") -> Iterator[str]:
    """Every command as it is typed: `quartier jobs retry`."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield f"{before} {name}"
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}"


def said(page: Path) -> str:
    return page.read_text("utf-8")


def rows(page: Path) -> dict[str, list[str]]:
    """The rows of the tables of a page by their first cell, without its quotes."""
    found = {}
    for line in said(page).splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            found[cells[0].strip("`")] = cells
    return found


def leads_to_a_command(words: list[str]) -> bool:
    """Whether the first words name a command or a group of them; what follows are its arguments."""
    command: click.Command = main
    for word in words:
        if not isinstance(command, click.Group) or not re.fullmatch("[a-z]+", word):
            return True
        if word not in command.commands:
            return False
        command = command.commands[word]
    return True


class TestSettings:
    def test_each_has_a_row_in_the_manual(self) -> None:
        documented = {name for name in rows(OPERATE) if name.startswith("QL_")}

        assert documented - NOT_IN_THE_TABLE == {variable.name for variable in VARIABLES}

    def test_each_row_tells_the_default_in_force(self) -> None:
        table = rows(OPERATE)
        wrong = {v.name: v.default for v in VARIABLES if v.default and v.default not in " ".join(table[v.name])}

        assert wrong == {}

    def test_no_page_names_a_setting_that_does_not_exist(self) -> None:
        known = {variable.name for variable in VARIABLES} | NOT_IN_THE_TABLE | ELSEWHERE
        named = {(page.name, name) for page in PAGES for name in re.findall(r"\bQL_[A-Z_0-9]+\b", said(page))}

        assert {(page, name) for page, name in named if name not in known} == set()


class TestCommands:
    def test_each_is_in_the_manual(self) -> None:
        manual = said(OPERATE)

        assert [name for name in commands(main) if name not in manual] == []

    def test_no_page_names_a_command_that_does_not_exist(self) -> None:
        unknown = {
            (page.name, line)
            for page in PAGES
            for line in re.findall(r"`quartier ([a-z][^`]*)`", said(page))
            if not leads_to_a_command(line.split())
        }

        assert unknown == set()

    def test_each_explains_itself_and_its_options(self) -> None:
        def walk(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
            yield path, command
            for name, child in getattr(command, "commands", {}).items():
                yield from walk(child, f"{path} {name}")

        silent = []
        for path, command in walk(main, "quartier"):
            options = [p for p in command.params if isinstance(p, click.Option) and p.name != "version"]
            if not command.help or not all(option.help for option in options):
                silent.append(path)

        assert silent == []


class TestFederation:
    """FEDERATION.md against the table by which activities find their handler."""

    def lines(self) -> list[list[str]]:
        """The rows under "What comes in": activity, object, effect, refusal."""
        part = said(FEDERATION).partition("## What comes in")[2].partition("\n## ")[0]
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:1] == "|"]
        return [row for row in cells if row[0].startswith("`")]

    def test_it_has_one_row_for_each_thing_understood_and_no_other(self) -> None:
        told = [(row[0].strip("`"), thing) for row in self.lines() for thing in re.findall("`([^`]+)`", row[1])]

        assert sorted(told) == sorted(TABLE)

    def test_it_names_no_reason_that_nobody_gives(self) -> None:
        reasons = {word for row in self.lines() for word in re.findall("`([a-z_.]+)`", row[3])}
        code = "".join(said(path) for top in ("federation", "instance") for path in (ROOT / top).rglob("*.py"))

        assert reasons
        assert {reason for reason in reasons if f'"{reason}"' not in code} == set()


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {(page.name, name) for page in PAGES for name in re.findall(r"[`\n]make ([a-z-]+)", said(page))}

    assert named
    assert {(page, name) for page, name in named if name not in targets} == set()


def test_every_make_target_explains_itself() -> None:
    lines = re.findall(r"^[a-z-]+:.*$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert [line for line in lines if "## " not in line] == []


def test_every_link_leads_somewhere() -> None:
    broken = [
        (page.name, target)
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", said(page))
        if not target.startswith(("http:", "https:", "mailto:")) and not (page.parent / target).exists()
    ]

    assert broken == []


def test_every_path_of_ours_that_a_page_names_exists() -> None:
    roots = "instance|templates|migrations|deploy|docs|tests"
    broken = [
        (page.name, path)
        for page in PAGES
        if page.name != "CHANGELOG.md" and page.parent.name != "decisions"
        for path in re.findall(rf"`((?:{roots})/[\w./-]+)`", said(page))
        if not (ROOT / path).exists()
    ]

    assert broken == []


def test_every_decision_is_listed_and_complete() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", said(folder / "README.md")))
    pages = sorted(folder.glob("[0-9]*.md"))
    headings = re.findall(r"^## .*$", said(folder / "0000-template.md"), re.MULTILINE)

    assert listed == {page.name for page in pages}
    assert len({page.name[:4] for page in pages}) == len(pages)
    for page in pages:
        assert re.findall(r"^## .*$", said(page), re.MULTILINE) == headings, page.name
