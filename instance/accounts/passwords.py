"""A forgotten password: a link by mail, good once and for an hour."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from instance.accounts import service, throttle
from instance.accounts.facts import ResetAsked
from instance.accounts.models import Account, PasswordReset
from instance.core import clock, secrets
from instance.core.db import db
from instance.core.facts import record

GOOD_FOR = timedelta(hours=1)
MAILS = throttle.Limit(3, timedelta(hours=1))


def ask(typed: str) -> None:
    """Have a link sent to the account of `typed`. Whether there is one shows in nothing that follows here."""
    account = service.by_login(typed)
    subject = throttle.subject("reset", service.normal_login(typed))
    if throttle.count(subject, MAILS) is None:
        record(ResetAsked(account.id if account else 0))


def new_token(account_id: int) -> str:
    """A token for a link; only its digest is kept."""
    token = secrets.token()
    row = PasswordReset(token_digest=secrets.digest(token), account_id=account_id, expires_at=clock.now() + GOOD_FOR)
    db.session.add(row)
    return token


def account_of(token: str) -> Account | None:
    """The account that `token` opens now; None for a used, old or invented one."""
    return db.session.scalar(
        select(Account)
        .join(PasswordReset, PasswordReset.account_id == Account.id)
        .where(
            PasswordReset.token_digest == secrets.digest(token),
            PasswordReset.expires_at > clock.now(),
            Account.state == "active",
        )
    )


def choose(token: str, password: str) -> Account | None:
    """A new password for the account of `token`; its sessions and links end, guessing counts from zero.

    None when the link is no longer good. Raises `Invalid` for a password that cannot be taken.
    """
    account = account_of(token)
    if account is None:
        return None
    give(account, password)
    return account


def give(account: Account, password: str) -> None:
    """A new password; sessions and links end, guessing counts from zero. Raises `Invalid` for one too weak."""
    service.set_password(account, password)
    email = service.identity_of(account.id).email
    for name in filter(None, (account.actor.handle, email)):
        throttle.forget(throttle.subject("login", service.normal_login(name)))


def forget_old() -> None:
    """Links that nobody used go with their hour."""
    db.session.execute(delete(PasswordReset).where(PasswordReset.expires_at <= clock.now()))
