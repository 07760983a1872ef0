"""The team of a page: invited by handle, manager (gérant) or editor (rédacteur); its circle reads what names it."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from instance.accounts import journal, names, throttle
from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.accounts.tries import come_back
from instance.core import clock
from instance.core.db import db
from instance.core.errors import Invalid, NotFound
from instance.core.facts import record
from instance.pages import service
from instance.pages.facts import PageInvited
from instance.pages.models import Page, PageMember
from instance.quartiers import service as quartiers

ROLES = ("manager", "editor")
MOST = 50
INVITES = throttle.Limit(20, timedelta(days=1))  # by one person, whatever pages they found: each is a notice

journal.describe("page_invited", _l("Invitation dans l’équipe de la page %(page)s."))
journal.describe("page_role", _l("Rôle dans l’équipe de la page %(page)s : %(as)s."))
journal.describe("page_left", _l("Fin du rôle dans l’équipe de la page %(page)s."))


def role_words() -> dict[str, str]:
    """The interface's words."""
    return {"manager": _("gérance"), "editor": _("rédaction")}


def members(page: Page) -> list[tuple[PageMember, Account]]:
    """The team and who is invited, managers first."""
    rows = db.session.execute(
        select(PageMember, Account)
        .join(Account, Account.id == PageMember.account_id)
        .where(PageMember.page_id == page.id)
        .order_by(PageMember.role.desc(), PageMember.since, PageMember.account_id)
    )
    return [(member, account) for member, account in rows]


def account_named(typed: str) -> Account | None:
    """The active account of this instance with this handle."""
    actor = names.actor_named(typed.strip().lstrip("@"))
    if actor is None:
        return None
    return db.session.scalar(select(Account).where(Account.actor_id == actor.id, Account.state == "active"))


def resident_named(typed: str, field: str = "handle") -> Account:
    """The resident of this instance with this handle. Raises `Invalid` for any other."""
    account = account_named(typed)
    if account is None or quartiers.residence(account.id) is None:
        raise Invalid("page.handle", _("Aucun habitant d’ici n’a cet identifiant."), field=field)
    return account


def add(page: Page, account: Account, role: str) -> None:
    """Make `account` speak for `page` from now on."""
    row = db.session.get(PageMember, (page.id, account.id))
    if row is None:
        row = PageMember(page_id=page.id, account_id=account.id, role=role, state="live", since=clock.now())
        db.session.add(row)
    row.role, row.state, row.since = role, "live", clock.now()
    quartiers.put_in(page.circle_id, account.actor_id)
    db.session.flush()
    accounts.note(account.id, "page_role", by=None, page=page.name, **{"as": role_words()[role]})


def invite(page: Page, by: Account, handle: str, role: str) -> None:
    """Ask a resident to join the team; nothing opens before they say yes."""
    if role not in ROLES:
        raise Invalid("page.role", _("Choisissez un rôle."), field="role")
    account = resident_named(handle)
    if db.session.get(PageMember, (page.id, account.id)) is not None:
        raise Invalid("page.member", _("Cette personne est déjà de l’équipe, ou déjà invitée."), field="handle")
    if len(members(page)) >= MOST:
        raise Invalid("page.many", _("Une équipe compte %(num)d personnes au plus.", num=MOST), field="handle")
    if back_at := throttle.count(throttle.subject("page invitations", str(by.id)), INVITES):
        raise Invalid("page.invitations", come_back(back_at), field="handle")
    db.session.add(PageMember(page_id=page.id, account_id=account.id, role=role, state="invited", since=clock.now()))
    accounts.note(account.id, "page_invited", by=by.id, page=page.name)
    service.note(page, by, "invited", handle=account.actor.handle, role=role)
    record(PageInvited(account.id))


def invitations(account_id: int) -> list[tuple[Page, PageMember]]:
    """Teams that this account is asked to join."""
    rows = db.session.execute(
        select(Page, PageMember)
        .join(PageMember, PageMember.page_id == Page.id)
        .where(PageMember.account_id == account_id, PageMember.state == "invited", Page.state != "closed")
        .order_by(Page.name)
    )
    return [(page, member) for page, member in rows]


def answer(page: Page, account: Account, *, is_yes: bool) -> None:
    """Join the team, or say no. Raises `NotFound` where nobody asked."""
    row = db.session.get(PageMember, (page.id, account.id))
    if row is None or row.state != "invited" or page.state == "closed":
        raise NotFound
    if is_yes:
        add(page, account, row.role)
        service.note(page, account, "joined", handle=account.actor.handle)
    else:
        db.session.delete(row)


def set_role(page: Page, by: Account, account: Account, role: str) -> None:
    """Another role for a member. The last manager stays one."""
    row = db.session.get(PageMember, (page.id, account.id))
    if row is None or role not in ROLES:
        raise NotFound
    if row.role == "manager" and role != "manager" and row.state == "live":
        _check_not_last(page)
    row.role = role
    service.note(page, by, "role", handle=account.actor.handle, role=role)
    if row.state == "live":
        accounts.note(account.id, "page_role", by=by.id, page=page.name, **{"as": role_words()[role]})


def remove(page: Page, by: Account, account: Account) -> None:
    """Leave, or be taken out: what the team reads is closed at once. The last manager cannot go."""
    row = db.session.get(PageMember, (page.id, account.id))
    if row is None:
        raise NotFound
    if row.role == "manager" and row.state == "live":
        _check_not_last(page)
    _take_out(page, row, account)
    service.note(page, by, "left", handle=account.actor.handle)
    accounts.note(account.id, "page_left", by=by.id, page=page.name)


def _take_out(page: Page, row: PageMember, account: Account) -> None:
    db.session.delete(row)
    quartiers.take_out(page.circle_id, account.actor_id)
    db.session.flush()


def _check_not_last(page: Page) -> None:
    managers = (PageMember.page_id == page.id) & (PageMember.role == "manager") & (PageMember.state == "live")
    if (db.session.scalar(select(func.count()).select_from(PageMember).where(managers)) or 0) <= 1:
        raise Invalid("page.last", _("Confiez d’abord la gérance à quelqu’un d’autre : la page en a besoin."))


def check_may_close(account: Account) -> None:
    """Raises `Invalid` for who is the last manager of a page: it would speak with nobody behind it."""
    for page in service.of_account(account.id):
        if service.role_of(page.id, account.id) == "manager":
            try:
                _check_not_last(page)
            except Invalid as refusal:
                sentence = _(
                    "Personne d’autre ne gère la page %(name)s. %(rest)s", name=page.name, rest=refusal.sentence
                )
                raise Invalid("page.last", sentence) from refusal
