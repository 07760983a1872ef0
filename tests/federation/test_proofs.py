"""Proofs inside documents: the published one, ours, and each way to spoil one."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from federation import keys, multibase
from federation.errors import BadSignature
from federation.keys import ProofKey, PublicKey
from federation.signatures import proofs
from tests.federation.letters import ALICE, NOW, public

KEY_ID = f"{ALICE}#ed25519-key"
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/activitystreams"],
    "id": "https://aix.example/peering/1",
    "type": ["Agreement", "ql:Peering"],
    "name": "Aix — Marseille, 1,0 et 1e21",
    "number": 1.0,
    "large": 1e21,
}


@pytest.fixture(scope="module")
def both() -> tuple[ProofKey, PublicKey]:
    private, text = keys.make_ed25519()
    return ProofKey(KEY_ID, ALICE, keys.load_ed25519_private(private)), public(multikey=text, key_id=KEY_ID)


@pytest.mark.shared
def test_the_published_proof_is_made_and_taken(shared: Path) -> None:
    vector = json.loads((shared / "fixtures" / "vectors" / "fep-8b32-521a.json").read_text())
    document, options = vector["document"], vector["options"]
    private = keys.load_ed25519_private(vector["secret_multibase"])
    text = multibase.encode(multibase.ED25519_PUBLIC + private.public_key().public_bytes_raw())
    moment = NOW.replace(year=2023, month=2, day=24, hour=23, minute=36, second=38)

    made = proofs.add(document, ProofKey(options["verificationMethod"], document["actor"], private), moment)

    assert made["proof"] == options | {"@context": document["@context"], "proofValue": vector["proofValue"]}
    proofs.verify(made, public(multikey=text, key_id=options["verificationMethod"]))
    multikey = vector["multikey"]
    known = multibase.decode(multikey["publicKeyMultibase"]).removeprefix(multibase.ED25519_PUBLIC)
    assert known.hex() == multikey["ed25519_hex"]


def test_a_proof_holds_however_the_document_is_spelt(both: tuple[ProofKey, PublicKey]) -> None:
    made = proofs.add(DOCUMENT, both[0], NOW)
    again = json.loads(json.dumps(dict(reversed(made.items()))))

    assert proofs.key_id(again) == KEY_ID
    proofs.verify(again, both[1], NOW)
    proofs.verify(again | {"@context": [*DOCUMENT["@context"], {"x": "y"}]}, both[1], NOW)
    assert "proof" not in DOCUMENT


def test_each_spoilt_proof_is_refused(both: tuple[ProofKey, PublicKey]) -> None:
    made = proofs.add(DOCUMENT, both[0], NOW)

    def with_proof(**parts: Any) -> dict[str, Any]:
        return made | {"proof": made["proof"] | parts}

    spoilt = {
        "a word": made | {"name": "Aix"},
        "a member more": made | {"audience": "https://aix.example/q/mazarin"},
        "a context before": made | {"@context": [{"name": "as:summary"}, *DOCUMENT["@context"]]},
        "no context": {name: part for name, part in made.items() if name != "@context"},
        "purpose": with_proof(proofPurpose="authentication"),
        "date": with_proof(created="2020-01-01T00:00:00Z"),
        "suite": with_proof(cryptosuite="eddsa-rdfc-2022"),
        "kind": with_proof(type="RsaSignature2017"),
        "method": with_proof(verificationMethod="https://evil.example/u/m#key"),
        "value": with_proof(proofValue="z" + "1" * 88),
        "value that is none": with_proof(proofValue=None),
        "value too long": with_proof(proofValue="z" + "2" * 100_000),
        "end": with_proof(expires="2020-01-01T00:00:00Z"),
        "end that is none": with_proof(expires=[]),
        "none": DOCUMENT,
        "a list of them": made | {"proof": [made["proof"]]},
        "a number JSON cannot hold": made | {"number": 2**60},
        "not a number": made | {"number": float("nan")},
        "half a sign": made | {"name": "\ud800"},
    }
    for name, document in spoilt.items():
        with pytest.raises(BadSignature):
            proofs.verify(document, both[1], NOW)
            pytest.fail(name)


def test_another_key_is_refused_and_an_rsa_key_too(both: tuple[ProofKey, PublicKey]) -> None:
    made = proofs.add(DOCUMENT, both[0], NOW)

    for other in (public(multikey=keys.make_ed25519()[1], key_id=KEY_ID), public(key_id=KEY_ID)):
        with pytest.raises(BadSignature):
            proofs.verify(made, other, NOW)


def proven(key: ProofKey, **changed: Any) -> dict[str, Any]:
    """The document, rightly signed with other options than ours."""
    options = proofs.add(DOCUMENT, key, NOW)["proof"] | changed
    del options["proofValue"]
    value = multibase.encode(key.private.sign(proofs._hashed(DOCUMENT, options)))
    return DOCUMENT | {"proof": options | {"proofValue": value}}


def test_a_proof_for_another_purpose_is_refused(both: tuple[ProofKey, PublicKey]) -> None:
    with pytest.raises(BadSignature, match=r"proof\.purpose"):
        proofs.verify(proven(both[0], proofPurpose="authentication"), both[1], NOW)


def test_a_proof_with_an_end_counts_until_then(both: tuple[ProofKey, PublicKey]) -> None:
    made = proven(both[0], expires=(NOW + timedelta(hours=1)).isoformat())

    proofs.verify(made, both[1], NOW)
    with pytest.raises(BadSignature, match=r"proof\.time"):
        proofs.verify(made, both[1], NOW + timedelta(hours=2))
