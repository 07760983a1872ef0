"""What happens to posts."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class PostPublished(Fact):
    """A post or a reply was published."""

    post_id: int


@dataclass(frozen=True)
class PostDeleted(Fact):
    """A post was deleted by its author or removed by moderation."""

    post_id: int
