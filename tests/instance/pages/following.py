"""Quartiers that subscribe to pages elsewhere, through the pages that referents and moderators use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from instance.accounts.models import Account, Actor, Follow
from instance.core.db import commit, db, new_id
from instance.pages import founding, service, team
from instance.pages.models import Edition, EditionPlace, Page, PageWish
from instance.posts.models import Post, WallEntry
from instance.posts.service import Words
from instance.quartiers import keyring
from instance.quartiers.models import Subscription
from tests.city import City, Someone
from tests.support.peer import ForeignActor, Json


@dataclass
class Place:
    """A quartier with the two who decide, and somebody who lives there."""

    city: City
    slug: str
    referent: Someone
    moderator: Someone
    resident: Someone

    def wants(self, asked: str, reason: str = "Elle raconte le quartier.") -> int:
        """The referent asks; the status of the answer."""
        answer = self.city.post(self.referent.browser, f"/q/{self.slug}/pages/abonner", asked=asked, reason=reason)
        self.city.work()
        return int(answer.status_code)

    def problems(self) -> list[str]:
        found = list(db.session.scalars(select(PageWish.problem)))
        db.session.rollback()
        return found

    def row(self, uri: str) -> Subscription:
        db.session.rollback()
        known = select(Subscription).join(Actor, Actor.id == Subscription.actor_id)
        here = known.where(Subscription.quartier_id == self.city.quartier_id(self.slug))
        return db.session.scalars(here.where((Actor.uri == uri) | (Actor.path == uri))).one()

    def decides(self, uri: str, word: str) -> int:
        answer = self.city.post(self.moderator.browser, f"/moderation/abonnements/{self.row(uri).id}/{word}")
        self.city.work()
        return int(answer.status_code)

    def takes(self, asked: str, uri: str) -> None:
        """Asked and agreed."""
        assert self.wants(asked) == 303
        assert self.problems() == []
        assert self.decides(uri, "accepter") == 303

    def follows(self, page: ForeignActor) -> None:
        """The same for an account elsewhere, which says yes."""
        self.takes(page.acct, page.uri)
        asked = [one for one in page.server.inbox_of(page) if one["type"] == "Follow"][-1]
        self.hears(page, page.accept(asked))

    def hears(self, page: ForeignActor, said: Json) -> int:
        status = int(page.post(self.city.browser(), f"{self.city.settings.base_url}/inbox", said).status_code)
        self.city.work()
        return status

    def wall(self, someone: Someone | None = None) -> str:
        return str(self.city.get((someone or self.resident).browser, f"/q/{self.slug}?tri=new").text)


def place(city: City, name: str) -> Place:
    slug = city.quartier(name)
    steward = city.resident(slug, roles_here=("referent", "moderator"))
    made = Place(city, slug, steward, steward, city.resident(slug))
    keyring.make_missing({})
    city.work()
    return made


def on_walls(uri: str) -> int:
    """On how many walls a post stands."""
    rows = select(WallEntry.wall_id).join(Post, Post.id == WallEntry.post_id).where(Post.uri == uri)
    found = len(list(db.session.scalars(rows)))
    db.session.rollback()
    return found


def stored(uri: str) -> Post:
    db.session.rollback()
    return db.session.scalars(select(Post).where(Post.uri == uri)).one()


def is_followed(page: ForeignActor) -> list[str]:
    found = select(Follow.state).join(Actor, Actor.id == Follow.followed_id).where(Actor.uri == page.uri)
    states = list(db.session.scalars(found))
    db.session.rollback()
    return states


@dataclass
class Newsroom:
    """A published page of this city and an editor of its team."""

    city: City
    page_id: int
    actor_id: int
    path: str
    editor: Someone

    def says(self, title: str, text: str = "Le texte.", editions: Sequence[int] = ()) -> int:
        with commit():
            found = [db.session.get_one(Edition, one) for one in editions]
            words = Words(text, title, "article")
            post = service.publish(self._page(), self._account(), words, found)
        self.city.work()
        return post

    def corrects(self, post: int, title: str, text: str, why: str) -> None:
        with commit():
            service.correct(self._page(), self._account(), post, Words(text, title, "article"), why)
        self.city.work()

    def retracts(self, post: int, reason: str) -> None:
        with commit():
            service.retract(self._page(), self._account(), post, reason)
        self.city.work()

    def edition(self, name: str, *actor_ids: int) -> int:
        with commit():
            made = Edition(id=new_id(), page_id=self.page_id, slug=name.lower(), name=name)
            db.session.add(made)
            db.session.flush()
            db.session.add_all(EditionPlace(edition_id=made.id, actor_id=one) for one in actor_ids)
            return made.id

    def _page(self) -> Page:
        return db.session.get_one(Page, self.page_id)

    def _account(self) -> Account:
        return db.session.get_one(Account, self.editor.account_id)


def newsroom(city: City, editor: Someone, slug: str = "enquete") -> Newsroom:
    """A media page, proved, described and put online."""
    with commit():
        account = db.session.get_one(Account, editor.account_id)
        page = founding.make(founding.Wish("media", "L’Enquête locale", slug, ""))
        team.add(page, account, "manager")
        founding.describe(page, account, dict.fromkeys(founding.TEXTS, "Nous, ici."))
        founding.prove(page, "admin", None)
        founding.put_online(page, None)
        made = Newsroom(city, page.id, page.actor_id, f"/pages/{slug}", editor)
    city.work()
    return made
