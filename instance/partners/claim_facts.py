"""What happens to the claims of people in partner cities."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class ClaimRevoked(Fact):
    """The city of `actor_id` does not vouch any more that they live in the quartier `group_id`."""

    actor_id: int
    group_id: int
