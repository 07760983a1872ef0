"""Accounts: real names, e-mails, passwords; who blocks whom; the journal that the person concerned reads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from instance.accounts import names
from instance.accounts.facts import ActorBlocked, PasswordChanged
from instance.accounts.models import (
    Account,
    Actor,
    Block,
    HalfLogin,
    Identity,
    JournalLine,
    KnownDevice,
    LoginSession,
    PasswordReset,
)
from instance.core import clock, secrets
from instance.core.db import db, new_id
from instance.core.errors import Invalid
from instance.core.facts import record

PASSWORD_MIN = 12
PASSWORD_MAX = 200
NAME_MAX = 60
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
NO_EMAIL = re.compile(r"[\x00-\x1f\x7f\"(),:;<>\[\]\\]")  # a header would read a second mailbox or a name in these
ActorId = int | ColumnElement[int] | InstrumentedAttribute[int]
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified for names nobody has, so that the answer takes as long (threats.md G7).
NOBODY = hasher.hash("nobody has this password")


@dataclass(frozen=True)
class NewAccount:
    """What sign-up or an operator gives; e-mail may be absent for an account made at the desk."""

    handle: str
    first_name: str
    last_name: str
    password: str
    email: str | None = None
    language: str = "fr"


def create(new: NewAccount) -> Account:
    """A new account with its actor; it is nobody's resident yet. Raises `Invalid` naming the field."""
    handle = names.check_handle(new.handle)
    first, last = check_name(new.first_name, "first_name"), check_name(new.last_name, "last_name")
    check_password(new.password)
    email = check_email(new.email) if new.email else None
    if email and has_email(email):
        # For operators and the desk. Sign-up must not repeat it to a stranger (threats.md G7).
        raise Invalid("email.taken", _("Cette adresse e-mail sert déjà à un autre compte."), field="email")
    actor = Actor(
        id=new_id(), kind="person", handle=handle, path=f"/u/{handle}", shown_name=short_name(first, last),
        created_at=clock.now(),
    )  # fmt: skip
    db.session.add(actor)
    db.session.flush()
    names.take(handle, actor)
    account = Account(
        id=new_id(), actor_id=actor.id, password_hash=hashed(new.password), language=new.language,
        created_at=clock.now(),
    )  # fmt: skip
    db.session.add(account)
    db.session.flush()
    db.session.add(
        Identity(
            account_id=account.id, first_name=first, last_name=last, email=email,
            email_mark=email_mark(email) if email else None,
        )
    )  # fmt: skip
    db.session.flush()
    return account


def short_name(first: str, last: str) -> str:
    """« Salma B. », the name that neighbours see."""
    return f"{first} {last[0].upper()}."


def check_name(name: str, field: str) -> str:
    """A first or last name, spaces put in order. Raises `Invalid` for digits, a lone letter, signs (F03)."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    letters = [sign for sign in name if sign.isalpha()]
    only_names = all(sign.isalpha() or sign in " '’-.\u0301" or unicodedata.combining(sign) for sign in name)
    if len(letters) < 2 or not only_names or len(name) > NAME_MAX:
        sentence = _("Écrivez votre prénom comme sur vos papiers, en lettres.")
        if field == "last_name":
            sentence = _("Écrivez votre nom comme sur vos papiers, en lettres.")
        raise Invalid("name.form", sentence, field=field)
    return name


def split_name(full: str) -> tuple[str, str]:
    """First and last name of « Prénom Nom ». Raises `Invalid` for a single word."""
    first, _space, last = " ".join(full.split()).partition(" ")
    if not last:
        raise Invalid("name.single", _("Écrivez le prénom et le nom, séparés par une espace."), field="name")
    return first, last


def check_password(password: str) -> None:
    """Raises `Invalid` with how many signs are missing, or when it is all one sign."""
    if (missing := PASSWORD_MIN - len(password)) > 0:
        sentence = _(
            "Ajoutez %(missing)d signes : il en faut %(least)d, vous en avez écrit %(number)d.",
            missing=missing, least=PASSWORD_MIN, number=len(password),
        )  # fmt: skip
        raise Invalid("password.short", sentence, field="password")
    if len(password) > PASSWORD_MAX:
        raise Invalid("password.long", _("Raccourcissez le mot de passe à 200 signes au plus."), field="password")
    if len(set(password)) < 4:
        raise Invalid("password.simple", _("Mélangez davantage de signes différents."), field="password")


def _as_kept(password: str) -> str:
    """One form for letters that keyboards compose differently (é is one sign or two)."""
    return unicodedata.normalize("NFKC", password)


def hashed(password: str) -> str:
    """`password` as it is kept (argon2id)."""
    return hasher.hash(_as_kept(password))


def normal_email(email: str) -> str:
    """The form under which an e-mail is found again: NFKC, small letters."""
    return unicodedata.normalize("NFKC", email).strip().lower()


def email_mark(email: str) -> str:
    """HMAC by which an account is found from its e-mail."""
    return secrets.mark("email", normal_email(email))


def check_email(email: str) -> str:
    """`email`, trimmed. Raises `Invalid` for what cannot be one."""
    email = email.strip()
    if len(email) > 254 or not EMAIL.fullmatch(email) or NO_EMAIL.search(email):
        raise Invalid(
            "email.form",
            _("Vérifiez l’adresse e-mail : il manque peut-être un @ ou un point."),
            field="email",
        )
    return email


def has_email(email: str) -> bool:
    """Whether an account uses `email`; for our own rules, never to be told to a stranger."""
    return db.session.scalar(select(Identity.account_id).where(Identity.email_mark == email_mark(email))) is not None


def named(login: str) -> Account | None:
    """The account with this handle or e-mail, whatever its state."""
    login = login.strip()
    if "@" in login.lstrip("@"):
        condition = Account.id == (
            select(Identity.account_id).where(Identity.email_mark == email_mark(login)).scalar_subquery()
        )
    else:
        condition = Actor.handle == login.lstrip("@").lower()
    return db.session.scalar(select(Account).join(Actor).where(condition, Actor.path.is_not(None)))


def normal_login(typed: str) -> str:
    """What was typed at log-in as it is looked up: an e-mail, or a handle with or without its @."""
    name = typed.strip().removeprefix("@")
    return normal_email(name) if "@" in name else name.lower()


def _has_login(typed: str) -> ColumnElement[bool]:
    name = normal_login(typed)
    if "@" in name:
        return Account.id.in_(select(Identity.account_id).where(Identity.email_mark == email_mark(name)))
    if not names.HANDLE.fullmatch(name):
        name = ""  # nobody's path; the statement is made all the same
    return Account.actor_id.in_(select(Actor.id).where(Actor.path == f"/u/{name}"))


def by_login(typed: str) -> Account | None:
    """The account of a handle or e-mail; one statement whether it exists or not."""
    return db.session.scalar(select(Account).where(_has_login(typed)))


def is_device_of(typed: str, sign: str) -> bool:
    """Whether the account of `typed` has logged in before from the browser that holds `sign`."""
    known = select(KnownDevice.account_id).join(Account, Account.id == KnownDevice.account_id)
    found = db.session.scalar(known.where(_has_login(typed), KnownDevice.digest == secrets.digest(sign)))
    return found is not None


def is_password_of(account: Account | None, password: str) -> bool:
    """Whether `password` opens `account`; as slow for an account that does not exist."""
    try:
        hasher.verify(account.password_hash if account else NOBODY, _as_kept(password[:PASSWORD_MAX]))
    except (VerificationError, InvalidHashError):
        return False
    return account is not None and account.state == "active"


End = Callable[[int], None]  # of an account's id
_ends: list[End] = []


def on_new_password(end: End) -> None:
    """Have `end` called in the transaction in which an account gets a new password: what the old one opened closes."""
    if end not in _ends:
        _ends.append(end)


def end_programs(account_id: int) -> None:
    """What applications were given ends, and consents that wait. Inside `commit()`."""
    for end in _ends:
        end(account_id)


def set_password(account: Account, password: str, *, keep_session: int | None = None) -> None:
    """A new password; every session but `keep_session` ends, programs with them, and its owner is told."""
    check_password(password)
    account.password_hash = hashed(password)
    ended = delete(LoginSession).where(LoginSession.account_id == account.id)
    if keep_session is not None:
        ended = ended.where(LoginSession.id != keep_session)
    db.session.execute(ended)
    for opened in (PasswordReset, HalfLogin):
        db.session.execute(delete(opened).where(opened.account_id == account.id))
    end_programs(account.id)
    record(PasswordChanged(account.id))


def identity_of(account_id: int) -> Identity:
    """Legal name and e-mail, for letters, mails and the person's own pages."""
    return db.session.get_one(Identity, account_id)


def show_name(account: Account, *, full: bool) -> None:
    """Show « Prénom N. » or the name in full; never anything else than the verified name."""
    identity = identity_of(account.id)
    account.is_name_full = full
    account.actor.shown_name = (
        f"{identity.first_name} {identity.last_name}" if full else short_name(identity.first_name, identity.last_name)
    )
    account.actor.version += 1


def set_street(account: Account, street: str | None) -> None:
    """Show `street` beside the name, or nothing. Only a proof of address may name one: never a free text."""
    account.street = street
    account.actor.version += 1


def set_quiet_hours(account: Account, begin_h: int | None, end_h: int | None) -> None:
    """« Ne pas déranger » from `begin_h` to `end_h`, whole hours of the city's clock; two None: never (F58).

    Raises `Invalid` for one without the other, for equal hours and for hours no clock has.
    """
    if (begin_h is None) != (end_h is None):
        field = "quiet_from" if begin_h is None else "quiet_to"
        raise Invalid("quiet.half", _("Choisissez les deux heures, ou aucune."), field=field)
    if begin_h is not None and (begin_h == end_h or not {begin_h, end_h} <= set(range(24))):
        raise Invalid("quiet.hours", _("Choisissez deux heures différentes."), field="quiet_to")
    account.quiet_from_h, account.quiet_to_h = begin_h, end_h


def blocked_by(actor_id: int) -> list[Actor]:
    """Whom `actor_id` has blocked, the latest first."""
    return list(
        db.session.scalars(
            select(Actor)
            .join(Block, Block.blocked_id == Actor.id)
            .where(Block.blocker_id == actor_id)
            .order_by(Block.since.desc())
        )
    )


def block(blocker_id: int, blocked_id: int) -> None:
    """From now on neither meets the other. Blocking oneself or twice changes nothing."""
    if blocker_id != blocked_id and db.session.get(Block, (blocker_id, blocked_id)) is None:
        db.session.add(Block(blocker_id=blocker_id, blocked_id=blocked_id, since=clock.now()))
        record(ActorBlocked(blocker_id, blocked_id))


def apart(one: ActorId, other: ActorId) -> ColumnElement[bool]:
    """Whether a block stands between two actors, whoever set it: neither then meets the other's name."""
    return exists().where(
        or_(
            and_(Block.blocker_id == one, Block.blocked_id == other),
            and_(Block.blocker_id == other, Block.blocked_id == one),
        )
    )


def unblock(blocker_id: int, blocked_id: int) -> None:
    """End the block that `blocker_id` had set; one set by the other side stays."""
    db.session.execute(delete(Block).where(Block.blocker_id == blocker_id, Block.blocked_id == blocked_id))


def note(account_id: int, act: str, *, by: int | None, **detail: str) -> None:
    """Write a line into the journal of `account_id`; the person reads it in "mes données"."""
    db.session.add(JournalLine(account_id=account_id, by_id=by, act=act, detail=detail, at=clock.now()))
