"""The client API as one blueprint: importing the resources puts their calls on it."""

from __future__ import annotations

from flask import Flask
from flask.blueprints import BlueprintSetupState

from instance.accounts import closing, my_data, service
from instance.accounts.models import Account
from instance.mastodon import (
    accounts,
    acts,
    applications_web,
    apps,
    crossing,
    instance_info,
    notifications,
    preferences,
    search,
    statuses,
    timelines,
    tokens,
)
from instance.mastodon.api import bp
from instance.mastodon.authorize_web import bp as programs
from instance.mastodon.oauth import bp as oauth


@bp.record_once
def _bind(state: BlueprintSetupState) -> None:
    service.on_new_password(tokens.end_all)
    closing.on_close(_end_programs)
    my_data.contribute("applications", applications_web.kept)
    if isinstance(state.app, Flask):
        crossing.bind(state.app)


def _end_programs(account: Account) -> None:
    tokens.end_all(account.id)


__all__ = [
    "accounts", "acts", "bp", "instance_info", "notifications", "oauth", "preferences", "programs", "search",
    "statuses", "timelines",
]  # fmt: skip
