"""Private messages between people of this city: read by the persons named, and by nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instance.accounts import closing, relations
from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.core.jobs import Job
from instance.messages.models import ConversationSeat
from instance.moderation.models import Report
from instance.notifications.models import Notification
from instance.peers.models import Outgoing
from instance.posts.models import Mention, Post
from tests.city import City, Someone
from tests.instance.messages.writing import answer, begin, listed, post_of, reads
from tests.instance.posts.writing import write
from tests.support.pages import signless


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, here: str) -> Someone:
    return city.resident(here, "salma", name="Salma Berger")


@pytest.fixture
def karim(city: City, here: str) -> Someone:
    return city.resident(here, "karim", name="Karim Dupré")


def unread(city: City, someone: Someone) -> int:
    """The number beside « Messages » in the menu."""
    entry = city.get(someone.browser, "/reglages").text.split('href="/messages"')[1].split("</a>")[0]
    return int(entry.split('aria-hidden="true">')[-1].split("<")[0]) if "non lu" in entry else 0


def test_a_message_is_read_by_the_two_persons_and_by_nobody_else(
    city: City, here: str, salma: Someone, karim: Someone
) -> None:
    talk = begin(city, salma, "@karim", "Le code du local est bleu")
    city.work()

    others = {
        "a neighbour": city.resident(here),
        "the admin": city.admin(),
        "the moderator": city.resident(here, roles_here=("moderator",)),
        "a visitor": city.visitor(),
    }

    assert reads(city, karim, talk, "Le code du local est bleu") and reads(city, salma, talk, "Le code du local")
    assert "Le code du local est bleu" in listed(city, karim)
    for who, someone in others.items():
        paths = [f"/messages/{talk}", f"/p/{talk}", f"/p/{talk}/versions", f"/p/{talk}/signaler"]
        assert [city.get(someone.browser, path).status_code for path in paths] == [404] * 4, who
        acts = [f"/messages/{talk}/{word}" for word in ("masquer", "quitter")]
        assert {city.post(someone.browser, path).status_code for path in acts} == {404}, who
        assert city.post(someone.browser, f"/messages/{talk}/repondre", text="x").status_code in {303, 404}, who
        assert "Le code du local" not in listed(city, someone), who
    assert db.session.scalars(select(Post.id)).all() == [talk]
    assert db.session.scalar(select(Outgoing.id).limit(1)) is None


def test_no_wall_home_or_profile_shows_it(city: City, here: str, salma: Someone, karim: Someone) -> None:
    begin(city, salma, "@karim", "Zibeline")

    for path in (f"/q/{here}", "/suivis", "/u/salma", "/mes-messages", f"/q/{here}/autour"):
        for someone in (salma, karim):
            assert "Zibeline" not in city.get(someone.browser, path).text, path
    assert post_of("Zibeline").home_id is None


def test_it_is_unread_until_it_is_opened_and_its_notice_with_it(city: City, salma: Someone, karim: Someone) -> None:
    talk = begin(city, salma, "@karim")
    city.work()
    notice = select(Notification.kind, Notification.read_at.is_(None)).where(
        Notification.account_id == karim.account_id, Notification.kind != "verified"
    )
    assert db.session.execute(notice).all() == [("message", True)]
    assert "Salma B. vous écrit un message privé" in city.get(karim.browser, "/avis").text
    assert unread(city, karim) == 1 and "tag-new" in listed(city, karim)

    city.get(karim.browser, f"/messages/{talk}")
    city.work()

    assert db.session.execute(notice).all() == [("message", False)]
    assert unread(city, karim) == 0 and "tag-new" not in listed(city, karim)


def test_the_mail_about_it_has_none_of_its_words(city: City, salma: Someone, karim: Someone) -> None:
    begin(city, salma, "@karim", "Ocarina sous le paillasson")
    city.work()

    mails = [path.read_text() for path in (city.settings.data_dir / "mail").glob("*")]
    rows = [str(row.payload) for row in db.session.scalars(select(Job))]
    assert not any("Ocarina" in text for text in [*mails, *rows])


def test_an_answer_keeps_the_persons_and_names_nobody_else(
    city: City, here: str, salma: Someone, karim: Someone
) -> None:
    odile = city.resident(here, "odile")
    talk = begin(city, salma, "@karim")
    word = answer(city, karim, talk, "Demandez à @odile, pas à la gardienne")
    city.work()

    assert reads(city, salma, talk, "Demandez à")
    assert city.get(odile.browser, f"/messages/{talk}").status_code == 404
    named = select(Mention.actor_id).where(Mention.post_id == word)
    assert db.session.scalars(named).all() == [salma.actor_id]
    told = select(Notification.id).where(Notification.account_id == odile.account_id, Notification.kind != "verified")
    assert db.session.scalar(told) is None


def test_three_persons_talk_and_one_of_them_leaves(city: City, here: str, salma: Someone, karim: Someone) -> None:
    odile = city.resident(here, "odile")
    talk = begin(city, salma, "@karim, @odile", "Repas du 12")
    assert reads(city, odile, talk, "Repas du 12")

    city.post(odile.browser, f"/messages/{talk}/quitter")
    answer(city, karim, talk, "J’apporte le pain")

    assert city.get(odile.browser, f"/messages/{talk}").status_code == 404
    assert city.get(odile.browser, f"/p/{talk}").status_code == 404
    assert "Repas" not in listed(city, odile)
    assert reads(city, salma, talk, "J’apporte le pain")


def test_a_conversation_put_away_comes_back_with_the_next_word(city: City, salma: Someone, karim: Someone) -> None:
    talk = begin(city, salma, "@karim")
    city.post(karim.browser, f"/messages/{talk}/masquer")
    assert f"/messages/{talk}" not in listed(city, karim)

    answer(city, salma, talk, "Toujours là ?")

    assert f"/messages/{talk}" in listed(city, karim)


def test_one_writes_to_those_whom_one_sees_and_the_refusal_is_one_for_all(
    city: City, here: str, salma: Someone
) -> None:
    there = city.quartier("Goutte-d'Or")
    city.resident(there, "loin")  # of another quartier, has said nothing that salma reads
    blocker = city.resident(here, "bloqueuse")
    city.post(blocker.browser, "/u/salma/bloquer")
    spoke = city.resident(there, "publique")
    write(city, spoke, there, scope="public", everywhere="1")

    said = {}
    for name in ("LOIN", "Bloqueuse", "Zzinconnu"):
        found = city.post(salma.browser, "/messages/nouveau", to=f"@{name}", text="Bonjour, bonjour")
        assert found.status_code == 422 and "Bonjour, bonjour" in found.text  # what was typed stays
        said[name] = signless(found.text).replace(name, "…").split('name="once"')[0]

    assert len(set(said.values())) == 1
    assert begin(city, salma, "@publique")


def test_a_visitor_reads_what_they_have_and_writes_nothing(city: City, salma: Someone, karim: Someone) -> None:
    talk = begin(city, salma, "@karim", "Avant le départ")
    city.move_away(karim)

    assert reads(city, karim, talk, "Avant le départ")
    found = city.post(karim.browser, f"/messages/{talk}/repondre", text="Je suis parti")
    assert (found.status_code, found.location) == (303, "/preuve")
    found = city.post(city.visitor().browser, "/messages/nouveau", to="@salma", text="Bonjour")
    assert (found.status_code, found.location) == (303, "/preuve")
    assert len(db.session.scalars(select(Post.id)).all()) == 1


def test_after_a_block_neither_reads_the_other_and_no_answer_goes(city: City, salma: Someone, karim: Someone) -> None:
    talk = begin(city, salma, "@karim", "Mot de Salma")
    answer(city, karim, talk, "Mot de Karim")
    city.post(karim.browser, "/u/salma/bloquer")
    city.work()

    assert not reads(city, karim, talk, "Mot de Salma") and not reads(city, salma, talk, "Mot de Karim")
    refused = city.post(salma.browser, f"/messages/{talk}/repondre", text="Encore moi")
    assert refused.status_code in {404, 422}
    assert "Mot de Salma" not in listed(city, karim)


def test_a_deleted_message_is_gone_for_all_and_from_the_list(city: City, salma: Someone, karim: Someone) -> None:
    talk = begin(city, salma, "@karim", "Premier mot")
    last = answer(city, salma, talk, "Dernier mot")
    gone = city.post(salma.browser, f"/p/{last}/supprimer")
    city.work()

    assert gone.location == f"/messages/{talk}"
    assert not reads(city, karim, talk, "Dernier mot")
    assert "Premier mot" in listed(city, karim) and "Dernier mot" not in listed(city, karim)


def test_a_muted_person_writes_and_nobody_rings(city: City, salma: Someone, karim: Someone) -> None:
    with commit():
        relations.mute(karim.actor_id, salma.actor_id)
    begin(city, salma, "@karim")
    city.work()

    assert unread(city, karim) == 0
    assert db.session.scalar(select(Notification.id).where(Notification.kind == "message")) is None


def test_a_closed_account_takes_its_words_and_its_seat(city: City, salma: Someone, karim: Someone) -> None:
    talk = begin(city, salma, "@karim", "À effacer")
    answer(city, karim, talk, "À garder")
    chapter = city.get(salma.browser, "/mes-donnees").text
    assert "Vos conversations" in chapter and "À effacer" in chapter and "À garder" not in chapter
    with commit():
        closing.close(db.session.get_one(Account, salma.account_id))
    city.work()

    assert not reads(city, karim, talk, "À effacer") and reads(city, karim, talk, "À garder")
    assert db.session.scalars(select(ConversationSeat.actor_id)).all() == [karim.actor_id]


def test_a_reported_message_is_read_by_moderation_alone_and_without_the_others(
    city: City, here: str, salma: Someone, karim: Someone
) -> None:
    moderator = city.resident(here, roles_here=("moderator",))
    talk = begin(city, salma, "@karim", "Mot tranquille")
    bad = answer(city, salma, talk, "Mot méchant")
    city.post(karim.browser, f"/p/{bad}/signaler", reason="insult")
    city.work()

    report = db.session.scalars(select(Report.id)).one()
    case = city.get(moderator.browser, f"/moderation/{report}").text
    assert "Mot méchant" in case and "Mot tranquille" not in case
    assert city.get(moderator.browser, f"/messages/{talk}").status_code == 404
