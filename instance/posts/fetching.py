"""Errands: posts that somebody speaks of and that are not here, and what stands above an answer in its thread.

Everything is fetched outside of the write transaction and within a budget (threats.md C5).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from federation import FederationError, TooFast, Unreachable
from federation.documents import Document
from federation.errors import Ignored, NotFound
from instance.accounts import remote as people
from instance.core import fed
from instance.core.db import commit, db
from instance.core.facts import record
from instance.posts import activities, boosts, foreign, reasons, remote, service, standing
from instance.posts.facts import PostReceived
from instance.posts.models import Mention, Post, PostCircle
from instance.quartiers import service as quartiers
from instance.quartiers.models import CircleMember

# Together with what its actors cost (peers/incoming.py), 50 for one activity over all its jobs.
POST_BUDGET = 5  # the post and its author, each asked once more at the address that it names itself
PARENTS_BUDGET = 35
DEPTH = 30


def fetch_post(payload: dict[str, Any]) -> None:
    """Task: ask a post's own server for it, because it was made, changed, deleted or passed on.

    A server that does not answer now is asked again later; what is none, or gone, is left.
    """
    uri, why = payload["uri"], payload["why"]
    db.session.rollback()
    try:
        with fed.engine().budget(POST_BUDGET):
            document = fed.engine().fetch(uri)
            author = _author(document)
    except (Unreachable, TooFast):
        raise
    except NotFound:
        if why in {"update", "delete"}:
            _wipe(uri)
        return
    except FederationError:
        return
    if author is not None:
        with commit():
            _settle(document, author, payload)


def _author(document: Document) -> str | None:
    """The address of the author, whose row is there afterwards; None for a post that nobody signs for."""
    uri = document.author
    if uri is None:
        return None
    is_known = people.find(uri) is not None
    db.session.rollback()
    if not is_known:
        found = fed.engine().fetch_actor(uri)
        with commit():
            people.store(found)
    return uri


def _wipe(uri: str) -> None:
    with commit():
        remote.bury(uri)
        post = remote.by_uri(uri)
        if post is not None and post.deleted_at is None:
            service.wipe(post)


def _settle(document: Document, author: str, payload: dict[str, Any]) -> None:
    why, post = payload["why"], remote.by_uri(document.id)
    try:
        if why == "create" and author == payload["actor"]:
            activities.keep(document, author, payload["activity"], document.audience)
        elif why in {"update", "delete"} and post is not None and remote.is_by(post, author):
            remote.change(post, foreign.read(document), payload["activity"])
        elif why == "boost":
            post = activities.store_public(document, author)
            booster = people.find(payload["actor"])
            if post is not None and booster is not None and activities.is_for_all(post):
                boosts.keep(booster.id, post.id, payload["activity"], payload.get("via", ()))
                standing.shown_by(booster, document, post)
    except (Ignored, FederationError):
        return  # refused as it would have been had it come by itself


def fetch_parents(payload: dict[str, Any]) -> None:
    """Task: what an answer stands under, up to what is known here or `DEPTH` posts; then the answer takes its place."""
    db.session.rollback()
    above = _above(payload["uri"])
    with commit():
        for document, author in reversed(above):
            try:
                activities.store_public(document, author)
            except FederationError:
                break
        _take_place(int(payload["post_id"]), payload["uri"])


def _above(uri: str | None) -> list[tuple[Document, str]]:
    found: list[tuple[Document, str]] = []
    seen: set[str] = set()
    try:
        with fed.engine().budget(PARENTS_BUDGET):
            while uri and len(found) < DEPTH and uri not in seen and not _is_here(uri):
                seen.add(uri)
                document = fed.engine().fetch(uri)
                author = _author(document) if document.is_public else None
                if author is None:
                    break
                found.append((document, author))
                uri = document.in_reply_to
    except FederationError:
        pass  # what was found so far is enough to show the answer under something
    return found


def _is_here(uri: str) -> bool:
    here = activities.path_is_ours(uri) or remote.by_uri(uri) is not None
    db.session.rollback()
    return here


def _take_place(post_id: int, answered: str) -> None:
    """Put an answer, and what answers it, into the thread that it belongs to."""
    post = db.session.get(Post, post_id)
    if post is None or post.deleted_at is not None or post.reply_to_id is not None or not post.is_public:
        return
    author = reasons.author_of(post.author.uri or "", post.uri or "")
    row, may = reasons.parent_of(answered, author)
    if row is None or not may or row.is_unwelcome or row.thread_id == post.id:
        return
    place = reasons.place_of(row.thread_id, row.root_home_id)
    is_held = place is not None and place.holds_outsiders
    db.session.execute(update(Post).where(Post.thread_id == post.id).values(thread_id=row.thread_id, is_held=is_held))
    db.session.execute(update(Post).where(Post.id == post.id).values(reply_to_id=row.id))
    named = list(db.session.scalars(select(Mention.actor_id).where(Mention.post_id == post.id)))
    if is_held and named:
        circle = quartiers.new_circle()
        db.session.execute(insert(CircleMember), [{"circle_id": circle.id, "actor_id": one} for one in named])
        db.session.execute(insert(PostCircle), [{"post_id": post.id, "circle_id": circle.id}])
    if place is not None:
        if not is_held:
            remote.move_up(row.thread_id, post.id)
        record(PostReceived(post.id))
