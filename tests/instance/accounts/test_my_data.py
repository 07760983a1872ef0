"""« Mes données »: what is kept can be read, taken away and ended."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from instance.accounts import closing, erased, my_data, names, service
from instance.accounts.models import Account, Actor, Identity, JournalLine, KnownDevice, LoginSession, TakenName
from instance.core.db import Base, commit, db
from instance.quartiers.models import CircleMember, Membership, Role
from tests.city import PASSWORD
from tests.instance.accounts.conftest import plain

MODELS = (Account, Identity, LoginSession, KnownDevice, Membership, Role, JournalLine)


@pytest.fixture
def salma(city):
    return city.resident(city.quartier("Letort"), "salma", name="Salma Berger", address="12 rue Letort")


@pytest.fixture(autouse=True)
def _no_list(city):
    erased.path().unlink(missing_ok=True)
    yield
    erased.path().unlink(missing_ok=True)


def page(city, someone, path="/mes-donnees"):
    return plain(city.get(someone.browser, path))


def test_everything_kept_can_be_read(city, salma):
    bruno = city.resident("letort", "bruno")
    city.post(salma.browser, "/u/bruno/bloquer")

    shown = page(city, salma)

    for word in ("@salma", "Salma", "Berger", "salma@example.org", "Letort", "127.0.0.0/24", "@bruno", "fort"):
        assert word in shown
    assert bruno.handle not in page(city, bruno).replace("@bruno", "").replace("bruno@example.org", "")


def test_nobody_reads_another_person_s_data(city, salma):
    bruno = city.resident("letort", "bruno")

    assert "salma" not in page(city, bruno).lower()
    assert "salma" not in page(city, bruno, "/mes-donnees.json").lower()


def test_the_journal_says_who_did_what_in_which_role(city, salma):
    lea = city.admin()
    with commit():
        service.note(salma.account_id, "address_seen", by=lea.account_id, acting="verifier")
    city.give_role(salma, "moderator", "letort")

    shown = page(city, salma)

    face = db.session.scalar(db.select(Actor.shown_name).where(Actor.id == lea.actor_id))
    assert f"{face} (vérification des adresses)" in shown
    assert "Votre adresse en attente a été regardée." in shown
    assert "Rôle confié : modération. Letort" in shown


def test_a_line_of_somebody_who_left_stays_without_a_name(city, salma):
    lea = city.admin()
    city.admin("admin_two")
    with commit():
        service.note(salma.account_id, "address_seen", by=lea.account_id, acting="verifier")
    city.post(lea.browser, "/mes-donnees/supprimer", password=PASSWORD)

    shown = page(city, salma)

    assert "Votre adresse en attente a été regardée." in shown
    assert "l’équipe de l’instance" in shown


def test_the_download_holds_the_same_chapters(city, salma):
    answer = city.get(salma.browser, "/mes-donnees.json")

    document = json.loads(answer.get_data(as_text=True))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert {"account", "identity", "sessions", "journal", "blocks", "residence", "roles"} <= set(document["chapters"])
    kept = [row["kept"] for row in document["chapters"]["identity"]["rows"]]
    assert kept == ["Salma", "Berger", "salma@example.org"]


def test_neither_page_nor_download_gives_a_secret_away(city, salma):
    account = db.session.get_one(Account, salma.account_id)
    member = db.session.get_one(Membership, salma.account_id)
    secrets = [account.password_hash, member.home_mark, *db.session.scalars(db.select(LoginSession.token_digest))]

    told = page(city, salma) + page(city, salma, "/mes-donnees.json")

    assert not any(secret in told for secret in secrets)


def test_a_room_adds_its_chapter(city, salma, monkeypatch):
    monkeypatch.setattr(my_data, "_contributors", my_data._contributors.copy())

    my_data.contribute("cats", lambda account_id: ("Vos chats", [("Minou", str(account_id))]))

    assert "Vos chats" in page(city, salma)
    assert str(salma.account_id) in page(city, salma)


class TestClosing:
    """« Supprimer mon compte »."""

    def close(self, city, someone, password=PASSWORD):
        return city.post(someone.browser, "/mes-donnees/supprimer", password=password)

    def test_the_password_is_asked(self, city, salma):
        answer = self.close(city, salma, "pas la bonne phrase")

        assert answer.status_code == 422
        assert "Ce n’est pas votre mot de passe actuel" in plain(answer)
        assert city.get(salma.browser, "/reglages").status_code == 200

    def test_every_row_about_the_person_goes(self, city, salma):
        city.resident("letort", "bruno")
        city.give_role(salma, "moderator", "letort")
        city.post(salma.browser, "/u/bruno/bloquer")
        others = {model: len(db.session.scalars(db.select(model)).all()) for model in MODELS}

        assert self.close(city, salma).status_code == 303
        city.work()

        for model in MODELS:
            column = model.id if model is Account else model.account_id
            assert db.session.scalar(db.select(column).where(column == salma.account_id)) is None, model
            assert len(db.session.scalars(db.select(model)).all()) < others[model] or model is JournalLine
        assert db.session.scalar(db.select(CircleMember).where(CircleMember.actor_id == salma.actor_id)) is None
        assert db.session.execute(text("SELECT count(*) FROM block")).scalar() == 0

    def test_the_browser_is_a_stranger_s_and_the_password_opens_nothing(self, city, salma):
        other = city.browser()
        city.post(other, "/connexion", login="salma", password=PASSWORD)

        self.close(city, salma)

        assert city.get(salma.browser, "/reglages").status_code == 303
        assert city.get(other, "/reglages").status_code == 303
        assert city.post(city.browser(), "/connexion", login="salma", password=PASSWORD).status_code == 422

    def test_the_handle_stays_taken_and_the_actor_is_an_empty_shell(self, city, salma):
        self.close(city, salma)

        actor = db.session.get_one(Actor, salma.actor_id)
        assert actor.shown_name == "Compte supprimé"
        assert db.session.get(TakenName, "salma") is not None
        assert names.is_taken("Salma")

    def test_the_e_mail_is_free_again(self, city, salma):
        self.close(city, salma)

        assert city.visitor("salma_two", email="salma@example.org").handle == "salma_two"

    def test_neighbours_find_nobody_of_that_name(self, city, salma):
        bruno = city.resident("letort", "bruno")

        self.close(city, salma)

        assert city.get(bruno.browser, "/u/salma").status_code == 404

    def test_the_last_admin_names_another_first(self, city):
        lea = city.admin()

        answer = self.close(city, lea)

        assert answer.status_code == 422
        assert "au moins un administrateur" in plain(answer)
        city.admin("admin_two")
        assert self.close(city, lea).status_code == 303

    def test_a_room_erases_its_own_in_the_same_transaction(self, city, salma, monkeypatch):
        seen = []
        monkeypatch.setattr(closing, "_erasers", [*closing._erasers, lambda account: seen.append(account.actor_id)])

        self.close(city, salma)

        assert seen == [salma.actor_id]

    def test_a_room_that_fails_leaves_the_account_whole(self, city, salma, monkeypatch):
        def fail(_account):
            raise RuntimeError("no")

        monkeypatch.setattr(closing, "_erasers", [*closing._erasers, fail])

        assert self.close(city, salma).status_code == 500
        city.work()

        assert city.get(salma.browser, "/mes-donnees").status_code == 200
        assert db.session.get(Membership, salma.account_id) is not None
        assert erased.ids() == set()

    def test_the_number_is_noted_once_and_a_restored_account_is_erased_again(self, city, salma):
        self.close(city, salma)
        city.work()
        back = city.resident("letort", "back")
        erased.note(back.account_id)
        erased.note(back.account_id)

        with commit():
            number = closing.erase_again()
        city.work()

        assert number == 1
        assert erased.ids() == {salma.account_id, back.account_id}
        assert len(erased.path().read_text().splitlines()) == 2
        assert city.get(back.browser, "/reglages").status_code == 303


def test_every_table_that_names_an_account_lets_it_go():
    keys = [key for table in Base.metadata.tables.values() for key in table.foreign_keys]

    holding = [
        f"{key.parent}"
        for key in keys
        if key.target_fullname == "account.id" and key.ondelete not in {"CASCADE", "SET NULL"}
    ]

    assert holding == []
