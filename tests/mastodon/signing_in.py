"""What a client does to be let in: register, send its person to the page, exchange the code."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient

from tests.city import City, Someone
from tests.mastodon.conftest import Program

TUSKY = "oauth2redirect://com.keylesspalace.tusky/"
OOB = "urn:ietf:wg:oauth:2.0:oob"
VERIFIER = "une-phrase-assez-longue-pour-la-norme-de-43-signes"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Client:
    """A registered application."""

    city: City
    browser: FlaskClient  # of the program, which holds no cookie
    app: dict[str, Any]
    redirect_uri: str

    @property
    def secrets(self) -> dict[str, str]:
        return {"client_id": self.app["client_id"], "client_secret": self.app["client_secret"]}

    def asks(self, **more: str) -> dict[str, str]:
        """The parameters with which the person is sent to our page."""
        return {
            "response_type": "code", "client_id": self.app["client_id"], "redirect_uri": self.redirect_uri,
            "scope": "read write follow push",
        } | more  # fmt: skip

    def consent(self, someone: Someone, answer: str = "allow", **more: str) -> Any:
        """The answer to the person's press on a button of the page."""
        return someone.browser.post("/oauth/authorize", data=self.asks() | more | {"answer": answer})

    def code(self, someone: Someone, **more: str) -> str:
        return parse_qs(urlsplit(self.consent(someone, **more).location).query)["code"][0]

    def exchange(self, code: str, **more: str) -> Any:
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri} | self.secrets
        return self.browser.post("/oauth/token", data={**fields, **more})

    def sign_in(self, someone: Someone, **more: str) -> Program:
        return Program(self.city, self.exchange(self.code(someone, **more)).json["access_token"])


def registered(city: City, redirect_uri: str = TUSKY, scopes: str = "read write follow push", **more: Any) -> Client:
    browser = city.browser()
    fields = {"client_name": "Tusky", "redirect_uris": redirect_uri, "scopes": scopes, "website": "https://tusky.app"}
    answer = browser.post("/api/v1/apps", data=fields | more)
    assert answer.status_code == 200, answer.json
    return Client(city, browser, answer.json, redirect_uri)
