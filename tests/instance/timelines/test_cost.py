"""What a wall page costs: statements are counted, plans are read."""

from __future__ import annotations

from tests.city import City
from tests.instance.posts.writing import answer, write
from tests.support.sql import scans, statements

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
