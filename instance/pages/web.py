"""The pages about pages, by subject: this one only gathers them for chrome.py."""

from __future__ import annotations

from flask.blueprints import BlueprintSetupState

from instance.accounts import closing, my_data
from instance.pages import (
    ambassadors,
    founding_web,
    own_data,
    proofs_web,
    rooms_web,
    shops_web,
    site_web,
    team,
    team_web,
    writing_web,
)
from instance.pages.blueprint import bp
from instance.posts import labels

__all__ = ["bp", "founding_web", "proofs_web", "rooms_web", "shops_web", "site_web", "team_web", "writing_web"]


@bp.record_once
def _bind(_state: BlueprintSetupState) -> None:
    my_data.contribute("pages", own_data.pages)
    closing.before_close(team.check_may_close)
    closing.on_close(own_data.erase)
    labels.register(ambassadors.labels)
