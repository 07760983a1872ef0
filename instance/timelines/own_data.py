"""What this room keeps about a person, as « mes données » tells it: lists, and words marked with #."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts import shown
from instance.accounts.models import Account, Actor
from instance.accounts.my_data import Rows
from instance.core.db import db
from instance.timelines.models import FeaturedTag, FollowedTag, ListMember, UserList


def lists(account_id: int) -> tuple[str, Rows]:
    """Each list with who stands on it; tags followed and shown."""
    mine = db.session.get_one(Account, account_id).actor_id
    rows: list[tuple[str, str]] = []
    for row in db.session.scalars(select(UserList).where(UserList.account_id == account_id).order_by(UserList.id)):
        members = select(Actor).join(ListMember, ListMember.actor_id == Actor.id).where(ListMember.list_id == row.id)
        people = shown.people(mine, db.session.scalars(members.order_by(ListMember.id)))
        rows.append((row.title, ", ".join(f"@{one.acct}" for one in people) or _("personne")))
    followed = db.session.scalars(select(FollowedTag.shown).where(FollowedTag.account_id == account_id))
    featured = db.session.scalars(select(FeaturedTag.shown).where(FeaturedTag.account_id == account_id))
    rows.append((_("Mots suivis"), ", ".join(f"#{one}" for one in followed) or _("aucun")))
    rows.append((_("Mots montrés sur votre profil"), ", ".join(f"#{one}" for one in featured) or _("aucun")))
    return _("Vos listes"), rows
