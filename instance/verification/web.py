"""The pages of sign-up and proof, by subject: this page only gathers them for chrome.py."""

from __future__ import annotations

from flask.blueprints import BlueprintSetupState

from instance.accounts import my_data
from instance.verification import (
    desk_account_web,
    desk_web,
    letters_web,
    neighbours_web,
    own_data,
    proof_web,
    signup_web,
)
from instance.verification.blueprint import bp

__all__ = ["bp", "desk_account_web", "desk_web", "letters_web", "neighbours_web", "proof_web", "signup_web"]


@bp.record_once
def _bind(_state: BlueprintSetupState) -> None:
    my_data.contribute("proofs", own_data.proofs)
    own_data.describe_acts()
