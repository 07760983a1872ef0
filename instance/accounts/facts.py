"""What happens to accounts."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class NewDevice(Fact):
    """Somebody logged in from a browser that this account had not used before."""

    account_id: int
    session_id: int


@dataclass(frozen=True)
class ResetAsked(Fact):
    """A link to choose a new password was asked for; the job makes the token, so that no row holds it."""

    account_id: int
