"""What a person says of themselves, and who may follow them."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from instance.accounts.models import Account
from instance.core.errors import Invalid
from instance.core.facts import Fact, record

SUMMARY_MAX = 500


@dataclass(frozen=True)
class ProfileChanged(Fact):
    """Something that others are shown of an account is another now."""

    account_id: int


def change_profile(account: Account, *, summary: str | None = None, approves_followers: bool | None = None) -> None:
    """Keep what was given (None: as it was). Raises `Invalid` for words that are too long."""
    if summary is not None:
        words = summary.replace("\r\n", "\n").strip()
        if len(words) > SUMMARY_MAX:
            sentence = _("Raccourcissez la présentation à %(num)d signes.", num=SUMMARY_MAX)
            raise Invalid("profile.long", sentence, field="summary")
        account.summary = words
    if approves_followers is not None:
        account.approves_followers = approves_followers
    account.actor.version += 1
    record(ProfileChanged(account.id))
