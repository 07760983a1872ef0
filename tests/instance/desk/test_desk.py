"""Story 21: the page sees who waits for its answer under its own posts, answers as the page, and reads no wall."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from instance.core import fed, jobs
from instance.core.db import commit, db
from instance.notifications.models import Notification
from instance.pages.models import PageMember
from instance.peers.models import Outgoing
from instance.posts.models import Post, PostCircle
from tests.city import City
from tests.instance.desk.newsroom import join, newsroom, page_of, publish, subscribe
from tests.instance.posts.writing import answer, write


class Scene:
    """A page on a wall, with an editor who lives nowhere here, and two residents."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.here = city.quartier("Clignancourt")
        self.slug = newsroom(city)
        self.editor = join(self.slug, city.visitor())
        subscribe(city, self.here, page_of(self.slug).actor_id)
        self.post = publish(self.slug, self.editor, "Square Léon")
        self.salma, self.bruno = city.resident(self.here), city.resident(self.here)

    @property
    def desk(self) -> str:
        return str(self.city.get(self.editor.browser, f"/pages/{self.slug}/bureau").text)

    def reply(self, post_id: int, text: str = "Nous regardons cela.", **more: Any) -> Any:
        return self.city.post(
            self.editor.browser, f"/pages/{self.slug}/bureau/repondre/{post_id}", text=text, **more
        )  # fmt: skip


@pytest.fixture
def scene(city: City) -> Scene:
    return Scene(city)


def test_what_waits_is_listed_oldest_first_until_the_page_answers(scene: Scene) -> None:
    first = answer(scene.city, scene.salma, scene.post, "La première question.")
    second = answer(scene.city, scene.bruno, scene.post, "La deuxième question.", scope="public", everywhere="1")
    between = answer(scene.city, scene.bruno, first, "Entre voisins, je crois.")
    shown = scene.desk
    assert shown.index("La première question.") < shown.index("La deuxième question.")
    assert "Entre voisins" not in shown

    assert scene.reply(first).status_code == 303
    assert scene.reply(between).status_code == 404, "that was not said to the page"
    shown = scene.desk
    assert "La première question." not in shown
    assert "La deuxième question." in shown

    assert scene.reply(second).status_code == 303
    assert "Personne n’attend" in scene.desk
    thanks = answer(scene.city, scene.salma, _answer_to(scene, first), "Et maintenant ?")
    assert "Et maintenant" in scene.desk
    scene.city.post(scene.salma.browser, f"/p/{thanks}/supprimer")
    assert "Et maintenant" not in scene.desk


def _answer_to(scene: Scene, post_id: int) -> int:
    db.session.rollback()
    page = page_of(scene.slug).actor_id
    return db.session.scalars(select(Post.id).where(Post.reply_to_id == post_id, Post.author_id == page)).one()


def test_the_page_answers_to_the_very_readers_of_what_it_answers(scene: Scene) -> None:
    kept = answer(scene.city, scene.salma, scene.post, "Gardé dans le quartier.")
    open_to_all = answer(scene.city, scene.bruno, scene.post, "Pour tous.", scope="public", everywhere="1")
    for post_id, words in ((kept, "À ceux du quartier."), (open_to_all, "À tous.")):
        assert scene.reply(post_id, words).status_code == 303
    scene.city.work()

    stranger = scene.city.get(scene.city.browser(), f"/p/{scene.post}").text
    neighbour = scene.city.get(scene.bruno.browser, f"/p/{scene.post}").text
    assert ("À tous." in stranger, "À ceux du quartier." in stranger) == (True, False)
    assert "À tous." in neighbour
    assert "À ceux du quartier." in neighbour
    assert "Le Fil de l’Ourcq" in neighbour
    told = db.session.scalars(select(Notification.kind).where(Notification.account_id == scene.salma.account_id)).all()
    assert "reply" in told


def test_nothing_of_a_wall_stands_at_the_desk(scene: Scene) -> None:
    said = write(scene.city, scene.salma, scene.here, title="Affaire de voisins", text="Entre nous.")
    under = answer(scene.city, scene.bruno, said, "Entre nous aussi.")
    public = write(scene.city, scene.salma, scene.here, title="Pour tous", scope="public", everywhere="1")
    reply = answer(scene.city, scene.bruno, public, "Publiquement.", scope="public", everywhere="1")

    shown = scene.desk
    assert not any(words in shown for words in ("Affaire de voisins", "Entre nous", "Pour tous", "Publiquement"))
    assert [scene.reply(one).status_code for one in (said, under, public, reply, scene.post)] == [404] * 5


def test_a_resident_of_the_team_sees_there_no_more_than_the_team(scene: Scene) -> None:
    mate = join(scene.slug, scene.city.resident(scene.here))
    kept = answer(scene.city, scene.salma, scene.post, "Au quartier seul.")
    with commit():
        circle = page_of(scene.slug).circle_id
        db.session.delete(db.session.get_one(PostCircle, (kept, circle)))

    assert "Au quartier seul." in scene.city.get(mate.browser, f"/p/{scene.post}").text
    assert "Au quartier seul." not in scene.city.get(mate.browser, f"/pages/{scene.slug}/bureau").text


def test_who_has_left_the_team_finds_no_desk(scene: Scene) -> None:
    kept = answer(scene.city, scene.salma, scene.post, "Une question.")
    with commit():
        db.session.delete(db.session.get_one(PageMember, (page_of(scene.slug).id, scene.editor.account_id)))

    assert scene.city.get(scene.editor.browser, f"/pages/{scene.slug}/bureau").status_code == 404
    assert scene.reply(kept).status_code == 404


def test_words_that_cannot_be_sent_are_kept_and_the_same_form_is_one_answer(scene: Scene) -> None:
    kept = answer(scene.city, scene.salma, scene.post, "Une question.")

    assert scene.reply(kept, " ").status_code == 422
    long = scene.reply(kept, "x" * 5001)
    assert (long.status_code, "x" * 5001 in long.text) == (422, True)
    for _twice in range(2):
        assert scene.reply(kept, once="un").status_code == 303
    assert len(db.session.scalars(select(Post.id).where(Post.reply_to_id == kept)).all()) == 1


def test_an_answer_of_the_page_goes_out_when_it_is_for_everybody_and_else_never(
    scene: Scene, elsewhere: Any
) -> None:  # fmt: skip
    kept = answer(scene.city, scene.salma, scene.post, "Gardé.")
    scene.reply(kept, "Ceci ne sort pas.")
    ada = elsewhere.actor("ada")
    note = ada.note("De loin.", inReplyTo=fed.uri_of(f"/p/{scene.post}"), cc=[fed.uri_of(f"/pages/{scene.slug}")])
    assert ada.post(scene.city.browser(), fed.uri_of("/inbox"), ada.create(note)).status_code == 202
    scene.city.work()
    far = db.session.scalars(select(Post.id).where(Post.uri == note["id"])).one()
    with commit():
        db.session.get_one(Post, far).is_held = False
    assert "De loin." in scene.desk
    scene.reply(far, "Ceci sort.")
    scene.city.work()

    bodies = " ".join(db.session.scalars(select(Outgoing.body)).all())
    assert "Ceci sort." in bodies
    assert "Ceci ne sort pas." not in bodies
    assert jobs.counts().get("failed", 0) == 0
