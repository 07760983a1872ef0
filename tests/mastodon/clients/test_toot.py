"""A resident at the command line, with toot: it asks for `public` without being told to."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.mastodon.clients.town import Town, photo

pytestmark = pytest.mark.slow
TOOT = Path(sys.executable).with_name("toot")


def toot(town: Town, *words: str) -> str:
    done = subprocess.run([TOOT, *words], env=town.env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def as_json(town: Town, *words: str) -> Any:
    return json.loads(toot(town, *words, "--json"))


def sign_in(town: Town) -> None:
    """`toot login` shows an address and waits for the code."""
    command = [TOOT, "login", "--instance", town.url]
    with subprocess.Popen(
        command, env=town.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        shown = ""
        address = ""
        while not address and (line := process.stdout.readline()):
            shown += line
            address = next((word for word in line.split() if "/oauth/authorize" in word), "")
        assert address, shown
        process.stdin.write("y\n" + town.allow(address) + "\n")
        process.stdin.close()
        shown += process.stdout.read()
    assert process.returncode == 0, shown


def test_toot_lives_in_the_quartier_and_its_unasked_public_stays_there(town: Town, tmp_path: Path) -> None:
    sign_in(town)
    assert as_json(town, "whoami")["acct"] == "salma"

    written = as_json(town, "post", "Bonjour du terminal", "--visibility", "public")
    assert (written["visibility"], written["quartier"]["audience"]) == ("private", "quartier")
    answer = town.bruno.post("@salma Bien reçu", in_reply_to_id=written["id"])
    replied = as_json(town, "post", "Merci", "--reply-to", answer)
    assert (replied["visibility"], replied["in_reply_to_id"]) == ("private", answer)
    assert "Bien reçu" in toot(town, "thread", written["id"])

    picture = tmp_path / "mur.png"
    picture.write_bytes(photo())
    shown = as_json(town, "post", "Un mur", "--media", str(picture), "--description", "Un mur bleu")
    assert shown["media_attachments"][0]["description"] == "Un mur bleu"

    asked = as_json(
        town, "post", "Samedi ?", "--poll-option", "Oui", "--poll-option", "Non", "--poll-expires-in", "1 day"
    )
    town.bruno.vote(asked["poll"]["id"], 1)
    assert as_json(town, "status", asked["id"])["poll"]["options"][1]["votes_count"] == 1

    assert "Bien reçu" in toot(town, "notifications")
    assert "Bonjour du terminal" in toot(town, "timelines", "home", "--no-pager")
    assert "Bonjour du terminal" not in toot(town, "timelines", "public", "--local", "--no-pager")
