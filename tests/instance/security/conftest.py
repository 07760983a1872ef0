"""What the tests of attacks share: limits switched on, mails that were sent, applicants, and protected forms."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.city import City
from tests.instance.accounts.conftest import limits, mails
from tests.instance.media.conftest import album
from tests.instance.verification.applicants import Applicants

__all__ = ["album", "applicants", "limits", "mails"]


@pytest.fixture
def applicants(city: City) -> Applicants:
    return Applicants(city)


@pytest.fixture
def protected(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms are protected against forgery, as in service."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
