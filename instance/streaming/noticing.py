"""Reaction: what was told to somebody goes on to their open streams."""

from __future__ import annotations

from collections.abc import Sequence

from instance.core import bus
from instance.notifications.facts import NoticeGiven


def tell_notices(facts: Sequence[NoticeGiven]) -> None:
    """Each new notice, to whichever process holds a line of its account."""
    for fact in facts:
        bus.publish({"notice": fact.notification_id})
