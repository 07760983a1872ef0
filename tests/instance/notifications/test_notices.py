"""Notices: who hears of what, by which road, and what a mail never says."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from instance.core import clock as city_clock
from instance.notifications import service
from instance.settings import Settings
from tests.city import City, Someone
from tests.instance.posts.writing import answer, write


@pytest.fixture
def box(settings: Settings, city: City) -> list[EmailMessage]:
    """The mails sent since the test began, read anew by `letters`."""
    folder = settings.data_dir / "mail"
    for path in folder.glob("*.eml"):
        path.unlink()
    return []


def letters(settings: Settings) -> list[EmailMessage]:
    found = []
    for path in sorted((settings.data_dir / "mail").glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def body(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def _talk(city: City, **wishes: object) -> tuple[Someone, Someone, int]:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here, "salma", **wishes), city.resident(here, "bruno")
    city.work()
    city.post(salma.browser, "/avis/lus")
    for path in (city.settings.data_dir / "mail").glob("*.eml"):
        path.unlink()
    return salma, bruno, write(city, salma, here, title="Ocarina à vendre")


def test_who_is_answered_hears_of_it_and_nobody_else(city: City) -> None:
    salma, bruno, post = _talk(city)

    answer(city, bruno, post, "Je le prends")
    city.work()

    assert "Bruno" not in city.get(bruno.browser, "/avis").text
    assert "vous a répondu" in city.get(salma.browser, "/avis").text
    assert "vous a répondu" not in city.get(bruno.browser, "/avis").text


def test_a_new_device_is_told_in_the_page_to_who_has_no_mail_and_by_mail_alone_to_others(city: City) -> None:
    nanou, salma = city.visitor("nanou", email=None), city.visitor("salma")
    city.work()
    assert "nouvel appareil" not in city.get(nanou.browser, "/avis").text

    for someone in (nanou, salma):
        city.log_in(Someone(someone.handle, someone.account_id, someone.actor_id, city.browser()))
    city.work()

    page = city.get(nanou.browser, "/avis").text
    assert page.count("Un nouvel appareil s’est connecté à votre compte.") == 1
    follow = re.search(r"/avis/\d+", page)
    assert follow
    assert city.get(nanou.browser, follow[0]).location == "/reglages/connexion"
    assert "nouvel appareil" not in city.get(salma.browser, "/avis").text
    assert "page-device" not in city.get(nanou.browser, "/avis/reglages").text


def test_who_is_named_hears_of_it_only_where_they_may_read(city: City) -> None:
    _salma, bruno, post = _talk(city)
    elsewhere = city.resident(city.quartier("Goutte-d'Or"), "odile")

    answer(city, bruno, post, "Demandez à @odile et à @salma")
    city.work()

    assert "a cité votre nom" not in city.get(elsewhere.browser, "/avis").text


def test_a_block_silences_notices_that_were_there_before(city: City) -> None:
    salma, bruno, post = _talk(city)
    answer(city, bruno, post, "Je le prends")
    city.work()
    assert "vous a répondu" in city.get(salma.browser, "/avis").text

    city.post(salma.browser, "/u/bruno/bloquer")

    page = city.get(salma.browser, "/avis").text
    assert "vous a répondu" not in page
    assert 'class="count"' not in page


def test_a_mail_says_who_where_and_what_kind_and_no_word_of_the_post(city: City, settings: Settings) -> None:
    _salma, bruno, post = _talk(city)

    answer(city, bruno, post, "Je prends le pamplemousse")
    city.work()

    (message,) = letters(settings)
    assert message["To"] == "salma@example.org"
    assert "Clignancourt" in body(message)
    whole = message.as_string()
    for word in ("pamplemousse", "Ocarina", "Je prends"):
        assert word not in body(message)
        assert word not in whole
    assert "ocarina" not in message["Subject"].lower()
    assert "src=" not in whole


def test_the_first_lines_come_only_to_who_switched_them_on(city: City, settings: Settings) -> None:
    _salma, bruno, post = _talk(city, shows_first_lines=True)

    answer(city, bruno, post, "Je prends le pamplemousse")
    city.work()

    (message,) = letters(settings)
    assert "pamplemousse" in body(message)
    assert "pamplemousse" not in message["Subject"]


def test_one_click_ends_the_mails_of_one_kind_and_a_mere_look_does_not(city: City, settings: Settings) -> None:
    _salma, bruno, post = _talk(city)
    answer(city, bruno, post, "Un")
    city.work()
    (message,) = letters(settings)
    link = str(message["List-Unsubscribe"]).strip("<>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = link.removeprefix(settings.base_url)
    stranger = city.browser()

    assert city.get(stranger, path).status_code == 200
    answer(city, bruno, post, "Deux")
    city.work()
    assert len(letters(settings)) == 2

    assert stranger.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    answer(city, bruno, post, "Trois")
    city.work()
    assert len(letters(settings)) == 2
    assert city.get(stranger, path + "x").status_code == 404


def test_each_kind_can_be_switched_off_in_the_page_and_by_mail(city: City, settings: Settings) -> None:
    salma, bruno, post = _talk(city)

    city.post(salma.browser, "/avis/reglages", **{"page-mention": "1"})
    answer(city, bruno, post, "Un")
    city.work()

    assert letters(settings) == []
    assert "vous a répondu" not in city.get(salma.browser, "/avis").text


@pytest.mark.parametrize(
    ("hour", "from_h", "to_h", "sent"),
    [
        (23, 22, 7, "2026-11-23 07:00"),
        (3, 22, 7, "2026-11-22 07:00"),
        (12, 22, 7, None),
        (13, 12, 14, "2026-11-22 14:00"),
    ],
)
def test_a_mail_waits_for_the_end_of_quiet_hours(hour: int, from_h: int, to_h: int, sent: str | None) -> None:
    paris = ZoneInfo("Europe/Paris")
    moment = datetime(2026, 11, 22, hour, 30, tzinfo=paris).astimezone(UTC)

    due = service.after_quiet(moment, from_h, to_h, paris)

    expected = datetime.fromisoformat(sent).replace(tzinfo=paris) if sent else moment
    assert due == expected


def test_quiet_hours_hold_mails_back_and_the_page_not(city: City, settings: Settings) -> None:
    hour = city_clock.now().astimezone(settings.timezone).hour
    salma, bruno, post = _talk(city, quiet_from_h=hour, quiet_to_h=(hour + 2) % 24)

    answer(city, bruno, post, "Un")
    city.work()
    assert letters(settings) == []
    assert "vous a répondu" in city.get(salma.browser, "/avis").text

    city_clock.shift(timedelta(hours=3))
    city.work()
    assert [mail["Subject"] for mail in letters(settings)].count("Une réponse dans votre quartier") == 1


def test_all_residents_hear_that_their_quartier_is_open(city: City, settings: Settings) -> None:
    here = city.quartier("Clignancourt", state="pilot")
    people = [city.resident(here, address=f"maison {number % 5}") for number in range(settings.open_residents)]
    city.work()

    for someone in people:
        assert re.search("Le mur de Clignancourt est ouvert", city.get(someone.browser, "/avis").text)
