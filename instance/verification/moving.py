"""« Je déménage »: the old wall closes at once; what was written there stays, signed or nameless."""

from __future__ import annotations

from instance.accounts.models import Account
from instance.core.errors import NotFound
from instance.core.facts import record
from instance.quartiers import service as quartiers
from instance.verification import service
from instance.verification.facts import ResidentMoved


def move_away(account: Account, *, nameless: bool) -> None:
    """End the residence of `account` now. Raises `NotFound` for somebody who lives nowhere."""
    home = quartiers.residence(account.id)
    if home is None:
        raise NotFound
    present = service.open_proof(account.id, lock=True)
    if present is not None:
        service.end(present)
    service.leave(account, "ended")
    record(ResidentMoved(account.id, home.quartier.id, nameless))
