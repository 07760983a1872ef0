"""The client API as one blueprint: importing the resources puts their calls on it."""

from __future__ import annotations

from flask import Flask
from flask.blueprints import BlueprintSetupState

from instance.accounts import closing, my_data, service
from instance.accounts.models import Account
from instance.mastodon import (
    accounts,
    accounts_apart,
    accounts_follows,
    accounts_profile,
    accounts_statuses,
    acts,
    applications_web,
    apps,
    bookmarks,
    crossing,
    endorsements,
    featured_tags,
    filters,
    filters_v1,
    filters_v2,
    followed_tags,
    instance_info,
    lists,
    markers,
    media,
    notifications,
    notifications_policy,
    notifications_v2,
    polls,
    preferences,
    push,
    quotes,
    relationships,
    reports,
    scheduled,
    search,
    statuses,
    suggestions,
    tags,
    threads,
    timelines,
    tokens,
    trends,
)
from instance.mastodon.api import bp
from instance.mastodon.authorize_web import bp as programs
from instance.mastodon.oauth import bp as oauth
from instance.notifications import service as notice_service


@bp.record_once
def _bind(state: BlueprintSetupState) -> None:
    service.on_new_password(tokens.end_all)
    closing.on_close(_end_programs)
    notice_service.on_read(markers.follow_reading)
    my_data.contribute("applications", applications_web.kept)
    my_data.contribute("filters", filters.told)
    if isinstance(state.app, Flask):
        crossing.bind(state.app)


def _end_programs(account: Account) -> None:
    """Rows go with the account; who listens by a token must hear that it ended."""
    tokens.end_all(account.id)


__all__ = [
    "accounts",
    "accounts_apart",
    "accounts_follows",
    "accounts_profile",
    "accounts_statuses",
    "acts",
    "applications_web",
    "apps",
    "bookmarks",
    "bp",
    "endorsements",
    "featured_tags",
    "filters_v1",
    "filters_v2",
    "followed_tags",
    "instance_info",
    "lists",
    "markers",
    "media",
    "notifications",
    "notifications_policy",
    "notifications_v2",
    "oauth",
    "polls",
    "preferences",
    "programs",
    "push",
    "quotes",
    "relationships",
    "reports",
    "scheduled",
    "search",
    "statuses",
    "suggestions",
    "tags",
    "threads",
    "timelines",
    "trends",
]
