"""Keys: made by the worker for whoever may speak to other servers, sealed, and changed without losing a word."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import select, text

from federation.keys import load_private, load_public
from instance.accounts import keys
from instance.accounts.models import Actor, ActorKey
from instance.core import fed, jobs, secrets
from instance.core.db import commit, db
from instance.peers.models import Delivery, Outgoing
from instance.quartiers import keyring
from instance.quartiers import service as quartiers
from instance.quartiers.key_commands import key_group
from instance.reactions import PERIODIC
from tests.city import City
from tests.conftest import Clock
from tests.instance.fediverse.wire import follow_from_elsewhere

Run = Callable[..., Result]


def kinds(actor_id: int) -> list[str]:
    db.session.rollback()
    return sorted(db.session.scalars(select(ActorKey.kind).where(ActorKey.actor_id == actor_id)))


def group_id(slug: str) -> int:
    return db.session.scalars(select(Actor.id).where(Actor.path == f"/q/{slug}")).one()


def test_a_verified_resident_gets_a_key_from_the_worker_and_a_visitor_none(city: City) -> None:
    here = city.quartier("Clignancourt")
    resident, visitor = city.resident(here), city.visitor()

    assert kinds(resident.actor_id) == []
    city.work()

    assert kinds(resident.actor_id) == ["rsa"]
    assert kinds(visitor.actor_id) == []


def test_a_quartier_gets_both_kinds_once_it_opens(city: City) -> None:
    slug = city.quartier("Clignancourt", state="pilot")
    city.work()
    before = kinds(group_id(slug))

    with commit():
        quartiers.open_by_hand(quartiers.by_slug(slug), None)
    city.work()

    assert before == []
    assert kinds(group_id(slug)) == ["ed25519", "rsa"]


def test_who_came_before_there_were_keys_gets_them_by_the_clock_and_so_does_the_instance(city: City) -> None:
    here, pilot = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or", state="pilot")
    resident, gone = city.resident(here), city.resident(here)
    city.move_away(gone)
    with commit():
        db.session.execute(text("DELETE FROM job"))

    keyring.make_missing({})
    city.work()

    application = db.session.scalars(select(Actor.id).where(Actor.path == "/actor")).one()
    assert kinds(application) == ["ed25519", "rsa"]
    assert kinds(resident.actor_id) == ["rsa"]
    assert kinds(group_id(here)) == ["ed25519", "rsa"]
    assert kinds(gone.actor_id) == kinds(group_id(pilot)) == []
    assert PERIODIC["make_missing_keys"] <= 3600


def test_a_task_that_runs_twice_makes_one_key(city: City) -> None:
    resident = city.resident(city.quartier("Clignancourt"))

    for _ in range(2):
        keys.make_key({"actor_id": str(resident.actor_id)})

    assert kinds(resident.actor_id) == ["rsa"]


def test_a_private_key_lies_sealed_and_no_job_holds_one(city: City) -> None:
    resident = city.resident(city.quartier("Clignancourt"))
    city.work()

    stored = db.session.execute(text("SELECT private FROM actor_key")).scalars().all()
    payloads = [str(job.payload) + (job.last_error or "") for job in db.session.scalars(select(jobs.Job))]

    assert stored and all(secrets.unseal("actor key", one) for one in stored)
    assert not any("PRIVATE KEY" in one for one in payloads)
    assert keys.signing(actor_of(resident.actor_id)).key_id == fed.uri_of(f"/u/{resident.handle}#main-key")


def test_without_a_key_nothing_is_signed(city: City) -> None:
    visitor = city.visitor()

    with pytest.raises(KeyError):
        keys.signing(actor_of(visitor.actor_id))


def test_after_a_change_the_old_key_signs_first_then_the_new_one(city: City, clock: Clock) -> None:
    resident = city.resident(city.quartier("Clignancourt"))
    city.work()
    old = keys.signing(actor_of(resident.actor_id)).private.public_key().public_numbers()

    pair = keys.MAKERS["rsa"]()
    with commit():
        keys.rotate(actor_of(resident.actor_id), pair)
    during = keys.signing(actor_of(resident.actor_id)).private.public_key().public_numbers()
    shown = keys.public_of(resident.actor_id)["rsa"]
    clock.forward(minutes=11)
    keys.forget_all()
    after = keys.signing(actor_of(resident.actor_id)).private.public_key().public_numbers()

    assert during == old
    assert shown == pair[1]
    assert after == load_private(pair[0]).public_key().public_numbers() != old


def test_a_compromised_key_signs_nothing_more(city: City) -> None:
    resident = city.resident(city.quartier("Clignancourt"))
    city.work()
    old = keys.signing(actor_of(resident.actor_id)).private.public_key().public_numbers()

    with commit():
        keys.rotate(actor_of(resident.actor_id), keys.MAKERS["rsa"](), at_once=True)

    assert keys.signing(actor_of(resident.actor_id)).private.public_key().public_numbers() != old


def test_an_old_key_is_thrown_away_after_two_days(city: City, clock: Clock) -> None:
    resident = city.resident(city.quartier("Clignancourt"))
    city.work()
    with commit():
        keys.rotate(actor_of(resident.actor_id), keys.MAKERS["rsa"]())

    clock.forward(hours=47)
    keys.forget_retired({})
    kept = kinds(resident.actor_id)
    clock.forward(hours=2)
    keys.forget_retired({})

    assert kept == ["rsa", "rsa"]
    assert kinds(resident.actor_id) == ["rsa"]


def test_a_signer_is_made_once(city: City) -> None:
    resident = city.resident(city.quartier("Clignancourt"))
    city.work()

    first, second = (keys.signing(actor_of(resident.actor_id)) for _ in range(2))

    assert first is second


def actor_of(actor_id: int) -> Actor:
    return db.session.get_one(Actor, actor_id)


class TestCommand:
    @pytest.fixture
    def quartier(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Run:
        monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")

        def run(*words: str) -> Result:
            db.session.rollback()
            return CliRunner().invoke(key_group, words, obj=ScriptInfo(create_app=lambda: app))

        return run

    def test_it_gives_another_key_and_tells_the_followers(self, city: City, quartier: Run) -> None:
        slug = city.quartier("Clignancourt")
        city.resident(slug)
        keyring.make_missing({})
        city.work()
        follow_from_elsewhere(group_id(slug))
        before = keys.public_of(group_id(slug))

        answer = quartier("rotate", slug)

        assert answer.exit_code == 0, answer.output
        after = keys.public_of(group_id(slug))
        assert after["rsa"] != before["rsa"] and after["ed25519"] == before["ed25519"]
        row = db.session.scalars(select(Outgoing)).one()
        assert (
            row.kind == "Update Group" and after["rsa"] in json.loads(row.body)["object"]["publicKey"]["publicKeyPem"]
        )
        assert [one.inbox for one in db.session.scalars(select(Delivery))] == ["https://far.example/inbox"]
        assert keys.signing(actor_of(group_id(slug))).private.public_key().public_numbers() == numbers(before["rsa"])

    @pytest.mark.parametrize("name", ["personne", "visiteuse", "actor"])
    def test_who_has_no_key_is_named(self, city: City, quartier: Run, name: str) -> None:
        city.visitor("visiteuse")

        answer = quartier("rotate", name)

        assert answer.exit_code == 1 and f"@{name}" in answer.output


def numbers(pem: str) -> object:
    key = load_public(pem)
    assert isinstance(key, RSAPublicKey)
    return key.public_numbers()
