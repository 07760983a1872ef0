"""The partner city that other tests lean on signs as the published vector says, and its rows open a passage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from instance.core.db import db
from instance.quartiers import passages
from instance.quartiers.service import by_slug
from tests.city import City
from tests.support.partner import PartnerCity, is_proved, multikey, proved, sign_agreement, unbase58


@pytest.mark.shared
def test_its_proofs_are_those_of_the_published_vector(shared: Path) -> None:
    vector = json.loads((shared / "fixtures" / "vectors" / "fep-8b32-521a.json").read_text())
    options = vector["options"]
    private = Ed25519PrivateKey.from_private_bytes(unbase58(vector["secret_multibase"])[2:])
    key_id = options["verificationMethod"]
    from datetime import datetime

    made = proved(vector["document"], private, key_id, datetime.fromisoformat(options["created"]))

    assert made["proof"]["proofValue"] == vector["proofValue"]
    actor = {"assertionMethod": [multikey(key_id, key_id.partition("#")[0], private)]}
    assert is_proved(made, actor)
    assert not is_proved(made | {"id": "https://other.example/1"}, actor)


def test_the_short_cut_leaves_an_open_passage(city: City, partner: PartnerCity) -> None:
    slug = city.quartier("Clignancourt")
    group = partner.group("Saint-Georges")

    sign_agreement(city, partner, slug, group)

    (far,) = passages.open_from(by_slug(slug))
    db.session.rollback()
    assert (far.uri, far.host, far.name) == (group.uri, partner.host, "Saint-Georges")
