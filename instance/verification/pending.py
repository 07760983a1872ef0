"""The address of an open proof: the only place where one is kept, sealed, until the decision."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from instance.core.errors import NotFound
from instance.quartiers.models import Address
from instance.quartiers.search import label_of
from instance.verification import postal
from instance.verification.models import PendingAddress, Proof


@dataclass(frozen=True)
class Pending:
    """What a letter and a verifier need of an address."""

    number: int
    rep: str
    street: str
    afnor: str
    postcode: str
    town: str
    commune: str
    complement: str = ""  # flat, floor, building: on the letter only
    shows_street: bool = False  # the street beside the name, once verified

    @property
    def label(self) -> str:
        """« 40 bis Rue Myrha, 75018 Paris »."""
        return label_of(self.number, self.rep, self.street, self.postcode, self.commune)

    @property
    def place(self) -> postal.Place:
        """The same for the lines of a letter."""
        return postal.Place(self.number, self.rep, self.street, self.afnor, self.postcode, self.town, self.commune)


def of_address(address: Address, *, shows_street: bool) -> Pending:
    """What is kept of an imported address."""
    return Pending(
        address.number, address.rep, address.street.name, address.afnor, address.postcode, address.town,
        address.commune, shows_street=shows_street,
    )  # fmt: skip


def keep(proof: Proof, address: Pending) -> None:
    """Seal `address` with its open proof."""
    text = json.dumps(asdict(address), ensure_ascii=False)
    if proof.pending is None:
        proof.pending = PendingAddress(kept=text)
    else:
        proof.pending.kept = text


def read(proof: Proof) -> Pending:
    """The address of an open proof. Raises `NotFound` once it is erased."""
    if proof.pending is None:
        raise NotFound
    return Pending(**json.loads(proof.pending.kept))


def complete(proof: Proof, complement: str) -> None:
    """Keep what the letterbox needs besides."""
    keep(proof, replace(read(proof), complement=complement))
