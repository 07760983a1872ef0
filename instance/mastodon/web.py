"""The client API as one blueprint: importing the resources puts their calls on it."""

from __future__ import annotations

from instance.accounts import service
from instance.mastodon import accounts, acts, notifications, search, statuses, timelines, tokens
from instance.mastodon.api import bp


@bp.record_once
def _bind(_state: object) -> None:
    service.on_new_password(tokens.end_all)


__all__ = ["accounts", "acts", "bp", "notifications", "search", "statuses", "timelines"]
