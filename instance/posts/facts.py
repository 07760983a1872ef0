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


@dataclass(frozen=True)
class PostRetracted(Fact):
    """A page took a post back: its words are gone, its reason stands in their place."""

    post_id: int


@dataclass(frozen=True)
class PostEdited(Fact):
    """Somebody who lives here gave an own post new words."""

    post_id: int


@dataclass(frozen=True)
class PostReworded(Fact):
    """A public post that somebody here passed on says something else now, wherever it was written."""

    post_id: int


@dataclass(frozen=True)
class PostWithdrawn(Fact):
    """A public post stays here, but no more under its author's name: other servers are asked to forget it."""

    post_id: int


@dataclass(frozen=True)
class PostReceived(Fact):
    """A post came from another server that answers or names somebody here, or stands on a wall."""

    post_id: int


@dataclass(frozen=True)
class PostArrived(Fact):
    """A post came from another server for those who follow its author, and concerns nobody else here."""

    post_id: int


@dataclass(frozen=True)
class PostChanged(Fact):
    """A post in a public thread here was changed or deleted by its author elsewhere; `incoming` is the activity."""

    post_id: int
    incoming: str


@dataclass(frozen=True)
class PostApproved(Fact):
    """A moderator let a post from outside into its thread."""

    post_id: int


@dataclass(frozen=True)
class Thanked(Fact):
    """`actor_id`, who lives here, said "Merci" for a post, or took it back."""

    post_id: int
    actor_id: int
    is_on: bool


@dataclass(frozen=True)
class ThanksReceived(Fact):
    """`actor_id` said "Merci" for words of somebody here."""

    post_id: int
    actor_id: int


@dataclass(frozen=True)
class BoostReceived(Fact):
    """`actor_id`, who lives elsewhere, passed words of somebody here on."""

    post_id: int
    actor_id: int


@dataclass(frozen=True)
class Boosted(Fact):
    """`actor_id`, who lives here, passed a public post on; `boost_id` is the number of the Announce."""

    post_id: int
    actor_id: int
    boost_id: int


@dataclass(frozen=True)
class BoostEnded(Fact):
    """A boost was taken back."""

    post_id: int
    actor_id: int
    boost_id: int


@dataclass(frozen=True)
class Quoted(Fact):
    """A post quotes another one, by leave of its author or waiting for it."""

    post_id: int


@dataclass(frozen=True)
class QuoteRevoked(Fact):
    """The leave for the quote under this post was taken back by somebody here."""

    post_id: int


@dataclass(frozen=True)
class PassedOn(Fact):
    """The Group `group_id` of another city passed a post of its own threads on, at first hand."""

    post_id: int
    group_id: int


@dataclass(frozen=True)
class PassingEnded(Fact):
    """It took that back."""

    post_id: int
    group_id: int


@dataclass(frozen=True)
class PollVoted(Fact):
    """`actor_id` voted under a post of ours, or, living here, of elsewhere; for what, the fact does not say."""

    post_id: int
    actor_id: int


@dataclass(frozen=True)
class PollClosed(Fact):
    """The time of a poll is over: one of ours, or one of elsewhere in which somebody here voted."""

    post_id: int


@dataclass(frozen=True)
class ScheduledFailed(Fact):
    """A post that was to go at an hour could not."""

    account_id: int
    scheduled_id: int
