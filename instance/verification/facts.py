"""What happens to proofs of address. Others hear of a granted one through `ResidentVerified` of quartiers."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class LetterReturned(Fact):
    """A letter came back: nobody of that name there. The proof it was for has ended."""

    account_id: int


@dataclass(frozen=True)
class ProofRefused(Fact):
    """A verifier did not accept what was shown; the address is erased."""

    account_id: int


@dataclass(frozen=True)
class ProofRevoked(Fact):
    """A residence was ended by a verifier, or because a new proof that was asked for did not come."""

    account_id: int


@dataclass(frozen=True)
class RecheckAsked(Fact):
    """A new proof is asked of a resident; who asked is not told."""

    account_id: int


@dataclass(frozen=True)
class ProofEnding(Fact):
    """A proof ends within `days` days."""

    account_id: int
    days: int


@dataclass(frozen=True)
class QuartierFound(Fact):
    """A quartier was drawn around the address of somebody who waited for one; the proof has begun."""

    account_id: int


@dataclass(frozen=True)
class ResidentMoved(Fact):
    """Somebody said « je déménage »: what they wrote on the old wall stays signed, or becomes nameless."""

    account_id: int
    quartier_id: int
    nameless: bool
