"""What happens in thematic groups."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class GroupAsked(Fact):
    """Somebody asks to join a group whose keepers say yes or no."""

    group_id: int
    actor_id: int


@dataclass(frozen=True)
class GroupJoined(Fact):
    """A keeper said yes."""

    group_id: int
    actor_id: int
