"""What happens to quartiers and to those who live there."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class ResidentVerified(Fact):
    """An account became a resident."""

    account_id: int
    quartier_id: int


@dataclass(frozen=True)
class QuartierOpened(Fact):
    """A pilot quartier opened its wall."""

    quartier_id: int


@dataclass(frozen=True)
class RoleGiven(Fact):
    """Somebody was given a role."""

    account_id: int
    name: str
    quartier_id: int | None


@dataclass(frozen=True)
class PassageOpened(Fact):
    """A quartier and one of another city are adjacent from now on."""

    passage_id: int


@dataclass(frozen=True)
class PassageHeard(Fact):
    """The other city has taken what opened it: from now on words go there. Those since `since` were held back."""

    passage_id: int
    since: int  # as an id carries it


@dataclass(frozen=True)
class PassageClosed(Fact):
    """They are not any more, or not for now."""

    passage_id: int


@dataclass(frozen=True)
class QuartierShut(Fact):
    """A quartier cut its exchanges with other cities, or took them up again."""

    quartier_id: int
