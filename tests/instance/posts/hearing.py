"""What a foreign server tells this city, handed to the handlers as the worker does; and what the city sends."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from federation.documents import Activity, Document
from federation.errors import Ignored
from instance.accounts import follows, remote
from instance.accounts.models import Actor
from instance.core import fed
from instance.core.db import commit, db
from instance.peers.models import Delivery, Outgoing
from instance.posts import activities
from tests.city import City, Someone
from tests.support.peer import PUBLIC, ForeignActor, Json

HANDLERS = {
    "Create": activities.receive_create,
    "Update": activities.receive_update,
    "Delete": activities.receive_delete,
    "Announce": activities.receive_announce,
    "Like": activities.receive_like,
    "EmojiReact": activities.receive_like,
    "Dislike": activities.receive_dislike,
    "Undo": activities.receive_undo,
    "QuoteRequest": activities.receive_quote_request,
}


def meet(actor: ForeignActor) -> int:
    """Make the actor known here, as its first signed request does; its id."""
    with commit():
        return remote.store(Document(actor.document)).id


def hear(city: City, actor: ForeignActor, said: Json) -> str:
    """Have the city hear `said`, signed by `actor`; "kept", or the code of why not. Errands are left to `city.work`."""
    meet(actor)
    activity = Activity.read(json.dumps(said).encode(), actor.uri)
    try:
        with commit():
            HANDLERS[activity.type](activity)
    except Ignored as reason:
        db.session.rollback()
        return reason.code
    return "kept"


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
    rows = rows.where(Outgoing.kind != "Follow").order_by(Outgoing.id)
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
