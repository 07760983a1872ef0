"""What happens to accounts."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class NewDevice(Fact):
    """Somebody logged in from a browser that this account had not used before."""

    account_id: int
    session_id: int
    device: str = ""  # kept here: whoever logs out at once shall not go unnoticed


@dataclass(frozen=True)
class ResetAsked(Fact):
    """A link to choose a new password was asked for; the job makes the token, so that no row holds it."""

    account_id: int  # 0 for a name that nobody has: both take the same time


@dataclass(frozen=True)
class PasswordChanged(Fact):
    """An account has a new password."""

    account_id: int


@dataclass(frozen=True)
class AccountClosed(Fact):
    """An account was erased by its owner; only this number is left of it."""

    account_id: int
