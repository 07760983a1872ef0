"""What a wall page costs: statements are counted, plans are read."""

from __future__ import annotations

from sqlalchemy import text

from instance.core import clock
from instance.core.db import commit, db
from instance.media.models import Media
from instance.posts.models import Post
from tests.city import City, Someone
from tests.instance.posts.writing import answer, write
from tests.support.sql import plan, scans, statements

MOST = 12


def test_a_wall_page_takes_the_same_few_statements_however_long_the_wall(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here), city.resident(here)
    counts = []
    for number in (1, 24):
        for _ in range(number):
            answer(city, bruno, write(city, salma, here), "Oui")
        with statements() as found:
            assert city.get(salma.browser, f"/q/{here}").status_code == 200
        counts.append(len(found))

    assert counts[0] == counts[1] <= MOST


def test_pins_pictures_and_cards_seen_for_the_first_time_are_paid_for_by_the_page_not_by_the_post(city: City) -> None:
    here = city.quartier("Clignancourt")
    city.adjoin(here, city.quartier("Goutte d’Or"))
    salma, bruno = city.resident(here, roles_here=("referent",)), city.resident(here)
    for number in range(24):
        post = write(city, bruno, here, scope="neighbours")
        _hang_picture(bruno, post)
        if number < 3:
            assert city.post(salma.browser, f"/p/{post}/epingler").status_code == 303

    counts = []
    for _ in ("not kept", "kept"):
        with statements() as found:
            assert city.get(salma.browser, f"/q/{here}").status_code == 200
        counts.append(len([statement for statement, _ in found if statement.startswith("SELECT")]))

    assert counts[1] < counts[0] <= MOST


def test_a_thread_takes_the_same_statements_whatever_the_number_of_replies(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here), city.resident(here)
    post = write(city, salma, here)
    counts = []
    for number in (1, 12):
        for _ in range(number):
            answer(city, bruno, post, "Oui")
        with statements() as found:
            assert city.get(salma.browser, f"/p/{post}").status_code == 200
        counts.append(len(found))

    assert counts[0] == counts[1] <= MOST


def test_pins_are_found_without_reading_the_wall(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)
    for _ in range(60):
        write(city, salma, here)
    if db.engine.dialect.name == "postgresql":  # its planner chooses by what it knows of the tables
        with db.engine.begin() as connection:
            connection.execute(text("ANALYZE"))

    with statements() as found:
        city.get(salma.browser, f"/q/{here}")

    pins = [plan(statement, values) for statement, values in found if "pinned_at IS NOT NULL" in statement]
    assert len(pins) == 1
    assert any("ix_wall_entry_pinned" in line for line in pins[0]), pins


def _hang_picture(someone: Someone, post: int) -> None:
    """A picture on a post, as an upload leaves it."""
    with commit():
        key = f"{post:032x}"
        db.session.add(
            Media(
                key=key, owner_id=someone.account_id, post_id=post, description="La cour", width=16, height=12,
                colour="#8a7f66", bytes=9, created_at=clock.now(),
            )
        )  # fmt: skip
        db.session.get_one(Post, post).media_count = 1


def test_no_statement_of_a_wall_or_a_thread_reads_a_whole_table(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here), city.resident(here)
    post = write(city, salma, here)
    answer(city, bruno, post, "Oui")

    with statements() as found:
        for path in (f"/q/{here}", f"/q/{here}?tri=new", f"/p/{post}", "/mes-messages", "/avis"):
            assert city.get(bruno.browser, path).status_code == 200

    small = ("FROM quartier ", "FROM role ", "FROM legal_text", "FROM plan")
    whole = {s: scans(s, p) for s, p in found if s.startswith("SELECT") and not any(name in s for name in small)}
    assert {statement: lines for statement, lines in whole.items() if lines} == {}


def test_older_words_come_page_by_page_each_once(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)
    titles = [f"Message {number:02}" for number in range(45)]
    for title in titles:
        write(city, salma, here, title=title)

    seen, path = [], f"/q/{here}?tri=new"
    while path:
        page = city.get(salma.browser, path).text
        seen += [title for title in reversed(titles) if f">{title}<" in page]
        older = [
            part.split('"')[0] for part in page.split('href="') if part.startswith(f"/q/{here}?") and "avant=" in part
        ]
        path = older[0].replace("&amp;", "&") if older else ""

    assert seen == list(reversed(titles))
