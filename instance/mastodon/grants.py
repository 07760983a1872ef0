"""What a person's consent becomes: a code for ten minutes, then one token (RFC 6749 §4.1, RFC 7636 with S256)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, exists, select

from instance.accounts.models import Account
from instance.core import clock, secrets
from instance.core.db import commit, db
from instance.mastodon import tokens
from instance.mastodon.models import Application, AuthCode, Token
from instance.mastodon.scopes import written

CODE_LIFE = timedelta(minutes=10)
KEPT = timedelta(days=1)  # codes that are over: a second use is still known as one
UNUSED = timedelta(days=30)  # applications without a token: whoever comes back registers anew
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True)
class Consent:
    """What a person allowed an application."""

    redirect_uri: str
    scopes: frozenset[str]
    challenge: str | None
    may_publish_outside: bool


class Refused(Exception):
    """The exchange cannot be; the word and the sentence are OAuth's."""

    def __init__(self, word: str, sentence: str) -> None:
        super().__init__(sentence)
        self.word, self.sentence = word, sentence


def application(client_id: str) -> Application | None:
    """The application that was given `client_id`."""
    if not client_id or "\0" in client_id:
        return None
    return db.session.scalar(select(Application).where(Application.client_id == client_id))


def is_secret_of(known: Application, secret: str) -> bool:
    """Whether `secret` is the one that `known` was given."""
    return hmac.compare_digest(secrets.digest(secret), known.secret_digest or "")


def code_for(account: Account, known: Application, consent: Consent) -> str:
    """A code for what `account` allowed, inside `commit()`; it is told once."""
    code = secrets.token()
    db.session.add(
        AuthCode(
            digest=secrets.digest(code), application_id=known.id, account_id=account.id,
            redirect_uri=consent.redirect_uri, scopes=written(consent.scopes), challenge=consent.challenge,
            may_publish_outside=consent.may_publish_outside, expires_at=clock.now() + CODE_LIFE,
        )
    )  # fmt: skip
    return code


def exchange(known: Application, code: str, redirect_uri: str, verifier: str | None) -> tuple[str, Token] | None:
    """The token for `code`, inside `commit()`, with its row; None where the code is spent, which ends its token.

    Raises `Refused` for a code that is not this application's, is over, or comes with another address or verifier.
    """
    row = db.session.scalar(select(AuthCode).where(AuthCode.digest == secrets.digest(code)).with_for_update())
    if row is None or row.application_id != known.id:
        raise Refused("invalid_grant", "The code is unknown or was given to another application.")
    if row.used_at is not None:
        if row.token_id is not None:
            tokens.end(row.token_id)
        return None
    if row.expires_at <= clock.now() or row.redirect_uri != redirect_uri:
        raise Refused("invalid_grant", "The code is over, or redirect_uri is not the one that it was given for.")
    _check_verifier(row.challenge, verifier)
    account = db.session.get_one(Account, row.account_id)
    if account.state != "active":
        raise Refused("invalid_grant", "The account is closed or suspended.")
    allowed = frozenset(row.scopes.split())
    token = tokens.make(account, known, allowed, may_publish_outside=row.may_publish_outside)
    db.session.flush()
    made = db.session.scalars(select(Token).where(Token.digest == secrets.digest(token))).one()
    row.used_at, row.token_id = clock.now(), made.id
    return token, made


def _check_verifier(challenge: str | None, verifier: str | None) -> None:
    if challenge is None:
        if verifier:  # a stripped challenge would pass unseen (RFC 9700 §4.8.2)
            raise Refused("invalid_grant", "There was no code_challenge for this code.")
        return
    if verifier is None or not VERIFIER.fullmatch(verifier):
        raise Refused("invalid_grant", "A code_verifier is needed.")
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if not hmac.compare_digest(made, challenge):
        raise Refused("invalid_grant", "The code_verifier does not go with the code_challenge.")


def forget_old(_payload: dict[str, object]) -> None:
    """Task, once a day: codes that are over, tokens long ended, applications that nobody uses."""
    now = clock.now()
    with commit():
        db.session.execute(delete(AuthCode).where(AuthCode.expires_at < now - KEPT))
        db.session.execute(delete(Token).where(Token.expires_at < now - KEPT))
        db.session.execute(delete(Token).where(Token.revoked_at < now - KEPT))
        is_used = exists().where(Token.application_id == Application.id)
        idle = delete(Application).where(Application.created_at < now - UNUSED, ~is_used)
        db.session.execute(idle.where(Application.client_id.is_not(None)).execution_options(synchronize_session=False))
