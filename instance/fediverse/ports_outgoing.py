"""The port `Outgoing` over our tables, for what the library itself sends."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from federation.vocabulary import is_public
from instance.accounts.models import Actor
from instance.core import fed
from instance.core.db import commit, db
from instance.peers import outbox


class CityOutgoing:
    """Rows by `peers.outbox`, in a transaction of their own; what belongs to a post's goes there directly."""

    def put(self, activity: dict[str, Any], inboxes: Collection[str], *, sender: str, object_uri: str) -> None:
        """Queue `activity`, whose id `outbox.new_uri` made, for each inbox. Raises `KeyError` for a foreign sender."""
        path = fed.path_of(sender) or ""
        number = (fed.path_of(str(activity["id"])) or "").removeprefix("/a/")
        with commit():
            actor = db.session.scalar(select(Actor).where(Actor.path == path))
            if actor is None or not number.isdecimal():
                raise KeyError(sender)
            outbox.send(
                activity, outgoing_id=int(number), sender=actor, inboxes=inboxes, object_uri=object_uri,
                is_public=any(is_public(one) for one in [*activity.get("to", []), *activity.get("cc", [])]),
            )  # fmt: skip
