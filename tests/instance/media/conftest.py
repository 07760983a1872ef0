"""An empty store per test, and what tests of pictures are given: uploads and posts that carry them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instance.accounts.models import Account
from instance.core import storage
from instance.core.db import commit, db
from instance.media import service
from instance.posts import audience
from instance.posts import service as posts
from instance.quartiers import service as quartiers
from instance.settings import Settings
from tests.city import Someone
from tests.instance.media import samples


class Album:
    """Uploads and posts with pictures, made through the services."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.folder = app, folder

    def fetch(self, browser: FlaskClient, path: str, method: str = "GET", **headers: str) -> Any:
        """One request in a context of its own, as a server gives it."""
        with self.app.app_context():
            return browser.open(path, method=method, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def look(self, browser: FlaskClient, key: str, size: str = "large") -> Any:
        """One request for a picture."""
        return self.fetch(browser, service.address(key, size))

    def upload(self, owner: Someone, description: str = "Un chat roux", data: bytes = b"") -> str:
        """A kept picture that no post carries yet; its key."""
        prepared = service.prepare(data or samples.phone_jpeg())
        with commit():
            return service.keep(owner.account_id, prepared, description).key

    def publish(self, author: Someone, quartier: str, *keys: str, scope: str = "quartier") -> int:
        """A post with these pictures; its id."""
        with commit():
            home = quartiers.by_slug(quartier)
            words = posts.Words("Qui connaît ce chat ?", "Un chat trouvé", photos=keys)
            account = db.session.get_one(Account, author.account_id)
            return posts.publish(account, home, words, audience.for_post(scope, home))

    def files(self) -> list[str]:
        """Names of the files that the store holds."""
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def album(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Album]:
    storage.bind(replace(settings, data_dir=tmp_path))
    yield Album(app, tmp_path / "media")
    storage.bind(settings)
