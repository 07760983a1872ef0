"""What admins do to accounts."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class AccountSuspended(Fact):
    """An account can no longer be used, until somebody gives it back."""

    account_id: int
