"""The write side: what our actors say, as plain dicts ready to send; shapes of federation.md §5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from federation.vocabulary import AS, PUBLIC

Json = dict[str, Any]
_ADDRESSING = ("to", "cc", "audience")


def _activity(kind: str, *, id: str, actor: str, **fields: Any) -> Json:
    said = {"@context": AS, "id": id, "type": kind, "actor": actor}
    return said | {key: value for key, value in fields.items() if value is not None}


def _addressed_as(thing: Mapping[str, Any]) -> Json:
    return {key: thing[key] for key in _ADDRESSING if thing.get(key)}


def _embedded(thing: Mapping[str, Any]) -> Json:
    return {key: value for key, value in thing.items() if key != "@context"}


def stamp(moment: datetime) -> str:
    """A moment as the wire writes it: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def create(note: Mapping[str, Any], *, id: str, actor: str) -> Json:
    """Create of `note`, addressed and dated as it is."""
    fields = _addressed_as(note) | {"published": note.get("published"), "object": _embedded(note)}
    return _with_terms(note, _activity("Create", id=id, actor=actor, **fields))


def update(thing: Mapping[str, Any], *, id: str, actor: str) -> Json:
    """Update of an object, or of an actor by itself: an actor has no addressing, so everyone may know."""
    fields = (_addressed_as(thing) or {"to": [PUBLIC]}) | {"updated": thing.get("updated"), "object": _embedded(thing)}
    return _with_terms(thing, _activity("Update", id=id, actor=actor, **fields))


def _with_terms(thing: Mapping[str, Any], activity: Json) -> Json:
    """The context of what is embedded, for peers that read JSON-LD."""
    return activity | {"@context": thing["@context"]} if thing.get("@context") else activity


def tombstone(id: str, *, former_type: str = "", deleted: datetime | None = None) -> Json:
    """What remains of a public object: its address."""
    fields: Json = {"id": id, "type": "Tombstone"}
    if former_type:
        fields["formerType"] = former_type
    if deleted:
        fields["deleted"] = stamp(deleted)
    return fields


def delete(
    object_id: str, former_type: str = "", *, id: str, actor: str, to: Sequence[str] = (PUBLIC,), cc: Sequence[str] = ()
) -> Json:
    """Delete of an object, as a Tombstone; of an actor by itself, as its bare id, which is what Mastodon reads."""
    thing = object_id if object_id == actor else tombstone(object_id, former_type=former_type)
    return _activity("Delete", id=id, actor=actor, to=list(to), cc=list(cc) or None, object=thing)


def announce(
    object_id: str,
    *,
    id: str,
    actor: str,
    published: datetime | None = None,
    to: Sequence[str] = (PUBLIC,),
    cc: Sequence[str] = (),
) -> Json:
    """A boost of what is public."""
    date = stamp(published) if published else None
    return _activity("Announce", id=id, actor=actor, published=date, to=list(to), cc=list(cc) or None, object=object_id)


def like(object_id: str, *, id: str, actor: str, to: Sequence[str] = ()) -> Json:
    """A Like, for the author's server to count."""
    return _activity("Like", id=id, actor=actor, to=list(to) or None, object=object_id)


def undo(activity: Mapping[str, Any], *, id: str) -> Json:
    """Undo of one's own activity, embedded: many servers know it by actor and object, not by its id."""
    fields = _addressed_as(activity) | {"object": _embedded(activity)}
    return _activity("Undo", id=id, actor=str(activity["actor"]), **fields)


def follow(object_id: str, *, id: str, actor: str, instrument: str | None = None) -> Json:
    """A Follow; between quartiers `instrument` is the peering under which it is asked (federation.md §8)."""
    return _activity("Follow", id=id, actor=actor, to=[object_id], object=object_id, instrument=instrument)


def accept(request: Mapping[str, Any], *, id: str, actor: str) -> Json:
    """Yes to a Follow, Join, Offer or QuoteRequest, embedded so that it can be matched without its id."""
    return _activity("Accept", id=id, actor=actor, to=[str(request["actor"])], object=_embedded(request))


def reject(request: Mapping[str, Any], *, id: str, actor: str) -> Json:
    """No to the same."""
    return _activity("Reject", id=id, actor=actor, to=[str(request["actor"])], object=_embedded(request))


def flag(objects: Sequence[str], *, id: str, actor: str, content: str = "", to: Sequence[str] = ()) -> Json:
    """A report; `actor` is the instance's, so that the reporter stays unknown."""
    return _activity("Flag", id=id, actor=actor, to=list(to) or None, object=list(objects), content=content or None)


def move(*, id: str, actor: str, target: str, followers: str) -> Json:
    """Move of `actor` to `target`, told to its followers."""
    return _activity("Move", id=id, actor=actor, to=[followers], object=actor, target=target)


def block(object_id: str, *, id: str, actor: str, target: str | None = None) -> Json:
    """A Block; with `target` a Group, a ban from it (Lemmy)."""
    return _activity("Block", id=id, actor=actor, to=[object_id], object=object_id, target=target)


def add(object_id: str, *, id: str, actor: str, target: str, to: Sequence[str] = (PUBLIC,)) -> Json:
    """`object_id` into the collection `target`: featured, moderators, adjacent."""
    return _activity("Add", id=id, actor=actor, to=list(to), object=object_id, target=target)


def remove(object_id: str, *, id: str, actor: str, target: str, to: Sequence[str] = (PUBLIC,)) -> Json:
    """`object_id` out of the collection `target`."""
    return _activity("Remove", id=id, actor=actor, to=list(to), object=object_id, target=target)
