"""The engine of federation over this city's ports, made once at start."""

from __future__ import annotations

from flask import Flask

from instance.core import fed
from instance.fediverse import documents
from instance.settings import Settings


def bind(app: Flask, settings: Settings) -> None:
    """Make the engine for `app`, and its address known to all rooms."""
    fed.bound.base_url = settings.base_url
    documents.bind(app)
