"""Pictures of people: a portrait and a banner each; ours are shown to whom the profile is shown, others' to all."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from instance.accounts import outside, service
from instance.accounts.models import Account, Actor
from instance.accounts.profile import ProfileChanged
from instance.core import fed
from instance.core.db import db
from instance.core.facts import record
from instance.media import service as media
from instance.media.models import Media
from instance.quartiers import profiles

PORTRAIT, BANNER = 0, 1  # `Media.position` of an actor's pictures


def of(actor_ids: Sequence[int]) -> dict[int, dict[int, str]]:
    """The keys of each actor's pictures that are ready, by actor and by place."""
    found: dict[int, dict[int, str]] = {}
    if actor_ids:
        ready = select(Media.actor_id, Media.position, Media.key).where(Media.actor_id.in_(actor_ids))
        for actor_id, place, key in db.session.execute(ready.where(Media.state == "ready")):
            found.setdefault(actor_id or 0, {})[place] = key
    return found


def put(account: Account, place: int, prepared: media.Prepared, description: str = "") -> None:
    """Show `prepared` as the account's portrait or banner, in place of the last. Inside `commit()`."""
    remove(account, place)
    made = media.keep(account.id, prepared, description)
    made.actor_id, made.position = account.actor_id, place
    media.on_changed(None, account.actor_id)
    record(ProfileChanged(account.id))


def describe(account: Account, place: int, words: str) -> bool:
    """Other words for who does not see the picture; whether there is one. Inside `commit()`."""
    row = db.session.scalar(select(Media).where(Media.actor_id == account.actor_id, Media.position == place))
    if row is not None:
        row.description = media.described(words)
    return row is not None


def key_of(actor_id: int) -> str | None:
    """The key of an actor's portrait, for pages that ask who may see it by their own door."""
    return of([actor_id]).get(actor_id, {}).get(PORTRAIT)


def described_of(actor_id: int) -> dict[int, str]:
    """The words of an actor's pictures, by place."""
    rows = select(Media.position, Media.description).where(Media.actor_id == actor_id, Media.state == "ready")
    return {row[0]: row[1] for row in db.session.execute(rows)}


def icon_of(actor_id: int) -> str | None:
    """The address of a portrait for other servers; asked for who is shown outside."""
    key = key_of(actor_id)
    return fed.uri_of(media.address(key, "small")) if key else None


def remove(account: Account, place: int) -> None:
    """Show it no more; its files go. Inside `commit()`."""
    for row in db.session.scalars(select(Media).where(Media.actor_id == account.actor_id, Media.position == place)):
        media.remove(row)
        media.on_changed(None, account.actor_id)
        record(ProfileChanged(account.id))


def erase(account: Account) -> None:
    """The account closes: its pictures go, files and all."""
    media.remove_portrait(account.actor_id)


def may_see(viewer: int | None, actor_id: int) -> bool:
    """Whether this picture of `actor_id` is for `viewer` (None: a stranger) now, as the profile is.

    Somebody elsewhere shows it to everybody. One of ours does once shown outside; else to neighbours alone.
    """
    actor = db.session.get(Actor, actor_id)
    if actor is None or actor.uri is not None:
        return actor is not None
    account = db.session.scalar(select(Account).where(Account.actor_id == actor_id, Account.state == "active"))
    if account is None or (viewer is not None and db.session.scalar(select(service.apart(viewer, actor_id)))):
        return False
    if outside.is_shown_outside(account) or viewer == actor_id:
        return True
    return viewer is not None and actor_id in profiles.near(viewer, [actor_id]) and _is_active(viewer)


def _is_active(viewer: int) -> bool:
    """A suspended account has no session; a signed address must not stand in for one."""
    mine = select(Account.id).where(Account.actor_id == viewer, Account.state == "active")
    return db.session.scalar(mine) is not None
