"""What the tests of accounts share: limits switched on, and the mails that were sent."""

from __future__ import annotations

import email
import email.policy
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask, Response

from instance.settings import Settings
from tests.city import City


def plain(answer: Response | str) -> str:
    """The words of a page or mail with ordinary spaces: French typography has its own tests."""
    words = answer if isinstance(answer, str) else answer.get_data(as_text=True)
    return words.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.fixture
def limits(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """QL_RATE_LIMITS on, as an operator has it."""
    monkeypatch.setitem(app.extensions, "quartier", replace(settings, rate_limits=True))


@dataclass
class Mailbox:
    """The folder into which mails are written."""

    city: City
    folder: Path

    def to(self, address: str) -> list[EmailMessage]:
        """Every mail to `address` so far, the oldest first; runs what is due."""
        self.city.work()
        texts = [path.read_bytes() for path in sorted(self.folder.glob("*.eml"))]
        mails = [email.message_from_bytes(text, policy=email.policy.default) for text in texts]
        return [mail for mail in mails if mail["To"] == address]

    def words(self, address: str) -> str:
        """The text of the latest mail to `address`."""
        return plain(self.to(address)[-1].get_body(("plain",)).get_content())

    def link(self, address: str) -> str:
        """The path of the link in the latest mail to `address`."""
        return re.search(r"https?://[^/\s]+(/\S+)", self.words(address))[1]


@pytest.fixture
def mails(city: City, settings: Settings) -> Iterator[Mailbox]:
    folder = settings.data_dir / "mail"
    shutil.rmtree(folder, ignore_errors=True)
    yield Mailbox(city, folder)
    shutil.rmtree(folder, ignore_errors=True)
