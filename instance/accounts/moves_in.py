"""Followers here are led from one account to another: from a remote one that moved, or from a resident who left."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from instance.accounts import follows
from instance.accounts.models import Account, Actor, Follow
from instance.core.db import db

Led = Callable[[int, int, int], None]  # follower, whom they followed, whom they follow now
_led: list[Led] = []


def register_led(led: Led) -> None:
    """Have `led` called in the transaction in which one of ours is led on (rooms above keep more than a follow)."""
    if led not in _led:
        _led.append(led)


def knows(actor: Actor, former: str) -> bool:
    """Whether a resident has said that the account at `former` is theirs too."""
    account = db.session.scalar(select(Account).where(Account.actor_id == actor.id, Account.state == "active"))
    return account is not None and former in account.also_known_as.split()


def lead(old: Actor, new: Actor) -> int:
    """Everybody here who follows `old` asks to follow `new` instead; how many. Inside `commit()`.

    Who is `new`, or stands apart from it by a block, only stops following `old`.
    """
    accepted = select(Follow).where(Follow.followed_id == old.id, Follow.state == "accepted")
    rows = db.session.scalars(accepted.join(Actor, Actor.id == Follow.follower_id).where(Actor.path.is_not(None))).all()
    led = 0
    for row in rows:
        follower = db.session.get_one(Actor, row.follower_id)
        may = follower.id != new.id and follows.may_be_followed(new) and not follows.is_apart(follower, new)
        if may and follows.between(follower.id, new.id) is None:
            follows.add(follower, new)
            for tell in _led:
                tell(follower.id, old.id, new.id)
            led += 1
        follows.end(row)
    return led
