"""Two cities side by side: ours, and one of our own writing on a foreign server, with open passages between them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from instance.core.db import commit, db
from instance.partners.models import Agreement
from instance.peers.models import Delivery, Incoming, Outgoing
from instance.posts.models import Post, WallEntry
from instance.quartiers.models import Passage
from tests.city import City, Someone
from tests.support.partner import PartnerCity, known, our_application, sign_agreement
from tests.support.peer import ForeignActor, ForeignServer, Json

QL_FROM = "ql:from"


class Border:
    """Clignancourt here touches Villette there; Sam lives here, Yuna there."""

    def __init__(self, city: City, server: ForeignServer) -> None:
        self.city, self.base_url = city, city.settings.base_url
        self.slug = city.quartier("Clignancourt")
        self.group_uri = f"{self.base_url}/q/{self.slug}"
        self.sam = city.resident(self.slug, "sam", name="Sam Berger")
        self.partner = PartnerCity(server, "instance B")
        self.ours = our_application(city)
        self.villette = self.partner.group("Villette")
        sign_agreement(city, self.partner, self.slug, self.villette)
        self.yuna = self.vouched("yuna")

    def vouched(self, handle: str, group: ForeignActor | None = None) -> ForeignActor:
        """A resident there for whom that city vouches."""
        person = self.partner.person(handle)
        self.partner.claim(person.uri, (group or self.villette).uri, self.ours)
        return person

    def note(self, words: str, author: ForeignActor | None = None, /, **members: Any) -> Json:
        """What Yuna says to her quartier and its neighbours; it stands at no address that we may read."""
        author = author or self.yuna
        given: Json = {
            "to": [f"{self.villette.uri}/residents", f"{self.group_uri}/residents"], "audience": self.villette.uri,
            QL_FROM: self.villette.uri, "ql:kind": "news", "ql:state": "published", "name": words,
        } | members  # fmt: skip
        made = author.note(words, **given)
        author.server.documents.pop(_path(made["id"]), None)
        return {key: value for key, value in made.items() if value is not None}

    def announce(self, activity: Json, group: ForeignActor | None = None, /, **members: Any) -> Json:
        """The Group there passes an activity on to residents here."""
        group = group or self.villette
        given: Json = {"to": [f"{group.uri}/residents", f"{self.group_uri}/residents"], "audience": group.uri} | members
        return group.activity("Announce", {key: value for key, value in activity.items() if key != "@context"}, **given)

    def said(self, note: Json, author: ForeignActor | None = None, kind: str = "Create") -> Json:
        """The activity by the author, as their Group wraps it."""
        return (author or self.yuna).activity(kind, note, to=note["to"], audience=note.get("audience"))

    def comes(self, activity: Json, by: ForeignActor | None = None, *, to: str = "") -> str:
        """Deliver it; "kept", or the code of the refusal."""
        by = by or self.villette
        answer = by.post(self.city.browser(), to or f"{self.base_url}/inbox", activity)
        self.city.work()
        if answer.status_code != 202:
            return f"http.{answer.status_code}"
        row = db.session.execute(
            select(Incoming.state, Incoming.last_error, Incoming.body).where(Incoming.uri == activity["id"])
        ).one()
        db.session.rollback()
        assert row.body == "", "words that are not for everybody stay in no second place"
        return "kept" if row.state == "done" else str(row.last_error)

    def receive(self, words: str = "Chatte perdue", /, **members: Any) -> int:
        """Yuna's words arrive; their number here."""
        note = self.note(words, **members)
        assert self.comes(self.announce(self.said(note))) == "kept"
        return self.post_at(note["id"])

    def post_at(self, uri: str) -> int:
        found = db.session.scalars(select(Post.id).where(Post.uri == uri)).one()
        db.session.rollback()
        return found

    def heard(self, group: ForeignActor | None = None) -> list[Json]:
        """What came to the own inbox of a Group there."""
        inbox = (group or self.villette).inbox
        return [one.json for one in self.partner.server.received if inbox.endswith(one.path)]

    def shut(self) -> None:
        """Suspend the agreement, and what hangs on it."""
        self._set(is_shut=True)

    def resume(self) -> None:
        self._set(is_shut=False)

    def _set(self, *, is_shut: bool) -> None:
        with commit():
            agreement = db.session.query(Agreement).filter_by(host=self.partner.host).one()
            agreement.is_shut_here = is_shut
            for passage in db.session.query(Passage).filter_by(agreement_id=agreement.id):
                passage.is_open = not is_shut

    def wall(self, who: Someone) -> str:
        return str(self.city.get(who.browser, f"/q/{self.slug}").text)


def _path(uri: str) -> str:
    return "/" + uri.split("/", 3)[3]


def stored() -> tuple[int, int, int, int]:
    """Posts, places on walls, letters and deliveries."""
    found = tuple(
        db.session.scalar(select(func.count()).select_from(one)) or 0 for one in (Post, WallEntry, Outgoing, Delivery)
    )
    db.session.rollback()
    return found  # type: ignore[return-value]


__all__ = ["Border", "PartnerCity", "known", "sign_agreement", "stored"]
