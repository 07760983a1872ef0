"""Accounts as admins handle them: found by name, suspended with a reason, given roles. No address, no wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, or_, select

from instance.accounts import journal
from instance.accounts import service as accounts
from instance.accounts.models import Account, Actor, Identity, JournalLine, LoginSession
from instance.admin.facts import AccountSuspended
from instance.core import clock, jobs
from instance.core.db import db
from instance.core.errors import Invalid, NotFound
from instance.core.facts import record
from instance.core.i18n import in_language
from instance.core.mail import Mail, send
from instance.core.web import settings
from instance.mastodon import tokens
from instance.quartiers import roles
from instance.quartiers.models import Membership, Quartier, Role

PAGE = 50
REASON_MAX = 1000

journal.describe("suspended", _l("Compte suspendu : %(reason)s"))
journal.describe("reactivated", _l("Compte rouvert : %(reason)s"))


@dataclass(frozen=True)
class Person:
    """One line of the list."""

    account_id: int
    handle: str
    name: str
    state: str
    quartier: str | None


def search(words: str, after: str = "") -> list[Person]:
    """Accounts whose handle or shown name holds `words`, by handle, `PAGE` + 1 at most, from `after` on."""
    query = (
        select(Account.id, Actor.handle, Actor.shown_name, Account.state, Quartier.name)
        .join(Actor, Actor.id == Account.actor_id)
        .outerjoin(Membership, (Membership.account_id == Account.id) & (Membership.reads_until > clock.now()))
        .outerjoin(Quartier, Quartier.id == Membership.quartier_id)
        .where(Actor.handle > after)
        .order_by(Actor.handle)
        .limit(PAGE + 1)
    )
    words = words.strip().removeprefix("@")
    if words:
        query = query.where(
            or_(
                Actor.handle.contains(words.lower(), autoescape=True),
                Actor.shown_name.icontains(words, autoescape=True),
            )
        )
    return [Person(*row) for row in db.session.execute(query)]


def by_handle(handle: str) -> Account:
    """The account with this handle, whatever its state. Raises `NotFound`."""
    account = db.session.scalar(select(Account).join(Actor).where(Actor.path == f"/u/{handle.lower()}"))
    if account is None:
        raise NotFound
    return account


def typed(handle: str) -> Account:
    """The account of a handle typed into a form. Raises `Invalid` where there is none."""
    try:
        return by_handle(handle.strip().removeprefix("@"))
    except NotFound:
        raise Invalid("person.handle", _("Personne n’a cet identifiant. Vérifiez-le."), field="handle") from None


def residence_of(account: Account) -> Quartier | None:
    """The quartier where the account lives, for the choice of roles."""
    lives = Membership.account_id == account.id, Membership.reads_until > clock.now()
    return db.session.scalar(select(Quartier).join(Membership, Membership.quartier_id == Quartier.id).where(*lives))


def roles_of(account: Account) -> list[tuple[Role, Quartier | None]]:
    """The roles that an account holds, with their quartiers."""
    rows = db.session.execute(
        select(Role, Quartier)
        .outerjoin(Quartier, Quartier.id == Role.quartier_id)
        .where(Role.account_id == account.id)
        .order_by(Role.id)
    )
    return [(role, quartier) for role, quartier in rows]


def suspend(account: Account, reason: str, *, by: int) -> None:
    """Close the door: every session ends now. The person reads the reason by mail, and later in the journal."""
    reason = _checked(reason)
    if account.id == by:
        raise Invalid("person.self", _("Vous ne pouvez pas suspendre votre propre compte."))
    if roles.has(account.id, "admin"):
        raise Invalid("person.admin", _("Retirez d’abord à cette personne son rôle d’administration."))
    if account.state == "suspended":
        raise Invalid("person.state", _("Ce compte est déjà suspendu."))
    account.state = "suspended"
    db.session.execute(delete(LoginSession).where(LoginSession.account_id == account.id))
    tokens.end_all(account.id)
    accounts.note(account.id, "suspended", by=by, reason=reason, acting="admin")
    record(AccountSuspended(account.id))


def reactivate(account: Account, reason: str, *, by: int) -> None:
    """Open the door again."""
    reason = _checked(reason)
    if account.state != "suspended":
        raise Invalid("person.state", _("Ce compte n’est pas suspendu."))
    account.state = "active"
    accounts.note(account.id, "reactivated", by=by, reason=reason, acting="admin")


def _checked(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise Invalid("person.reason", _("Écrivez la raison : la personne la lira."), field="reason")
    if len(reason) > REASON_MAX:
        raise Invalid("person.reason", _("Raccourcissez à %(num)d signes.", num=REASON_MAX), field="reason")
    return reason


def give(account: Account, name: str, quartier: Quartier | None, *, by: int) -> None:
    """Give a role, never to who cannot log in."""
    if account.state != "active":
        raise Invalid("person.state", _("Ce compte est suspendu : il ne peut pas recevoir de rôle."))
    if name not in roles.NAMES:
        raise Invalid("role.name", _("Choisissez un rôle."), field="role")
    roles.give(account, name, quartier, by=by)


def tell_suspended(facts: Sequence[AccountSuspended]) -> None:
    """Reaction: a mail, as the person cannot log in to read it."""
    for fact in facts:
        jobs.put("mail_suspended", {"account_id": str(fact.account_id)})


def mail_suspended(payload: dict[str, Any]) -> None:
    """Task: « your account is suspended », why, and how to contest."""
    account = db.session.get(Account, int(payload["account_id"]))
    identity = db.session.get(Identity, account.id) if account else None
    if account is None or identity is None or not identity.email or account.state != "suspended":
        return
    line = db.session.scalar(
        select(JournalLine)
        .where(JournalLine.account_id == account.id, JournalLine.act == "suspended")
        .order_by(JournalLine.id.desc())
        .limit(1)
    )
    email, environment = identity.email, current_app.jinja_env
    with in_language(account.language):
        subject = _("Votre compte est suspendu")
        values = {
            "subject": subject, "reason": line.detail.get("reason", "") if line else "", "site_name": settings().name,
            "base_url": settings().base_url, "url": f"{settings().base_url}/contact",
        }  # fmt: skip
        text = environment.get_template("mail/suspended.txt").render(**values)
        html = environment.get_template("mail/suspended.html").render(**values)
    db.session.rollback()  # no transaction stays open while the mail server takes its time
    send(Mail(email, subject, text, html), settings())
