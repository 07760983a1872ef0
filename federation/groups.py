"""Groups that announce (FEP-1b12): wrap an activity unchanged, unwrap one, find the groups that are addressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from federation.activities import announce
from federation.documents import Activity, Document, dump, without_signature
from federation.errors import Ignored
from federation.urls import is_same_origin
from federation.vocabulary import ACTIVITY_TYPES, PUBLIC

Json = dict[str, Any]

# Flag, Follow, Accept, Move… are between two parties: no group passes them on.
_ANNOUNCED = frozenset(
    {"Create", "Update", "Delete", "Like", "Dislike", "EmojiReact", "Undo", "Add", "Remove", "Lock", "Block"}
)
_AUTHORED = frozenset({"Create", "Update"})


def announce_activity(
    group: str, activity: Mapping[str, Any], *, id: str, to: Sequence[str] = (PUBLIC,), cc: Sequence[str] | None = None
) -> Json:
    """Announce of an accepted activity, wrapped as it came; only a Linked Data signature is left out (FEP-1b12).

    `cc` is the group's followers unless told; for what is not public, `to` and `cc` are those of the post.
    """
    followers = [f"{group}/followers"] if cc is None else list(cc)
    said = announce("", id=id, actor=group, to=to, cc=followers)
    return said | {"audience": group, "object": without_signature(dict(activity))}


def announce_object(
    group: str, object_id: str, *, id: str, to: Sequence[str] = (PUBLIC,), cc: Sequence[str] | None = None
) -> Json:
    """Announce of a new post's id: what Mastodon shows as a boost, for it does not read Announce{Create}."""
    followers = [f"{group}/followers"] if cc is None else list(cc)
    return announce(object_id, id=id, actor=group, to=to, cc=followers) | {"audience": group}


def unwrap(activity: Activity) -> Activity | None:
    """The activity that a group passes on; None if `activity` announces an object, or an id, and is thus a boost.

    `signer` of the result is the group: its `object` is there only if the group's own server also hosts actor and
    object; else it is None, and a handler that keeps content raises `Missing(object_id)` to have it fetched from where
    it belongs. Votes and acts of moderators rest on the group's word: whether it counts is for the handler to say.
    Raises `Ignored` for an Announce of an Announce, for what groups do not pass on, and for disagreeing origins.
    """
    claimed = activity.claimed
    if claimed is None or claimed.type not in ACTIVITY_TYPES:
        return None
    if "Announce" in claimed.types:
        raise Ignored("announce.announce")
    if claimed.type not in _ANNOUNCED:
        raise Ignored("announce.unsupported")
    inner = Activity(claimed.json, signer=activity.actor, received=dump(claimed.json))
    if not inner.actor or not inner.object_id:
        raise Ignored("announce.incomplete")
    if not is_same_origin(inner.id, inner.actor):
        raise Ignored("announce.origins")
    if inner.type in _AUTHORED and not is_same_origin(inner.object_id, inner.actor):
        raise Ignored("announce.origins")
    return inner


def addressed_groups(document: Document, is_ours: Callable[[str], bool]) -> list[str]:
    """Our groups that a post or activity speaks to: by `audience`, `to`, `cc`, or a mention in its text."""
    documents = [document]
    if isinstance(document, Activity) and document.object is not None:
        documents.append(document.object)
    found = [uri for one in documents for uri in (*one.ids("audience"), *one.audience, *one.mentions)]
    return [uri for uri in dict.fromkeys(found) if is_ours(uri)]
