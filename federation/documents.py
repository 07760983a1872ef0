"""The read side: JSON of strangers, read as plain JSON with known terms (federation.md, rule 3).

`Document` is a view in which every field may be a string, an object, an array or null;
`Activity` shows an embedded object only where the sender may speak for it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from functools import cached_property
from typing import Any

from federation.parsing import MAX_BYTES, MAX_ITEMS, Json, dump, id_of, many, parse, without_signature
from federation.urls import is_same_origin
from federation.vocabulary import ACTOR_TYPES, KNOWN_TYPES, POST_TYPES, PUBLIC, is_public, plain_type

__all__ = ["MAX_BYTES", "Activity", "Document", "Json", "dump", "id_of", "many", "parse", "without_signature"]


class Document:
    """A view over one JSON object; nothing it says raises, absent or of a wrong type is None or empty."""

    def __init__(self, json: Json) -> None:
        self.json = json

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.type} {self.id}>"

    @cached_property
    def id(self) -> str:
        """Its address, or empty for a document without one."""
        found = self.json.get("id")
        return found if isinstance(found, str) else ""

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Every type it claims, ActivityStreams' own without prefix."""
        return tuple(plain_type(name) for name in many(self.json.get("type")) if isinstance(name, str))

    @cached_property
    def type(self) -> str:
        """The first type that we know, else the first, else empty."""
        return next((name for name in self.types if name in KNOWN_TYPES), self.types[0] if self.types else "")

    @property
    def is_actor(self) -> bool:
        return self.type in ACTOR_TYPES

    @property
    def is_post(self) -> bool:
        return self.type in POST_TYPES

    def ids(self, key: str) -> list[str]:
        """Addresses under `key`, each once, in order."""
        found = (id_of(item) for item in many(self.json.get(key)))
        return list(dict.fromkeys(uri for uri in found if uri))

    def one(self, key: str) -> str | None:
        """The first address under `key`."""
        return next(iter(self.ids(key)), None)

    def text(self, key: str) -> str | None:
        """Words under `key`, in the document's own language if it has several; None if there are none."""
        for item in many(self.json.get(key)):
            if isinstance(item, str):
                return item
            # JSON-LD writes words with their language as {"@value": …, "@language": …}.
            if isinstance(item, dict) and isinstance(found := item.get("@value"), str):
                return found
        return next(iter(self.texts(key).values()), None)

    def texts(self, key: str) -> dict[str, str]:
        """Words under `key` by language: what `contentMap` and its kin hold."""
        found = self.json.get(f"{key}Map")
        if not isinstance(found, dict):
            return {}
        return {tag: words for tag, words in list(found.items())[:MAX_ITEMS] if isinstance(words, str)}

    def moment(self, key: str) -> datetime | None:
        """An aware UTC moment; one without an offset is taken as UTC, as most servers mean it.

        None for one of the first or the last year that there is: in another time zone it may be no moment at all.
        """
        found = next(iter(many(self.json.get(key))), None)
        if isinstance(found, dict):
            found = found.get("@value")
        if not isinstance(found, str):
            return None
        try:
            # Some programs put a Z behind an offset that already says UTC.
            moment = datetime.fromisoformat(found.strip().replace("+00:00Z", "Z"))
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return moment if MINYEAR < moment.year < MAXYEAR else None

    def number(self, key: str) -> int | float | None:
        """A finite number; also one written as text."""
        found = next(iter(many(self.json.get(key))), None)
        if isinstance(found, str):
            try:
                found = float(found[:40])
            except ValueError:
                return None
            found = int(found) if math.isfinite(found) and found == int(found) else found
        if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
            return None
        return found

    def flag(self, key: str) -> bool | None:
        """True or false if it says so."""
        found = self.json.get(key)
        return found if isinstance(found, bool) else None

    def documents(self, key: str) -> list[Document]:
        """What lies under `key`; a bare address becomes a Link."""
        return [
            Document(item if isinstance(item, dict) else {"type": "Link", "href": item})
            for item in many(self.json.get(key))
            if isinstance(item, dict | str)
        ]

    def links(self, key: str = "url", media: str = "text/html") -> str | None:
        """The best http(s) address under `key` to open as `media`: of that type, else of none said, else the first."""
        found: list[tuple[int, str]] = []
        for item in many(self.json.get(key)):
            uri, said = (
                (item.get("href") or id_of(item), item.get("mediaType")) if isinstance(item, dict) else (item, "")
            )
            if isinstance(uri, str) and uri.startswith(("https://", "http://")):
                found.append((0 if said == media else 1 if not said else 2, uri))
        return min(found, key=lambda one: one[0])[1] if found else None

    @property
    def name(self) -> str | None:
        return self.text("name")

    @property
    def summary(self) -> str | None:
        return self.text("summary")

    @property
    def content(self) -> str | None:
        return self.text("content")

    @cached_property
    def language(self) -> str | None:
        """A language tag as the author's server gave it, lower case and `-` between its parts."""
        tags = list(self.texts("content")) or list(self.texts("name"))
        candidates: list[Any] = tags[:1] if len(tags) == 1 else []
        # quirk(lemmy): {"identifier": "fr", "name": "Français"}; "und" for undecided.
        candidates += [
            one.get("identifier") if isinstance(one, dict) else one for one in many(self.json.get("language"))
        ]
        # quirk(mobilizon): events carry schema.org's inLanguage.
        candidates += many(self.json.get("inLanguage"))
        candidates += [one.get("@language") for one in many(self.json.get("@context")) if isinstance(one, dict)]
        candidates += tags[:1]
        spelled = (str(tag).replace("_", "-").lower() for tag in candidates if isinstance(tag, str))
        return next((tag for tag in spelled if tag and tag != "und" and len(tag) <= 35), None)

    @property
    def attributed_to(self) -> list[str]:
        return self.ids("attributedTo")

    @cached_property
    def authors(self) -> list[str]:
        """Who it says wrote it."""
        # quirk(mobilizon): an event is attributedTo its group, and `actor` names the person.
        # quirk(pleroma): posts carry `actor` besides attributedTo.
        return list(dict.fromkeys(self.attributed_to + (self.ids("actor") if not isinstance(self, Activity) else [])))

    @property
    def author(self) -> str | None:
        """The one who wrote it: a Person before the Group of the same post, of its own server before a stranger."""
        # quirk(peertube): attributedTo = [{Person}, {Group}], in either order.
        persons = [id_of(one) for one in many(self.json.get("attributedTo")) if _is_person(one)]
        own = [uri for uri in persons + self.authors if uri and is_same_origin(uri, self.id)]
        return next(iter(own), None)

    @property
    def in_reply_to(self) -> str | None:
        return self.one("inReplyTo")

    @property
    def context(self) -> str | None:
        """The conversation, if it has an address."""
        found = self.ids("context") + self.ids("conversation")
        # quirk(mastodon): `conversation` is a tag: URI, which names but leads nowhere.
        return next((uri for uri in found if uri.startswith(("https://", "http://"))), None)

    @cached_property
    def audience(self) -> list[str]:
        """All that it is addressed to, Public in one spelling; `bto` and `bcc` are nobody's business and not kept."""
        found = self.ids("to") + self.ids("cc") + self.ids("audience")
        return list(dict.fromkeys(PUBLIC if is_public(uri) else uri for uri in found))

    @property
    def is_public(self) -> bool:
        """Anyone may read it."""
        return PUBLIC in self.audience

    @property
    def is_listed(self) -> bool:
        """Public in `to`: meant for timelines too, not for its readers alone."""
        return any(is_public(uri) for uri in self.ids("to"))

    @property
    def attachments(self) -> list[Document]:
        return self.documents("attachment")

    @property
    def tags(self) -> list[Document]:
        return self.documents("tag")

    @property
    def mentions(self) -> list[str]:
        """Actors named in the text."""
        found = (tag.one("href") or tag.json.get("href") for tag in self.tags if "Mention" in tag.types)
        return list(dict.fromkeys(uri for uri in found if isinstance(uri, str)))

    @property
    def hashtags(self) -> list[str]:
        """Tags without their `#`, as written."""
        # quirk(peertube): a tag has no sign before its name.
        found = (tag.text("name") for tag in self.tags if "Hashtag" in tag.types)
        return list(dict.fromkeys(name.lstrip("#").strip() for name in found if name and name.strip("# ")))

    @property
    def inbox(self) -> str | None:
        return self.one("inbox")

    @property
    def shared_inbox(self) -> str | None:
        endpoints = self.json.get("endpoints")
        found = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else self.json.get("sharedInbox")
        return found if isinstance(found, str) else None


def _is_person(value: Any) -> bool:
    return isinstance(value, dict) and "Person" in Document(value).types


class Activity(Document):
    """Something that was done. `signer` is the actor whose signature was verified, `received` the bytes as they came.

    Everything follows from the two, so a stored activity read again says the same.
    """

    def __init__(self, json: Json, *, signer: str = "", received: bytes = b"") -> None:
        super().__init__(without_signature(json))
        self.signer = signer
        self.received = received

    @classmethod
    def read(cls, received: bytes, signer: str) -> Activity:
        """The activity in stored bytes. Raises what `parse` raises."""
        return cls(parse(received), signer=signer, received=received)

    @cached_property
    def id(self) -> str:
        """Its address; one without gets a name from its actor and its bytes, so that it still counts once."""
        given = super().id
        if given or not self.actor:
            return given
        # ActivityPub §3.1 allows it, and nobody could fetch what is done anyway.
        return f"{self.actor}#{hashlib.sha256(self.received or dump(self.json)).hexdigest()[:32]}"

    @cached_property
    def actor(self) -> str:
        """Who did it; empty if nobody or more than one is named."""
        found = self.ids("actor")
        return found[0] if len(found) == 1 else ""

    @cached_property
    def object_id(self) -> str | None:
        return self.one("object")

    @property
    def object_ids(self) -> list[str]:
        """All of them: a Flag names an account and posts."""
        return self.ids("object")

    @cached_property
    def claimed(self) -> Document | None:
        """The embedded object whoever wrote it: for comparing with what we know, never for keeping."""
        found = many(self.json.get("object"))
        if len(found) != 1 or not isinstance(found[0], dict):
            return None
        return Document(without_signature(found[0]))

    @cached_property
    def object(self) -> Document | None:
        """The embedded object if the actor may speak for it; None: there is but `object_id`, to be fetched.

        It may if the object's id has the actor's origin and the object names the actor among its authors, or nobody
        (threats B1, rule 2). An object without id is the actor's own unless it says otherwise. What a group passes on
        has the group for its signer, who may speak for actors of its own origin alone.
        """
        claimed = self.claimed
        if claimed is None or not self.actor:
            return None
        if self.signer and not is_same_origin(self.signer, self.actor):
            return None
        if claimed.id and not is_same_origin(claimed.id, self.actor):
            return None
        authors = claimed.authors
        if claimed.id == self.actor:
            return claimed
        return claimed if self.actor in authors or not authors else None

    @property
    def target(self) -> str | None:
        return self.one("target")

    @cached_property
    def recipients(self) -> frozenset[str]:
        """All whom the activity or its own object addresses."""
        inner = self.object.audience if self.object else []
        return frozenset(self.audience) | frozenset(inner)

    def object_types(self) -> Iterator[str]:
        """Keys under which a handler is looked up: the embedded object's types, then `*`."""
        if self.claimed is not None:
            yield from self.claimed.types
        yield "*"
