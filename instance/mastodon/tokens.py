"""Tokens: made, found, ended. What is stored is their digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, or_, select, update
from sqlalchemy.orm import joinedload

from instance.accounts.models import Account
from instance.core import bus, clock, secrets
from instance.core.db import Moment, commit, db, new_id
from instance.core.web import settings
from instance.mastodon.models import Application, AuthCode, Token
from instance.mastodon.scopes import covers, written
from instance.mastodon.scopes import parse as parse_scopes

LIFE = timedelta(days=365)  # from the last day of use
COMMAND_LINE = "quartier token"

# Asked at every request: built once (performance.md, rule 5).
_BEARER = (
    select(
        Token.id, Token.scopes, Token.may_publish_outside, Token.told_kept_in, Token.used_on, Token.application_id,
        Account,
    )
    .outerjoin(Account, Account.id == Token.account_id)
    .options(joinedload(Account.actor, innerjoin=False))  # a row without an account has no actor either
    .where(
        Token.digest == bindparam("digest"),
        Token.revoked_at.is_(None),
        Token.expires_at > bindparam("now", type_=Moment),
        or_(Token.account_id.is_(None), Account.state == "active"),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Bearer:
    """Who speaks, and what the token allows."""

    account: Account
    scopes: frozenset[str]
    may_publish_outside: bool
    token_id: int
    told_kept_in: bool  # the person knows that this program's public posts stay inside
    application_id: int

    def may(self, scope: str) -> bool:
        """Whether `scope` (read:statuses) is covered, itself or by its parent."""
        return covers(self.scopes, scope)


@dataclass(frozen=True)
class Program:
    """An application that speaks for nobody: it may read what is public, and who it is itself."""

    token_id: int
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether `scope` is covered, itself or by its parent."""
        return covers(self.scopes, scope)


def make(
    account: Account | None, application: Application, scopes: frozenset[str], *, may_publish_outside: bool
) -> str:  # fmt: skip
    """A new token for `account`, or for the application itself; it is shown once and never again."""
    token = secrets.token()
    now = clock.now()
    db.session.add(
        Token(
            id=new_id(), digest=secrets.digest(token), application_id=application.id,
            account_id=account.id if account else None, scopes=written(scopes),
            may_publish_outside=may_publish_outside and account is not None, created_at=now, used_on=today(),
            expires_at=now + LIFE,
        )
    )  # fmt: skip
    return token


def today() -> date:
    """The day on which a token is used now, by the city's clock."""
    return clock.day_of(clock.now(), settings().timezone)


def command_line() -> Application:
    """The application in whose name `quartier token` makes tokens."""
    own = Application.name == COMMAND_LINE, Application.client_id.is_(None)  # anybody may register such a name
    found = db.session.scalar(select(Application).where(*own).order_by(Application.id))
    if found is None:
        found = Application(name=COMMAND_LINE, created_at=clock.now())
        db.session.add(found)
        db.session.flush()
    return found


def find(token: str) -> Bearer | None:
    """The person for whom `token` speaks, if it is alive and the account active; asked anew at each request."""
    found = find_any(token)
    return found if isinstance(found, Bearer) else None


def find_any(token: str) -> Bearer | Program | None:
    """Who bears `token`: a person's program, or an application for itself. One statement."""
    row: Any = db.session.execute(_BEARER, {"digest": secrets.digest(token), "now": clock.now()}).first()
    if row is None:
        return None
    account: Account | None
    token_id, scopes, may_publish_outside, told_kept_in, used_on, application_id, account = row
    if used_on != today():
        _touch(token_id)
    allowed = frozenset(scopes.split())
    if account is None:
        return Program(token_id, allowed)
    return Bearer(account, allowed, may_publish_outside, token_id, told_kept_in, application_id)


def _touch(token_id: int) -> None:
    """Once a day: the day for its person to read, and one more year to live."""
    with commit():
        used = update(Token).where(Token.id == token_id, Token.revoked_at.is_(None))
        db.session.execute(used.values(used_on=today(), expires_at=clock.now() + LIFE))


def of(account_id: int) -> list[Token]:
    """The tokens that speak for an account now, the latest first."""
    return list(
        db.session.scalars(
            select(Token)
            .where(Token.account_id == account_id, Token.revoked_at.is_(None), Token.expires_at > clock.now())
            .order_by(Token.id.desc())
        )
    )


def end(token_id: int) -> None:
    """End one token. Inside `commit()`; who listens by it hears of it after that."""
    _end_where(Token.id == token_id)


def end_all(account_id: int) -> None:
    """End every token of an account, and every consent that is no token yet. Inside `commit()`."""
    db.session.execute(delete(AuthCode).where(AuthCode.account_id == account_id))
    _end_where(Token.account_id == account_id)


def _end_where(which: ColumnElement[bool]) -> None:
    """Streams that these tokens had opened hear of it at once (threats.md G3)."""
    ended = (
        update(Token)
        .where(which, Token.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(Token.id)
        .execution_options(synchronize_session=False)
    )
    for token_id in db.session.scalars(ended).all():
        bus.publish({"revoked": token_id})


__all__ = [
    "Bearer",
    "Program",
    "command_line",
    "covers",
    "end",
    "end_all",
    "find",
    "find_any",
    "make",
    "of",
    "parse_scopes",
]
