"""What happens between this city and a neighbour city."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class AgreementSigned(Fact):
    """Both sides have signed: the agreement holds from now on."""

    agreement_id: int


@dataclass(frozen=True)
class AgreementWaits(Fact):
    """Admins should look at an agreement: offered by the other side, answered by it, changed by it, or soon over."""

    agreement_id: int


@dataclass(frozen=True)
class AgreementEnded(Fact):
    """It holds no more; another one with the same city may have taken its place."""

    agreement_id: int


@dataclass(frozen=True)
class PassageInvited(Fact):
    """A quartier of the other city asks one of ours to be its neighbour: its moderators should answer."""

    passage_id: int
