"""Keys: which we make, which we take, and whose they are."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from federation import keys, multibase
from federation.errors import BadSignature
from tests.federation.letters import ALICE, KEY_ID, NOW, pair

MULTIKEY = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"  # did:key's own example


def pem_of(key: Any, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    text: bytes = key.public_key().public_bytes(Encoding.PEM, form)
    return text.decode()


def actor(**parts: Any) -> dict[str, Any]:
    listed = {"id": KEY_ID, "owner": ALICE, "publicKeyPem": pair()[1]}
    return {"id": ALICE, "type": "Person", "inbox": f"{ALICE}/inbox", "publicKey": listed} | parts


class TestMaking:
    def test_a_pair_fits(self) -> None:
        secret, public = pair()

        loaded = keys.load_private(secret)
        assert loaded.key_size == 2048
        assert loaded.public_key() == keys.load_public(public)
        assert public.startswith("-----BEGIN PUBLIC KEY-----")

    def test_an_ed25519_pair_fits(self) -> None:
        secret, public = keys.make_ed25519()

        assert public.startswith("z6Mk")
        assert secret.startswith("z3u2")
        assert keys.load_ed25519_private(secret).public_key() == keys.load_multikey(public)

    def test_what_is_no_key_of_ours_is_told(self) -> None:
        for text in ("", "z", MULTIKEY, "zO0"):
            with pytest.raises(ValueError, match=r"Ed25519|base58btc"):
                keys.load_ed25519_private(text)


class TestTaking:
    def test_both_forms_of_an_rsa_key_and_untidy_ones(self) -> None:
        public = keys.load_public(pair()[1])
        pkcs1 = pem_of(keys.load_private(pair()[0]), PublicFormat.PKCS1)

        for text in (pkcs1, pair()[1].replace("\n", "\r\n"), f"\n  {pair()[1].strip()}\n\n"):
            assert keys.load_public(text) == public

    @pytest.mark.parametrize(
        ("pem", "code"),
        [
            ("", "key.form"),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "key.form"),
            ("-----BEGIN RSA PUBLIC KEY-----\n\n-----END RSA PUBLIC KEY-----", "key.form"),
            ("é" * 200, "key.form"),
            ("\ud800", "key.form"),
            ("A" * 16_385, "key.long"),
        ],
    )
    def test_what_is_none(self, pem: str, code: str) -> None:
        with pytest.raises(BadSignature, match=code):
            keys.load_public(pem)

    def test_a_private_key_is_none_either(self) -> None:
        with pytest.raises(BadSignature):
            keys.load_public(pair()[0])

    def test_short_ones_strange_ones_and_costly_ones(self) -> None:
        short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        curve = ec.generate_private_key(ec.SECP256R1())
        numbers = keys.load_private(pair()[0]).public_key().public_numbers()
        costly = rsa.RSAPublicNumbers(2**64 + 13, numbers.n).public_key()
        huge = rsa.RSAPublicNumbers(65537, (1 << 8192) + 1).public_key()

        for key, code in ((short, "key.size"), (curve, "key.kind")):
            with pytest.raises(BadSignature, match=code):
                keys.load_public(pem_of(key))
        for public in (costly, huge):
            pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
            with pytest.raises(BadSignature, match=r"key\.size"):
                keys.load_public(pem)
        with pytest.raises(BadSignature, match=r"key\.kind"):
            keys.load_public(pem_of(dsa.generate_private_key(key_size=1024)))

    def test_multikeys(self) -> None:
        assert isinstance(keys.load_multikey(MULTIKEY), Ed25519PublicKey)
        der = keys.load_private(pair()[0]).public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
        assert isinstance(keys.load_multikey(multibase.encode(multibase.RSA_PUBLIC + der)), RSAPublicKey)

    @given(st.text(max_size=100) | st.binary(max_size=60).map(multibase.encode))
    def test_whatever_else_is_refused(self, text: str) -> None:
        with pytest.raises(BadSignature):
            keys.load_multikey(text)
        with pytest.raises(BadSignature):
            keys.load_public(text)

    @given(st.binary(max_size=80))
    def test_multibase_goes_there_and_back(self, content: bytes) -> None:
        assert multibase.decode(multibase.encode(content)) == content


class TestWhoseTheyAre:
    def test_one_many_and_multikeys(self) -> None:
        second = {"id": f"{ALICE}#ed25519-key", "type": "Multikey", "controller": ALICE, "publicKeyMultibase": MULTIKEY}
        document = actor(assertionMethod=[second, "https://aix.example/u/alice#elsewhere", None])

        found = keys.from_actor(document, fetched_at=NOW)

        assert [(key.key_id, key.owner, key.fetched_at) for key in found] == [
            (KEY_ID, ALICE, NOW),
            (second["id"], ALICE, NOW),
        ]
        assert isinstance(found[0].object(), RSAPublicKey)
        assert isinstance(found[1].object(), Ed25519PublicKey)
        assert keys.from_actor(document | {"publicKey": [document["publicKey"]]}, fetched_at=NOW) == found

    def test_the_key_document_of_gotosocial(self) -> None:
        key_id = f"{ALICE}/main-key"
        listed = {"id": key_id, "owner": ALICE, "publicKeyPem": pair()[1]}
        stub = {"id": ALICE, "type": "Person", "preferredUsername": "alice", "publicKey": listed}

        (key,) = keys.from_actor(stub)
        assert (key.key_id, key.owner) == (key_id, ALICE)

    def test_a_document_that_is_itself_a_key(self) -> None:
        document = {"id": f"{ALICE}/key", "type": "Key", "owner": ALICE, "publicKeyPem": pair()[1]}

        (key,) = keys.from_actor(document)
        assert (key.key_id, key.owner) == (document["id"], ALICE)

    @pytest.mark.parametrize(
        "listed",
        [
            {"id": "https://evil.example/u/m#main-key", "owner": ALICE},
            {"id": KEY_ID, "owner": "https://evil.example/u/m"},
            {"id": "https://aix.example:8443/u/alice#main-key", "owner": ALICE},
            {"id": "http://aix.example/u/alice#main-key", "owner": ALICE},
            {"id": "https://aix.example/u/bob#main-key", "owner": "https://aix.example/u/bob"},
            {"id": 1, "owner": ALICE},
            {"id": KEY_ID, "owner": [ALICE]},
        ],
    )
    def test_keys_of_others_are_left_out(self, listed: dict[str, Any]) -> None:
        assert keys.from_actor(actor(publicKey=listed | {"publicKeyPem": pair()[1]})) == []

    @pytest.mark.parametrize("value", [None, [], {}, "https://aix.example/key", 7, [[]], {"id": KEY_ID}])
    def test_no_key_at_all(self, value: Any) -> None:
        assert keys.from_actor(actor(publicKey=value, assertionMethod=value)) == []
        assert keys.from_actor({"publicKey": value}) == []

    def test_no_more_than_twenty_and_none_too_long(self) -> None:
        one = actor()["publicKey"]

        assert len(keys.from_actor(actor(publicKey=[one] * 10_000))) == keys.MAX_LISTED
        assert keys.from_actor(actor(publicKey=one | {"publicKeyPem": "A" * 16_385})) == []
