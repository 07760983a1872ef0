"""Words that neighbour quartiers of other cities send to residents here (federation.md §6, §8): taken, or refused.

Everything is asked before anything is kept: the passage, whom it is addressed to, who speaks for whom, and the claim
of the one who wrote it. What is refused leaves its code in the journal and no word anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NoReturn

from sqlalchemy import bindparam, select

from federation.documents import Activity, Document
from federation.errors import BadSignature, Ignored, Missing
from federation.signatures import proofs as proof_form
from federation.urls import host_of, is_same_origin, without_fragment
from federation.vocabulary import is_public
from instance.accounts import remote as people
from instance.accounts import throttle
from instance.accounts.models import Actor
from instance.core import fed
from instance.core.db import BigId, db
from instance.partners import claims, proofs
from instance.peers import incoming, rules
from instance.posts import far, far_keeping, far_sending, foreign, reasons, remote, service
from instance.posts.far import Far
from instance.posts.far_keeping import Readers
from instance.posts.foreign import Foreign
from instance.posts.models import Post, PostCircle, PostFar
from instance.posts.reasons import Author
from instance.quartiers.models import Quartier

SPOKEN = {"Note", "Page", "Article"}
PICTURES_MAX = 4
STRANGERS = throttle.Limit(100, timedelta(days=1))  # of one city who answer here for the first time, without a claim
_RESIDENTS = re.compile(r"/q/[a-z0-9-]{1,100}/residents")
_PLACES = (
    select(Quartier.id, Actor.path, Quartier.actor_id, Quartier.circle_id)
    .join(Actor, Actor.id == Quartier.actor_id)
    .where(Quartier.state == "open", Quartier.id.in_(bindparam("ids", expanding=True, type_=BigId)))
)


@dataclass(frozen=True)
class Way:
    """An open passage and the quartier of ours at its end."""

    far: Far
    wall_id: int
    circle_id: int


def is_for_residents(*said: Document | None) -> bool:
    """Whether it speaks to the residents of a quartier here: then it came by a passage, or does not count at all."""
    return any(_path(uri) for one in said if one is not None for uri in one.audience)


def _path(uri: str) -> str | None:
    """The path of the quartier of ours whose residents `uri` names."""
    path = fed.path_of(uri)
    return path.removesuffix("/residents") if path is not None and _RESIDENTS.fullmatch(path) else None


def refuse(code: str, *said: Activity) -> NoReturn:
    """Keep nothing of it, its words in the journal included; the code stands there for an admin."""
    for one in said:
        incoming.forget_words(one.id)
    raise Ignored(code)


def receive(outer: Activity, inner: Activity) -> None:
    """What a Group of another city announces to residents here: first words, answers, changes, farewells."""
    if inner.type == "Delete":
        _receive_end(outer, inner)
        return
    if inner.type not in {"Create", "Update"}:
        refuse("announce.unsupported", outer)
    ways = _ways(outer)
    note = _note(outer, inner)
    _check_readers(outer, outer, inner, note)
    if remote.is_buried(note.id):
        refuse("post.deleted", outer)
    if (post := remote.by_uri(note.id)) is not None:
        is_its_own = far.came_by_passage(post) and post.group_id == ways[0].far.group_id
        if not is_its_own or not remote.is_by(post, inner.actor):
            refuse("post.other", outer)
        if inner.type == "Update" and far.open_circles(post.id):
            change(post, note, outer)
        incoming.forget_words(outer.id)
        return
    if note.in_reply_to is None:
        _keep_first(outer, inner, note, ways)
    else:
        _keep_answer(outer, inner, note, ways)


def _ways(outer: Activity) -> list[Way]:
    """The open passages between the Group that speaks and the quartiers of ours that it speaks to."""
    found = far.open_to(outer.actor)
    if not found:
        refuse("far.closed", outer)
    named = {path for uri in outer.audience if (path := _path(uri))}
    rows = db.session.connection().execute(_PLACES, {"ids": [one.quartier_id for one in found]}).all()
    places = {row.id: row for row in rows if row.path in named}
    ways = [
        Way(one, places[one.quartier_id].actor_id, places[one.quartier_id].circle_id)
        for one in found
        if one.quartier_id in places
    ]
    if not ways:
        refuse("far.not_a_pair", outer)
    return ways


def _note(outer: Activity, inner: Activity) -> Document:
    """The words, if the Group may speak for whoever wrote them: one of its own city, or one whose city proves it."""
    if not is_same_origin(inner.actor, outer.actor):
        _check_proof(outer, inner)
        inner = Activity(inner.json, signer=inner.actor, received=inner.received)
    note = inner.object
    if note is None or not note.id or note.type not in SPOKEN or inner.actor not in note.attributed_to:
        refuse("object.kind", outer)
    return note


def _check_proof(outer: Activity, inner: Activity) -> None:
    """The city of somebody whose words another city passes on has signed them. Raises `Missing` for its Application."""
    named = proof_form.key_id(inner.json)
    if rules.severity(host_of(inner.actor)) == "block":
        refuse("host.blocked", outer)
    if named is None or not is_same_origin(named, inner.actor):
        refuse("proof.absent", outer)
    application = people.get(without_fragment(named))
    try:
        if application.kind != "application":
            refuse("proof.key", outer)
        proofs.verify(inner.json, application)
    except BadSignature as error:
        refuse(error.code, outer)


def _check_readers(activity: Activity, *said: Document) -> None:
    """It is for residents of quartiers and for nobody else, in all of its layers."""
    for one in said:
        readers = [*one.ids("to"), *one.ids("cc")]
        if not readers or any(is_public(uri) or not uri.endswith("/residents") for uri in readers):
            refuse("far.audience", activity)
        if any(is_public(uri) or uri.endswith("/followers") for uri in one.ids("audience")):
            refuse("far.audience", activity)


def _keep_first(outer: Activity, inner: Activity, note: Document, ways: Sequence[Way]) -> None:
    """Words that begin a thread: of a resident of the Group's own quartier, whose city vouches for that."""
    group = ways[0].far
    if note.one("ql:from") != outer.actor or not is_same_origin(inner.actor, outer.actor):
        refuse("far.from", outer)
    author = _vouched(inner.actor, note, group.group_id, outer.actor)
    readers = Readers({way.circle_id: way.far.passage_id for way in ways}, {way.wall_id: way.circle_id for way in ways})
    far_keeping.keep(read(note, outer.actor), author.id, readers, group_id=group.group_id, from_id=group.group_id)
    incoming.forget_words(outer.id)


def _keep_answer(outer: Activity, inner: Activity, note: Document, ways: Sequence[Way]) -> None:
    """An answer in a thread that the Group holds and that came here: by one of its city, or of a third."""
    said_from = note.one("ql:from") or ""
    if not is_same_origin(said_from or outer.actor, inner.actor):
        refuse("far.from", outer)
    known = far.open_to(said_from) if said_from else []
    if known:
        author, from_id = _vouched(inner.actor, note, known[0].group_id, said_from), known[0].group_id
    else:  # a quartier that touches none of ours: its city stands beside the name, nothing more
        author, from_id = _unvouched(outer, inner, note), None
    parent, root = _above(outer, note, author)
    if root.group_id != ways[0].far.group_id:
        refuse("note.closed", outer)
    mine = {way.circle_id: way.far.passage_id for way in ways}
    circles = {one: passage for one, passage in far.open_circles(root.id).items() if mine.get(one) == passage}
    if not circles:
        refuse("note.closed", outer)
    far_keeping.keep(
        read(note, inner.actor, outer.actor), author.id, Readers(circles), group_id=root.group_id, from_id=from_id,
        parent=parent, is_told=parent.uri is None,
    )  # fmt: skip
    incoming.forget_words(outer.id)


def receive_answer(activity: Activity) -> None:
    """An answer from another city to words of ours: kept, and passed on to the other cities of the thread."""
    note = activity.object
    if note is None or not note.id or note.type not in SPOKEN or activity.actor not in note.attributed_to:
        refuse("object.kind", activity)
    _check_readers(activity, activity, note)
    if remote.is_buried(note.id):
        refuse("post.deleted", activity)
    if remote.by_uri(note.id) is not None:
        refuse("post.known", activity)
    said_from = note.one("ql:from") or ""
    ways = far.open_to(said_from) if said_from and is_same_origin(said_from, activity.actor) else []
    if not ways:
        refuse("far.closed", activity)
    author = _vouched(activity.actor, note, ways[0].group_id, said_from)
    parent, root = _above(activity, note, author)
    way = next((one for one in ways if one.quartier_id == root.home_id), None)
    if root.uri is not None or way is None or db.session.get(PostFar, (root.id, way.group_id)) is None:
        refuse("note.closed", activity)
    circles = db.session.scalars(select(PostCircle.circle_id).where(PostCircle.post_id == root.id))
    readers = Readers(dict.fromkeys(circles, way.passage_id))
    post = far_keeping.keep(
        read(note, activity.actor), author.id, readers, group_id=None, from_id=way.group_id, parent=parent
    )
    incoming.forget_words(activity.id)
    far_sending.pass_on(root, activity.json, post)


def _vouched(actor_uri: str, note: Document, group_id: int, group_uri: str) -> Author:
    """The author, once their city vouches that they live in that quartier; until then nothing of them is kept."""
    actor_id = people.id_of(actor_uri)
    if actor_id is None or not claims.is_valid(actor_id, group_id):
        raise Missing(f"{actor_uri} {group_uri}", "claim")
    return reasons.author_of(actor_uri, note.id)


def _unvouched(outer: Activity, inner: Activity, note: Document) -> Author:
    """The author of an answer for whom nobody vouches here: known by their city alone, and not too many in a day."""
    spoke = select(Post.id).join(Actor, Actor.id == Post.author_id).where(Actor.uri == inner.actor).limit(1)
    if db.session.scalar(spoke) is None:
        subject = throttle.subject("far strangers", host_of(inner.actor))
        if throttle.count(subject, STRANGERS) is not None:
            refuse("far.too_many", outer)
    return reasons.author_of(inner.actor, note.id)


def _above(activity: Activity, note: Document, author: Author) -> tuple[Post, Post]:
    """What is answered and what began the thread: for neighbours, not hidden, by nobody who blocked the author."""
    row, _may = reasons.parent_of(note.in_reply_to, author)
    parent = db.session.get(Post, row.id) if row is not None and not row.is_unwelcome else None
    root = db.session.get(Post, parent.thread_id) if parent is not None else None
    if parent is None or root is None or any(_is_shut(one) for one in (parent, root)):
        refuse("note.closed", activity)  # the same for what is the quartier's alone, gone, and never was
    return parent, root


def _is_shut(post: Post) -> bool:
    return post.scope != far.SCOPE or post.is_public or post.verdict != "visible" or post.deleted_at is not None


def receive_update(post: Post, activity: Activity) -> None:
    """New words by the author of an answer in a thread of ours, while the passage by which it came is open."""
    note, root = activity.object, db.session.get_one(Post, post.thread_id)
    if note is None or root.uri is not None or not far.open_circles(post.id):
        refuse("far.closed", activity)
    _check_readers(activity, activity, note)
    if change(post, note, activity):
        far_sending.pass_on(root, activity.json, post)
    incoming.forget_words(activity.id)


def change(post: Post, note: Document, activity: Activity) -> bool:
    """Give what came by a passage new words, by the same rules as its first ones."""
    said = read(note, post.author.uri or "")
    is_turned = post.kind == "question" == said.kind and post.state != said.state
    if is_turned:
        post.state = said.state
        post.version += 1
    return remote.change(post, said, activity.id) or is_turned


def _receive_end(outer: Activity, inner: Activity) -> None:
    """It is taken back, by its author: obeyed also when nothing else is heard from there any more."""
    uri = inner.object_id or ""
    post = remote.by_uri(uri)
    group_id = people.id_of(outer.actor)
    if post is None or group_id is None or post.group_id != group_id or not far.came_by_passage(post):
        if far.open_to(outer.actor) and is_same_origin(uri, outer.actor) and is_same_origin(uri, inner.actor):
            remote.bury(uri)  # it overtook its Create
            return
        refuse("delete.stranger", outer)
    if not remote.is_by(post, inner.actor) or not is_same_origin(uri, inner.actor):
        refuse("delete.stranger", outer)
    if not is_same_origin(inner.actor, outer.actor):
        _check_proof(outer, inner)
    remote.bury(uri)
    if post.deleted_at is None:
        service.wipe(post)


def pass_end_on(post: Post, activity: Activity) -> None:
    """An answer in a thread of ours was taken back by its author: the other cities hear of it."""
    root = db.session.get_one(Post, post.thread_id)
    if root.uri is None and far.came_by_passage(post):
        far_sending.pass_on(root, activity.json, post, is_end=True)


def read(note: Document, *origins: str) -> Foreign:
    """What it says, with the kinds that cities of ours know; pictures of those origins alone."""
    said = foreign.read(note)
    kind, state = note.json.get("ql:kind"), note.json.get("ql:state")
    if kind in ("news", "question"):
        turned = "solved" if state == "solved" else "open"
        said = replace(said, kind=kind, state=turned if kind == "question" else "published")
    pictures = tuple(one for one in said.pictures if any(_is_of(one.url, origin) for origin in origins))
    return replace(said, pictures=pictures[:PICTURES_MAX], quoted_uri=None)


def _is_of(url: str, origin: str) -> bool:
    return url.startswith(("http://", "https://")) and is_same_origin(url, origin)


__all__: list[Any] = [
    "change", "is_for_residents", "pass_end_on", "read", "receive", "receive_answer", "receive_update", "refuse",
]  # fmt: skip
