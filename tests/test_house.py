"""The house rules that a machine can check: names that bite, imports that go down, files one can read."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from instance.core import clock
from instance.settings import BadSetting, Settings, load
from tests.support.trace import documented, visited

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "instance"
LIBRARY = ROOT / "federation"
MODULES = sorted([*PACKAGE.rglob("*.py"), *LIBRARY.rglob("*.py")])
# urls.py writes addresses as urllib3 sends them; it opens nothing.
DOOR = {"federation/wire.py", "federation/connections.py", "federation/urls.py"}
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".xml", ".txt"})
MOST_LINES = 400
MOST_FUNCTION_LINES = 50
# Part of the Flask family and of shapely and boto3, which the wheel asks for by name.
# Rooms that are edges as a whole: outsiders dictate the shape of what is said there (house.md §1).
OUTSIDE_CONTRACTS = {"mastodon", "fediverse"}
COMES_ALONG = {"alembic", "babel", "botocore", "itsdangerous", "markupsafe", "numpy", "werkzeug", "wtforms"}


# Pages, commands, and the guards and sessions that belong to them.
EDGE = re.compile(r"instance/core/|/(\w+_)?web\.py$|/(commands|blueprint|session|access)\.py$")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def quartier(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "instance.cli", *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"} | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def git(*words: str) -> str:
    """What git says about this checkout; skips where there is none."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("git: not installed, or this is no checkout")
    command = ["git", "-c", f"safe.directory={ROOT}", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout


class TestNamesThatBite:
    """The four traps of a package called `instance`."""

    def test_the_data_folder_is_refused_inside_the_package(self) -> None:
        for inside in (PACKAGE, PACKAGE / "var", PACKAGE / "core" / ".." / "var"):
            with pytest.raises(BadSetting, match="QL_DATA_DIR"):
                load({"QL_DATA_DIR": str(inside)})

    def test_the_command_line_says_so_in_one_sentence_and_makes_nothing(self) -> None:
        answer = quartier("migrate", QL_DATA_DIR=str(PACKAGE / "var"))

        assert answer.returncode == 1
        assert answer.stderr.count("\n") == 1
        assert "QL_DATA_DIR" in answer.stderr
        assert not (PACKAGE / "var").exists()

    def test_what_flask_writes_goes_to_the_data_folder(self, whole_app: Flask, settings: Settings) -> None:
        assert Path(whole_app.instance_path) == settings.data_dir
        assert PACKAGE not in Path(whole_app.instance_path).parents

    def test_git_tracks_the_package_and_ignores_none_of_it(self) -> None:
        ours = [path for top in (PACKAGE, ROOT / "templates", ROOT / "migrations") for path in top.rglob("*")]
        ours = [path for path in ours if path.is_file() and "__pycache__" not in path.parts]

        assert git("ls-files", "instance/app.py").strip() == "instance/app.py"
        assert git("check-ignore", "--no-index", *map(name_of, ours)) == ""

    def test_the_doctor_sees_another_distribution_of_the_same_name(self, tmp_path: Path) -> None:
        squatter = tmp_path / "squatter-1.0.dist-info"
        squatter.mkdir()
        (squatter / "METADATA").write_text("Metadata-Version: 2.1\nName: squatter\nVersion: 1.0\n")
        (squatter / "top_level.txt").write_text("instance\n")
        (squatter / "RECORD").write_text("instance/__init__.py,,\n")
        data = {"QL_DATA_DIR": str(tmp_path / "data")}

        alone = quartier("doctor", "--json", **data)
        together = quartier("doctor", "--json", PYTHONPATH=f"{ROOT}{os.pathsep}{tmp_path}", **data)

        assert "squatter" not in alone.stdout
        assert "squatter" in together.stdout
        assert together.returncode == 1
        json.loads(together.stdout)


BAD_LINES = [
    ("posts/service.py", "import instance.notifications.service", "3"),
    ("quartiers/service.py", "import instance.posts.models", "3"),
    ("moderation/service.py", "import instance.notifications.models", "3"),
    ("verification/service.py", "import instance.media.models", "3"),
    ("core/jobs.py", "import instance.posts.service", "3"),
    ("settings.py", "import instance.core.db", "3"),
    ("utils.py", "", "3"),
    ("quartiers/service.py", "import instance.quartiers.web", "4"),
    ("accounts/models.py", "import instance.accounts.web", "4"),
    ("quartiers/models.py", "import instance.accounts.service", "5"),
    ("posts/service.py", "from flask import request", "6"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house without its furniture: every module, nothing else."""
    folder = tmp_path_factory.mktemp("house")
    for module in MODULES:
        target = folder / module.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(module, target)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


class TestImports:
    """The contracts of pyproject.toml hold, and would notice."""

    def broken(self, folder: Path) -> list[str]:
        """The numbers of the contracts that do not hold in `folder`."""
        linter = Path(sys.executable).with_name("lint-imports")
        answer = subprocess.run(
            [linter, "--no-cache", "--no-logo"],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Contracts:" in answer.stdout, answer.stdout + answer.stderr
        return re.findall(r"^(\d) .* BROKEN$", answer.stdout, re.MULTILINE)

    def test_all_contracts_are_kept(self, copy: Path) -> None:
        assert self.broken(copy) == []

    @pytest.mark.parametrize(("file", "line", "contract"), BAD_LINES)
    def test_a_bad_line_is_noticed(self, copy: Path, file: str, line: str, contract: str) -> None:
        module = copy / "instance" / file
        before = module.read_text("utf-8") if module.exists() else None
        module.write_text(f"{before or ''}\n{line}\n", "utf-8")

        try:
            assert contract in self.broken(copy)
        finally:
            if before is None:
                module.unlink()
            else:
                module.write_text(before, "utf-8")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported_by(path: Path) -> set[str]:
    """The top-level names that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


class TestModules:
    """One page, one idea; every room is lived in."""

    def test_no_file_is_longer_than_one_can_read(self) -> None:
        long = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}

        assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}

    def test_no_function_is_longer_than_a_screen(self) -> None:
        long = {
            f"{name_of(path)} {node.name}": (node.end_lineno or 0) - node.lineno + 1
            for path in MODULES
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }

        assert {name: lines for name, lines in long.items() if lines > MOST_FUNCTION_LINES} == {}

    def test_no_module_and_no_room_is_empty(self) -> None:
        rooms = {path.parent for path in MODULES}
        files = [path for path in MODULES if path.name != "__init__.py"]

        assert [name_of(room) for room in rooms if list(room.glob("*.py")) == [room / "__init__.py"]] == []
        assert [name_of(path) for path in files if not says_something(path)] == []

    def test_every_module_says_what_it_is_for(self) -> None:
        silent = [path for path in MODULES if path.name != "__init__.py" and not ast.get_docstring(tree_of(path))]

        assert [name_of(path) for path in silent] == []

    def test_only_the_edge_of_a_room_reads_the_request(self) -> None:
        def asks(path: Path) -> set[str]:
            lines = [n for n in ast.walk(tree_of(path)) if isinstance(n, ast.ImportFrom) and n.module == "flask"]
            return {alias.name for line in lines for alias in line.names} & {"request", "g", "session", "flash"}

        rules = [
            path
            for path in MODULES
            if path.is_relative_to(PACKAGE)
            and len(path.relative_to(PACKAGE).parts) > 1
            and not EDGE.search(path.as_posix())
            and path.parent.name not in OUTSIDE_CONTRACTS
        ]

        assert {name_of(path): asks(path) for path in rules if asks(path)} == {}

    def test_only_one_file_asks_the_machine_for_the_time(self) -> None:
        asking = re.compile(r"\bdatetime\.now\(|\butcnow\(|\bdate\.today\(")

        ours = [path for path in MODULES if path.is_relative_to(PACKAGE)]  # the library is told the time

        assert [name_of(path) for path in ours if asking.search(path.read_text("utf-8"))] == ["instance/core/clock.py"]

    def test_nothing_reaches_out_by_itself(self) -> None:
        """Outgoing HTTP has one guarded door, and it stands in federation/."""
        clients = {"requests", "httpx", "aiohttp", "urllib3"}

        assert {name_of(path) for path in MODULES if imported_by(path) & clients} <= DOOR

    def test_nothing_is_imported_that_the_wheel_does_not_ask_for(self) -> None:
        asked = {
            re.split(r"[<>=\[; ]", line)[0].lower() for line in importlib.metadata.requires("quartier-libre") or []
        }
        asked |= COMES_ALONG
        owners = importlib.metadata.packages_distributions()
        imported = set().union(*map(imported_by, MODULES)) - set(sys.stdlib_module_names) - {"instance", "federation"}

        strange = {name for name in imported if not {o.lower() for o in owners[name]} & asked}

        assert strange == set()


def says_something(path: Path) -> bool:
    quiet = (ast.Expr, ast.Import, ast.ImportFrom)
    return any(not isinstance(node, quiet) for node in tree_of(path).body)


# What the content security policy refuses: a style or a script between the lines of a page.
INLINE = re.compile(r"""\sstyle\s*=|<style|\son[a-z]+\s*=\s*["']|javascript:|<script(?![^>]*\ssrc=)""", re.IGNORECASE)


class TestTemplates:
    """Pages live under a policy without `unsafe-inline`."""

    def test_there_are_templates(self) -> None:
        assert TEMPLATES

    def test_none_has_a_style_or_a_script_of_its_own(self) -> None:
        found = {name_of(path): INLINE.findall(path.read_text("utf-8")) for path in TEMPLATES}

        assert {name: hits for name, hits in found.items() if hits} == {}

    @pytest.mark.parametrize(
        "bad",
        ['<p style="x">', "<style>", '<a onclick="x()">', "<a href='javascript:x'>", "<script>x</script>"],
    )
    def test_the_check_notices(self, bad: str) -> None:
        assert INLINE.search(bad)

    def test_none_loads_from_another_host(self) -> None:
        outside = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href|srcset)=["'](?:https?:)?//""")
        found = {name_of(path): outside.findall(path.read_text("utf-8")) for path in TEMPLATES}

        assert {name: hits for name, hits in found.items() if hits} == {}


class TestTraces:
    """The instrument that keeps docs/architecture.md true."""

    def test_the_files_gone_through_are_listed_in_order_and_once(self) -> None:
        assert visited(lambda: (clock.now(), load({}), clock.now())) == [
            "instance/core/clock.py",
            "instance/settings.py",
        ]

    def test_the_list_of_a_page_is_read_under_its_heading_only(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text(
            "## A resident posts\n\n1. `instance/posts/web.py` `create()`: form\n   and more\n"
            "2. `instance/posts/service.py`: rule\n\n## Another\n\n1. `instance/app.py`\n"
        )

        assert documented(page, "a resident posts") == ["instance/posts/web.py", "instance/posts/service.py"]
        assert documented(page, "unknown") == []
