"""/accord: what an agreement between two cities cannot promise, in plain words, and with whom there is one."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from instance.core.web import page
from instance.partners import overview

bp = Blueprint("promise", __name__)


@bp.get("/accord")
def promise() -> ResponseReturnValue:
    """For everybody; no person is named."""
    found = [(one, overview.lines(one)) for one in overview.live()]
    return page("partners/promise.html", found=found)
