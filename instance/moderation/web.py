"""The moderation pages, by subject: this page gathers them for chrome.py, and says what the room keeps."""

from flask.blueprints import BlueprintSetupState

from instance.accounts import closing, my_data
from instance.moderation import case_web, held_web, neighbours_web, own_data, report_web
from instance.moderation.blueprint import bp

__all__ = ["bp", "case_web", "held_web", "neighbours_web", "report_web"]


@bp.record_once
def _bind(_state: BlueprintSetupState) -> None:
    my_data.contribute("reports", own_data.sent)
    my_data.contribute("measures", own_data.measures)
    closing.on_close(own_data.erase)
