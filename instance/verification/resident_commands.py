"""`quartier resident add`: a verified resident at once, for the first admin, for tests, for the demonstration."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click
from sqlalchemy import select

from instance.accounts import second_factor
from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core import clock
from instance.core.console import Group, fail, in_city, say
from instance.core.db import commit, db
from instance.core.web import settings
from instance.quartiers import roles as role_service
from instance.quartiers import service as quartiers
from instance.quartiers.models import Address, Quartier
from instance.settings import Settings
from instance.verification.fingerprint import fingerprint
from instance.verification.models import Proof


@dataclass(frozen=True)
class Wish:
    """Where the new resident lives and what work they do; no quartier: a visitor."""

    quartier_code: str
    level: str
    ban_id: str
    roles: tuple[str, ...]


@click.group(name="resident", cls=Group, help="Les habitants.")
def resident_group() -> None:
    """Gather."""


@resident_group.command("add", help="Ajoute tout de suite un habitant vérifié (sans quartier : un visiteur).")
@click.argument("handle")
@click.option("--name", required=True, help="Prénom et nom, entre guillemets.")
@click.option("--email", default="", help="Adresse e-mail ; peut manquer.")
@click.option("--password", required=True, help="Mot de passe ; « - » le lit sur l’entrée standard.")
@click.option("--quartier", default="", metavar="CODE", help="Code du quartier.")
@click.option(
    "--level", type=click.Choice(["strong", "simple"]), default="strong", show_default=True, help="Niveau de la preuve."
)
@click.option("--role", "roles", type=click.Choice(role_service.NAMES), multiple=True, help="Rôle ; se répète.")
@click.option("--address", default="", metavar="BAN_ID", help="Adresse du fichier importé ; sinon aucune ne compte.")
@in_city
def add(
    handle: str, name: str, email: str, password: str, quartier: str, level: str, roles: tuple[str, ...], address: str
) -> None:
    """Make the account, settle it, give its roles: all of it or nothing."""
    password = _read(password)
    if address and not quartier:
        fail("Donnez aussi le quartier de cette adresse (--quartier).")
    first, last = accounts.split_name(name)
    new = accounts.NewAccount(handle, first, last, password, email or None)
    with commit():
        account = accounts.create(new)
        settle(account, Wish(quartier, level, address, roles), settings())
        made = account.actor.handle
    click.echo(say("@%(handle)s est là.", handle=made))


@resident_group.command("password", help="Donne un nouveau mot de passe à qui n’a pas d’adresse e-mail.")
@click.argument("handle")
@click.option("--password", required=True, help="Mot de passe ; « - » le lit sur l’entrée standard.")
@in_city
def change_password(handle: str, password: str) -> None:
    """A new password; every session of the account ends, and its journal says so."""
    password = _read(password)
    with commit():
        account = accounts.by_login(handle)
        if account is None:
            fail("Aucun compte n’a le nom %(handle)s.", handle=handle)
        accounts.set_password(account, password)
        accounts.note(account.id, "password_set", by=None)
    click.echo(say("Le mot de passe est changé."))


@resident_group.command(
    "secondfactor", help="Retire la deuxième étape de connexion de qui a tout perdu : téléphone, clés et codes."
)
@click.argument("handle")
@in_city
def forget_second_factor(handle: str) -> None:
    """Password alone opens the account again; every session of it ends, its owner is told, its journal says so."""
    with commit():
        account = accounts.by_login(handle)
        if account is None:
            fail("Aucun compte n’a le nom %(handle)s.", handle=handle)
        if not second_factor.is_on(account.id):
            fail("Ce compte n’a pas de deuxième étape de connexion.")
        second_factor.forget(account.id)
        accounts.note(account.id, "second_factor_reset", by=None)
    click.echo(say("La deuxième étape est retirée : le mot de passe suffit."))


def _read(password: str) -> str:
    return sys.stdin.readline().rstrip("\r\n") if password == "-" else password


def settle(account: Account, wish: Wish, chosen: Settings) -> None:
    """Make `account` a resident as `wish` says, inside `commit()`. Raises `Invalid` naming what is wrong."""
    place = quartiers.by_code(wish.quartier_code) if wish.quartier_code else None
    if place is not None:
        months = chosen.strong_months if wish.level == "strong" else chosen.simple_months
        mark = _mark(wish.ban_id, place) if wish.ban_id else None
        home = quartiers.Home(place.id, wish.level, mark, clock.add_months(clock.now(), months))
        _note_proof(account, home, chosen)
        quartiers.admit(account, home, chosen)
    for role in wish.roles:
        role_service.give(account, role, None if role == "admin" else place, by=None)


def _note_proof(account: Account, home: quartiers.Home, chosen: Settings) -> None:
    """The proof as the desk would have left it: the operator's word stands for the paper seen there."""
    db.session.add(
        Proof(
            account_id=account.id, quartier_id=home.quartier_id, state="granted", method="desk", level=home.level,
            home_mark=home.home_mark, month=clock.day_of(clock.now(), chosen.timezone).replace(day=1),
            expires_at=home.expires_at, touched_at=clock.now(),
        )
    )  # fmt: skip


def _mark(ban_id: str, place: Quartier) -> str:
    address = db.session.scalar(select(Address).where(Address.ban_id == ban_id))
    if address is None:
        fail("Aucune adresse importée n’a le numéro %(number)s.", number=ban_id)
    if address.quartier_id != place.id:
        fail("Cette adresse n’est pas dans le quartier %(code)s.", code=place.code)
    return fingerprint(address)
