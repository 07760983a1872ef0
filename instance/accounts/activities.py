"""Handlers: what people elsewhere do to actors - follow, answer, block, change, move and delete themselves.

Called in one transaction with what their activity wrote down, once signature and origin are settled. None fetches:
what must be looked at elsewhere becomes an errand (remote_errands.py).
"""

from __future__ import annotations

from sqlalchemy import select

from federation.documents import Activity
from federation.errors import Ignored, Refused
from federation.urls import is_same_origin
from instance.accounts import follow_wire, follows, remote, remote_errands, service
from instance.accounts.facts import FollowRefused
from instance.accounts.models import Actor, Follow
from instance.core import fed
from instance.core.db import db
from instance.core.facts import record
from instance.peers import tombstones


def receive_follow(activity: Activity) -> None:
    """Somebody elsewhere wants to follow one of ours: done at once, or a request to who is asked.

    Counts once per pair, however often it is said. Raises `Ignored` for who cannot be followed here.
    """
    followed = _ours(activity.object_id, "follow.not_ours")
    if not follows.may_be_followed(followed):
        raise Ignored("follow.not_ours")
    _check_not_undone(activity)
    follower = remote.get(activity.actor)
    row = follows.between(follower.id, followed.id)
    if follows.is_apart(follower, followed):
        record(FollowRefused(follower.id, followed.id, activity.id))
    elif row is None:
        follows.add(follower, followed, activity.id)
    else:
        _add_uri(row, activity.id)
        if row.state == "accepted":  # it asks again because our answer got lost
            follow_wire.answer(follower.id, followed.id, activity.id, is_yes=True)


def _add_uri(row: Follow, uri: str) -> None:
    known = [row.uri, *(row.more_uris or [])]
    if uri not in known and len(known) < follows.URIS_MAX:
        row.more_uris = [*(row.more_uris or []), uri]


def receive_undo_follow(activity: Activity) -> None:
    """The end of a follow, or of a request; one that overtook its Follow is remembered."""
    said = activity.claimed
    if said is None or said.ids("actor") not in ([], [activity.actor]):
        raise Refused("undo.actor")
    _lay(activity)
    follower, followed = remote.find(activity.actor), remote.find(said.one("object") or "")
    row = follows.between(follower.id, followed.id) if follower is not None and followed is not None else None
    if row is not None:
        _take_uri(row, said.id)


def undo_follow(activity: Activity) -> bool:
    """The same where only the address of the Follow is said; False if none here bears it."""
    follower = remote.find(activity.actor)
    if follower is None:
        return False
    for row in db.session.scalars(select(Follow).where(Follow.follower_id == follower.id, Follow.uri.is_not(None))):
        if activity.object_id in (row.uri, *(row.more_uris or [])):
            _lay(activity)
            _take_uri(row, activity.object_id or "")
            return True
    return False


def _take_uri(row: Follow, uri: str) -> None:
    """Undo one Follow of a pair; the pair ends with its last one, or at once where none is named."""
    known = [one for one in (row.uri, *(row.more_uris or [])) if one is not None]
    left = [one for one in known if one != uri]
    if not uri or not left:
        follows.drop_rows([row])
    elif left != known:
        row.uri, row.more_uris = left[0], left[1:] or None


def receive_accept(activity: Activity) -> None:
    """Yes to a follow that one of ours asked of this very actor. Raises `Ignored` where nothing was asked."""
    follows.accept(_asked(activity))


def receive_reject(activity: Activity) -> None:
    """No to the same, at once or later."""
    follows.reject(_asked(activity))


def _asked(activity: Activity) -> Follow:
    """The follow that is answered: by its address, else by its two sides; its object is who answers.

    An address of ours names one Follow, which may be over: a late answer to it is none to the next of the same two.
    """
    answering = remote.find(activity.actor)
    is_named = (fed.path_of(activity.object_id or "") or "").startswith("/f/")
    row = _by_address(activity.object_id or "") if is_named else _by_sides(activity)
    if row is None or answering is None or row.followed_id != answering.id:
        raise Ignored("follow.unasked")
    return row


def _by_address(uri: str) -> Follow | None:
    kind, _slash, number = (fed.path_of(uri) or "").removeprefix("/").partition("/")
    if kind != "f" or not number.isdecimal() or len(number) > 19 or int(number) >= 2**63:
        return None
    return db.session.get(Follow, int(number))


def _by_sides(activity: Activity) -> Follow | None:
    said = activity.claimed
    if said is None or "Follow" not in said.types:
        return None
    follower, followed = remote.find(said.one("actor") or ""), remote.find(said.one("object") or "")
    if follower is None or follower.path is None or followed is None:
        return None
    return follows.between(follower.id, followed.id)


def receive_block(activity: Activity) -> None:
    """Somebody elsewhere wants nothing of one of ours: neither meets the other any more, and nobody is told."""
    if activity.target is not None:
        raise Ignored("block.group")  # a ban from a group elsewhere: that group no longer passes words on
    blocked = _ours(activity.object_id, "block.not_ours")
    if blocked.kind != "person":
        raise Ignored("block.not_person")
    _check_not_undone(activity)
    blocker = remote.get(activity.actor)
    service.block(blocker.id, blocked.id)
    rows = (follows.between(blocker.id, blocked.id), follows.between(blocked.id, blocker.id))
    follows.drop_rows([row for row in rows if row is not None])


def receive_undo_block(activity: Activity) -> None:
    """They may meet again."""
    said = activity.claimed
    if said is None or said.ids("actor") not in ([], [activity.actor]):
        raise Refused("undo.actor")
    _lay(activity)
    blocker, blocked = remote.find(activity.actor), remote.find(said.one("object") or "")
    if blocker is not None and blocked is not None and blocked.path is not None:
        service.unblock(blocker.id, blocked.id)


def receive_update(activity: Activity) -> None:
    """A remote actor changed: its document is fetched anew. Raises `Ignored` for somebody else's, or an unknown one."""
    if activity.object_id != activity.actor:
        raise Refused("update.actor")
    actor = remote.find(activity.actor)
    if actor is None:
        raise Ignored("actor.unknown")
    remote_errands.order("refresh_actor", actor)


def receive_delete(activity: Activity) -> None:
    """A remote actor says that it is gone: believed once its own address says so too."""
    actor = remote.find(activity.actor)
    if actor is None:
        raise Ignored("actor.unknown")
    remote_errands.order("check_gone", actor)


def receive_move(activity: Activity) -> None:
    """A remote actor moved: who follows it here is led on, once both accounts say the same.

    Raises `Ignored` where nobody follows it, and for a Move said by the new account (pull mode, FEP-7628).
    """
    if activity.object_id != activity.actor or activity.target is None:
        raise Ignored("move.form")
    actor = remote.find(activity.actor)
    followed = None if actor is None else db.session.scalar(select(Follow.id).where(Follow.followed_id == actor.id))
    if actor is None or followed is None:
        raise Ignored("move.nobody")
    remote_errands.order("move_followers", actor, target=activity.target)


def _ours(uri: str | None, reason: str) -> Actor:
    actor = remote.find(uri) if uri and fed.path_of(uri) is not None else None
    if actor is None:
        raise Ignored(reason)
    return actor


def _check_not_undone(activity: Activity) -> None:
    if tombstones.is_laid(activity.id):
        raise Ignored("undone")


def _lay(activity: Activity) -> None:
    """Remember what is undone, if its actor may speak for it, so that it is not taken when it comes late."""
    uri = activity.object_id
    if uri and is_same_origin(uri, activity.actor):
        tombstones.lay(uri)
