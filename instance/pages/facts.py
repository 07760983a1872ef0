"""What happens to pages."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class PagePublished(Fact):
    """A page is there for everybody from now on."""

    page_id: int


@dataclass(frozen=True)
class PageChanged(Fact):
    """A page says something else of itself."""

    page_id: int


@dataclass(frozen=True)
class PageClosed(Fact):
    """A page is gone."""

    page_id: int
