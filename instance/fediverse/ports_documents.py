"""The port `Documents` over our tables: what this city shows to other servers, address by address.

Only what everybody may read: whoever signs a request gets the same, so that no forged or bought signature opens a
word of a wall. A partner city alone reads more: the names of those who acted towards it, and posts that were sent to
it. What is hidden, what is gone without having been public, and what never was are one answer: None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from federation import collection
from federation.urls import host_of
from federation.vocabulary import AS, CONTEXT
from instance.accounts import actor_document, keys, names, outside
from instance.accounts import service as accounts
from instance.accounts.models import Account, Actor
from instance.core import fed
from instance.core.db import db
from instance.core.web import HIGHEST, settings
from instance.pages import activities as pages
from instance.partners import claims_given
from instance.posts import far_reads, outboxes, wire
from instance.posts.models import Post
from instance.quartiers import activities as quartiers
from instance.quartiers import places
from instance.quartiers import service as residences

Json = dict[str, Any]
_PATH = re.compile(
    r"/(?:(?P<person>u)/(?P<handle>[a-z][a-z0-9_]{1,29})|(?P<group>q)/(?P<slug>[a-z0-9-]{1,100})"
    r"|(?P<page>pages)/(?P<page_slug>[a-z0-9-]{1,100})"
    r"|(?P<post>p)/(?P<post_id>[0-9]{1,19})|(?P<activity>a)/(?P<activity_id>[0-9]{1,19})|(?P<instance>actor))"
    r"(?:/(?P<name>[a-z]+))?"
)


class CityDocuments:
    """Actors, posts, activities and collections by their address."""

    def get(self, uri: str, reader: str | None) -> Json | None:
        """An actor, post or activity that is public; a Tombstone for what was.

        `reader` is None, or the Application of a live partner city that has proved to be the one who asks.
        """
        match = _PATH.fullmatch(fed.path_of(uri) or "")
        if match is None or match["name"]:
            return None
        if match["person"]:
            return _person(match["handle"], reader)
        if match["group"]:
            quartier = quartiers.open_at(match["slug"])
            return quartiers.document(quartier) if quartier else None
        if match["page"]:
            return _page(match["page_slug"])
        if match["post"]:
            return _post(int(match["post_id"]), reader)
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
        kind = next(one for one in ("person", "group", "page", "post", "activity", "instance") if match[one])
        make = _COLLECTIONS.get((kind, match["name"]))
        owner = _OWNERS[kind](match) if make else None
        return make(owner, page) if make and owner is not None else None


def is_stone(said: Json) -> bool:
    """Whether this is all that remains of something public."""
    return bool(said["type"] == "Tombstone")


def _person(handle: str, reader: str | None) -> Json | None:
    actor = db.session.scalar(select(Actor).where(Actor.path == f"/u/{handle}"))
    if actor is None:
        return None
    account = db.session.scalar(select(Account).where(Account.actor_id == actor.id))
    if account is not None and not _is_resident(account):
        return None
    said = actor_document.person(actor)
    if account is None or said is None:
        return _stone(said)
    if reader is not None and claims_given.has_acted(actor.id, host_of(reader)):
        identity = accounts.identity_of(account.id)
        said["name"] = accounts.short_name(identity.first_name, identity.last_name)
    return said


def _is_resident(account: Account) -> bool:
    """A visitor is nobody outside, save for the server they come from; who moved away stays who signed their words."""
    return residences.residence(account.id) is not None or outside.is_known_outside(account)


def _page(slug: str) -> Json | None:
    """A published page; a stone where one was."""
    page = pages.open_at(slug)
    if page is not None:
        return pages.document(page)
    return _stone(pages.remains(slug))


def _stone(said: Json | None) -> Json | None:
    return {"@context": AS} | said if said is not None else None


def _post(number: int, reader: str | None) -> Json | None:
    post = outboxes.find(number) if number <= HIGHEST else None
    if post is None and reader is not None and number <= HIGHEST:
        return far_reads.document(number, reader)
    if post is not None:
        return wire.document(post) if wire.may_leave(post) else None
    gone = db.session.get(Post, number) if number <= HIGHEST else None
    is_gone = gone is not None and (gone.deleted_at is not None or gone.state == "retracted")
    return _stone(wire.tombstone(gone)) if gone is not None and is_gone and gone.is_public and not gone.uri else None


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
    "page": lambda match: _live(f"/pages/{match['page_slug']}"),
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
    ("page", "outbox"): _with_terms(outboxes.of_person),
    ("page", "followers"): _number("followers"),
    ("page", "following"): _number("following"),
    ("page", "featured"): _featured,
    ("instance", "outbox"): _nothing,
    ("instance", "followers"): _number("followers"),
    ("instance", "following"): _number("following"),
    ("instance", "quartiers"): lambda _actor, page: places.listed(page),
    ("instance", "pilots"): lambda _actor, page: places.pilots(page),
    ("post", "replies"): outboxes.replies,
    ("post", "context"): _begun,
}

CITY = CityDocuments()
