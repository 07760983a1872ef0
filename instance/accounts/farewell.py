"""The last thing that other servers hear of a closed account: forget all of it."""

from __future__ import annotations

from sqlalchemy import delete, or_, select, update

from federation import activities
from instance.accounts import follows, keys
from instance.accounts.models import Account, ActorKey, Follow
from instance.core import clock, fed
from instance.core.db import db
from instance.peers import outbox
from instance.peers.models import Delivery, Outgoing


def say(account: Account) -> None:
    """Delete of the actor, to every server that was told anything in its name; its follows end.

    Called in the transaction that closes the account. The key signs on while deliveries are tried, then goes.
    """
    actor = account.actor
    told = select(Delivery.inbox).join(Outgoing, Outgoing.id == Delivery.outgoing_id)
    inboxes = follows.follower_inboxes(actor.id)
    inboxes |= set(db.session.scalars(told.where(Outgoing.sender == actor.path).distinct()))
    if inboxes:
        uri = fed.uri_of(actor.path or "")
        number, activity_uri = outbox.new_uri()
        said = activities.delete(uri, id=activity_uri, actor=uri)
        outbox.forget_words(uri)
        outbox.send(said, outgoing_id=number, sender=actor, inboxes=inboxes, object_uri=uri, is_public=False)
    db.session.execute(delete(Follow).where(or_(Follow.follower_id == actor.id, Follow.followed_id == actor.id)))
    ends = update(ActorKey).where(ActorKey.actor_id == actor.id)
    db.session.execute(ends.values(retired_at=clock.now() + keys.FAREWELL))
