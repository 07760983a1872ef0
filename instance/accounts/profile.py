"""What a person says of themselves, and who may follow them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from instance.accounts.models import Account
from instance.core.errors import Invalid
from instance.core.facts import Fact, record
from instance.core.signs import one_line

SUMMARY_MAX = 500
FIELDS_MAX, FIELD_MAX = 4, 255


@dataclass(frozen=True)
class ProfileChanged(Fact):
    """Something that others are shown of an account is another now."""

    account_id: int


def change_profile(
    account: Account, *, summary: str | None = None, approves_followers: bool | None = None,
    is_discoverable: bool | None = None, fields: Sequence[dict[str, str]] | None = None,
) -> None:  # fmt: skip
    """Keep what was given (None: as it was). Raises `Invalid` for words that are too long."""
    if summary is not None:
        words = summary.replace("\r\n", "\n").strip()
        if len(words) > SUMMARY_MAX:
            sentence = _("Raccourcissez la présentation à %(num)d signes.", num=SUMMARY_MAX)
            raise Invalid("profile.long", sentence, field="summary")
        account.summary = words
    if approves_followers is not None:
        account.approves_followers = approves_followers
    if is_discoverable is not None:
        account.is_discoverable = is_discoverable
    if fields is not None:
        account.fields = [_field(one) for one in _checked(fields)] or None
    account.actor.version += 1
    record(ProfileChanged(account.id))


def _checked(fields: Sequence[dict[str, str]]) -> Sequence[dict[str, str]]:
    if len(fields) > FIELDS_MAX:
        raise Invalid("profile.fields", _("Quatre champs au plus."), field="fields")
    if any(len(one["name"]) > FIELD_MAX or len(one["value"]) > FIELD_MAX for one in fields):
        raise Invalid("profile.field", _("Raccourcissez ce champ à %(num)d signes.", num=FIELD_MAX), field="fields")
    return fields


def _field(one: dict[str, str]) -> dict[str, str]:
    """On one line, without signs that pretend to be a badge (threats.md B10)."""
    return {"name": one_line(one["name"], FIELD_MAX), "value": one_line(one["value"], FIELD_MAX)}
