"""Writing: what is asked for, what is kept, what an edit and a deletion leave."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from instance.core import clock as city_clock
from instance.core import storage
from instance.core.db import db
from instance.media.models import Media
from instance.notifications.models import Notification
from instance.posts import hints, seen
from instance.posts.models import Draft, Post, PostEdit, Seen, SeenMark, Thanks
from tests.city import City
from tests.instance.posts.writing import answer, write
from tests.instance.test_matrix import photo


def _number(table: Any) -> int:
    found = db.session.scalar(select(func.count()).select_from(table)) or 0
    db.session.rollback()
    return found


def test_a_form_sent_twice_is_one_post(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)

    first, second = (write(city, salma, here, once="le-meme") for _ in range(2))

    assert first == second
    assert _number(Post) == 1


def test_a_form_sent_twice_at_once_to_two_processes_is_one_post(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)
    like = write(city, salma, here, title="Un vélo perdu")
    row = dict(db.session.execute(select(Post.__table__).where(Post.id == like)).one()._mapping)
    db.session.rollback()
    sent: list[int] = []

    def send() -> None:
        with city.app.app_context():
            sent.append(write(city, salma, here, title="Un vélo perdu", once="la-meme"))

    with db.engine.connect() as other:  # the other process: its row is written and not yet committed
        row |= {"id": like + 1, "thread_id": like + 1, "once": "la-meme"}
        other.execute(insert(Post.__table__), [row])
        second = Thread(target=send)
        second.start()
        second.join(0.5)
        assert second.is_alive()
        other.commit()
    second.join(10)

    assert sent == [like + 1]
    assert _number(Post) == 2


def test_who_moves_away_while_a_photo_is_decoded_writes_no_more_on_the_old_wall(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)

    class Slow:
        """A store in front of the real one; the move happens while it keeps the first file."""

        real, moved = storage.store(), False

        def put(self, name: str, data: bytes) -> None:
            self.real.put(name, data)
            if not self.moved:
                self.moved = True
                city.move_away(salma)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

    monkeypatch.setattr(storage, "_store", Slow())
    page = city.post(
        salma.browser, f"/q/{here}/ecrire", title="Au revoir", text="", kind="news", scope="quartier", act="send",
        confirmed="1", photo=photo(), photo_description="Une porte",
    )  # fmt: skip

    assert page.status_code == 403
    assert "Vous n’habitez plus ce quartier." in page.text
    assert _number(Post) == 0
    assert "Au revoir" in city.get(salma.browser, "/brouillons").text


def test_a_message_without_its_line_is_refused_and_nothing_typed_is_lost(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)

    page = city.post(
        salma.browser, f"/q/{here}/ecrire", title=" ", text="Un long récit.", kind="news", scope="quartier"
    )

    assert page.status_code == 422
    assert "Un long récit." in page.text
    assert "vos voisins la lisent" in page.text
    assert _number(Post) == 0
    assert "Un long récit." in city.get(salma.browser, "/brouillons").text


def test_a_pilot_quartier_takes_drafts_and_no_posts(city: City) -> None:
    here = city.quartier("Clignancourt", state="pilot")
    salma = city.resident(here)

    page = city.post(salma.browser, f"/q/{here}/ecrire", title="Déjà prêt", text="", kind="news", scope="quartier")

    assert page.status_code == 422
    assert "pas encore ouvert" in page.text
    assert _number(Post) == 0
    assert _number(Draft) == 1


def test_public_needs_its_own_tick(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)
    fields = {"title": "À tous", "text": "", "kind": "news", "scope": "public", "act": "send"}

    look = city.post(salma.browser, f"/q/{here}/ecrire", **fields)
    unticked = city.post(salma.browser, f"/q/{here}/ecrire", **fields, confirmed="1")

    assert look.status_code == 200
    assert "y compris hors de Quartier Libre" in look.text
    assert unticked.status_code == 422
    assert _number(Post) == 0


def test_the_receiving_quartiers_are_named_before_sending(city: City) -> None:
    here, near = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or")
    city.quartier("Gare")
    city.adjoin(here, near)
    salma = city.resident(here)

    look = city.post(
        salma.browser, f"/q/{here}/ecrire", title="Chatte perdue", text="", kind="news", scope="neighbours", act="send"
    )

    listed = look.text.split('id="lecteurs"')[1]
    assert "<li>Clignancourt</li>" in listed
    assert "<li>Goutte-d&#39;Or</li>" in listed
    assert "Gare" not in listed
    assert _number(Post) == 0


def test_a_quartier_without_neighbours_cannot_write_to_them(city: City) -> None:
    here = city.quartier("Les Îles")
    salma = city.resident(here)

    refused = city.post(
        salma.browser, f"/q/{here}/ecrire", title="Ohé", text="", kind="news", scope="neighbours", confirmed="1"
    )

    assert refused.status_code == 422
    assert "pas de quartier voisin" in refused.text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nous serons en vacances jusqu’au 12.", "absence"),
        ("Le digicode est en panne.", "code"),
        ("Code : 45A12", None),
        ("le code d’entrée est 4512", "code"),
        ("Appelez le 06 12 34 56 78.", "phone"),
        ("Je suis au 12 bis rue Myrha.", "number"),
        ("Rendez-vous à 18 h devant la mairie.", None),
        ("La rue Myrha est barrée lundi.", None),
    ],
)
def test_what_gives_a_home_away_is_recalled(text: str, name: str | None) -> None:
    assert hints.names_of(text) == ([name] if name else [])


def test_the_reminder_comes_before_wider_posts_only_and_the_author_can_still_send(city: City) -> None:
    here = city.quartier("Clignancourt")
    city.adjoin(here, city.quartier("Goutte-d'Or"))
    salma = city.resident(here)
    text = "Appelez le 06 12 34 56 78."

    near = city.post(
        salma.browser, f"/q/{here}/ecrire", title="Vélo", text=text, kind="news", scope="quartier", act="send"
    )
    look = city.post(
        salma.browser, f"/q/{here}/ecrire", title="Vélo", text=text, kind="news", scope="neighbours", act="send"
    )

    assert near.status_code == 303
    assert "numéro de téléphone" in look.text
    assert write(city, salma, here, text=text, scope="neighbours")


def test_an_edit_keeps_the_old_words_readable(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here), city.resident(here)
    post = write(city, salma, here, title="Lundi")

    city.post(salma.browser, f"/p/{post}/modifier", title="Mardi", text="Un mot.")

    assert "Mardi" in city.get(bruno.browser, f"/p/{post}").text
    assert "Lundi" in city.get(bruno.browser, f"/p/{post}/versions").text
    assert "Mardi" in city.get(bruno.browser, f"/q/{here}").text


def test_nobody_edits_or_deletes_what_is_not_theirs(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here), city.resident(here)
    post = write(city, salma, here)

    for path in (f"/p/{post}/modifier", f"/p/{post}/supprimer"):
        assert city.get(bruno.browser, path).status_code == 404
        assert city.post(bruno.browser, path, title="x", text="x").status_code == 404
    assert _number(PostEdit) == 0


def test_a_deleted_post_leaves_no_word_picture_mark_or_notice(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here, "salma"), city.resident(here)
    post = write(city, salma, here, title="Ocarina", photo=photo(), photo_description="Un ocarina")
    reply = answer(city, bruno, post, "Bel ocarina @salma")
    city.post(bruno.browser, f"/p/{post}/merci")
    city.post(salma.browser, f"/p/{post}/modifier", title="Ocarina rouge", text="")
    city.get(bruno.browser, f"/p/{post}")
    city.work()
    key = db.session.scalars(select(Media.key)).one()

    city.post(salma.browser, f"/p/{post}/supprimer")
    city.post(bruno.browser, f"/p/{reply}/supprimer")
    city.work()

    for path in (f"/p/{post}", f"/p/{reply}", f"/media/{key}/large"):
        assert city.get(bruno.browser, path).status_code == 404
    assert "Ocarina" not in city.get(bruno.browser, f"/q/{here}").text
    for table in (PostEdit, Thanks, SeenMark, Media):
        assert _number(table) == 0, table
    left = db.session.scalars(select(Post.title + Post.text + Post.html)).all()
    assert set(left) == {""}
    assert db.session.scalars(select(Notification.kind).where(Notification.kind.in_(["reply", "mention"]))).all() == []


def test_a_question_is_solved_by_the_reply_that_its_author_marks(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here), city.resident(here)
    post = write(city, salma, here, title="Un cordonnier ?", kind="question")
    reply = answer(city, bruno, post, "Rue Custine.")

    assert city.post(bruno.browser, f"/p/{reply}/retenir").status_code == 404
    city.post(salma.browser, f"/p/{reply}/retenir")

    assert "Question résolue" in city.get(bruno.browser, f"/q/{here}").text
    assert "Réponse retenue" in city.get(bruno.browser, f"/p/{post}").text


def test_merci_is_told_by_no_number(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here), city.resident(here)
    post = write(city, salma, here)

    before = city.get(salma.browser, f"/p/{post}").text
    city.post(bruno.browser, f"/p/{post}/merci")

    assert _number(Thanks) == 1
    after = city.get(salma.browser, f"/p/{post}").text
    assert re.findall(r"\d+ mercis?", after) == re.findall(r"\d+ mercis?", before) == []
    city.post(bruno.browser, f"/p/{post}/merci")
    assert _number(Thanks) == 0


def test_a_referent_pins_to_the_wall_and_nobody_else_does(city: City) -> None:
    here = city.quartier("Clignancourt")
    odile, bruno = city.resident(here, roles_here=("referent",)), city.resident(here)
    post = write(city, bruno, here, title="Fête des voisins")

    assert city.post(bruno.browser, f"/p/{post}/epingler").status_code == 404
    city.post(odile.browser, f"/p/{post}/epingler")

    assert "Épinglé" in city.get(bruno.browser, f"/q/{here}").text
    assert city.get(bruno.browser, f"/q/{here}").text.count("Fête des voisins</a>") == 1


def test_a_wall_by_last_reply_moves_only_for_who_may_see_the_reply(city: City) -> None:
    here, near = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or")
    city.adjoin(here, near)
    salma, odile = city.resident(here), city.resident(near)
    old = write(city, salma, here, title="Ancien", scope="neighbours")
    write(city, salma, here, title="Récent", scope="neighbours")

    reply = answer(city, salma, old, "Entre nous", scope="quartier")

    assert _order(city, salma.browser, here) == ["Ancien", "Récent"]
    assert _order(city, odile.browser, near) == ["Récent", "Ancien"]
    city.post(salma.browser, f"/p/{reply}/supprimer")
    assert _order(city, salma.browser, here) == ["Récent", "Ancien"]


def _order(city: City, browser: Any, quartier: str) -> list[str]:
    return re.findall(r">(Ancien|Récent)</a>", city.get(browser, f"/q/{quartier}").text)


class TestSeen:
    """Vu par n voisins (F55)."""

    def test_each_neighbour_counts_once_and_the_author_never(self, city: City) -> None:
        here = city.quartier("Clignancourt")
        salma, bruno, odile = city.resident(here), city.resident(here), city.resident(here)
        post = write(city, salma, here)

        for reader in (bruno, bruno, odile, salma):
            city.get(reader.browser, f"/p/{post}")

        assert "Vu par 2 voisins" in city.get(salma.browser, f"/p/{post}").text.replace("\u00a0", " ")

    def test_a_whole_text_on_a_wall_counts_and_a_cut_one_does_not(self, city: City) -> None:
        here = city.quartier("Clignancourt")
        salma, bruno = city.resident(here), city.resident(here)
        write(city, salma, here, title="Court")
        long = write(city, salma, here, title="Long", text="Un mot de plus. " * 100)

        city.get(bruno.browser, f"/q/{here}")

        marked = set(db.session.scalars(select(SeenMark.post_id)))
        assert len(marked) == 1
        assert long not in marked

    def test_a_resident_can_switch_it_off(self, city: City) -> None:
        here = city.quartier("Clignancourt")
        salma, bruno = city.resident(here), city.resident(here, counts_views=False)
        post = write(city, salma, here)

        city.get(bruno.browser, f"/p/{post}")

        assert _number(SeenMark) == 0

    def test_after_thirty_days_only_the_number_is_left(self, city: City) -> None:
        here = city.quartier("Clignancourt")
        salma, bruno = city.resident(here), city.resident(here)
        post = write(city, salma, here)
        city.get(bruno.browser, f"/p/{post}")

        city_clock.shift(timedelta(days=31))
        seen.throw_keys_away({})

        assert _number(SeenMark) == 0
        assert db.session.execute(select(Seen.key, Seen.number)).one() == (None, 1)
        db.session.rollback()
        assert "Vu par 1 voisin" in city.get(salma.browser, f"/p/{post}").text.replace("\u00a0", " ")
