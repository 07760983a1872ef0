"""Sign-up: what is typed, what is wrong with it, and the account with its pending proof, made together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from flask_babel import gettext as _

from instance.accounts import emails, names, throttle
from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core import clock
from instance.core.errors import Invalid
from instance.legal import service as legal
from instance.quartiers.models import Address
from instance.settings import Settings
from instance.verification import service

PER_NETWORK = throttle.Limit(5, timedelta(minutes=30))  # threats.md G6
TWICE_WITHIN = timedelta(minutes=10)


@dataclass
class Form:
    """The second step as it was typed; the password is never shown again."""

    first_name: str = ""
    last_name: str = ""
    handle: str = ""
    email: str = ""
    password: str = ""
    is_old_enough: bool = False
    shows_street: bool = False
    wants_to_found: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> Form:
        """What a browser sent, cut to sane lengths."""
        return cls(
            typed.get("first_name", "")[:100],
            typed.get("last_name", "")[:100],
            typed.get("handle", "").strip()[:40],
            typed.get("email", "").strip()[:300],
            typed.get("password", "")[:300],
            typed.get("age") == "1",
            typed.get("street") == "1",
            typed.get("found") == "1",
        )

    def check(self, settings: Settings) -> None:
        """Fill `errors`, one sentence a field; empty when the account can be made.

        Whether the e-mail is in use is not looked at: that is told in its mailbox only (threats.md G7).
        """
        self.check_desk(settings)
        self._try("email", lambda: accounts.check_email(self.email))
        self._try("password", lambda: accounts.check_password(self.password))

    def check_desk(self, settings: Settings) -> None:
        """The same for an account made at the desk, without e-mail and with a password made there."""
        self._try("first_name", lambda: accounts.check_name(self.first_name, "first_name"))
        self._try("last_name", lambda: accounts.check_name(self.last_name, "last_name"))
        self._try("handle", lambda: names.check_handle(self.handle))
        if not self.is_old_enough:
            self.errors["age"] = _("Cochez cette case : il faut avoir %(age)d ans ou plus.", age=settings.minimum_age)

    def _try(self, name: str, check: Callable[[], object]) -> None:
        try:
            check()
        except Invalid as error:
            self.errors[name] = error.sentence


def is_open(settings: Settings) -> bool:
    """Whether strangers may sign up: by QL_REGISTRATIONS, else once the legal pages are filled."""
    if settings.registrations == "auto":
        return legal.are_filled()
    return settings.registrations == "open"


def sign_up(form: Form, address: Address, language: str) -> Account:
    """The account, with its pending proof or its place in the waiting area. Inside `commit()`.

    The e-mail counts once the link in its mailbox is opened: so a used and a fresh one look alike here.
    """
    account = accounts.create(
        accounts.NewAccount(form.handle, form.first_name, form.last_name, form.password, language=language)
    )
    emails.ask(account, form.email)
    if address.quartier_id is None:
        service.wait_for_quartier(account, address, wants_to_found=form.wants_to_found)
    else:
        service.begin(account, address, shows_street=form.shows_street)
    return account


def made_just_now(form: Form) -> Account | None:
    """The account that this very form made a moment ago, when it is sent twice: same handle, same password."""
    account = accounts.by_login(f"@{form.handle.lstrip('@')}")
    is_recent = account is not None and account.created_at > clock.now() - TWICE_WITHIN
    return account if is_recent and accounts.is_password_of(account, form.password) else None
