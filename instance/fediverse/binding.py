"""The engine of federation over this city's ports, made once at start."""

from __future__ import annotations

from flask import Flask

from federation import Door, Federation
from instance.accounts import keys
from instance.core import clock, fed
from instance.core.release import version
from instance.fediverse import documents
from instance.fediverse.inbox_table import TABLE
from instance.fediverse.ports_documents import CITY
from instance.fediverse.ports_inbox import CityIncoming, CityPolicy
from instance.fediverse.ports_keys import CityKeys
from instance.fediverse.ports_outgoing import CityOutgoing
from instance.settings import Settings


def bind(app: Flask, settings: Settings) -> None:
    """Make the engine for `app`, and its address known to all rooms."""
    fed.bound.base_url = settings.base_url
    fed.bound.engine = Federation(
        base_url=settings.base_url,
        keys=CityKeys(),
        documents=CITY,
        incoming=CityIncoming(),
        outgoing=CityOutgoing(),
        policy=CityPolicy(counts=settings.rate_limits),
        table=TABLE,
        door=Door(settings.fetch_allow, f"quartier-libre/{version()} (+{settings.base_url}/)"),
        now=clock.now,
        instance_actor=settings.base_url + keys.INSTANCE,
    )
    documents.bind(app)
