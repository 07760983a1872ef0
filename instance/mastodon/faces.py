"""Accounts as they stand in lists of statuses and notices: made once per version of a person, for near and for far.

What is kept holds no right: whether somebody may be met was asked before. Addresses of pictures that are not for
everybody are written for the one reader at the end (`signed_for`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from instance.accounts.models import Account, Actor, RemoteActor
from instance.core import clock, pieces
from instance.core.db import BigId, db
from instance.core.prepared import Prepared
from instance.mastodon import people
from instance.media import portraits
from instance.media import service as media
from instance.quartiers import profiles

ANYBODY = 0  # in whose name pictures are signed before it is known who reads
encode = msgspec.json.Encoder().encode
Key = tuple[Any, ...]
_SIGNED = re.compile(rf"/media/([\w-]+)/(\w+)\?v={ANYBODY}\.(\d+)\.([0-9a-f]+)")

# Built once (performance.md, rule 5).
_ROWS = Prepared(
    select(
        Actor.id, Actor.version, RemoteActor.fetched_at, profiles.is_near(Actor.id).label("is_near")
    )
    .outerjoin(RemoteActor, RemoteActor.actor_id == Actor.id)
    .where(Actor.id.in_(bindparam("ids", expanding=True, type_=BigId)))
)  # fmt: skip


def key(actor_id: int, version: int, fetched_at: object, *, is_near: bool) -> Key:
    """Under what an account is kept: all that it is made from."""
    return "face", actor_id, version, fetched_at, bool(is_near)


def those(viewer: int | None, actor_ids: Iterable[int]) -> dict[int, msgspec.Raw]:
    """The Account entities of these actors, by id, for actor `viewer` (None: a stranger)."""
    wanted = sorted(set(actor_ids))
    if not wanted:
        return {}
    values = {"viewer": viewer or ANYBODY, "now": clock.now(), "ids": wanted}
    rows = _ROWS.rows(values)
    keys = {row.id: key(row.id, row.version, row.fetched_at, is_near=row.is_near) for row in rows}
    return {actor_id: msgspec.Raw(signed_for(viewer, text).encode()) for actor_id, text in kept(keys).items()}


def kept(keys: Mapping[int, Key]) -> dict[int, str]:
    """The accounts of `keys` (by actor id), those that are not there made anew."""
    found = {actor_id: text for actor_id, one in keys.items() if (text := pieces.find(one)) is not None}
    lacking = [actor_id for actor_id in keys if actor_id not in found]
    for actor_id, document in _made({one: bool(keys[one][-1]) for one in lacking}).items():
        found[actor_id] = pieces.put(keys[actor_id], encode(document).decode())
    return found


def _made(near: Mapping[int, bool]) -> dict[int, Any]:
    if not near:
        return {}
    actors: Sequence[Actor] = db.session.scalars(select(Actor).where(Actor.id.in_(near))).all()
    remote = people.remote_rows({one.id for one in actors if one.uri})
    rows = select(Account).where(Account.actor_id.in_(near), Account.state == "active")
    homes, pictures = {row.actor_id: row for row in db.session.scalars(rows)}, portraits.of(list(near))
    return {
        one.id: people.account(
            one, remote.get(one.id), is_near=near[one.id],
            about=people.About(homes.get(one.id), pictures.get(one.id, {}), ANYBODY if near[one.id] else None),
        )
        for one in actors
    }  # fmt: skip


def signed_for(viewer: int | None, text: str) -> str:
    """`text` with its pictures signed for this reader, where they are not everybody's."""
    if f"?v={ANYBODY}." not in text:
        return text

    def sign(found: re.Match[str]) -> str:
        key, size, end, signature = found.groups()
        # What somebody wrote to look like it is signed for nobody: it may lead to another server.
        is_ours = media.is_signed(key, ANYBODY, end, signature)
        return media.signed_address(key, size, viewer or ANYBODY) if is_ours else found[0]

    return _SIGNED.sub(sign, text)
