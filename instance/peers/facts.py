"""What happens between this city and other servers."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class HostBlocked(Fact):
    """Nothing comes from `host` and its subdomains any more, and nothing goes there."""

    host: str


@dataclass(frozen=True)
class AnswersTaken(Fact):
    """Some server has taken an answer that it may have waited for (`deliveries.ANSWERS`)."""


@dataclass(frozen=True)
class InboxGone(Fact):
    """The server says that nobody reads this inbox any more (410)."""

    inbox: str
