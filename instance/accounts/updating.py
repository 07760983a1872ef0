"""Reaction: other servers learn that one of our actors looks otherwise now, or signs with another key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from federation import activities
from instance.accounts import actor_document, follows
from instance.accounts.models import Account, Actor
from instance.accounts.profile import ProfileChanged
from instance.core.db import db
from instance.peers import outbox


def send_updated(facts: Sequence[ProfileChanged]) -> None:
    """Update of a resident, to the followers elsewhere; several changes in a row are one."""
    for account_id in dict.fromkeys(fact.account_id for fact in facts):
        account = db.session.get(Account, account_id)
        said = actor_document.person(account.actor) if account is not None else None
        if account is not None and said is not None:
            tell(account.actor, said)


def tell(actor: Actor, said: dict[str, Any]) -> int:
    """Send the document `said` of `actor` to its followers elsewhere; to how many inboxes. Inside `commit()`."""
    inboxes = follows.follower_inboxes(actor.id)
    if inboxes:
        number, uri = outbox.new_uri()
        update = activities.update(said, id=uri, actor=said["id"])
        outbox.send(
            update, outgoing_id=number, sender=actor, inboxes=inboxes, object_uri=said["id"], is_public=False
        )  # fmt: skip
    return len(inboxes)
