"""Tokens: made, found, ended. What is stored is their digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import bindparam, select, update

from instance.accounts.models import Account
from instance.core import clock, secrets
from instance.core.db import Moment, db
from instance.core.errors import Invalid
from instance.mastodon.models import Application, Token

LIFE = timedelta(days=365)
COMMAND_LINE = "quartier token"
PARENTS = ("read", "write", "follow", "push", "profile")
# What `follow` covered before scopes became finer.
FOLLOW = frozenset(f"{verb}:{thing}" for verb in ("read", "write") for thing in ("follows", "blocks", "mutes"))
THINGS = frozenset(
    {
        "accounts", "blocks", "bookmarks", "conversations", "favourites", "filters", "follows", "lists", "media",
        "mutes", "notifications", "reports", "search", "statuses",
    }
)  # fmt: skip

# Asked at every request: built once (performance.md, rule 5).
_BEARER = (
    select(Token, Account)
    .join(Account, Account.id == Token.account_id)
    .where(
        Token.digest == bindparam("digest"),
        Token.revoked_at.is_(None),
        Token.expires_at > bindparam("now", type_=Moment),
        Account.state == "active",
    )
)


@dataclass(frozen=True)
class Bearer:
    """Who speaks, and what the token allows."""

    account: Account
    scopes: frozenset[str]
    may_publish_outside: bool

    def may(self, scope: str) -> bool:
        """Whether `scope` (read:statuses) is covered, itself or by its parent."""
        return covers(self.scopes, scope)


def covers(scopes: frozenset[str], scope: str) -> bool:
    """Whether `scopes` cover `scope`: `read` covers `read:statuses`, `follow` what it covered of old."""
    return scope in scopes or scope.partition(":")[0] in scopes or ("follow" in scopes and scope in FOLLOW)


def parse_scopes(text: str) -> frozenset[str]:
    """The scopes named in `text`, apart by spaces. Raises `Invalid` for one that does not exist."""
    scopes = frozenset(text.split())
    for scope in scopes:
        verb, colon, thing = scope.partition(":")
        if verb not in PARENTS or (colon and (verb not in {"read", "write"} or thing not in THINGS)):
            raise Invalid("token.scope", _("La portée %(scope)s n’existe pas.", scope=scope), field="scope")
    if not scopes:
        raise Invalid("token.scope", _("Donnez au moins une portée, par exemple read."), field="scope")
    return scopes


def make(account: Account, application: Application, scopes: frozenset[str], *, may_publish_outside: bool) -> str:
    """A new token for `account`; it is shown once and never again."""
    token = secrets.token()
    now = clock.now()
    db.session.add(
        Token(
            digest=secrets.digest(token), application_id=application.id, account_id=account.id,
            scopes=" ".join(sorted(scopes)), may_publish_outside=may_publish_outside, created_at=now,
            expires_at=now + LIFE,
        )
    )  # fmt: skip
    return token


def command_line() -> Application:
    """The application in whose name `quartier token` makes tokens."""
    found = db.session.scalar(select(Application).where(Application.name == COMMAND_LINE).order_by(Application.id))
    if found is None:
        found = Application(name=COMMAND_LINE, created_at=clock.now())
        db.session.add(found)
        db.session.flush()
    return found


def find(token: str) -> Bearer | None:
    """Who bears `token`, if it is alive and its account active; asked anew at each request."""
    values = {"digest": secrets.digest(token), "now": clock.now()}
    row = db.session.execute(_BEARER, values).first()
    if row is None:
        return None
    return Bearer(row[1], frozenset(row[0].scopes.split()), row[0].may_publish_outside)


def end_all(account_id: int) -> None:
    """End every token of an account. Inside `commit()`."""
    mine = update(Token).where(Token.account_id == account_id, Token.revoked_at.is_(None))
    db.session.execute(mine.values(revoked_at=clock.now()))
