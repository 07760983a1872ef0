"""What tests of the wire share: a city with keys, somebody who lives there, and how they stand to others."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from instance.accounts.models import Account, Actor, Follow
from instance.core.db import commit, db
from instance.peers.models import Incoming
from instance.quartiers import keyring
from tests.city import City, Someone
from tests.support.peer import ForeignActor, Json


class Wire:
    """The city as other servers see it, and what came of what they said."""

    def __init__(self, city: City) -> None:
        self.city, self.base_url = city, city.settings.base_url
        self.inbox = f"{self.base_url}/inbox"
        self.slug = city.quartier("Clignancourt")
        self.group = f"{self.base_url}/q/{self.slug}"
        self.sam = city.resident(self.slug, "sam")
        self.sam_uri = self.uri(self.sam)
        self.make_keys()

    def make_keys(self) -> None:
        keyring.make_missing({})
        self.city.work()

    def uri(self, someone: Someone) -> str:
        return f"{self.base_url}/u/{someone.handle}"

    def say(self, actor: ForeignActor, activity: Json, *, to: str = "", works: bool = True, **faults: Any) -> int:
        """Post an activity to an inbox here; the status. The worker then has its turn."""
        answer = actor.post(self.city.browser(), to or self.inbox, activity, **faults)
        if works:
            self.city.work()
        return int(answer.status_code)

    def outcome(self, activity: Json) -> tuple[str, str | None]:
        """State and reason of the activity's row."""
        row = db.session.execute(
            select(Incoming.state, Incoming.last_error).where(Incoming.uri == activity["id"])
        ).one()
        db.session.rollback()
        return row[0], row[1]

    def follow(self, follower: str, followed: str) -> str | None:
        """State of the follow between two addresses."""
        pair = [self.actor_id(follower), self.actor_id(followed)]
        query = select(Follow.state).where(Follow.follower_id == pair[0], Follow.followed_id == pair[1])
        found = db.session.scalar(query)
        db.session.rollback()
        return found

    def actor_id(self, uri: str) -> int | None:
        path = uri.removeprefix(self.base_url)
        found = db.session.scalar(select(Actor.id).where((Actor.uri == uri) | (Actor.path == path)))
        db.session.rollback()
        return found

    def wish(self, someone: Someone, **wishes: Any) -> None:
        """Change columns of somebody's account."""
        with commit():
            account = db.session.get_one(Account, someone.account_id)
            for name, value in wishes.items():
                setattr(account, name, value)

    def known(self, actor: ForeignActor) -> Actor:
        """The row of a remote actor, who is fetched if need be."""
        from instance.accounts import remote
        from instance.core import fed

        row = remote.find(actor.uri)
        if row is None:
            document = fed.engine().fetch_actor(actor.uri)
            with commit():
                remote.store(document)
            self.city.work()
        found = remote.find(actor.uri)
        assert found is not None
        return found


@pytest.fixture
def wire(city: City) -> Wire:
    return Wire(city)
