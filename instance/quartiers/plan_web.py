"""Serves the plan files that an import has written; whoever may see the welcome page may see these."""

from __future__ import annotations

from flask import Blueprint, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from instance.core.web import settings
from instance.quartiers import plans

DAY_S = 86_400

bp = Blueprint("plans", __name__)


@bp.get("/plans/<name>")
def file(name: str) -> ResponseReturnValue:
    """One plan file; 404 for any other name."""
    return send_from_directory(settings().data_dir / plans.FOLDER, name, mimetype="image/svg+xml", max_age=DAY_S)


def url_of(name: str) -> str:
    """Where pages find a plan file, another address after each import; empty where this machine has none."""
    path = settings().data_dir / plans.FOLDER / name
    return url_for("plans.file", name=name, v=path.stat().st_mtime_ns) if path.is_file() else ""
