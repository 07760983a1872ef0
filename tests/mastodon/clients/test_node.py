"""Two libraries of the npm registry, which many clients are built on: masto (Elk, Phanpy) and megalodon (Whalebird)."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.mastodon.clients.town import Town, photo

pytestmark = pytest.mark.slow
NODE = Path(__file__).parent / "node"
PATIENCE_S = 120


def serve(town: Town, wish: str, values: list[Any]) -> object:
    """What the person or the neighbour does that the program asks for."""
    if wish == "allow":
        return town.allow(values[0], outside=values[1:] == ["outside"])
    if wish == "publish":
        return town.bruno.post(values[0], visibility="public")
    if wish == "quote":
        return town.bruno.post(values[1], quoted_status_id=values[0], visibility="public")
    if wish == "reply":
        return town.bruno.post(values[1], in_reply_to_id=values[0])
    if wish == "vote":
        return town.bruno.vote(values[0], *values[1:])
    return None


@pytest.mark.parametrize("library", ["masto", "megalodon"])
def test_a_program_built_on_it_plays_the_whole_journey(town: Town, tmp_path: Path, library: str) -> None:
    node = shutil.which("node")
    if node is None or not (NODE / "node_modules" / library).is_dir():
        pytest.skip("node and its packages: `make test` installs them where npm is there")
    picture = tmp_path / "mur.png"
    picture.write_bytes(photo())
    command = [node, str(NODE / f"with_{library}.mjs"), town.url, str(picture)]
    ended = False
    with subprocess.Popen(
        command,
        cwd=NODE,
        env=town.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        watch = threading.Timer(PATIENCE_S, program.kill)
        watch.start()
        for line in program.stdout:
            if not line.startswith('{"please"'):
                continue
            asked = json.loads(line)
            ended = asked["please"] == "end"
            if ended:
                break
            program.stdin.write(json.dumps(serve(town, asked["please"], asked["values"])) + "\n")
            program.stdin.flush()
        watch.cancel()
        program.stdin.close()
        said = program.stderr.read()
    assert ended, said
    assert program.returncode == 0, said
