"""Actors as other servers read them: what all kinds share, persons, and the instance itself (federation.md §3).

A person's document tells a handle and nothing else until its owner is shown outside; no home, no quartier, ever.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from federation.activities import stamp, tombstone
from federation.vocabulary import CONTEXT
from instance.accounts import keys, outside
from instance.accounts.models import Account, Actor
from instance.core import fed, markup
from instance.core.db import db

Json = dict[str, Any]
Icon = Callable[[int], str | None]
_icons: list[Icon] = []
TYPES = {"person": "Person", "group": "Group", "organization": "Organization", "application": "Application"}


def register_icon(icon: Icon) -> None:
    """Have `icon(actor id)` give the address of somebody's picture; asked for those alone who are shown outside."""
    _icons[:] = [icon]


def inbox(actor: Actor) -> str:
    """Where activities for this actor of ours are posted."""
    return fed.uri_of(f"{actor.path}/inbox")


def shared_inbox() -> str:
    """One inbox for all of them."""
    return fed.uri_of("/inbox")


def frame(actor: Actor) -> Json | None:
    """What every actor of ours says of itself; None while the worker has not made its keys."""
    public = keys.public_of(actor.id)
    if actor.path is None or keys.RSA not in public:
        return None
    uri = fed.uri_of(actor.path)
    said: Json = {
        "@context": CONTEXT, "id": uri, "type": TYPES[actor.kind], "preferredUsername": actor.handle,
        "inbox": inbox(actor), "outbox": f"{uri}/outbox", "followers": f"{uri}/followers",
        "following": f"{uri}/following", "endpoints": {"sharedInbox": shared_inbox()},
        "webfinger": f"{actor.handle}@{fed.host()}",
        "publicKey": {"id": keys.key_id(actor), "owner": uri, "publicKeyPem": public[keys.RSA]},
    }  # fmt: skip
    if keys.ED25519 in public:
        said["assertionMethod"] = [
            {
                "id": keys.key_id(actor, keys.ED25519), "type": "Multikey", "controller": uri,
                "publicKeyMultibase": public[keys.ED25519],
            }
        ]  # fmt: skip
    return said


def person(actor: Actor) -> Json | None:
    """A resident; a stone where a shown one was; None for who is suspended, unknown, or has no key yet.

    Whether somebody is a resident is known in the rooms above, which ask before.
    """
    account = db.session.scalar(select(Account).where(Account.actor_id == actor.id))
    if account is None:
        return tombstone(fed.uri_of(actor.path or ""), former_type="Person") if actor.outside_name else None
    said = frame(actor) if account.state == "active" else None
    if said is None:
        return None
    said |= {
        "name": actor.handle, "manuallyApprovesFollowers": account.approves_followers,
        "discoverable": False, "indexable": False,
    }  # fmt: skip
    if outside.is_shown_outside(account):
        said |= {
            "name": actor.outside_name, "url": said["id"], "summary": markup.from_text(account.summary),
            "published": _month(account.created_at),
        }  # fmt: skip
        if _icons and (url := _icons[0](actor.id)):
            said["icon"] = {"type": "Image", "mediaType": "image/webp", "url": url}
    if former := account.also_known_as.split():
        said["alsoKnownAs"] = former
    if account.moved_to:
        said["movedTo"] = account.moved_to
    return said


def instance(actor: Actor, name: str) -> Json | None:
    """The Application: what fetches and reports for the whole city, and answers to nobody's follow."""
    said = frame(actor)
    if said is not None:
        uri = said["id"]
        said |= {"name": name, "url": fed.uri_of("/"), "manuallyApprovesFollowers": True}
        said |= {"ql:quartiers": f"{uri}/quartiers", "ql:pilots": f"{uri}/pilots", "ql:rules": fed.uri_of("/regles")}
    return said


def _month(moment: datetime) -> str:
    """No day: it would tell when somebody's letter came."""
    return stamp(moment.replace(day=1, hour=0, minute=0, second=0))
