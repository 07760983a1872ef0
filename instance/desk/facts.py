"""What happens at a desk: nothing here says who sent what, nor to whom."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class DeskHasNews(Fact):
    """Tips wait for this member of a page's team; noted once a day, never at the moment a tip comes."""

    account_id: int
    page_id: int


@dataclass(frozen=True)
class TipAnswered(Fact):
    """A page answered somebody who wrote under their own name; protected sources hear of it in the page alone."""

    account_id: int
