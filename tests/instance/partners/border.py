"""What tests of passages share: Clignancourt is ours, Villette a quartier of a partner city beside it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from instance.accounts.models import Actor, Follow
from instance.core.db import commit, db
from instance.partners import passages
from instance.partners.models import Agreement
from instance.peers.models import Incoming
from instance.quartiers.models import Passage, Quartier
from tests.city import City, Someone
from tests.support.partner import PartnerCity, our_application, sign_agreement
from tests.support.peer import ForeignActor, Json


class Border:
    """A live agreement over one pair; `state` is that of the passage."""

    def __init__(self, city: City, partner: PartnerCity, *, state: str = "new") -> None:
        self.city, self.partner = city, partner
        self.slug = city.quartier("Clignancourt")
        self.group = f"{city.settings.base_url}/q/{self.slug}"
        self.mo = city.resident(self.slug, "mo", roles_here=("moderator",))
        self.sam = city.resident(self.slug, "sam")
        self.villette = partner.group("Villette")
        self.passage_id = sign_agreement(city, partner, self.slug, self.villette, state=state).id
        self.ours = our_application(city)

    # What people do

    def press(self, act: str, by: Someone | None = None) -> int:
        """Press a button of the moderators' page about the passage."""
        answer = self.city.post((by or self.mo).browser, f"/moderation/voisins/{self.passage_id}/{act}")
        self.city.work()
        return int(answer.status_code)

    def switch(self, act: str, by: Someone | None = None) -> int:
        """couper, rouvrir: the kill switch of our quartier."""
        answer = self.city.post((by or self.mo).browser, f"/moderation/voisins/quartier/{self.slug}/{act}")
        self.city.work()
        return int(answer.status_code)

    def page(self, someone: Someone | None = None) -> str:
        return str(self.city.get((someone or self.mo).browser, "/moderation/voisins").text)

    def carry(self, someone: Someone | None = None) -> None:
        self.city.post((someone or self.mo).browser, f"/moderation/voisins/quartier/{self.slug}/faire-suivre",
                       carries="1")  # fmt: skip

    # What the other side does

    def says(self, activity: Json, by: ForeignActor | None = None, *, to: str = "") -> str:
        """Their Group says something to ours, and it is understood; "kept", or the code of why not."""
        by = by or self.villette
        status = by.post(self.city.browser(), to or f"{self.group}/inbox", activity).status_code
        assert status == 202, status
        self.city.work()
        row = db.session.execute(
            select(Incoming.state, Incoming.last_error).where(Incoming.uri == activity["id"])
        ).one()
        db.session.rollback()
        return "kept" if row[0] == "done" else str(row[1])

    def hears(self, kind: str) -> list[Json]:
        """Activities of `kind` that came to their Group, or to all of their city."""
        return [one for one in self.partner.server.inbox_of(self.villette) if one["type"] == kind]

    # How things stand

    @property
    def stands(self) -> tuple[str, bool]:
        """State and openness of the passage."""
        db.session.rollback()
        found = db.session.execute(select(Passage.state, Passage.is_open).where(Passage.id == self.passage_id)).one()
        db.session.rollback()
        return found[0], found[1]

    def follows(self) -> set[tuple[str, str]]:
        """Follows between the two Groups: who follows ("we" or "they"), and the state."""
        far = select(Actor.id).where(Actor.uri == self.villette.uri).scalar_subquery()
        rows = db.session.execute(
            select(Follow.followed_id == far, Follow.state).where(
                (Follow.follower_id == far) | (Follow.followed_id == far)
            )
        ).all()
        db.session.rollback()
        return {("we" if is_ours else "they", state) for is_ours, state in rows}

    def adjacent(self) -> list[str]:
        """What everybody may read in `adjacent`."""
        answer = self.city.browser().get(f"/q/{self.slug}/adjacent", headers={"accept": "application/activity+json"})
        return list(answer.get_json(force=True).get("orderedItems", []))

    def change_agreement(self, **members: Any) -> None:
        """What the room of agreements does when one changes."""
        with commit():
            agreement = db.session.scalars(select(Agreement)).one()
            for name, value in members.items():
                setattr(agreement, name, value)
            db.session.flush()
            passages.refresh(agreement)
        self.city.work()

    def quartier(self) -> Quartier:
        return db.session.scalars(select(Quartier).where(Quartier.slug == self.slug)).one()
