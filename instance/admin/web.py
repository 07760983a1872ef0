"""The admin pages, by subject: this page only gathers them for chrome.py."""

from instance.admin import (
    accords_web,
    directory_web,
    overview_web,
    pages_web,
    peers_web,
    people_web,
    places_web,
    tasks_web,
    texts_web,
)
from instance.admin.blueprint import bp

__all__ = [
    "accords_web",
    "bp",
    "directory_web",
    "overview_web",
    "pages_web",
    "peers_web",
    "people_web",
    "places_web",
    "tasks_web",
    "texts_web",
]
