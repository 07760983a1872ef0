"""What becomes of somebody's words on the wall that he moved away from."""

from __future__ import annotations

from collections.abc import Sequence

from instance.accounts.models import Account
from instance.core.db import db
from instance.posts import service
from instance.verification.facts import ResidentMoved


def sign_off(facts: Sequence[ResidentMoved]) -> None:
    """Reaction: they stay signed, or lose their name, as was chosen."""
    for fact in facts:
        account = db.session.get(Account, fact.account_id)
        if account is not None:
            service.sign_off(account.actor_id, fact.quartier_id, nameless=fact.nameless)
