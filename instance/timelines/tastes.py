"""What its reader chose for the home: tags whose public posts come in, exclusive lists whose members leave it.

The names of followed tags are kept in the process under `Account.tags_version`, which every change raises: who follows
none costs nothing, who follows some one statement in the first request after a change.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, String, bindparam, null, select
from sqlalchemy.orm import InstrumentedAttribute

from instance.accounts.models import Account
from instance.core.db import BigId, db
from instance.core.errors import Invalid
from instance.posts import tags, visibility
from instance.posts.models import Post, PostTag
from instance.timelines.models import FollowedTag, ListMember, UserList

MOST = 30  # followed tags: each is a source of the home
KEPT = 5000  # accounts whose tags are kept in a process
_kept: dict[int, tuple[int, tuple[str, ...]]] = {}


def not_exclusive(actor_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """The condition: the reader has nobody of this id on an exclusive list."""
    return actor_id.not_in(
        select(ListMember.actor_id)
        .join(UserList, UserList.id == ListMember.list_id)
        .join(Account, Account.id == UserList.account_id)
        .where(Account.actor_id == visibility.VIEWER, UserList.is_exclusive)
    )


def in_followed_tag() -> ColumnElement[bool]:
    """The condition on `PostTag`: the reader follows it."""
    followed = select(FollowedTag.name).join(Account, Account.id == FollowedTag.account_id)
    return PostTag.name.in_(followed.where(Account.actor_id == visibility.VIEWER))


def marked(place: int | None = None) -> tuple[Select[int, int, int | None], ColumnElement[int]]:
    """Lines of public posts with the tag of the parameter `tag_<place>`, or (None) with any that the reader follows."""
    entry = PostTag.post_id.expression
    which = in_followed_tag() if place is None else PostTag.name == bindparam(f"tag_{place}", type_=String)
    line = select(entry.label("entry"), entry.label("post"), null().cast(BigId).label("booster"))
    open_ones = line.join(Post, Post.id == PostTag.post_id).where(which, Post.is_public)
    return open_ones.where(not_exclusive(Post.author_id)), entry


def followed_names(account: Account) -> tuple[str, ...]:
    """The tags that come into the account's home, folded."""
    version = account.tags_version
    if version == 0:
        return ()
    found = _kept.get(account.id)
    if found is None or found[0] != version:
        mine = select(FollowedTag.name).where(FollowedTag.account_id == account.id).order_by(FollowedTag.name)
        found = version, tuple(db.session.scalars(mine))
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[account.id] = found
    return found[1]


def values(names: Sequence[str]) -> dict[str, str]:
    """The parameters of as many `marked(place)`."""
    return {f"tag_{place}": name for place, name in enumerate(names)}


def is_followed(account: Account, name: str) -> bool:
    """Whether the account follows the tag."""
    return tags.fold(name) in followed_names(account)


def follow(account: Account, name: str) -> None:
    """From now on public posts with this tag come into the home. Twice is once. Inside `commit()`."""
    folded = checked(name)
    mine = set(db.session.scalars(select(FollowedTag.name).where(FollowedTag.account_id == account.id)))
    if folded in mine:
        return
    if len(mine) >= MOST:
        raise Invalid("tag.many", _("Vous suivez déjà %(num)d mots : quittez-en un d’abord.", num=MOST))
    shown = name.strip().removeprefix("#")[: tags.NAME_MAX]
    db.session.add(FollowedTag(account_id=account.id, name=folded, shown=shown))
    account.tags_version += 1


def unfollow(account: Account, name: str) -> None:
    """No more of it. Inside `commit()`."""
    mine = (FollowedTag.account_id == account.id) & (FollowedTag.name == checked(name))
    row = db.session.scalar(select(FollowedTag).where(mine))
    if row is not None:
        db.session.delete(row)
        account.tags_version += 1


def checked(name: str) -> str:
    """The folded name. Raises `Invalid` for what is no tag."""
    folded = tags.fold(name)
    if not folded:
        raise Invalid("tag.form", _("Ce mot ne peut pas être un mot-dièse."), field="name")
    return folded
