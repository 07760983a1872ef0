"""What a quartier tells a page of another instance about the talk under its posts: two numbers, from three people up.

Once the seven days are over, and again if what was removed since changes them. No word, no name, no account; which
person said what stays where it was said.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from federation.vocabulary import AS, QL_NS
from instance.accounts.models import Actor, RemoteActor
from instance.core import clock, fed, ids
from instance.core.db import commit, db
from instance.desk import intensity
from instance.desk.models import MeasureSent
from instance.peers import outbox
from instance.posts.models import Post
from instance.quartiers.models import Quartier, Subscription

KIND = "ql:Intensity"
TOLD_FOR = timedelta(days=60)  # after so long a post's numbers stay as they were told


def tell_pages(_payload: dict[str, Any]) -> None:
    """Task, daily: tell each page elsewhere to which a quartier of ours subscribed."""
    with commit():
        pages = select(Actor.id, RemoteActor.inbox).join(RemoteActor, RemoteActor.actor_id == Actor.id)
        subscribed = pages.join(Subscription, Subscription.actor_id == Actor.id).where(
            Subscription.state == "live", RemoteActor.gone_at.is_(None), RemoteActor.type == "Organization",
            RemoteActor.inbox != "",
        )  # fmt: skip
        for page_id, inbox in db.session.execute(subscribed.distinct().order_by(Actor.id)).all():
            _tell(page_id, inbox)


def _tell(page_id: int, inbox: str) -> None:
    now = clock.now()
    first, end = ids.at(now - TOLD_FOR), ids.at(now - intensity.WINDOW)
    takers = (
        select(Quartier.id, Actor)
        .join(Subscription, Subscription.quartier_id == Quartier.id)
        .join(Actor, Actor.id == Quartier.actor_id)
        .where(Subscription.actor_id == page_id, Subscription.state == "live", Quartier.state == "open")
    )
    groups = dict(db.session.execute(takers).all())
    said = {(row.post_id, row.quartier_id): row for row in db.session.scalars(
        select(MeasureSent).where(MeasureSent.quartier_id.in_(groups), MeasureSent.post_id >= first))}  # fmt: skip
    talked = intensity.threads(page_id, (), first, end)
    gone = {post_id for post_id, _quartier in said} - talked.keys()
    for post_id in sorted(talked.keys() | _of(page_id, gone)):
        thread = talked.get(post_id, intensity.Thread())
        for quartier_id, group in groups.items():
            numbers = thread.by_quartier.get(quartier_id, intensity.Talk()).numbers
            _tell_one(post_id, quartier_id, group, inbox, numbers, said.get((post_id, quartier_id)))


def _of(page_id: int, post_ids: set[int]) -> set[int]:
    """Those of `post_ids` that this page wrote and that are still there."""
    theirs = select(Post.id).where(Post.id.in_(post_ids), Post.author_id == page_id, Post.deleted_at.is_(None))
    return set(db.session.scalars(theirs)) if post_ids else set()


def _tell_one(
    post_id: int, quartier_id: int, group: Actor, inbox: str, numbers: tuple[int, int], said: MeasureSent | None
) -> None:
    if numbers[0] < intensity.FEWEST:
        if said is not None:  # so few now that even the old numbers are taken back
            db.session.delete(said)
            _send("Delete", post_id, group, inbox, numbers)
        return
    if said is not None and (said.repliers, said.exchanges) == numbers:
        return
    if said is None:
        said = MeasureSent(post_id=post_id, quartier_id=quartier_id)
        db.session.add(said)
    said.repliers, said.exchanges = numbers
    _send("Update", post_id, group, inbox, numbers)


def _send(verb: str, post_id: int, group: Actor, inbox: str, numbers: tuple[int, int]) -> None:
    post = db.session.get_one(Post, post_id)
    number, activity_uri = outbox.new_uri()
    us, page = fed.uri_of(group.path or ""), post.author.uri
    about = f"{us}/intensity/{hashlib.sha256((post.uri or '').encode()).hexdigest()[:32]}"
    told: dict[str, Any] = {"type": KIND, "id": about, "ql:post": post.uri}
    if verb == "Update":
        told |= {"ql:repliers": numbers[0], "ql:exchanges": numbers[1]}
    said = {
        "@context": [AS, {"ql": QL_NS}], "id": activity_uri, "type": verb, "actor": us, "to": [page], "object": told,
    }  # fmt: skip
    outbox.send(said, outgoing_id=number, sender=group, inboxes=[inbox], object_uri=about, is_public=False)
