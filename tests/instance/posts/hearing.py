"""What a foreign server tells this city, through the inbox and the worker's hands; and what the city sends."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from federation.documents import Document
from instance.accounts import follows, remote
from instance.accounts.models import Actor
from instance.core import fed
from instance.core.db import commit, db
from instance.peers import incoming
from instance.peers.models import Delivery, Incoming, Outgoing
from tests.city import City, Someone
from tests.support.peer import PUBLIC, ForeignActor, Json


def meet(actor: ForeignActor) -> int:
    """Make the actor known here, as its first signed request does; its id."""
    with commit():
        return remote.store(Document(actor.document)).id


def hear(city: City, actor: ForeignActor, said: Json) -> str:
    """Post `said` to the inbox, signed by `actor`, and have it understood; "kept", or the code of why not.

    Errands are left to `city.work`.
    """
    meet(actor)
    status = actor.post(city.browser(), here("/inbox"), said).status_code
    assert status < 500
    if status != 202:
        return f"http.{status}"
    incoming.run_batch()
    found = select(Incoming.state, Incoming.last_error).where(Incoming.uri == said["id"])
    state, reason = db.session.execute(found).one()
    db.session.rollback()
    assert state in {"done", "ignored", "waiting"}, (state, reason)
    return "kept" if state == "done" else reason or state


def here(path: str) -> str:
    """The address of our `path`."""
    return fed.uri_of(path)


def befriend(city: City, follower: Someone, actor: ForeignActor) -> None:
    """A resident's follow of somebody elsewhere, accepted."""
    followed = meet(actor)
    with commit():
        row = follows.follow(db.session.get_one(Actor, follower.actor_id), db.session.get_one(Actor, followed))
        follows.accept(row)
    city.work()


def gain(city: City, followed_path: str, actor: ForeignActor) -> None:
    """A follow of one of ours by somebody elsewhere, accepted."""
    follower = meet(actor)
    with commit():
        ours = db.session.scalars(select(Actor).where(Actor.path == followed_path)).one()
        row = follows.between(follower, ours.id) or follows.add(db.session.get_one(Actor, follower), ours)
        follows.accept(row)
    city.work()


def sent(kind: str = "%") -> list[Json]:
    """The activities that the city made about posts, oldest first; `kind` as in `Outgoing.kind`."""
    rows = select(Outgoing.body).where(Outgoing.kind.like(kind), Outgoing.kind != "Accept Follow")
    rows = rows.where(Outgoing.kind.not_in(["Follow", "Update Person", "Update Group"])).order_by(Outgoing.id)
    found = [json.loads(body) for body in db.session.scalars(rows)]
    db.session.rollback()
    return found


def inboxes_of(activity: Json) -> list[str]:
    """Where an activity goes."""
    number = int(activity["id"].rsplit("/", 1)[1])
    found = list(db.session.scalars(select(Delivery.inbox).where(Delivery.outgoing_id == number)))
    db.session.rollback()
    return sorted(found)


def reply_to(actor: ForeignActor, post: int, words: str, **members: Any) -> Json:
    """A public answer, as Mastodon writes one."""
    cc = [f"{actor.uri}/followers", *members.pop("cc", [])]
    return actor.note(words, to=[PUBLIC], cc=cc, inReplyTo=here(f"/p/{post}"), **members)


def mention(uri: str, name: str) -> Json:
    return {"type": "Mention", "href": uri, "name": name}
