"""Documents as other servers send them: each understood where we support it, none a crash.

`../shared/fixtures` has some 430 recorded ones; those of `tests/wire` are ours, in the same shapes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from federation import webfinger
from federation.documents import Activity, Document, dump, parse
from federation.errors import BadDocument, Ignored
from federation.groups import unwrap
from federation.keys import from_actor
from federation.vocabulary import ACTIVITY_TYPES, ACTOR_TYPES, POST_TYPES

WIRE = Path(__file__).parents[1] / "wire"
FOLDERS = ("funfedi-cases", "gancio", "lemmy-assets", "mbin", "mobilizon", "pasture-inputs", "piefed", "wordpress")
WRAPPERS = ("payload", "body", "feed follow related activities")

# Recorded with an author of another server than the document's: not to be believed, whatever else is right.
FORGED = {"https://info.pleroma.site/activity.json"}


def documents(value: Any) -> Iterator[dict[str, Any]]:
    """What a file holds: one document, several, or some in a wrapper of the project that recorded them."""
    if isinstance(value, list):
        for one in value:
            yield from documents(one)
    elif isinstance(value, str) and value.startswith("{"):  # one is a page of HTML
        yield from documents(json.loads(value))
    elif isinstance(value, dict):
        wrapped = [value[name] for name in WRAPPERS if name in value]
        if not wrapped:
            yield value
        for one in wrapped:
            yield from documents(one)


def named(value: Any) -> str:
    """Whom a field names, read here a second time and as simply as can be."""
    first = value[0] if isinstance(value, list) and value else value
    found = first.get("id") if isinstance(first, dict) else first
    return found if isinstance(found, str) else ""


def check(raw: dict[str, Any]) -> str:
    """Read one document in every way; what was understood of it, as `activity`, `post`, `actor` or nothing."""
    json_ = parse(dump(raw))
    kinds = raw.get("type") if isinstance(raw.get("type"), list) else [raw.get("type")]
    known = [kind for kind in kinds if kind in ACTIVITY_TYPES | POST_TYPES | ACTOR_TYPES]
    view = Activity(json_) if set(known) & ACTIVITY_TYPES else Document(json_)
    for name in dir(view):
        if isinstance(getattr(type(view), name, None), property):
            getattr(view, name)
    from_actor(json_)
    if not known:
        return ""
    assert view.type == known[0]
    if isinstance(view, Activity):
        assert view.actor == named(raw.get("actor"))
        assert view.object_id or raw.get("object") is None or isinstance(raw["object"], dict | list)
        check_announce(view)
        return "activity"
    if known[0] in ACTOR_TYPES:
        assert (view.id, view.inbox) == (raw["id"], raw.get("inbox"))
        return "actor"
    if view.id not in FORGED:
        assert (view.author or "") in {
            named(raw.get("attributedTo")),
            *map(named, raw.get("attributedTo") or []),
            named(raw.get("actor")),
        }
        assert view.author or not raw.get("attributedTo")
    else:
        assert view.author is None
    return "post"


def check_announce(activity: Activity) -> None:
    if activity.type != "Announce":
        return
    try:
        inner = unwrap(activity)
    except Ignored:
        return
    if inner is not None:
        assert inner.signer == activity.actor
        assert inner.object_id


@pytest.mark.shared
@pytest.mark.parametrize("folder", FOLDERS)
def test_recorded_documents_are_understood(shared, folder):
    files = sorted((shared / "fixtures" / folder).rglob("*.json"))
    assert files

    for file in files:
        body = file.read_bytes()
        try:
            parse(body)
        except BadDocument as error:
            assert file.name == "multiple-mixed-locations.json", (file, error.code)  # a list: no document
        for raw in documents(json.loads(body)):
            try:
                check(raw)
            except AssertionError as error:
                raise AssertionError(f"{file}: {error}") from error


@pytest.mark.shared
def test_most_recorded_documents_are_of_a_kind_we_know(shared):
    kinds = [
        check(raw)
        for folder in FOLDERS
        for file in (shared / "fixtures" / folder).rglob("*.json")
        for raw in documents(json.loads(file.read_bytes()))
    ]

    assert (len(kinds) >= 431, kinds.count("activity") >= 300, kinds.count("actor") >= 15) == (True, True, True)


EXPECTED = {
    "friendica/webfinger.json": ("", "https://friendica.example/profile/paul"),
    "gotosocial/main_key.json": ("Person", "https://gotosocial.example/users/nora"),
    "lemmy/announce_create_page.json": ("Announce", "https://lemmy.example/c/velo"),
    "mastodon/create_note.json": ("Create", "https://mastodon.example/users/jeanne"),
    "mastodon/delete_actor.json": ("Delete", "https://mastodon.example/users/jeanne"),
    "mobilizon/event.json": ("Event", "https://mobilizon.example/@jardin_partage"),
    "peertube/video.json": ("Video", "https://peertube.example/accounts/karim"),
    "pleroma/create_note.json": ("Create", "https://pleroma.example/users/ines"),
    "wordpress/create_article.json": ("Create", "https://wordpress.example/?author=1"),
}


def own(name: str) -> Activity:
    body = (WIRE / name).read_bytes()
    return Activity(parse(body), received=body)


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_our_own_wire_documents_are_understood(name, expected):
    view = own(name)
    kind, who = expected

    assert view.type == kind
    plain = Document(view.json)
    found = (
        webfinger.read(view.json) if not kind else view.actor if kind in ACTIVITY_TYPES else plain.author or plain.id
    )
    assert found == who
    check(view.json)


def test_no_wire_document_is_left_without_an_expectation():
    libs = {path.relative_to(WIRE).as_posix() for path in WIRE.rglob("*.json")}

    assert set(EXPECTED) <= libs


def test_what_each_server_says_its_own_way_comes_out_alike():
    post = own("mastodon/create_note.json").object
    assert (post.language, post.context, post.mentions) == ("fr", None, ["https://marseille.example/q/noailles"])
    assert (own("lemmy/announce_create_page.json").claimed.type, own("pleroma/create_note.json").object.language) == (
        "Create",
        None,
    )

    page = unwrap(own("lemmy/announce_create_page.json")).object
    assert (page.type, page.name, page.language) == ("Page", "Quel antivol ?", "fr")

    event = Document(own("mobilizon/event.json").json)
    assert (event.language, event.hashtags) == ("fr", ["Jardin"])
    assert event.authors == ["https://mobilizon.example/@jardin_partage", "https://mobilizon.example/@lea"]
    assert event.documents("location")[0].number("latitude") == 43.2965

    video = Document(own("peertube/video.json").json)
    assert (video.links("url"), video.hashtags) == ("https://peertube.example/w/1", ["fête"])

    article = own("wordpress/create_article.json").object
    assert (article.name, article.language) == ("La bibliothèque rouvre", "fr")
