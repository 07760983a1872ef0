"""F05, product.md §3.5: the one indicator, exact; and the two numbers that cities tell each other."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select

from instance.accounts import follows, remote
from instance.accounts.models import Actor
from instance.core import clock, fed, ids, jobs
from instance.core.db import commit, db
from instance.desk import intensity
from instance.desk.models import MeasureSent, PageMeasure
from instance.partners.models import Agreement
from instance.peers.models import Incoming
from instance.posts.models import Post
from instance.quartiers import keyring
from tests.city import City, Someone
from tests.instance.desk.newsroom import join, newsroom, page_of, publish, subscribe
from tests.instance.posts.writing import answer, write

NO = re.compile(r"j’aime|likes?\b|partages?\b|abonnés|followers?|favoris|classement|retweets?", re.IGNORECASE)


class Scene:
    """A page, its editor, a post, and a, b, c of one quartier."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.here = city.quartier("Clignancourt")
        self.slug = newsroom(city)
        self.editor = join(self.slug, city.visitor())
        subscribe(city, self.here, page_of(self.slug).actor_id)
        self.post = publish(self.slug, self.editor)
        self.a, self.b, self.c = (city.resident(self.here) for _person in range(3))

    def page_answers(self, post_id: int) -> int:
        answered = self.city.post(
            self.editor.browser, f"/pages/{self.slug}/bureau/repondre/{post_id}", text="Merci, nous cherchons."
        )
        assert answered.status_code == 303, answered.text
        return db.session.scalars(select(Post.id).where(Post.reply_to_id == post_id).order_by(Post.id.desc())).first()

    def worked_example(self) -> dict[str, int]:
        """a, b, c reply to the page, a replies to b, b to a, the page answers c twice."""
        said = {one: answer(self.city, getattr(self, one), self.post, "Je l’ai vu.") for one in "abc"}
        said["ab"] = answer(self.city, self.a, said["b"], "Moi aussi.")
        said["ba"] = answer(self.city, self.b, said["a"], "Quand ?")
        self.page_answers(said["c"])
        self.page_answers(said["c"])
        return said

    @property
    def value(self) -> int:
        db.session.rollback()
        return sum(intensity.of_post(self.post))


@pytest.fixture
def scene(city: City) -> Scene:
    return Scene(city)


def test_the_worked_example_is_nine_and_six_once_cs_replies_are_removed(scene: Scene) -> None:
    said = scene.worked_example()
    assert intensity.of_post(scene.post) == (3, 6)

    scene.city.post(scene.c.browser, f"/p/{said['c']}/supprimer")

    assert intensity.of_post(scene.post) == (2, 4)


def test_what_moderation_removed_or_hides_does_not_count_nor_what_answers_it(scene: Scene) -> None:
    said = scene.worked_example()
    for verdict in ("removed", "hidden"):
        with commit():
            db.session.get_one(Post, said["c"]).verdict = verdict
        assert scene.value == 6


def test_the_same_word_again_ones_own_and_the_teams_do_not_add(scene: Scene) -> None:
    said = scene.worked_example()
    answer(scene.city, scene.a, said["b"], "Encore.")
    answer(scene.city, scene.a, said["ab"], "À moi.")
    mate = join(scene.slug, scene.city.resident(scene.here))
    own = answer(scene.city, mate, scene.post, "De l’équipe, en son nom.")
    assert scene.value == 9

    answer(scene.city, scene.b, own, "À l’équipe.")
    assert scene.value == 9, "b has answered the page already"
    answer(scene.city, mate, said["a"], "À a.")
    assert intensity.of_post(scene.post) == (3, 7), "the page spoke to a, by a member of its team"


def test_seven_days_count_and_no_more(scene: Scene, clock: Any) -> None:
    scene.worked_example()
    clock.forward(days=6, hours=23)
    late = scene.city.resident(scene.here)
    reply = answer(scene.city, late, scene.post, "Juste à temps.")
    assert scene.value == 11

    clock.forward(hours=2)
    answer(scene.city, late, scene.post, "Trop tard.")
    answer(scene.city, scene.a, reply, "Trop tard aussi.")
    assert scene.value == 11


def test_nobody_from_outside_raises_it(scene: Scene, elsewhere: Any) -> None:
    ada = elsewhere.actor("ada")
    here = f"{fed.uri_of('')}/p/{scene.post}"
    said = [ada.note("De loin.", inReplyTo=here, cc=[f"{fed.uri_of('')}/pages/{scene.slug}"])]
    said.append(ada.note("Encore.", inReplyTo=said[0]["id"]))
    for note in said:
        assert ada.post(scene.city.browser(), fed.uri_of("/inbox"), ada.create(note)).status_code == 202
        scene.city.work()
    far = db.session.scalars(select(Post.id).where(Post.uri == said[0]["id"])).one()
    with commit():
        db.session.get_one(Post, far).is_held = False
    answer(scene.city, scene.a, far, "Bonjour.", scope="public", everywhere="1")

    assert intensity.of_post(scene.post) == (1, 0), "a spoke, to nobody who counts"


def test_a_quartier_is_told_of_from_three_people_up(scene: Scene) -> None:
    scene.worked_example()
    there = scene.city.quartier("Goutte-d'Or")
    subscribe(scene.city, there, page_of(scene.slug).actor_id)
    two = [scene.city.resident(there) for _person in range(2)]
    for someone in two:
        answer(scene.city, someone, scene.post, "Ici aussi.")

    figures = scene.city.get(scene.editor.browser, f"/pages/{scene.slug}/chiffres").text
    file = scene.city.get(scene.editor.browser, f"/pages/{scene.slug}/chiffres.csv").text
    assert "Clignancourt : 9" in figures.replace("\u00a0", " ")
    assert ",Clignancourt,3,6,9\n" in file
    assert ",,5,8,13\n" in file, "the whole counts everybody"
    assert "Goutte" not in figures + file

    answer(scene.city, scene.city.resident(there), scene.post, "À trois.")
    assert ",Goutte-d'Or,3,3,6\n" in scene.city.get(scene.editor.browser, f"/pages/{scene.slug}/chiffres.csv").text


def test_the_value_of_a_page_is_the_median_of_its_month(scene: Scene, clock: Any) -> None:
    scene.worked_example()
    second = publish(scene.slug, scene.editor, "Deux")
    answer(scene.city, scene.a, second, "Oui.")
    publish(scene.slug, scene.editor, "Trois")
    clock.forward(days=40)
    publish(scene.slug, scene.editor, "Quatre")
    db.session.rollback()

    found = intensity.of_page(page_of(scene.slug), ids.moment_of(scene.post), ids.moment_of(ids.new_id()))
    months = intensity.by_month(found, scene.city.settings.timezone)

    assert [one.intensity for one in found] == [0, 0, 2, 9]
    assert [(value, number) for _month, value, number in months] == [(0, 1), (2, 3)]


def test_no_like_share_or_follower_stands_in_the_figures(scene: Scene) -> None:
    scene.worked_example()
    scene.city.post(scene.a.browser, f"/p/{scene.post}/merci")
    figures = scene.city.get(scene.editor.browser, f"/pages/{scene.slug}/chiffres").text.split("<main")[1]
    file = scene.city.get(scene.editor.browser, f"/pages/{scene.slug}/chiffres.csv").text

    assert not NO.search(figures.split("</main")[0])
    assert file.splitlines()[0] == "post,published,place,repliers,exchanges,intensity"
    for someone in (scene.a, scene.city.admin()):
        assert scene.city.get(someone.browser, f"/pages/{scene.slug}/chiffres.csv").status_code == 404


def test_tips_count_as_useful_and_published_out_of_received(scene: Scene) -> None:
    tokens = []
    for _number in range(4):
        sent = scene.city.post(scene.a.browser, f"/pages/{scene.slug}/info", text="x", sign="protected")
        tokens.append(sent.location.rsplit("/", 1)[1])
    for token, state in zip(tokens, ("useful", "published", "unused", "read"), strict=True):
        scene.city.post(scene.editor.browser, f"/pages/{scene.slug}/bureau/infos/{token}/etat", state=state)

    shown = scene.city.get(scene.editor.browser, f"/pages/{scene.slug}/chiffres").text

    assert "<dd>4</dd>" in shown and "<dd>2</dd>" in shown
    assert "50" in shown


def test_ten_thousand_replies_take_less_than_a_tenth_of_a_second(scene: Scene) -> None:
    """One statement. Measured on one core of this kind of machine: see the figure in docs/decisions/0017."""
    people = [scene.a, scene.b, scene.c]
    _crowd(scene, people, 10_000)
    spent = []
    for _round in range(3):
        db.session.rollback()
        begun = time.process_time()
        found = intensity.threads(page_of(scene.slug).actor_id, (), scene.post, scene.post + 1)
        spent.append(time.process_time() - begun)

    people_heard, pairs = found[scene.post].whole.numbers
    assert people_heard == 303 and pairs > 3000
    assert min(spent) < 0.1, f"{min(spent) * 1000:.0f} ms"
    _sweep_up()


def _sweep_up() -> None:
    """Ten thousand posts away at once: one by one, SQLite would look for the answers to each."""
    if db.engine.dialect.name == "sqlite":
        db.session.rollback()
        connection = db.engine.raw_connection()
        cursor = connection.cursor()
        for line in ("PRAGMA foreign_keys=OFF", "DELETE FROM post", "PRAGMA foreign_keys=ON"):
            cursor.execute(line)
        cursor.close()
        connection.close()


def _crowd(scene: Scene, people: list[Someone], number: int) -> None:
    home = scene.city.quartier_id(scene.here)
    now, chance = scene.post, Random(7)
    with commit():
        actors = [one.actor_id for one in people]
        made = [
            {"id": now + 1 + n, "kind": "person", "handle": f"x{n}", "path": f"/u/x{n}", "shown_name": "X",
             "outside_name": "", "version": 1, "created_at": ids.moment_of(now)} for n in range(300)
        ]  # fmt: skip
        db.session.execute(insert(Actor), made)
        actors += [one["id"] for one in made]
        rows: list[dict[str, Any]] = []
        for n in range(number):
            above = scene.post if n < 5 or n % 3 == 0 else rows[chance.randrange(n)]["id"]
            rows.append(
                {"id": now + 10 + n, "author_id": chance.choice(actors), "kind": "news", "state": "published",
                 "title": "", "text": "x", "html": "x", "language": "fr", "scope": "quartier", "is_public": False,
                 "home_id": home, "thread_id": scene.post, "reply_to_id": above, "version": 1, "media_count": 0,
                 "verdict": "visible", "is_held": False, "warning": "", "is_nameless": False}
            )  # fmt: skip
        db.session.execute(insert(Post), rows)


class TestAcross:
    """Between two instances: two numbers, signed by the Group, and nothing else."""

    def group(self, scene: Scene, elsewhere: Any, *, is_partner: bool = True) -> Any:
        """A quartier of another city, which follows the page."""
        group = elsewhere.actor("villette", "Group")
        documents = [fed.engine().fetch_actor(one.uri) for one in (group, elsewhere.actor("app", "Application"))]
        with commit():
            far, application = (remote.store(one) for one in documents)
            page = db.session.get_one(Actor, page_of(scene.slug).actor_id)
            follows.accept(follows.add(far, page, group.uri + "/f"))
            if is_partner:
                agreement = Agreement(
                    partner_id=application.id, host=application.host, state="live", pairs=[], audiences=["public"],
                    published=clock.now(), expires=clock.now() + timedelta(days=30), since=clock.now(),
                )  # fmt: skip
                db.session.add(agreement)
        return group

    def tell(self, scene: Scene, group: Any, verb: str = "Update", **fields: Any) -> str:
        """Send numbers through the inbox; the code under which they were left out, or "done"."""
        told = {
            "type": "ql:Intensity", "id": f"{group.uri}/intensity/1", "ql:post": fed.uri_of(f"/p/{scene.post}"),
            "ql:repliers": 4, "ql:exchanges": 7,
        } | fields  # fmt: skip
        sent = group.activity(verb, told, to=[fed.uri_of(f"/pages/{scene.slug}")])
        assert group.post(scene.city.browser(), fed.uri_of("/inbox"), sent).status_code == 202
        scene.city.work()
        row = db.session.scalars(select(Incoming).where(Incoming.uri == sent["id"])).one()
        return str(row.last_error or row.state)

    def test_a_quartier_of_a_partner_city_tells_its_two_numbers(self, scene: Scene, elsewhere: Any) -> None:
        group = self.group(scene, elsewhere)
        scene.worked_example()
        self.tell(scene, group)
        self.tell(scene, group, **{"ql:repliers": 5, "ql:exchanges": 9})

        figures = scene.city.get(scene.editor.browser, f"/pages/{scene.slug}/chiffres").text.replace("\u00a0", " ")
        assert f"{elsewhere.host} : 14" in figures
        assert ",,8,15,23\n" in scene.city.get(scene.editor.browser, f"/pages/{scene.slug}/chiffres.csv").text

        self.tell(scene, group, "Delete")
        assert db.session.scalars(select(PageMeasure)).all() == []

    def test_what_cannot_be_is_refused(self, scene: Scene, elsewhere: Any) -> None:
        reply = answer(scene.city, scene.a, scene.post, "Oui.")
        other = write(scene.city, scene.a, scene.here, scope="public", everywhere="1")
        group = self.group(scene, elsewhere)
        for name, value in (
            ("ql:repliers", 2), ("ql:repliers", True), ("ql:repliers", "4"), ("ql:repliers", 10**9),
            ("ql:exchanges", -1), ("ql:exchanges", 10**6), ("ql:exchanges", 7.5), ("ql:exchanges", None),
        ):  # fmt: skip
            assert "intensity.numbers" in self.tell(scene, group, **{name: value}), (name, value)
        for uri in ("https://ailleurs.example/p/1", fed.uri_of(f"/p/{reply}"), fed.uri_of(f"/p/{other}")):
            assert "intensity.no_post" in self.tell(scene, group, **{"ql:post": uri}), uri
        assert db.session.scalars(select(PageMeasure)).all() == []

    def test_a_group_that_merely_follows_the_page_and_a_person_are_not_heard(
        self, scene: Scene, elsewhere: Any
    ) -> None:
        group = self.group(scene, elsewhere, is_partner=False)
        person = elsewhere.actor("bob")
        document = fed.engine().fetch_actor(person.uri)
        with commit():
            far = remote.store(document)
            follows.accept(follows.add(far, db.session.get_one(Actor, page_of(scene.slug).actor_id), person.uri + "/f"))

        assert "intensity.stranger" in self.tell(scene, group)
        assert "intensity.stranger" in self.tell(scene, person)
        assert db.session.scalars(select(PageMeasure)).all() == []

    def test_a_quartier_of_a_partner_city_is_heard_while_the_agreement_holds(
        self, scene: Scene, elsewhere: Any
    ) -> None:
        group = self.group(scene, elsewhere)

        assert "intensity" not in self.tell(scene, group)
        with commit():
            db.session.scalars(select(Agreement)).one().is_shut_there = True
        assert "intensity.stranger" in self.tell(scene, group)

    def test_numbers_speak_for_the_group_that_signs(self, scene: Scene, elsewhere: Any) -> None:
        group = self.group(scene, elsewhere)
        other = elsewhere.actor("autre", "Group")

        assert "intensity.origin" in self.tell(scene, group, id=f"{other.uri}/intensity/1")

    def test_our_quartier_tells_a_page_elsewhere_once_the_week_is_over_and_again_when_it_changes(
        self, scene: Scene, elsewhere: Any, clock: Any
    ) -> None:
        city, post_id, gazette = scene.city, 0, elsewhere.actor("gazette", "Organization")
        document = fed.engine().fetch_actor(gazette.uri)
        with commit():
            actor_id = remote.store(document).id
        subscribe(city, scene.here, actor_id)
        keyring.make_missing({})
        post_id = self.received(scene, gazette)
        said = [answer(city, one, post_id, "Un secret du mur.") for one in (scene.a, scene.b, scene.c)]
        answer(city, scene.a, said[1], "Une réponse.")

        self.daily(scene)
        assert self.told(elsewhere, gazette) == [], "the week is not over"
        clock.forward(days=8)
        self.daily(scene)
        self.daily(scene)
        told = self.told(elsewhere, gazette)
        assert [one["type"] for one in told] == ["Update"], "once, not each day"
        numbers = told[0]["object"]
        note = db.session.get_one(Post, post_id).uri
        assert (numbers["ql:post"], numbers["ql:repliers"], numbers["ql:exchanges"]) == (note, 3, 4)
        assert numbers["id"].startswith(fed.uri_of(f"/q/{scene.here}/intensity/"))
        wire = str([one.json for one in elsewhere.received])
        assert not any(word in wire for word in ("secret", scene.a.handle, scene.b.handle, str(scene.a.actor_id)))

        city.post(scene.c.browser, f"/p/{said[2]}/supprimer")
        self.daily(scene)
        assert [one["type"] for one in self.told(elsewhere, gazette)] == ["Update", "Delete"], "two are too few"
        assert db.session.scalars(select(MeasureSent)).all() == []

    def received(self, scene: Scene, gazette: Any) -> int:
        """A post of the page elsewhere, on our wall."""
        with commit():
            follower = db.session.scalars(select(Actor).where(Actor.path == f"/q/{scene.here}")).one()
            page = db.session.scalars(select(Actor).where(Actor.uri == gazette.uri)).one()
            follows.accept(follows.add(follower, page))
        note = gazette.note("Une enquête.", cc=[f"{gazette.uri}/followers"], name="Enquête", kind="Article")
        assert gazette.post(scene.city.browser(), fed.uri_of("/inbox"), gazette.create(note)).status_code == 202
        scene.city.work()
        return db.session.scalars(select(Post.id).where(Post.uri == note["id"])).one()

    def daily(self, scene: Scene) -> None:
        with commit():
            jobs.put("tell_pages", {})
        scene.city.work()

    def told(self, elsewhere: Any, gazette: Any) -> list[dict[str, Any]]:
        found = [one.json for one in elsewhere.received]
        return [one for one in found if "ql:Intensity" in str(one.get("object"))]
