"""What happens to accounts."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class NewDevice(Fact):
    """Somebody logged in from a browser that this account had not used before."""

    account_id: int
    session_id: int
    device: str = ""  # kept here: whoever logs out at once shall not go unnoticed


@dataclass(frozen=True)
class ResetAsked(Fact):
    """A link to choose a new password was asked for; the job makes the token, so that no row holds it."""

    account_id: int  # 0 for a name that nobody has: both take the same time


@dataclass(frozen=True)
class PasswordChanged(Fact):
    """An account has a new password."""

    account_id: int


@dataclass(frozen=True)
class SecondFactorChanged(Fact):
    """The second step of log-in of an account changed, or a recovery code was used: its owner is told."""

    account_id: int
    what: str  # totp_on | totp_off | passkey_on | passkey_off | codes | code_used | reset


@dataclass(frozen=True)
class AccountClosed(Fact):
    """An account was erased by its owner; only this number is left of it."""

    account_id: int


@dataclass(frozen=True)
class FollowAsked(Fact):
    """`follower_id` would like to follow `followed_id`, whose answer is awaited."""

    follow_id: int
    follower_id: int
    followed_id: int


@dataclass(frozen=True)
class FollowAccepted(Fact):
    """A follow counts from now on."""

    follow_id: int
    follower_id: int
    followed_id: int


@dataclass(frozen=True)
class FollowEnded(Fact):
    """`follower_id` does not follow any more, or took the request back; `uri` names the Follow."""

    follower_id: int
    followed_id: int
    uri: str


@dataclass(frozen=True)
class FollowRefused(Fact):
    """`followed_id` said no to a follow, at once or later; `uri` names the Follow."""

    follower_id: int
    followed_id: int
    uri: str


@dataclass(frozen=True)
class ActorBlocked(Fact):
    """`blocker_id` and `blocked_id` meet no more."""

    blocker_id: int
    blocked_id: int


@dataclass(frozen=True)
class ActorGone(Fact):
    """A remote actor is no more, as its own server says: what it wrote goes."""

    actor_id: int


@dataclass(frozen=True)
class AccountMoved(Fact):
    """A resident continues under an account elsewhere, where followers are to go."""

    account_id: int
