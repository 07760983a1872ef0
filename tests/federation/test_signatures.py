"""Who sent this? Answered right for every shared case, for our own, and for whatever a stranger makes up."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import keys, signatures
from federation.errors import BadSignature
from federation.keys import ProofKey, PublicKey, SigningKey
from federation.signatures import digest
from federation.signatures.loader import generate_message
from federation.signatures.rfc9421 import _covered
from federation.wire import Request
from tests.federation import letters
from tests.federation.letters import ALICE, BODY, INBOX, KEY_ID, NOW, Letter, finder, pair, public, sha256, signing

ROOT = Path(__file__).resolve().parents[2]


def verdict(request: Request, *known: PublicKey, now: datetime = NOW) -> str:
    """Empty if the signature counts, else why not."""
    try:
        key = signatures.verify(request, finder(*known), now)
    except BadSignature as error:
        assert error.status == 401
        return error.code
    assert key.owner == ALICE
    return ""


class TestSharedCases:
    pytestmark = pytest.mark.shared

    def test_all_53_verdicts_are_right(self, shared: Path) -> None:
        cases = json.loads((shared / "fixtures" / "vectors" / "http-signatures.json").read_text())["cases"]

        wrong = [case["name"] for case in cases if self.is_taken(case) != case["valid"]]

        assert (len(cases), wrong) == (53, [])

    def is_taken(self, case: dict[str, Any]) -> bool:
        headers = {name.lower(): value for name, value in case["headers"].items()}
        request = Request(case["method"], case["url"], headers, b64decode(case["body_b64"] or ""))
        text = case["public_key"]
        pem, multikey = (text, None) if text.startswith("-----") else (None, text)
        now = datetime.fromtimestamp(case["now"], UTC)
        key = PublicKey(case["key_id"], case["key_id"].partition("#")[0], pem, multikey, now)
        try:
            return signatures.verify(request, {case["key_id"]: key}.get, now) is key
        except BadSignature:
            return False

    def test_the_examples_of_draft_cavage_are_signed_as_printed(self, shared: Path) -> None:
        vectors = json.loads((shared / "fixtures" / "vectors" / "cavage-12.json").read_text())
        private = load_pem_private_key(vectors["private_key"].encode(), None)
        request = vectors["request"]

        for case in vectors["cases"]:
            text = generate_message(
                case["headers"].split(), request["headers"], None, request["method"], request["path"]
            )
            assert b64encode(private.sign(text, PKCS1v15(), SHA256())).decode() == case["signature"]

    def test_the_ed25519_example_of_rfc_9421_holds(self, shared: Path) -> None:
        vector = json.loads((shared / "fixtures" / "vectors" / "rfc9421.json").read_text())["b26"]
        headers = {name.lower(): value for name, value in vector["request"]["headers"].items()}
        headers |= {"signature-input": vector["signature_input"], "signature": f"sig-b26=:{vector['signature']}:"}
        request = Request("POST", vector["request"]["url"], headers, vector["request"]["body"].encode())
        key = load_pem_private_key(vector["private_key_pem"].encode(), None).public_key()

        assert '"@authority"' in _covered(request, key)
        digest.check_content(headers["content-digest"], request.body)
        with pytest.raises(BadSignature):
            _covered(Request("POST", request.url.replace("/foo", "/bar"), headers, request.body), key)


class TestWhatWeSign:
    def test_a_post_counts_in_both_schemes(self) -> None:
        bare = Request("POST", INBOX, {"content-type": "application/activity+json"}, BODY)

        for sign in (signatures.sign_cavage, signatures.sign_rfc9421):
            sent = Request("POST", INBOX, sign(bare, signing(), NOW), BODY)
            assert verdict(sent) == ""
            assert signatures.key_id(sent) == KEY_ID
            assert verdict(Request("POST", INBOX, sent.headers, BODY + b" ")) == "signature.digest"
            assert verdict(Request("POST", f"{INBOX}?x", sent.headers, BODY)) == "signature.wrong"

    def test_a_get_counts_in_both_schemes_with_its_query(self) -> None:
        url = "https://marseille.example/outbox?page=2&max=a%20b"

        for sign in (signatures.sign_cavage, signatures.sign_rfc9421):
            headers = sign(Request("GET", url, {}), signing(), NOW)
            assert verdict(Request("GET", url, headers)) == ""

    def test_the_first_knock_has_the_form_that_all_others_read(self) -> None:
        headers = signatures.sign_cavage(Request("POST", INBOX, {"content-type": "a/b"}, BODY), signing(), NOW)

        assert headers["date"] == "Sat, 02 May 2026 09:00:00 GMT"
        assert headers["digest"] == f"SHA-256={sha256(BODY)}"
        assert headers["signature"].startswith(f'keyId="{KEY_ID}",algorithm="rsa-sha256",signature="')
        assert headers["signature"].endswith('headers="(request-target) host date digest content-type"')
        letter = Letter()
        letter.headers["content-type"] = "a/b"
        assert b64encode(letter.signature()).decode() in headers["signature"]

    def test_the_second_knock_covers_method_address_and_body(self) -> None:
        headers = signatures.sign_rfc9421(Request("POST", INBOX, {}, BODY), signing(), NOW)

        covered = '("@method" "@target-uri" "content-digest")'
        assert headers["signature-input"] == f'sig1={covered};created={int(NOW.timestamp())};keyid="{KEY_ID}"'

    def test_a_percent_sign_in_a_key_id_survives_and_a_quote_is_refused(self) -> None:
        key_id = "https://aix.example/u/al%C3%AFce#main-key"
        bare = Request("GET", INBOX, {})

        headers = signatures.sign_cavage(bare, signing(key_id=key_id), NOW)
        assert verdict(Request("GET", INBOX, headers), public(key_id=key_id)) == ""
        with pytest.raises(ValueError, match="key id"):
            signatures.sign_cavage(bare, signing(key_id='a"b'), NOW)

    def test_an_ed25519_key_signs_rfc_9421(self) -> None:
        private, text = keys.make_ed25519()
        key = ProofKey(KEY_ID, ALICE, keys.load_ed25519_private(private))

        headers = signatures.sign_rfc9421(Request("POST", INBOX, {}, BODY), key, NOW)

        assert verdict(Request("POST", INBOX, headers, BODY), public(multikey=text)) == ""
        assert verdict(Request("POST", INBOX, headers, BODY)) == "signature.wrong"


def changed(**parts: Any) -> Letter:
    letter = Letter()
    for name, value in parts.items():
        setattr(letter, name, value)
    return letter


def without(*names: str) -> Letter:
    letter = Letter()
    letter.covered = [name for name in letter.covered if name not in names]
    return letter


def stamped(created: int, expires: int | None = None, algorithm: str = "hs2019") -> Letter:
    """Signed with `(created)` and perhaps `(expires)`, in seconds from now."""
    letter = changed(algorithm=algorithm, covered=["(request-target)", "(created)", "host", "digest"])
    start = int(NOW.timestamp())
    letter.stamps = {"created": str(start + created)}
    if expires is not None:
        letter.stamps["expires"] = str(start + expires)
        letter.covered.append("(expires)")
    return letter


def dated(moved: timedelta) -> Letter:
    letter = Letter()
    letter.headers["date"] = letters.date(NOW + moved)
    return letter


def digested(value: str | None) -> Letter:
    letter = Letter()
    letter.headers.pop("digest")
    if value is not None:
        letter.headers["digest"] = value
    return letter


TAKEN = {
    "as Mastodon signs": Letter(),
    "hs2019": changed(algorithm="hs2019"),
    "no algorithm": changed(algorithm=None),
    "a GET": Letter("GET"),
    "created and expires": stamped(0, 300),
    "an old stamp that ends later": stamped(-10 * 3600, 60),
    "59 minutes old": dated(timedelta(minutes=-59)),
    "59 minutes ahead": dated(timedelta(minutes=59)),
    "two digests": digested(f"md5=abc,SHA-256={sha256(BODY)}"),
    "digest in small letters": digested(f"sha-256={sha256(BODY)}"),
}

REFUSED = {
    "by another key": (changed(signed_by="mallory"), "signature.wrong"),
    "body changed": (changed(body=b"{}"), "signature.digest"),
    "hmac-sha256 with the public PEM": (changed(algorithm="hmac-sha256"), "signature.algorithm"),
    "hmac-sha512 with the public PEM": (changed(algorithm="hmac-sha512"), "signature.algorithm"),
    "rsa-sha1": (changed(algorithm="rsa-sha1"), "signature.algorithm"),
    "rsa-sha512": (changed(algorithm="rsa-sha512"), "signature.algorithm"),
    "an hour and a minute old": (dated(timedelta(minutes=-61)), "signature.time"),
    "an hour and a minute ahead": (dated(timedelta(minutes=61)), "signature.time"),
    "13 hours after its stamp": (stamped(-13 * 3600, 60), "signature.time"),
    "past its end": (stamped(-120, -60), "signature.time"),
    "created with rsa-sha256": (stamped(0, algorithm="rsa-sha256"), "signature.algorithm"),
    "created that is no number": (stamped(0), "signature.time"),
    "for another path": (changed(target="/u/bob/inbox"), "signature.wrong"),
    "for another host": (changed(url="https://aix.example/inbox"), "signature.host"),
    "target not covered": (without("(request-target)"), "signature.cover"),
    "host not covered": (without("host"), "signature.cover"),
    "no time covered": (without("date"), "signature.cover"),
    "digest not covered": (without("digest"), "signature.cover"),
    "digest absent": (digested(None), "signature.header"),
    "digest wrong": (digested(f"SHA-256={sha256(b'')}"), "signature.digest"),
    "digest garbage": (digested("SHA-256=é"), "signature.header"),
    "digest md5 alone": (digested("md5=XrY7u+Ae7tCTyyK7j1rNww=="), "signature.digest_absent"),
    "one of two digests wrong": (digested(f"SHA-256={sha256(b'')},SHA-256={sha256(BODY)}"), "signature.digest"),
    "a name covered twice": (
        changed(covered=["(request-target)", "host", "host", "date", "digest"]), "signature.cover",
    ),
    "an absent header covered": (
        changed(covered=["(request-target)", "host", "date", "digest", "x-absent"]), "signature.header",
    ),
}  # fmt: skip
REFUSED["created that is no number"][0].stamps["created"] = '"soon"'


class TestWhatWeTake:
    @pytest.mark.parametrize("name", TAKEN)
    def test_taken(self, name: str) -> None:
        assert verdict(TAKEN[name].request()) == ""

    @pytest.mark.parametrize("name", REFUSED)
    def test_refused(self, name: str) -> None:
        letter, reason = REFUSED[name]

        assert verdict(letter.request()) == reason

    def test_a_get_signed_without_its_query_counts_and_a_post_does_not(self) -> None:
        for method, expected in (("GET", ""), ("POST", "signature.wrong")):
            letter = Letter(method, f"{INBOX}?page=1")
            letter.target = "/inbox"
            assert verdict(letter.request()) == expected

    def test_the_host_is_compared_however_it_is_written(self) -> None:
        for host in ("MARSEILLE.example", "marseille.example:443", "marseille.example."):
            letter = Letter()
            letter.headers["host"] = host
            assert verdict(letter.request()) == ""
        assert verdict(Letter().request(host="marseille.example:8443")) == "signature.host"
        assert verdict(Letter().request(host="marseille.example@aix.example")) == "signature.host"

    def test_a_parameter_given_twice_is_refused(self) -> None:
        letter = Letter()

        for second in (',keyId="https://evil.example/u/m#main-key"', ',KEYID="x"', ',algorithm="hs2019"'):
            assert verdict(letter.request(signature=letter.header() + second)) == "signature.twice"

    def test_a_key_unknown_or_of_another_id_is_refused(self) -> None:
        request = Letter().request()

        assert verdict(request, public(key_id="https://aix.example/other")) == "signature.key"
        with pytest.raises(BadSignature, match=r"signature\.key"):
            signatures.verify(request, lambda _: public(key_id="https://aix.example/other"), NOW)

    def test_an_ed25519_key_cannot_answer_for_an_rsa_signature(self) -> None:
        assert verdict(Letter().request(), public(multikey=keys.make_ed25519()[1])) == "signature.algorithm"

    def test_the_key_is_not_looked_for_when_the_rest_is_wrong(self) -> None:
        asked: list[str] = []

        for letter, _ in (REFUSED["body changed"], REFUSED["13 hours after its stamp"], REFUSED["for another host"]):
            with pytest.raises(BadSignature):
                signatures.verify(letter.request(), asked.append, NOW)  # type: ignore[arg-type]  # finds nothing

        assert asked == []

    def test_an_unsigned_request_names_no_key(self) -> None:
        bare = Request("GET", INBOX, {"host": "marseille.example"})

        assert signatures.choose(bare) is None
        assert signatures.key_id(bare) is None
        assert verdict(bare) == "signature.absent"

    def test_pkcs1_keys_count_as_mobilizon_publishes_them(self) -> None:
        key = keys.load_private(pair()[0]).public_key()
        pem = key.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()

        assert pem.startswith("-----BEGIN RSA PUBLIC KEY-----")
        assert verdict(Letter().request(), public(pem)) == ""


def sign_9421(change: Callable[[dict[str, str]], dict[str, str]] = dict, now: datetime = NOW) -> Request:
    headers = signatures.sign_rfc9421(Request("POST", INBOX, {}, BODY), signing(), now)
    return Request("POST", INBOX, change(headers), BODY)


class TestWhatWeTakeOfRfc9421:
    def test_the_window_is_an_hour(self) -> None:
        assert verdict(sign_9421(now=NOW - timedelta(minutes=59))) == ""
        assert verdict(sign_9421(now=NOW - timedelta(minutes=61))) == "signature.time"
        assert verdict(sign_9421(now=NOW + timedelta(minutes=61))) == "signature.time"

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            (';keyid="', ';alg="ed25519";keyid="', "signature.algorithm"),
            (';keyid="', ';alg="hmac-sha256";keyid="', "signature.algorithm"),
            (';keyid="', ';alg="rsa-v1_5-sha256";keyid="', "signature.wrong"),
            (';keyid="', ';expires=9999999999;keyid="', "signature.wrong"),
            (';keyid="', ';expires="x";keyid="', "signature.time"),
            (f";created={int(NOW.timestamp())}", "", "signature.form"),
            (f";created={int(NOW.timestamp())}", ';created="1"', "signature.form"),
            (' "content-digest"', "", "signature.wrong"),
            ("sig1=", 'other=("@method");keyid="a";created=1, sig1=', "signature.form"),
            ("sig1=", "sig2=", "signature.wrong"),
            ("sig1=", "", "signature.form"),
        ],
    )
    def test_a_changed_input_is_refused(self, old: str, new: str, reason: str) -> None:
        request = sign_9421(lambda headers: headers | {"signature-input": headers["signature-input"].replace(old, new)})

        assert verdict(request) == reason

    def test_body_host_and_digest_are_compared(self) -> None:
        signed = sign_9421()

        assert verdict(Request("POST", INBOX, signed.headers, b"{}")) == "signature.digest"
        assert verdict(sign_9421(lambda headers: headers | {"host": "aix.example"})) == "signature.host"
        bare = {name: value for name, value in signed.headers.items() if name != "content-digest"}
        assert verdict(Request("POST", INBOX, bare, BODY)) == "signature.digest_absent"

    @pytest.mark.parametrize(
        ("covered", "reason"),
        [
            (["@method", "@target-uri", "content-digest"], ""),
            (["@method", "@target-uri"], "signature.cover"),
            (["@method", "content-digest"], "signature.cover"),
            (["@target-uri", "content-digest"], "signature.cover"),
            ([], "signature.cover"),
        ],
    )
    def test_a_signature_over_too_little_is_refused(self, covered: list[str], reason: str) -> None:
        values = {"@method": "POST", "@target-uri": INBOX, "content-digest": digest.content(BODY)}
        names = " ".join(f'"{name}"' for name in covered)
        named = f'({names});created={int(NOW.timestamp())};keyid="{KEY_ID}"'
        lines = [f'"{name}": {values[name]}' for name in covered] + [f'"@signature-params": {named}']
        made = signing().private.sign("\n".join(lines).encode(), PKCS1v15(), SHA256())
        headers = {
            "host": "marseille.example", "content-digest": values["content-digest"],
            "signature-input": f"sig1={named}", "signature": f"sig1=:{b64encode(made).decode()}:",
        }  # fmt: skip

        assert verdict(Request("POST", INBOX, headers, BODY)) == reason


NASTY = st.one_of(
    st.text(max_size=200),
    st.text(alphabet='",=()%:;?\\ \t\n\0keyIdsignaturehostdate@é', max_size=200),
    st.sampled_from(["", "(", "sig1=()", 'sig1=("@method");created=1;keyid="a"', "keyId=,signature=", "x" * 20_000]),
)


class TestGarbage:
    @settings(max_examples=150, deadline=None)
    @given(
        signature=NASTY,
        others=st.dictionaries(st.sampled_from(["date", "host", "digest", "content-digest", "signature-input"]), NASTY),
    )
    def test_whatever_the_headers_the_answer_is_401(self, signature: str, others: dict[str, str]) -> None:
        headers = Letter().request().headers | {"signature": signature} | others

        assert verdict(Request("POST", INBOX, headers, BODY)) != ""

    @settings(max_examples=150, deadline=None)
    @given(name=st.sampled_from(["keyid", "algorithm", "headers", "created", "expires", "signature"]), value=NASTY)
    def test_whatever_a_parameter_holds(self, name: str, value: str) -> None:
        letter = stamped(0, 300)
        parts = {
            "keyid": KEY_ID, "algorithm": "hs2019", "headers": " ".join(letter.covered),
            "signature": b64encode(letter.signature()).decode(),
        } | letter.stamps | {name: value}  # fmt: skip
        text = ",".join(f'{key}="{part}"' for key, part in parts.items())

        # An empty algorithm is one that is not given: all else breaks the signature.
        assert verdict(letter.request(signature=text)) != "" or name == "algorithm"

    @settings(max_examples=150, deadline=None)
    @given(url=NASTY, method=st.text(max_size=5), pem=NASTY)
    def test_whatever_the_address_the_method_or_the_key(self, url: str, method: str, pem: str) -> None:
        headers = Letter().request().headers

        assert verdict(Request(method, f"https://marseille.example/{url}", headers, BODY)) != ""
        assert verdict(Request("POST", INBOX, headers, BODY), public(pem or "-")) != ""
        assert verdict(sign_9421(), public(pem or "-")) != ""


class TestLoading:
    @pytest.mark.parametrize("first", ["sys.modules['pkg_resources'] = None", "pass"])
    def test_httpsig_comes_where_pkg_resources_is_gone(self, first: str) -> None:
        script = (
            f"import sys; {first}\n"
            "from federation.signatures.loader import parse_signature_header as parse\n"
            "assert parse('keyId=\"a\"')['keyid'] == 'a'\n"
            "assert sys.modules.get('pkg_resources') is None\n"
        )
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
        )

        assert (done.returncode, done.stderr) == (0, "")


def test_a_signer_is_kept_with_its_key_object() -> None:
    key: SigningKey = signing()

    assert keys.load_private(pair()[0]) is key.private
    assert public().object() is public().object()
