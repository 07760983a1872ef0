"""`quartier resident add`: what an operator types for the first admin, and for tests."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo

from instance.accounts import names, service
from instance.accounts.models import Account, Identity
from instance.core import clock
from instance.core.db import commit, db
from instance.quartiers import roles
from instance.quartiers.models import Address, Membership, Street
from instance.verification.fingerprint import fingerprint
from instance.verification.resident_commands import resident_group
from tests.city import PASSWORD

LEA = ("add", "lea", "--name", "Léa Martin", "--email", "lea@example.org", "--password", PASSWORD)


@pytest.fixture
def quartier(app, monkeypatch):
    """The command line; its sentences in French."""
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")

    def run(*words, typed=""):
        db.session.rollback()
        answer = CliRunner().invoke(
            resident_group, words, input=typed, obj=ScriptInfo(create_app=lambda: app), prog_name="quartier resident"
        )
        db.session.rollback()
        return answer

    return run


@pytest.fixture
def letort(city):
    return city.quartier("Letort", state="pilot", code="7510018")


def account(handle="lea"):
    actor = names.actor_named(handle)
    return db.session.scalar(db.select(Account).where(Account.actor_id == actor.id)) if actor else None


def house(quartier_id, ban_id="75118_1_00012"):
    with commit():
        street = Street(name="Rue Letort", key="rue letort", insee="75118", postcode="75018", commune="Paris")
        db.session.add(street)
        db.session.flush()
        db.session.add(
            Address(
                ban_id=ban_id, street_id=street.id, number=12, rep="b", postcode="75018", insee="75118",
                commune="Paris", lon=2.3, lat=48.8, quartier_id=quartier_id,
            )
        )  # fmt: skip
    return ban_id


def test_a_verified_resident_is_there_at_once(city, quartier, letort):
    answer = quartier(*LEA, "--quartier", "7510018")

    member = db.session.get_one(Membership, account().id)
    assert answer.exit_code == 0, answer.output
    assert "@lea" in answer.output
    assert (member.level, member.home_mark) == ("strong", None)
    assert member.writes_until > clock.now()
    assert city.post(city.browser(), "/connexion", login="lea@example.org", password=PASSWORD).status_code == 303


def test_without_a_quartier_it_is_a_visitor(quartier):
    assert quartier(*LEA).exit_code == 0

    assert account() is not None
    assert db.session.get(Membership, account().id) is None


def test_the_password_is_read_from_standard_input(quartier, letort):
    words = [word if word != PASSWORD else "-" for word in LEA]

    answer = quartier(*words, typed="une phrase venue du tuyau\n")

    assert answer.exit_code == 0
    assert service.is_password_of(account(), "une phrase venue du tuyau")


def test_an_address_counts_by_its_fingerprint(city, quartier, letort):
    ban_id = house(city.quartier_id(letort))

    assert quartier(*LEA, "--quartier", "7510018", "--address", ban_id).exit_code == 0

    kept = db.session.get_one(Membership, account().id).home_mark
    assert kept == fingerprint(db.session.scalars(db.select(Address)).one())
    assert ban_id not in kept


def test_roles_and_level_are_given(quartier, letort):
    answer = quartier(*LEA, "--quartier", "7510018", "--role", "admin", "--role", "moderator")

    held = {(role.name, role.quartier_id is None) for role in roles.of(account().id)}
    assert answer.exit_code == 0
    assert held == {("admin", True), ("moderator", False)}
    assert quartier(
        "add", "bob", "--name", "Bob Petit", "--password", PASSWORD, "--quartier", "7510018", "--level", "simple"
    ).exit_code == 0  # fmt: skip
    assert db.session.get_one(Membership, account("bob").id).level == "simple"
    assert db.session.get_one(Identity, account("bob").id).email is None


@pytest.mark.parametrize(
    ("more", "told"),
    [(("--quartier", "nope"), "Aucun quartier n’a le code nope."),
     (("--quartier", "7510018", "--address", "x"), "Aucune adresse"),
     (("--address", "x"), "--quartier"), (("--role", "moderator"), "quartier de ce rôle"),
     (("--quartier", "7510018", "--level", "simple", "--role", "referent"), "courrier ou au guichet")],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(quartier, letort, more, told):
    answer = quartier(*LEA, *more)

    assert answer.exit_code == 1
    assert told in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    assert account() is None


def test_an_address_of_another_quartier_is_refused(city, quartier, letort):
    ban_id = house(city.quartier_id(city.quartier("Goutte")))

    answer = quartier(*LEA, "--quartier", "7510018", "--address", ban_id)

    assert answer.exit_code == 1
    assert account() is None


@pytest.mark.parametrize(
    ("place", "word", "told"),
    [(1, "l", "2 à 30 signes"), (1, "admin", "déjà pris"), (3, "Léa", "le prénom et le nom"),
     (3, "Léa R2D2", "en lettres"),
     (5, "lea", "e-mail"), (7, "court", "Ajoutez")],
)  # fmt: skip
def test_the_rules_of_accounts_hold_here_too(quartier, place, word, told):
    words = list(LEA)
    words[place] = word

    answer = quartier(*words)

    assert answer.exit_code == 1
    assert told in answer.stderr


def test_a_second_account_with_the_same_e_mail_is_refused(quartier):
    quartier(*LEA)

    answer = quartier("add", "lea_two", *LEA[2:])

    assert answer.exit_code == 1
    assert "déjà" in answer.stderr


def test_an_operator_gives_a_new_password_and_its_owner_reads_it(city, quartier):
    odile = city.visitor("odile", email=None)

    answer = quartier("password", "odile", "--password", "-", typed="le pain est sur la planche\n")

    assert answer.exit_code == 0
    assert city.get(odile.browser, "/mes-donnees").status_code == 303
    city.post(odile.browser, "/connexion", login="odile", password="le pain est sur la planche")
    assert "Un nouveau mot de passe" in city.get(odile.browser, "/mes-donnees").get_data(as_text=True)
    assert quartier("password", "nobody", "--password", PASSWORD).exit_code == 1
