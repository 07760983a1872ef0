"""The port `Documents` over our tables: what this city shows to other servers, address by address.

Only what everybody may read: whoever signs a request gets the same, so that no forged or bought signature opens a
word of a wall. What is hidden, what is gone without having been public, and what never was are one answer: None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from federation import collection
from federation.vocabulary import AS, CONTEXT
from instance.accounts import actor_document, keys, names, outside
from instance.accounts.models import Account, Actor
from instance.core import fed
from instance.core.db import db
from instance.core.web import HIGHEST, settings
from instance.posts import outboxes, wire
from instance.posts.models import Post
from instance.quartiers import activities as quartiers
from instance.quartiers import service as residences

Json = dict[str, Any]
_PATH = re.compile(
    r"/(?:(?P<person>u)/(?P<handle>[a-z][a-z0-9_]{1,29})|(?P<group>q)/(?P<slug>[a-z0-9-]{1,100})"
    r"|(?P<post>p)/(?P<post_id>[0-9]{1,19})|(?P<activity>a)/(?P<activity_id>[0-9]{1,19})|(?P<instance>actor))"
    r"(?:/(?P<name>[a-z]+))?"
)


class CityDocuments:
    """Actors, posts, activities and collections by their address."""

    def get(self, uri: str, reader: str | None) -> Json | None:
        """An actor, post or activity that is public; a Tombstone for what was."""
        match = _PATH.fullmatch(fed.path_of(uri) or "")
        if match is None or match["name"]:
            return None
        if match["person"]:
            return _person(match["handle"])
        if match["group"]:
            quartier = quartiers.open_at(match["slug"])
            return quartiers.document(quartier) if quartier else None
        if match["post"]:
            return _post(int(match["post_id"]))
        if match["activity"]:
            return _activity(int(match["activity_id"]))
        actor = _instance()
        return actor_document.instance(actor, settings().name) if actor else None

    def actor_of(self, user: str) -> str | None:
        """The address of the actor that bears this name: a resident, an open quartier, the instance itself."""
        actor = _instance() if user.lower() == keys.INSTANCE_HANDLE else names.actor_named(user)
        if actor is None or actor.path is None:
            return None
        uri = fed.uri_of(actor.path)
        said = self.get(uri, None)
        return uri if said is not None and not is_stone(said) else None

    def collection(self, uri: str, page: str | None, reader: str | None) -> Json | None:
        """A collection or one page of it: numbers where members are concerned, posts where they are public."""
        match = _PATH.fullmatch(fed.path_of(uri) or "")
        if match is None or not match["name"]:
            return None
        kind = next(one for one in ("person", "group", "post", "activity", "instance") if match[one])
        make = _COLLECTIONS.get((kind, match["name"]))
        owner = _OWNERS[kind](match) if make else None
        return make(owner, page) if make and owner is not None else None


def is_stone(said: Json) -> bool:
    """Whether this is all that remains of something public."""
    return bool(said["type"] == "Tombstone")


def _person(handle: str) -> Json | None:
    actor = db.session.scalar(select(Actor).where(Actor.path == f"/u/{handle}"))
    if actor is None:
        return None
    account = db.session.scalar(select(Account).where(Account.actor_id == actor.id))
    if account is not None and not _is_resident(account):
        return None
    said = actor_document.person(actor)
    return _stone(said) if account is None else said


def _is_resident(account: Account) -> bool:
    """A visitor is nobody outside, save for the server they come from; who moved away stays who signed their words."""
    return residences.residence(account.id) is not None or outside.is_known_outside(account)


def _stone(said: Json | None) -> Json | None:
    return {"@context": AS} | said if said is not None else None


def _post(number: int) -> Json | None:
    post = outboxes.find(number) if number <= HIGHEST else None
    if post is not None:
        return wire.document(post) if wire.may_leave(post) else None
    gone = db.session.get(Post, number) if number <= HIGHEST else None
    was_public = gone is not None and gone.is_public and gone.uri is None and gone.deleted_at is not None
    return _stone(wire.tombstone(gone)) if gone is not None and was_public else None


def _activity(number: int) -> Json | None:
    said = outboxes.activity(number) if number <= HIGHEST else None
    return _stone(said) if said is not None and is_stone(said) else said


def _instance() -> Actor | None:
    return db.session.scalar(select(Actor).where(Actor.path == keys.INSTANCE))


def _live(path: str) -> Actor | None:
    """Our actor at `path`, if other servers may know it."""
    said = CITY.get(fed.uri_of(path), None)
    if said is None or is_stone(said):
        return None
    return db.session.scalar(select(Actor).where(Actor.path == path))


def _root(match: re.Match[str]) -> Post | None:
    number = int(match["post_id"])
    post = outboxes.find(number) if number <= HIGHEST else None
    return post if post is not None and wire.may_leave(post) else None


def _begun(post: Post, page: str | None) -> Json | None:
    return outboxes.context(post, page) if post.thread_id == post.id else None


def _number(name: str) -> Callable[[Actor, str | None], Json | None]:
    """Followers and followed: strangers learn nothing of who they are; of how many, for quartiers alone."""

    def count(actor: Actor, page: str | None) -> Json | None:
        total = quartiers.followers_number(actor.id) if actor.kind == "group" and name == "followers" else None
        return None if page else collection.collection(fed.uri_of(f"{actor.path}/{name}"), total)

    return count


def _of_quartier(make: Callable[[Any], Json]) -> Callable[[Actor, str | None], Json | None]:
    def made(actor: Actor, page: str | None) -> Json | None:
        quartier = quartiers.open_at(actor.handle)
        return make(quartier) if quartier is not None and page is None else None

    return made


def _nothing(actor: Actor, page: str | None) -> Json | None:
    return None if page else collection.collection(fed.uri_of(f"{actor.path}/outbox"), 0, items=[])


def _featured(actor: Actor, page: str | None) -> Json | None:
    # The posts inside need the words that a collection does not.
    return None if page else outboxes.pinned(actor) | {"@context": CONTEXT}


def _with_terms(make: Callable[[Actor, str | None], Json | None]) -> Callable[[Actor, str | None], Json | None]:
    def made(actor: Actor, page: str | None) -> Json | None:
        said = make(actor, page)
        return said | {"@context": CONTEXT} if said is not None else None

    return made


_OWNERS: dict[str, Callable[[re.Match[str]], Any]] = {
    "person": lambda match: _live(f"/u/{match['handle']}"),
    "group": lambda match: _live(f"/q/{match['slug']}"),
    "instance": lambda _match: _live(keys.INSTANCE),
    "post": _root,
    "activity": lambda _match: None,
}
_COLLECTIONS: dict[tuple[str, str], Callable[[Any, str | None], Json | None]] = {
    ("person", "outbox"): _with_terms(outboxes.of_person),
    ("person", "followers"): _number("followers"),
    ("person", "following"): _number("following"),
    ("group", "outbox"): _with_terms(outboxes.of_quartier),
    ("group", "followers"): _number("followers"),
    ("group", "following"): _number("following"),
    ("group", "featured"): _featured,
    ("group", "moderators"): _of_quartier(quartiers.moderators),
    ("group", "adjacent"): _of_quartier(quartiers.adjacent),
    ("group", "residents"): _of_quartier(quartiers.residents),
    ("instance", "outbox"): _nothing,
    ("instance", "followers"): _number("followers"),
    ("instance", "following"): _number("following"),
    ("post", "replies"): outboxes.replies,
    ("post", "context"): _begun,
}

CITY = CityDocuments()
