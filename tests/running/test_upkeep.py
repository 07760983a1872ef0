"""Backup, restore and doctor, by the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from flask_migrate import upgrade
from sqlalchemy import select

from instance.accounts.models import Account, Identity
from instance.core.db import db
from instance.media.models import Media
from instance.posts.models import Post
from instance.settings import load
from tests.city import City
from tests.instance.posts.writing import write
from tests.instance.test_matrix import photo
from tests.running.served import inside

pytestmark = pytest.mark.slow


def quartier(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "instance.cli", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def place(tmp_path: Path, name: str, url: str = "") -> dict[str, str]:
    return {"QL_DATA_DIR": str(tmp_path / name), "QL_DATABASE_URL": url, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


def fill(city: City) -> tuple[int, str]:
    """A wall with a photo; the post's id and the photo's key."""
    here = city.quartier("Clignancourt")
    salma = city.resident(here, "salma")
    post = write(city, salma, here, title="Ocarina", photo=photo(), photo_description="Un ocarina")
    city.work()
    return post, db.session.scalars(select(Media.key)).one()


@pytest.fixture
def filled(tmp_path: Path, own_database: str) -> tuple[dict[str, str], int, str]:
    env = place(tmp_path, "old", own_database)
    with inside(load(env)) as (_app, city):
        upgrade()
        post, key = fill(city)
    return env, post, key


def test_an_archive_restores_the_same_ids_words_and_pictures(
    tmp_path: Path, filled: tuple[dict[str, str], int, str]
) -> None:
    env, post, key = filled
    archive = tmp_path / "city.tar.gz"
    made = quartier(env, "backup", str(archive))
    new = place(tmp_path, "new")
    (tmp_path / "new").mkdir()
    for name in ("secret", "pepper"):
        shutil.copy(tmp_path / "old" / name, tmp_path / "new" / name)

    restored = quartier(new, "restore", str(archive))

    assert made.returncode == 0, made.stderr
    assert restored.returncode == 0, restored.stderr
    assert archive.stat().st_mode & 0o077 == 0
    with inside(load(new)) as (_app, city):
        assert db.session.get_one(Post, post).title == "Ocarina"
        assert db.session.scalars(select(Identity.email)).one() == "salma@example.org"
        db.session.rollback()
        browser = city.browser()
        assert city.post(browser, "/connexion", login="salma", password="la cour de la rue Letort").status_code == 303
        assert city.get(browser, f"/media/{key}/large").status_code == 200
        assert write(city, _someone(browser), "clignancourt") > post


def _someone(browser):  # type: ignore[no-untyped-def]
    from tests.city import Someone

    return Someone("salma", 0, 0, browser)


def test_an_archive_holds_neither_secret_nor_pepper_nor_a_name_in_clear(
    tmp_path: Path, filled: tuple[dict[str, str], int, str]
) -> None:
    env, _post, _key = filled
    archive = tmp_path / "city.tar.gz"
    quartier(env, "backup", str(archive))

    with tarfile.open(archive) as opened:
        content = b"".join(opened.extractfile(one).read() for one in opened.getmembers())  # type: ignore[union-attr]
    for name in ("secret", "pepper"):
        assert (tmp_path / "old" / name).read_bytes() not in content
    for word in (b"Berger", b"salma@example.org"):
        assert word not in content


def test_a_machine_without_the_secrets_is_refused_and_nothing_is_written(
    tmp_path: Path, filled: tuple[dict[str, str], int, str]
) -> None:
    env, _post, _key = filled
    archive = tmp_path / "city.tar.gz"
    quartier(env, "backup", str(archive))
    new = place(tmp_path, "new")

    refused = quartier(new, "restore", str(archive))

    assert refused.returncode == 1
    assert "another secret" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "new" / "city.db").exists() or "account" not in _tables(new)


def _tables(env: dict[str, str]) -> str:
    return (Path(env["QL_DATA_DIR"]) / "city.db").read_bytes().decode("latin-1")


def test_a_used_instance_and_a_broken_archive_are_refused(
    tmp_path: Path, filled: tuple[dict[str, str], int, str]
) -> None:
    env, _post, _key = filled
    archive, broken = tmp_path / "city.tar.gz", tmp_path / "broken.tar.gz"
    quartier(env, "backup", str(archive))
    broken.write_bytes(archive.read_bytes()[:1000])

    used, cut = quartier(env, "restore", str(archive)), quartier(place(tmp_path, "new"), "restore", str(broken))

    assert (used.returncode, cut.returncode) == (1, 1)
    assert "has accounts already" in used.stderr
    assert "no whole archive" in cut.stderr
    assert "Traceback" not in used.stderr + cut.stderr


def test_who_was_erased_after_the_archive_is_erased_again(
    tmp_path: Path, filled: tuple[dict[str, str], int, str]
) -> None:
    env, _post, _key = filled
    archive = tmp_path / "city.tar.gz"
    quartier(env, "backup", str(archive))
    with inside(load(env)) as (_app, _city):
        account_id = db.session.scalars(select(Account.id)).one()
    (tmp_path / "new").mkdir()
    for name in ("secret", "pepper"):
        shutil.copy(tmp_path / "old" / name, tmp_path / "new" / name)
    (tmp_path / "new" / "erased.txt").write_text(f"{account_id}\n")

    restored = quartier(place(tmp_path, "new"), "restore", str(archive))

    assert restored.returncode == 0, restored.stderr
    with inside(load(place(tmp_path, "new"))):
        assert db.session.scalars(select(Identity.account_id)).all() == []
        assert set(db.session.scalars(select(Post.title + Post.text))) == {""}


def test_doctor_finds_a_fresh_instance_well_and_says_what_is_wrong_with_another(tmp_path: Path) -> None:
    env = place(tmp_path, "fresh")
    before = quartier(env, "doctor", "--json")
    quartier(env, "migrate")
    after = quartier(env, "doctor", "--json")
    lab = quartier(env | {"QL_RATE_LIMITS": "off"}, "doctor")

    assert before.returncode == 1
    assert "quartier migrate" in before.stdout
    assert after.returncode == 0, after.stdout
    assert all(finding["is_fine"] for finding in json.loads(after.stdout))
    assert lab.returncode == 1
    assert "QL_RATE_LIMITS" in lab.stdout


def test_a_public_address_is_kept_and_another_one_stops_the_start(tmp_path: Path) -> None:
    env = place(tmp_path, "moved") | {"QL_PROXY_HOPS": "1"}
    quartier(env, "migrate")
    with inside(load(env | {"QL_BASE_URL": "https://un.example.org"})) as (app, _city):
        from instance.core.kept import fix_address

        fix_address(app.extensions["quartier"])

    other = quartier(env | {"QL_BASE_URL": "https://deux.example.org"}, "worker")

    assert other.returncode == 1
    assert "https://un.example.org" in other.stderr
    assert "Traceback" not in other.stderr
