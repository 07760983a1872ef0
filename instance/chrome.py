"""What stands around every page: menu, foot, help buttons; and the routes that belong to no room."""

from __future__ import annotations

from flask import Blueprint, Flask

from instance.accounts import web as accounts
from instance.settings import Settings

bp = Blueprint("house", __name__)
BLUEPRINTS: tuple[Blueprint, ...] = (bp, accounts.bp)


def bind(app: Flask, settings: Settings) -> None:
    """Give the templates what every page needs."""
    app.jinja_env.globals.update(site_name=settings.name, site_operator=settings.operator)


@bp.get("/health")
def health() -> tuple[str, int]:
    """The process is up."""
    return "ok\n", 200
