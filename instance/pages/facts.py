"""What happens to pages."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class PageChanged(Fact):
    """A page says something else of itself."""

    page_id: int


@dataclass(frozen=True)
class PageClosed(Fact):
    """A page is gone."""

    page_id: int


@dataclass(frozen=True)
class PageInvited(Fact):
    """Somebody is asked to join the team of a page."""

    account_id: int
