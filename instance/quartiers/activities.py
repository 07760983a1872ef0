"""A quartier as other servers see it: a Group that passes on what is public, and its collections (FEP-1b12).

Only an open quartier is seen. Its members and moderators are numbers, save moderators whom strangers may know.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from federation import collection
from federation.activities import stamp
from instance.accounts import actor_document
from instance.accounts.models import Account, Actor, Follow
from instance.core import fed
from instance.core.db import db
from instance.quartiers import passages, places, roles, service
from instance.quartiers.models import Quartier

Json = dict[str, Any]


def open_at(slug: str) -> Quartier | None:
    """The quartier that strangers may know under this slug; a pilot is as absent as one that never was."""
    return db.session.scalar(select(Quartier).where(Quartier.slug == slug.lower(), Quartier.state == "open"))


def document(quartier: Quartier) -> Json | None:
    """The Group; None while the worker has not made its keys."""
    said = actor_document.frame(db.session.get_one(Actor, quartier.actor_id))
    if said is None:
        return None
    uri = said["id"]
    said |= {
        "name": quartier.name, "url": uri, "attributedTo": f"{uri}/moderators", "featured": f"{uri}/featured",
        "adjacent": f"{uri}/adjacent", "postingRestrictedToMods": not quartier.outsiders_post,
        "manuallyApprovesFollowers": False, "discoverable": True, "indexable": True,
        "location": places.location(quartier),
    }  # fmt: skip
    if quartier.opened_at is not None:
        said["published"] = stamp(quartier.opened_at)
    return said


def moderators(quartier: Quartier) -> Json:
    """Those of its moderators whom strangers may know and who live elsewhere: it would tell where the others do."""
    shown = [
        one.actor.path
        for one in roles.holders("moderator", quartier.id)
        if _is_known(one) and not _lives_in(one, quartier)
    ]
    return _listed(quartier, "moderators", [fed.uri_of(path) for path in shown if path])


def adjacent(quartier: Quartier) -> Json:
    """The Groups of the neighbour quartiers that are open, and of those of other cities with which words pass."""
    around = [one for one in service.neighbours(quartier) if one.state == "open"]
    near = [fed.uri_of(f"/q/{one.slug}") for one in around]
    return _listed(quartier, "adjacent", [*near, *(one.uri for one in passages.open_from(quartier))])


def residents(quartier: Quartier) -> Json:
    """Whom the words of the wall are addressed to: a number, as on the first page; never a name (threats.md F5)."""
    return collection.collection(_uri(quartier, "residents"), total=service.residents_number(quartier.id))


def followers_number(actor_id: int) -> int:
    """How many follow the quartier, here and elsewhere."""
    accepted = (Follow.followed_id == actor_id) & (Follow.state == "accepted")
    return db.session.scalar(select(func.count()).select_from(Follow).where(accepted)) or 0


def _is_known(account: Account) -> bool:
    return account.state == "active" and bool(account.actor.outside_name)


def _lives_in(account: Account, quartier: Quartier) -> bool:
    here = service.residence(account.id)
    return here is not None and here.quartier.id == quartier.id


def _listed(quartier: Quartier, name: str, uris: list[str]) -> Json:
    return collection.collection(_uri(quartier, name), total=len(uris), items=uris)


def _uri(quartier: Quartier, name: str) -> str:
    return fed.uri_of(f"/q/{quartier.slug}/{name}")
