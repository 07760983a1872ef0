"""What this room keeps about a person, as « mes données » tells it, and what goes when the account closes."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import delete, exists, select, update

from instance.accounts.models import Account
from instance.accounts.my_data import Rows
from instance.core import french
from instance.core.db import db
from instance.core.i18n import long_day
from instance.media.models import Media
from instance.pages import ambassadors, team
from instance.pages.models import Ambassador, Page, PageMember
from instance.posts.models import Post


def pages(account_id: int) -> tuple[str, Rows]:
    """Pages that the person speaks for, or speaks well of."""
    words = team.role_words()
    rows = db.session.execute(
        select(Page.name, PageMember.role, PageMember.state, PageMember.since)
        .join(PageMember, PageMember.page_id == Page.id)
        .where(PageMember.account_id == account_id)
        .order_by(Page.name)
    )
    found = [
        (
            f"{name} · {words[role]}",
            _("depuis le %(day)s", day=long_day(since)) if state == "live" else _("invitation sans réponse"),
        )
        for name, role, state, since in rows
    ]
    found += [
        (_("Ambassade %(of_name)s", name=page.name, of_name=french.of(page.name)), row.interest)
        for page, row in ambassadors.mine(account_id)
    ]
    return _("Vos pages"), found


def erase(account: Account) -> None:
    """Teams are left (the circle goes with the quartier's), and what was agreed with pages ends.

    Pictures of a page's posts stay with the page: another manager answers for them.
    """
    mine = select(Post.id).where(Post.acted_by_id == account.id)
    sent = exists(select(1).where(Media.post_id.in_(mine), Media.post_id == Post.id, Media.owner_id == account.id))
    for page in db.session.scalars(select(Page).join(Post, Post.author_id == Page.actor_id).where(sent).distinct()):
        heirs = select(PageMember.account_id).where(PageMember.page_id == page.id, PageMember.account_id != account.id)
        heir = db.session.scalar(heirs.where(PageMember.state == "live").order_by(PageMember.role.desc()).limit(1))
        if heir is not None:
            of_page = select(Post.id).where(Post.author_id == page.actor_id)
            theirs = update(Media).where(Media.owner_id == account.id, Media.post_id.in_(of_page))
            db.session.execute(theirs.values(owner_id=heir))
    db.session.execute(delete(PageMember).where(PageMember.account_id == account.id))
    db.session.execute(delete(Ambassador).where(Ambassador.account_id == account.id))
