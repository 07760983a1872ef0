"""The client API as one blueprint: importing the resources puts their calls on it."""

from __future__ import annotations

from instance.mastodon import accounts, acts, notifications, search, statuses, timelines
from instance.mastodon.api import bp

__all__ = ["accounts", "acts", "bp", "notifications", "search", "statuses", "timelines"]
