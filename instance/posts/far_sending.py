"""Words for a quartier and its neighbours, on their way to neighbour quartiers of other cities (federation.md §6, §8).

The Group of the quartier in which a thread stands sends to the inboxes of the Groups that its first post named; an
answer of ours to another city's words goes to the Group that holds them, alone, with this city's proof, so that it can
be passed on. One letter for each city, public for nobody. What was sent is taken back also where a passage is closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Protocol

from sqlalchemy import select

from federation import activities, groups
from instance.accounts.models import Actor
from instance.core.db import db
from instance.partners import claims, proofs
from instance.peers import outbox
from instance.peers.outbox import Letter
from instance.posts import far, told, wire
from instance.posts.facts import PostDeleted, PostEdited, PostPublished, PostWithdrawn
from instance.posts.far import Reached
from instance.posts.models import Post
from instance.quartiers.models import Quartier

Json = dict[str, Any]


class About(Protocol):
    """A fact about a post."""

    @property
    def post_id(self) -> int: ...


def send_published(facts: Sequence[PostPublished]) -> None:
    """Reaction: the first words, to each city that they name and whose passage is open."""
    said = {post.id for post in told.posts(facts) if far.is_said(post)}
    for post, there in _sent_far([fact for fact in facts if fact.post_id in said]):
        _tell(post, there, "Create")


def send_edited(facts: Sequence[PostEdited]) -> None:
    """Reaction: new words, or « Retrouvé », to the same."""
    for post, there in _sent_far(facts):
        _tell(post, there, "Update")


def send_deleted(facts: Sequence[PostDeleted | PostWithdrawn]) -> None:
    """Reaction: what was deleted, or lost its author's name, is taken back everywhere."""
    for post, there in _sent_far(facts):
        take_back(post, there)


def follow_verdict(facts: Sequence[About]) -> None:
    """Reaction: so is what moderation removed."""
    for post, there in _sent_far(facts):
        if post.verdict == "removed" and post.deleted_at is None:
            take_back(post, there)


def _sent_far(facts: Sequence[About]) -> Iterable[tuple[Post, list[Reached]]]:
    found = far.reached({fact.post_id for fact in facts})
    for post_id, there in found.items():
        post = db.session.get(Post, post_id)
        if post is not None and post.uri is None:
            yield post, there


def _tell(post: Post, there: list[Reached], kind: str) -> None:
    there = [one for one in there if one.takes]
    if not there or not far.is_said(post):
        return
    claims.note_contact(post.author_id, {one.host for one in there})
    _send(post, there, kind, wire.far_note(post))


def tell_again(post: Post, there: list[Reached]) -> None:
    """Its words of now, to those of `there` that may have them. Inside `commit()`."""
    _tell(post, there, "Update")


def take_back(post: Post, there: list[Reached]) -> None:
    """Ask these Groups to forget it. Inside `commit()`."""
    _send(post, there, "Delete", {"id": wire.uri(post), "to": wire.far_readers(post)})


def _send(post: Post, there: list[Reached], kind: str, note: Json) -> None:
    group, author = _group(post.thread_id), wire.actor_uri(post.author)
    letters = []
    for some in _by_city(there):
        number, uri = outbox.new_uri()
        said = _say(kind, wire.for_city(note, post, some[0].host, [one.uri for one in some]), uri, author)
        if group is None:  # another city holds the thread
            letters.append(Letter(number, proofs.sign(said), {one.inbox for one in some}))
        else:
            letters.append(_announcement(group, said, some, said["to"]))
    outbox.send_each(letters, sender=group or post.author, object_uri=wire.uri(post), is_public=False)


def _say(kind: str, note: Json, uri: str, author: str) -> Json:
    if kind == "Delete":
        return activities.delete(note["id"], id=uri, actor=author, to=note["to"])
    return (activities.create if kind == "Create" else activities.update)(note, id=uri, actor=author)


def pass_on(root: Post, said: Json, post: Post, *, is_end: bool = False) -> None:
    """What somebody of another city said in the thread `root` of ours goes, unchanged, to the other cities of it.

    Inside `commit()`. `is_end`: it is taken back, also where the passage is closed by now.
    """
    group = _group(root.id)
    there = [one for one in far.reached([root.id]).get(root.id, ()) if one.host != post.author.host]
    there = [one for one in there if one.takes or is_end]
    if group is None or not there:
        return
    mine = f"{wire.actor_uri(group)}/residents"
    letters = [
        _announcement(group, said, some, [mine, *(f"{one.uri}/residents" for one in some)]) for some in _by_city(there)
    ]
    outbox.send_each(letters, sender=group, object_uri=wire.uri(post), is_public=False)


def _announcement(group: Actor, said: Json, there: list[Reached], to: Sequence[str]) -> Letter:
    number, uri = outbox.new_uri()
    activity = groups.announce_activity(wire.actor_uri(group), said, id=uri, to=to, cc=[])
    return Letter(number, activity, {one.inbox for one in there})


def _by_city(there: list[Reached]) -> list[list[Reached]]:
    return [list(some) for _host, some in groupby(there, key=lambda one: one.host)]


def _group(thread_id: int) -> Actor | None:
    """The Group of ours in whose quartier the thread began; None for one that another city holds."""
    holder = select(Actor).join(Quartier, Quartier.actor_id == Actor.id).join(Post, Post.home_id == Quartier.id)
    return db.session.scalar(holder.where(Post.id == thread_id, Post.group_id.is_(None), Post.uri.is_(None)))
