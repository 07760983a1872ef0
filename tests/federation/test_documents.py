"""JSON of strangers: what is let in, and what is read from it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.documents import MAX_BYTES, Activity, Document, dump, parse
from federation.errors import BadDocument, FederationError, TooLarge
from federation.vocabulary import PUBLIC

ALICE = "https://aix.example/u/alice"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"7", b'"text"', b"{", b"{'a': 1}", b'{"a": 1}}', b"\xff\xfe", b"\xef\xbb\xbf{}",
        b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1e999}', b'{"a": "\\ud800"}', b'{"a": "\xff"}',
        b'{"a": "\\u0000"}', b'{"\\u0000": 1}', b'{"a": [{"b": ["\\u0000"]}]}',
        b'{"a": 1, "a": 2}', b'{"b": {"a": 1, "\\u0061": 2}}', b'{"b": [{"x": ":", "x": "\\":"}]}',
        b'{"@graph": []}', b'{"a": {"@included": []}}', b'{"a": [[{"@reverse": {}}]]}',
        b"[" * 20_000, b'{"a":' * 20_000, b'{"a":' * 70 + b"1" + b"}" * 70, b'{"a":' + b"[" * 64 + b"]" * 64 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_sane_json_object_is_refused(body):
    with pytest.raises(BadDocument) as error:
        parse(body)

    assert error.value.status == 400


def test_a_body_over_the_limit_is_refused_before_it_is_read():
    with pytest.raises(TooLarge):
        parse(b"[" * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    "body",
    [
        b"{}", b'{"a": ":", "b": "\\":\\"", "c": "\\\\"}', b'{"a": "\\\\u0000"}', b'{"a": {"a": {"a": 1}}}',
        b'{"a":' * 64 + b"1" + b"}" * 64, '{"é": "\\u00e9 \U0001f600"}'.encode(),
        b'{"a": 123456789012345678901234567890}',
    ],
)  # fmt: skip
def test_what_is_merely_unusual_is_taken(body):
    assert isinstance(parse(body), dict)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8"))
    | st.sampled_from([PUBLIC, ALICE, "Note", "as:Create", "2026-05-02T09:00:00Z"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from([
            "id", "type", "actor", "object", "to", "cc", "url", "href", "content", "contentMap", "name", "tag",
            "attributedTo", "published", "language", "@context", "attachment", "mediaType", "endpoints", "inReplyTo",
        ]), inner, max_size=8,
    ),
    max_leaves=30,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["id", "type", "actor", "object", "tag", "url", "contentMap", "to"]), JSON))
def test_no_shape_of_any_field_raises(json):
    activity = Activity(json, signer=ALICE, received=b"{}")
    for view in (activity, activity.claimed, activity.object):
        if view is None:
            continue
        for name in dir(Document):
            if isinstance(getattr(Document, name), property) or name in ("id", "types", "type", "audience"):
                getattr(view, name)
        for key in ("url", "name", "published", "tag"):
            view.ids(key), view.one(key), view.text(key), view.moment(key), view.number(key), view.links(key)
    assert isinstance(activity.recipients, frozenset)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_our_own_errors(body):
    try:
        parse(b'{"a":' + body + b"}")
    except FederationError as error:
        assert error.status == 400


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []), (ALICE, [ALICE]), ([ALICE, None, 7, ALICE], [ALICE]), ({"id": ALICE}, [ALICE]),
        ([{"type": "Link", "href": ALICE}, {}], [ALICE]), ([], []), ([[ALICE]], []),
    ],
)  # fmt: skip
def test_addresses_may_be_one_or_many_or_none(value, expected):
    assert Document({"to": value}).ids("to") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Note", "Note"), (["Note", "x:Thing"], "Note"), (["x:Thing", "Note"], "Note"), ("as:Note", "Note"),
        (f"{PUBLIC.removesuffix('Public')}Note", "Note"), ("vf:Proposal", "Proposal"), (["x:Odd"], "x:Odd"),
        (None, ""), ({"a": 1}, ""), ([None, 3], ""),
    ],
)  # fmt: skip
def test_a_type_may_be_one_or_many_with_or_without_its_prefix(value, expected):
    assert Document({"type": value}).type == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-05-02T09:00:00Z", datetime(2026, 5, 2, 9, tzinfo=UTC)),
        ("2026-05-02T11:00:00.123456789+02:00", datetime(2026, 5, 2, 9, 0, 0, 123456, tzinfo=UTC)),
        ("2026-05-02T09:00:00", datetime(2026, 5, 2, 9, tzinfo=UTC)),
        ({"@value": "2026-05-02T09:00:00Z"}, datetime(2026, 5, 2, 9, tzinfo=UTC)),
        (["2026-05-02"], datetime(2026, 5, 2, tzinfo=UTC)),
        ("yesterday", None), ("0001-01-01T00:00:00+14:00", None), ("2026-13-45", None), (7, None), (None, None),
    ],
)  # fmt: skip
def test_a_moment_is_aware_or_none(value, expected):
    assert Document({"published": value}).moment("published") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3),
        (2.5, 2.5),
        ("43.296", 43.296),
        ("12", 12),
        (True, None),
        ("inf", None),
        ("x", None),
        (None, None),
        ([4], 4),
    ],
)
def test_a_number_is_finite_or_none(value, expected):
    assert Document({"latitude": value}).number("latitude") == expected


def test_words_are_found_in_their_map_too():
    both = Document({"content": "bonjour", "contentMap": {"fr": "bonjour"}})
    only = Document({"contentMap": {"oc": "bonjorn", "fr": 7}})

    assert (both.content, both.language) == ("bonjour", "fr")
    assert (only.content, only.texts("content"), only.language) == ("bonjorn", {"oc": "bonjorn"}, "oc")
    assert Document({"content": None}).content is None
    assert Document({"name": [{"@value": "fête", "@language": "fr"}]}).name == "fête"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"language": {"identifier": "fr", "name": "Français"}}, "fr"),
        ({"language": {"identifier": "und"}}, None),
        ({"inLanguage": "pt_BR"}, "pt-br"),
        ({"@context": [PUBLIC, {"@language": "br"}]}, "br"),
        ({"contentMap": {"fr": "a", "en": "b"}, "language": "en"}, "en"),
        ({}, None),
    ],
)
def test_a_language_is_read_where_each_server_puts_it(fields, expected):
    assert Document(fields).language == expected


def test_the_best_link_is_the_page_not_the_film():
    urls = [
        {"type": "Link", "mediaType": "video/mp4", "href": "https://tube.example/a.mp4"},
        {"type": "Link", "mediaType": "text/html", "href": "https://tube.example/w/a"},
    ]

    assert Document({"url": urls}).links("url") == "https://tube.example/w/a"
    assert Document({"url": urls}).links("url", "video/mp4") == "https://tube.example/a.mp4"
    assert Document({"url": ["javascript:alert(1)", "https://a.example/"]}).links("url") == "https://a.example/"
    assert Document({"url": {"href": "data:text/html,x"}}).links("url") is None


def test_public_has_one_spelling_and_hidden_recipients_are_not_kept():
    note = Document({"to": "as:Public", "cc": ["Public", ALICE], "bto": "https://a.example/secret", "bcc": ["x"]})

    assert note.audience == [PUBLIC, ALICE]
    assert (note.is_public, note.is_listed) == (True, True)
    assert Document({"cc": [PUBLIC]}).is_listed is False


def test_mentions_and_hashtags_come_from_tags():
    tags = [
        {"type": "Mention", "href": ALICE, "name": "@alice"}, {"type": "Mention"},
        {"type": "Hashtag", "name": "#Noailles"}, {"type": "Hashtag", "name": "fête"}, {"type": "Hashtag", "name": "#"},
        "https://aix.example/t/1", None,
    ]  # fmt: skip
    note = Document({"tag": tags})

    assert (note.mentions, note.hashtags) == ([ALICE], ["Noailles", "fête"])
    assert Document({"tag": tags[2]}).hashtags == ["Noailles"]


def test_the_author_is_the_person_of_the_documents_own_server():
    video = Document({
        "id": "https://tube.example/w/1",
        "attributedTo": [{"type": "Group", "id": "https://tube.example/c/1"}, {"type": "Person", "id": "https://tube.example/a/1"}],
    })  # fmt: skip
    stolen = Document({"id": "https://evil.example/p/1", "attributedTo": ALICE})

    assert video.author == "https://tube.example/a/1"
    assert (stolen.author, stolen.authors) == (None, [ALICE])


def test_an_embedded_object_is_shown_only_where_the_actor_may_speak_for_it():
    def seen(thing: object) -> bool:
        return Activity({"type": "Create", "actor": ALICE, "object": thing}).object is not None

    own = {"id": "https://aix.example/p/1", "type": "Note"}
    assert seen(own)
    assert seen(own | {"attributedTo": ALICE})
    assert seen(own | {"attributedTo": "https://aix.example/g", "actor": ALICE})
    assert seen({"type": "Follow", "actor": ALICE})
    assert seen({"id": ALICE, "type": "Person", "attributedTo": "https://aix.example/moderators"})
    assert not seen(own | {"attributedTo": "https://aix.example/u/bob"})
    assert not seen({"id": "https://lyon.example/p/1", "attributedTo": ALICE})
    assert not seen({"id": "http://aix.example/p/1"})
    assert not seen({"id": "https://aix.example:8443/p/1"})
    assert not seen({"id": "https://x@aix.example/p/1"})
    assert not seen({"type": "Follow", "actor": "https://aix.example/u/bob"})
    assert not seen("https://aix.example/p/1")
    assert not seen([own, own])


def test_what_another_wrote_can_be_compared_but_is_not_the_object():
    follow = {"id": "https://marseille.example/f/1", "type": "Follow", "actor": "https://marseille.example/u/bob"}
    accept = Activity({"type": "Accept", "actor": ALICE, "object": follow | {"object": ALICE}})

    assert accept.object is None
    assert accept.claimed is not None
    assert accept.claimed.one("object") == ALICE
    assert accept.object_id == follow["id"]


def test_linked_data_signatures_are_gone_before_anyone_sees_them():
    signed = {"id": "https://aix.example/p/1", "type": "Note", "signature": {"type": "RsaSignature2017"}}
    activity = Activity({"type": "Create", "actor": ALICE, "signature": {}, "object": signed})

    assert "signature" not in activity.json
    assert "signature" not in activity.object.json


def test_a_stored_activity_says_the_same_when_it_is_read_again():
    body = dump(
        {"id": "https://aix.example/a/1", "type": "Create", "actor": ALICE, "to": [PUBLIC], "object": {"cc": [ALICE]}}
    )
    first, second = Activity.read(body, ALICE), Activity.read(body, ALICE)

    assert (first.id, first.actor, first.recipients) == (second.id, second.actor, frozenset({PUBLIC, ALICE}))
