"""A program of a resident: requests with a token, JSON both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.mastodon import tokens
from tests.city import City, Someone


@dataclass(frozen=True)
class Program:
    """What a client does for its person."""

    city: City
    token: str

    def call(self, method: str, path: str, **wishes: Any) -> Any:
        browser = self.city.browser()
        headers = {"Authorization": f"Bearer {self.token}"} | wishes.pop("headers", {})
        return browser.open(path, method=method, headers=headers, **wishes)

    def get(self, path: str, **wishes: Any) -> Any:
        return self.call("GET", path, **wishes)

    def post(self, path: str, **wishes: Any) -> Any:
        return self.call("POST", path, **wishes)


class Programs:
    """Makes programs for people."""

    def __init__(self, city: City) -> None:
        self.city = city

    def of(self, someone: Someone, scope: str = "read write follow", *, outside: bool = True) -> Program:
        with commit():
            account = db.session.get_one(Account, someone.account_id)
            scopes = tokens.parse_scopes(scope)
            token = tokens.make(account, tokens.command_line(), scopes, may_publish_outside=outside)
        return Program(self.city, token)


@pytest.fixture
def programs(city: City) -> Programs:
    return Programs(city)
