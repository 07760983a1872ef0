"""The walls of a person's groups in their home: each is a source of its own, read by its own index.

Which groups those are is kept in the process under `Account.groups_version`, as followed tags are (tastes.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, bindparam, null, select

from instance.accounts.models import Account
from instance.core.db import BigId, db
from instance.groups.models import Group, GroupSeat
from instance.posts import visibility
from instance.posts.models import Post, WallEntry

MOST = 20  # groups whose walls come into the home, the ones joined last
KEPT = 5000  # accounts whose walls are kept in a process
_kept: dict[int, tuple[int, tuple[int, ...]]] = {}


def _mine(actor_id: ColumnElement[int] | int) -> ColumnElement[bool]:
    return (GroupSeat.actor_id == actor_id) & (GroupSeat.state == "member")


def walls(account: Account) -> tuple[int, ...]:
    """The walls of the account's groups; who is in none costs nothing."""
    version = account.groups_version
    if version == 0:
        return ()
    found = _kept.get(account.id)
    if found is None or found[0] != version:
        seats = select(Group.actor_id).join(GroupSeat, GroupSeat.group_id == Group.id)
        seats = seats.where(_mine(account.actor_id)).order_by(GroupSeat.since.desc(), Group.id).limit(MOST)
        found = version, tuple(db.session.scalars(seats))
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[account.id] = found
    return found[1]


def placed(place: int | None = None) -> tuple[Select[int, int, int | None], ColumnElement[int]]:
    """Lines on the wall of the parameter `group_<place>`, or (None) of any group of the reader's."""
    entry = WallEntry.post_id.expression
    seats = select(Group.actor_id).join(GroupSeat, GroupSeat.group_id == Group.id).where(_mine(visibility.VIEWER))
    named = bindparam(f"group_{place}", type_=BigId)
    which = WallEntry.wall_id.in_(seats) if place is None else WallEntry.wall_id == named
    line = select(entry.label("entry"), entry.label("post"), null().cast(BigId).label("booster"))
    return line.join(Post, Post.id == WallEntry.post_id).where(which), entry


def values(wall_ids: Sequence[int]) -> dict[str, int]:
    """The parameters of as many `placed(place)`."""
    return {f"group_{place}": wall_id for place, wall_id in enumerate(wall_ids)}
