"""What happens to notices."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class NoticeGiven(Fact):
    """A new notice stands in somebody's page: devices and open streams hear of it."""

    notification_id: int
