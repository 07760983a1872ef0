"""`quartier key`: another key for an actor, for an operator who fears that one was read."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import select

from instance.accounts import actor_document, keys, names, updating
from instance.accounts.models import Actor
from instance.core.console import Group, fail, in_city, say
from instance.core.db import commit, db
from instance.quartiers import activities
from instance.quartiers.models import Quartier


@click.group(name="key", cls=Group, help="Les clés qui signent ce qui part vers d’autres serveurs.")
def key_group() -> None:
    """Keys of residents, quartiers and the instance."""


@key_group.command(name="rotate", help="Donner une autre clé à un habitant, à un quartier ou à l’instance (actor).")
@click.argument("handle", metavar="HANDLE")
@click.option("--now", "at_once", is_flag=True, help="La clé d’avant ne signe plus rien : si quelqu’un l’a lue.")
@in_city
def rotate(handle: str, at_once: bool) -> None:
    """Put a new pair in place and tell the followers, signed by the old key unless `--now`."""
    pair = keys.MAKERS[keys.RSA]()  # outside of the transaction: it takes a while
    with commit():
        actor = _actor(handle)
        if actor is None or keys.RSA not in keys.public_of(actor.id):
            fail("@%(handle)s n’a pas de clé ici.", handle=handle)
        keys.rotate(actor, pair, at_once=at_once)
        db.session.flush()
        said = _document(actor)
        told = updating.tell(actor, said) if said is not None else 0
    click.echo(say("@%(handle)s signe avec une autre clé ; serveurs prévenus : %(told)s.", handle=handle, told=told))


def _actor(handle: str) -> Actor | None:
    if handle == keys.INSTANCE_HANDLE:
        return db.session.scalar(select(Actor).where(Actor.path == keys.INSTANCE))
    return names.actor_named(handle)


def _document(actor: Actor) -> dict[str, Any] | None:
    if actor.kind == "person":
        return actor_document.person(actor)
    quartier = db.session.scalar(select(Quartier).where(Quartier.actor_id == actor.id))
    return activities.document(quartier) if quartier is not None else None
