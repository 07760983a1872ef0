"""What the tests of sign-up and proof share: houses, applicants, and the mails that were sent."""

from __future__ import annotations

import pytest

from tests.city import City
from tests.instance.accounts.conftest import limits, mails
from tests.instance.verification.applicants import Applicants

__all__ = ["applicants", "limits", "mails"]


@pytest.fixture
def applicants(city: City) -> Applicants:
    return Applicants(city)
