"""The second step of log-in: six digits of a telephone, a passkey, or a recovery code from paper.

Whoever has set one up is asked at every log-in; who holds a role has to have one before a page of that work opens.
Every session of an account that has one went through it: the others end when the first one is set up.
"""

from __future__ import annotations

import hmac
import re
import secrets as dice
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import CursorResult, delete, exists, func, insert, select, update

from instance.accounts import session, throttle
from instance.accounts.facts import SecondFactorChanged
from instance.accounts.models import Account, HalfLogin, LoginSession, Passkey, RecoveryCode, Totp
from instance.core import clock, secrets
from instance.core.db import db
from instance.core.facts import record

STEP_S = 30
CODES = 10
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that another is taken for
CODE_SIGNS, GROUP = 12, 4
TRIES = throttle.Limit(10, timedelta(hours=1))  # only who has the password comes so far
HALF_LIFE = timedelta(minutes=10)
Need = Callable[[int], bool]
_needs: list[Need] = []


@dataclass(frozen=True)
class Means:
    """What an account can answer with."""

    has_totp: bool
    passkeys: list[Passkey]
    codes_left: int

    @property
    def is_on(self) -> bool:
        """Whether log-in asks; codes alone are none."""
        return self.has_totp or bool(self.passkeys)


def register_need(need: Need) -> None:
    """Have `need(account_id)` say whether an account has to have a second step: rooms above know of roles."""
    if need not in _needs:
        _needs.append(need)


def is_needed(account_id: int) -> bool:
    """Whether the account's work asks for a second step."""
    return any(need(account_id) for need in _needs)


def is_on(account_id: int) -> bool:
    """Whether the account has a second step; one statement."""
    has_app = exists().where(Totp.account_id == account_id)
    has_key = exists().where(Passkey.account_id == account_id)
    return bool(db.session.scalar(select(has_app | has_key)))


def means(account_id: int) -> Means:
    """What the account has set up."""
    keys = select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id)
    left = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    has_totp = db.session.get(Totp, account_id) is not None
    return Means(has_totp, list(db.session.scalars(keys)), db.session.scalar(left) or 0)


def new_secret() -> str:
    """A secret that telephone and instance will share: 160 bits, base32."""
    import pyotp

    return pyotp.random_base32()


def address(account: Account, secret: str, issuer: str, host: str) -> str:
    """The otpauth: address that applications read."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=f"{account.actor.handle}@{host}", issuer_name=issuer)


def drawing(address: str) -> str:
    """The address as a QR code: SVG without style attributes."""
    import segno

    picture: str = segno.make(address, error="m", micro=False).svg_inline(scale=5, border=4, dark="#000", light="#fff")
    return picture


def step_of(secret: str, typed: str, *, after: int = 0) -> int | None:
    """The thirty seconds that `typed` belongs to, now or one before or behind, if later than `after`."""
    import pyotp

    digits = re.sub(r"\s", "", typed)
    if not re.fullmatch("[0-9]{6}", digits):
        return None
    now, clockwork = int(clock.now().timestamp()) // STEP_S, pyotp.TOTP(secret)
    found = [at for at in (now - 1, now, now + 1) if hmac.compare_digest(clockwork.at(at * STEP_S), digits)]
    return next((at for at in found if at > after), None)


def keep_totp(account: Account, secret: str, step: int, *, login_id: int) -> list[str]:
    """The telephone counts from now on. The recovery codes, if these are the first. Inside `commit()`."""
    codes = first(account.id, login_id)
    db.session.execute(delete(Totp).where(Totp.account_id == account.id))
    db.session.add(Totp(account_id=account.id, secret=secret, confirmed_at=clock.now(), last_step=step))
    record(SecondFactorChanged(account.id, "totp_on"))
    db.session.flush()
    return codes


def first(account_id: int, login_id: int) -> list[str]:
    """What goes with the first means: other sessions end, as they never passed it; recovery codes are made."""
    if is_on(account_id):
        return []
    session.end_others(account_id, login_id)
    return new_codes(account_id)


def new_codes(account_id: int) -> list[str]:
    """Ten fresh codes, to be shown once; the former ones are worth nothing any more. Inside `commit()`."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    codes = ["".join(dice.choice(SIGNS) for _ in range(CODE_SIGNS)) for _ in range(CODES)]
    rows = [{"digest": _mark(account_id, code), "account_id": account_id, "used_at": None} for code in codes]
    db.session.execute(insert(RecoveryCode), rows)
    return ["-".join(code[at : at + GROUP] for at in range(0, CODE_SIGNS, GROUP)) for code in codes]


def _mark(account_id: int, code: str) -> str:
    return secrets.mark("recovery code", f"{account_id}:{code}")


def take_code(account_id: int, typed: str) -> bool:
    """Whether `typed` is the telephone's code or a recovery code; either is used up by it. Inside `commit()`."""
    totp = db.session.get(Totp, account_id)
    step = step_of(totp.secret, typed, after=totp.last_step) if totp is not None else None
    if step is not None:
        used = update(Totp).where(Totp.account_id == account_id, Totp.last_step < step).values(last_step=step)
        return _touched(db.session.execute(used)) == 1
    code = re.sub(r"[^a-z0-9]", "", typed.lower())
    own = RecoveryCode.digest == _mark(account_id, code)
    spent = update(RecoveryCode).where(own, RecoveryCode.used_at.is_(None)).values(used_at=clock.now())
    if _touched(db.session.execute(spent)) != 1:
        return False
    record(SecondFactorChanged(account_id, "code_used"))
    return True


def _touched(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def drop_totp(account_id: int) -> None:
    """The telephone does not count any more. Inside `commit()`."""
    db.session.execute(delete(Totp).where(Totp.account_id == account_id))
    record(SecondFactorChanged(account_id, "totp_off"))
    _tidy(account_id)


def drop_passkey(account_id: int, passkey_id: int) -> bool:
    """One key does not count any more; whether there was one. Inside `commit()`."""
    own = delete(Passkey).where(Passkey.account_id == account_id, Passkey.id == passkey_id)
    if _touched(db.session.execute(own)) != 1:
        return False
    record(SecondFactorChanged(account_id, "passkey_off"))
    _tidy(account_id)
    return True


def _tidy(account_id: int) -> None:
    """Codes without anything that they stand in for are none."""
    if not is_on(account_id):
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def forget(account_id: int) -> None:
    """Everything at once, by the operator, for who has lost it all. Inside `commit()`."""
    for table in (Totp, Passkey, RecoveryCode, HalfLogin, LoginSession):
        db.session.execute(delete(table).where(table.account_id == account_id))
    record(SecondFactorChanged(account_id, "reset"))


def begin_half(account_id: int) -> str:
    """The password was right: a token for the browser that owes the second step. Inside `commit()`."""
    token = secrets.token()
    db.session.add(
        HalfLogin(
            token_digest=secrets.digest(token), account_id=account_id, challenge=secrets.token(),
            expires_at=clock.now() + HALF_LIFE,
        )
    )  # fmt: skip
    return token


def half_of(token: str | None) -> HalfLogin | None:
    """The log-in that `token` stands for, if it is not over and the account is active."""
    found = (
        select(HalfLogin)
        .join(Account, Account.id == HalfLogin.account_id)
        .where(
            HalfLogin.token_digest == secrets.digest(token or ""),
            HalfLogin.expires_at > clock.now(),
            Account.state == "active",
        )
    )
    return db.session.scalar(found) if token else None


def end_half(token: str) -> bool:
    """It is used up; whether it was there still. Inside `commit()`."""
    mine = delete(HalfLogin).where(HalfLogin.token_digest == secrets.digest(token))
    return _touched(db.session.execute(mine)) == 1


def forget_old() -> None:
    """Log-ins that nobody finished go. Inside `commit()`."""
    db.session.execute(delete(HalfLogin).where(HalfLogin.expires_at <= clock.now()))
