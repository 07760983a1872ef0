"""Backup, restore and doctor, by the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from sqlalchemy import select

from instance.accounts.models import Account, Identity
from instance.core.db import db
from instance.core.schema import upgrade
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
    utf8 = {"PYTHONIOENCODING": "utf-8"}  # a machine without the French locale still has French letters
    return subprocess.run(command, env=env | utf8, capture_output=True, encoding="utf-8", check=False)


def plain(text: str) -> str:
    """`text` with ordinary spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def place(tmp_path: Path, name: str, url: str = "") -> dict[str, str]:
    return {
        "QL_DATA_DIR": str(tmp_path / name),
        "QL_DATABASE_URL": url,
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "fr_FR.UTF-8",
    }


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
        assert f'href="/p/{post}"' in city.get(browser, "/recherche?q=ocarinas").text


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
    assert "un autre secret" in refused.stderr
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
    assert "a déjà des comptes" in used.stderr
    assert "n’est pas une archive entière" in cut.stderr
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
    assert "!!  limites d’usage : QL_RATE_LIMITS est off" in plain(lab.stdout)


def test_a_public_address_is_kept_and_another_one_stops_the_start(tmp_path: Path) -> None:
    env = place(tmp_path, "moved") | {"QL_PROXY_HOPS": "1"}
    quartier(env, "migrate")
    with inside(load(env | {"QL_BASE_URL": "https://un.example.org"})) as (app, _city):
        from instance.core.kept import fix_address

        fix_address(app.extensions["quartier"])

    other = quartier(env | {"QL_BASE_URL": "https://deux.example.org"}, "worker")

    assert other.returncode == 1
    assert "cette instance est connue sous https://un.example.org" in other.stderr
    assert "Traceback" not in other.stderr


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"QL_LOG_DAYS": "deux"}, "QL_LOG_DAYS=deux ne convient pas : écrivez un nombre entier, 0 ou plus."),
        ({"QL_LOG_DAYS": "-1"}, "QL_LOG_DAYS=-1 ne convient pas : écrivez un nombre entier, 0 ou plus."),
        ({"QL_BORDER_M": "nan"}, "QL_BORDER_M=nan ne convient pas : écrivez un nombre plus grand que 0."),
        ({"QL_TIMEZONE": "Europe"}, "QL_TIMEZONE=Europe ne convient pas : écrivez un fuseau horaire"),
        ({"QL_LOG_FORMAT": "xml"}, "QL_LOG_FORMAT=xml ne convient pas : choisissez parmi text, json."),
        ({"QL_BASE_URL": "http://ville.example"}, "QL_BASE_URL doit commencer par https"),
        ({"QL_ENV_FILE": "/nulle/part"}, "QL_ENV_FILE=/nulle/part ne peut pas être lu"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_french_sentence(
    tmp_path: Path, setting: dict[str, str], sentence: str
) -> None:
    answer = quartier(place(tmp_path, "bad") | setting, "doctor")

    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert sentence in plain(answer.stderr)
    assert not (tmp_path / "bad").exists()


def test_a_secret_that_others_may_read_or_that_was_cut_is_one_french_sentence(tmp_path: Path) -> None:
    env = place(tmp_path, "open")
    quartier(env, "migrate")
    secret = tmp_path / "open" / "secret"
    secret.chmod(0o644)
    seen = quartier(env, "migrate")
    secret.write_text("court")
    secret.chmod(0o600)
    cut = quartier(env, "migrate")

    assert f"{secret} peut être lu par d’autres : faites chmod 600" in plain(seen.stderr)
    assert f"{secret} est trop court" in plain(cut.stderr)
    assert {answer.stderr.count("\n") for answer in (seen, cut)} == {1}


def test_a_backup_of_nothing_or_to_nowhere_is_one_french_sentence(tmp_path: Path) -> None:
    env = place(tmp_path, "new")
    empty = quartier(env, "backup", str(tmp_path / "city.tar.gz"))
    quartier(env, "migrate")
    nowhere = quartier(env, "backup", str(tmp_path / "absent" / "city.tar.gz"))

    assert "lancez d’abord « quartier migrate »" in plain(empty.stderr)
    assert "city.tar.gz ne peut pas être écrit" in plain(nowhere.stderr)
    for answer in (empty, nowhere):
        assert (answer.returncode, answer.stderr.count("\n")) == (1, 1), answer.stderr
    assert not (tmp_path / "city.tar.gz").exists()


def test_what_is_typed_wrong_is_answered_in_french_or_in_english(tmp_path: Path) -> None:
    french = place(tmp_path, "words")
    english = french | {"LC_ALL": "C.UTF-8"}

    unknown, known = quartier(french, "ouvrir"), quartier(english, "ouvrir")
    lacking = quartier(french, "resident", "add", "lea")

    assert "Erreur : La commande ouvrir n’existe pas." in plain(unknown.stderr)
    assert "Error: No such command 'ouvrir'." in known.stderr
    assert "Erreur : Il manque l’option '--name'." in plain(lacking.stderr)
    assert "Usage : " in plain(lacking.stderr)
    assert {answer.returncode for answer in (unknown, known, lacking)} == {2}
