"""Addresses: one spelling each, and no two readings of one text (threats B1, B7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import urls
from federation.errors import BadDocument


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Marseille.Example", "marseille.example"),
        ("marseille.example.", "marseille.example"),
        ("marseille.example:8443", "marseille.example:8443"),
        ("CAFÉ.example", "xn--caf-dma.example"),
        ("xn--caf-dma.example", "xn--caf-dma.example"),
        ("[::0001]:443", "[::1]:443"),
        ("localhost", "localhost"),
        ("127.0.0.1:5001", "127.0.0.1:5001"),
    ],
)
def test_a_host_has_one_spelling(written: str, meant: str) -> None:
    assert urls.normalise_host(written) == meant
    assert urls.normalise_host(meant) == meant


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "a..b", "-a.example", "a b", "a/b", "a@b", "a:b", "a:0", "a:65536", "a:80:80", "[::1", "[x]", "a%2eb",
        "é/b", "é@b", "é b", "a" * 64, "a." * 130 + "a", "a\n", "a\0", "😀" * 80, "a,b", "*",
    ],
)  # fmt: skip
def test_what_is_no_host(text: str) -> None:
    with pytest.raises(BadDocument):
        urls.normalise_host(text)


def test_the_origin_is_scheme_host_and_port() -> None:
    base = "https://aix.example/u/alice"

    for same in (
        "https://AIX.example/",
        "https://aix.example:443/x?y#z",
        "HTTPS://aix.example.",
        "https://aix.example",
    ):
        assert urls.is_same_origin(base, same)
    for other in (
        "http://aix.example/", "https://aix.example:8443/", "https://www.aix.example/",
        "https://aix.example@evil.example/",
        "https://evil.example/https://aix.example/", "https://aix.example.evil.example/", "//aix.example/",
        "aix.example", "", "https://evil.example\\@aix.example/", "https://evil.example#@aix.example/",
    ):  # fmt: skip
        assert not urls.is_same_origin(base, other)


def test_a_server_is_known_by_host_and_odd_port() -> None:
    assert urls.host_of("https://Aix.example:443/u") == "aix.example"
    assert urls.host_of("http://127.0.0.1:5001/u") == "127.0.0.1:5001"
    assert urls.host_of("http://aix.example:443/u") == "aix.example:443"


@pytest.mark.parametrize(
    "uri",
    [
        "https://alice@aix.example/u", "https://alice:pw@aix.example/u", "https://aix.example/u#key", "ftp://aix.example/u",
        "javascript:alert(1)", "acct:alice@aix.example", "urn:uuid:1", "https:aix.example", "https:///u", "https://",
        "https://aix.example/a b", "https://aix.example/\t", "https://aix.example/\nx",
        "https://aix.example/" + "a" * 2048,
        "https://aix.example:x/", "https://aix.example\\.evil.example/", "http://aix.example/u", "", " https://aix.example",
    ],
)  # fmt: skip
def test_what_names_nothing(uri: str) -> None:
    with pytest.raises(BadDocument):
        urls.check_id(uri)


def test_what_does() -> None:
    for uri in (
        "https://aix.example/u/1",
        "https://aix.example/@alice?x=1",
        "https://aix.example/é",
        "https://a.b:8443/",
    ):
        assert urls.check_id(uri) == uri
    assert urls.check_id("https://aix.example/u#main-key", fragment=True) == "https://aix.example/u#main-key"
    lab = "http://127.0.0.1:5001/u"
    assert urls.check_id(lab, allow_http={"127.0.0.1:5001"}) == lab
    with pytest.raises(BadDocument, match=r"url\.plain"):
        urls.check_id(lab, allow_http={"127.0.0.1:5002"})


def test_handles() -> None:
    for text in ("@alice@aix.example", "alice@AIX.example", "acct:alice@aix.example.", " @alice@aix.example "):
        assert urls.parse_handle(text) == ("alice", "aix.example")
    assert urls.parse_handle("zoé@127.0.0.1:5001") == ("zoé", "127.0.0.1:5001")
    for text in (
        "",
        "@",
        "alice",
        "@alice",
        "@@aix.example",
        "a@b@c",
        "a b@c",
        "a@b/c",
        "a@",
        "a/b@c",
        "x" * 65 + "@a",
        "a" * 999,
    ):
        with pytest.raises(BadDocument):
            urls.parse_handle(text)


def test_what_is_signed_is_what_is_sent() -> None:
    for url, sent in {
        "https://Aix.example": "https://aix.example/",
        "https://aix.example:443/é?q=é#part": "https://aix.example/%C3%A9?q=%C3%A9",
        "https://aix.example/%7ealice/a%2fb": "https://aix.example/%7Ealice/a%2Fb",
        "https://aix.example/a/../b": "https://aix.example/b",
        "http://127.0.0.1:5001/a?": "http://127.0.0.1:5001/a?",
        "http://[::1]:5001/a": "http://[::1]:5001/a",
    }.items():
        assert urls.wire_form(url) == sent
    assert urls.target("https://aix.example/a?b=c#d") == "/a?b=c"
    assert urls.target("https://aix.example") == "/"


@given(st.text(alphabet="htps:/@#?.%aé\\[]1 \n\0", max_size=60) | st.text(max_size=60))
def test_nothing_makes_it_stumble(text: str) -> None:
    for try_it in (urls.normalise_host, urls.check_id, urls.parse_handle, urls.host_of, urls.wire_form):
        for uri in (text, f"https://{text}", f"https://aix.example/{text}"):
            try:
                found = try_it(uri)
            except BadDocument:
                continue
            if try_it is urls.wire_form:
                assert urls.wire_form(str(found)) == found
