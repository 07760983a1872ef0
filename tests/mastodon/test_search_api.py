"""Search as programs ask it: words, people and tags, each only as far as the bearer may know them."""

from __future__ import annotations

from typing import Any

import pytest

from instance.posts import search
from tests.city import City
from tests.instance.posts.hearing import befriend
from tests.instance.posts.writing import write
from tests.mastodon.conftest import Programs
from tests.support.peer import ForeignServer
from tests.support.sql import scans, statements


@pytest.fixture
def town(city: City, programs: Programs) -> Any:
    here, there = city.quartier("Clignancourt"), city.quartier("Goutte d’Or")
    salma = city.resident(here, "salma", name="Salma Benaïm", is_discoverable=True)
    bruno = city.resident(here, "bruno", name="Bruno Salmon")
    karim = city.resident(there, "karim", name="Karim Benali")
    return city, here, programs.of(salma), programs.of(bruno), programs.of(karim), (salma, bruno, karim)


def ask(program: Any, **asked: Any) -> dict[str, list[Any]]:
    answer = program.get("/api/v2/search", query_string=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, list[Any]] = answer.json
    assert sorted(found) == ["accounts", "hashtags", "statuses"]
    return found


def test_words_are_found_by_who_may_read_them_page_by_page(town: Any) -> None:
    city, here, _salma, bruno, karim, (salma, *_others) = town
    posts = [write(city, salma, here, title=f"Fête n° {number} des écoles #Fête") for number in range(3)]

    def found(**more: Any) -> list[int]:
        return [int(one["id"]) for one in ask(bruno, q="fete école", **more)["statuses"]]

    assert found() == posts[::-1]
    assert found(limit=2) == posts[:0:-1]
    assert found(limit=2, offset=2) == [posts[0]]
    assert found(type="accounts") == []
    assert found(account_id=salma.actor_id, type="statuses") == posts[::-1]
    assert found(account_id=town[5][1].actor_id) == []
    assert [one["name"] for one in ask(bruno, q="fet")["hashtags"]] == ["Fête"]
    assert ask(karim, q="fete")["statuses"] == ask(karim, q="fete")["hashtags"] == []


def test_words_that_are_only_begun_are_found_page_by_page_too(town: Any) -> None:
    city, here, _salma, bruno, _karim, (salma, *_others) = town
    posts = [write(city, salma, here, title=title) for title in ("Zibelinesque", "Zibeline", "Une zibeline")]

    def found(words: str, offset: int) -> list[int]:
        return [int(one["id"]) for one in ask(bruno, q=words, limit=2, offset=offset)["statuses"]]

    assert found("zibe", 0) + found("zibe", 2) == posts[::-1]
    assert found("zibeline", 0) == posts[:0:-1]
    assert found("zibeline", 2) == []  # all that have the word were shown: a beginning was not meant


def test_what_one_may_read_is_found_however_much_newer_is_for_others_alone(
    town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, here, _salma, bruno, _karim, (salma, *_others) = town
    there = city.quartier("Les Lilas")
    odile = city.resident(there, "odile")
    posts = []
    for _ in range(2):
        posts.append(write(city, salma, here, title="Fête des écoles"))
        for _ in range(2):  # so that each begins a further look
            write(city, odile, there, title="Fête des écoles")
    monkeypatch.setattr(search, "DEPTHS", (2, 3, 2**62))

    def found(**more: Any) -> list[int]:
        return [int(one["id"]) for one in ask(bruno, q="fete école", type="statuses", **more)["statuses"]]

    assert found() == found(account_id=salma.actor_id) == posts[::-1]
    assert found(limit=1) == [posts[1]]
    assert found(limit=1, offset=1) == [posts[0]]
    assert found(offset=2) == []


def test_people_are_found_by_name_in_their_own_quartier_only(town: Any, elsewhere: ForeignServer) -> None:
    city, _here, _salma, bruno, karim, (salma, bruno_, _karim) = town
    befriend(city, bruno_, elsewhere.actor("salmeron"))

    def names(program: Any, q: str, **more: Any) -> set[str]:
        return {one["username"] for one in ask(program, q=q, **more)["accounts"]}

    assert names(bruno, "sálma") == names(bruno, "Salma B") == names(bruno, "b salm") == {"salma"}
    assert names(karim, "bruno sal") == names(town[2], "bruno sal") == set()  # he did not choose to be found by name,
    assert names(town[2], "bruno") == {"bruno"}  # whoever knows his handle finds him
    assert names(bruno, "benaim") == set()  # neighbours are shown « Salma B. », and no more is told
    assert names(bruno, "salm") == {"salma", "salmeron"}
    assert names(bruno, "salm", following="true") == {"salmeron"}
    assert names(karim, "salma") == set()
    assert names(karim, "cligna") == {"clignancourt"}
    assert names(bruno, "salm", type="hashtags") == set()
    city.post(salma.browser, "/u/bruno/bloquer")
    assert names(bruno, "salma") == set()


def test_what_has_an_address_is_found_by_it_and_nothing_by_an_empty_question(
    town: Any, elsewhere: ForeignServer
) -> None:
    city, here, salma, bruno, karim, (author, *_others) = town
    post = write(city, author, here, title="Chut")
    url = bruno.get(f"/api/v1/statuses/{post}").json["url"]

    assert [one["id"] for one in ask(bruno, q=url)["statuses"]] == [str(post)]
    assert ask(karim, q=url)["statuses"] == []
    assert ask(bruno, q=" ") == {"accounts": [], "statuses": [], "hashtags": []}
    ada = elsewhere.actor("ada")
    assert ask(bruno, q=f"@ada@{elsewhere.host}")["accounts"] == []
    assert [one["acct"] for one in ask(bruno, q=f"@ada@{elsewhere.host}", resolve="1")["accounts"]] == [
        f"ada@{elsewhere.host}"
    ]
    assert ada
    assert city.get(city.browser(), "/api/v2/search?q=chut").status_code == 401
    assert salma.get("/api/v1/search?q=chut").status_code == 404


def test_the_page_finds_the_same_and_pages_on(town: Any) -> None:
    city, here, *_programs, (salma, bruno, karim) = town
    titles = [f"Vélo {number:02}" for number in range(22)]
    for title in titles:
        write(city, salma, here, title=title, text="À prêter. #Vélos")

    page = city.get(bruno.browser, "/recherche?q=velos").text
    first = [title for title in titles if f">{title}<" in page]
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = [title for title in titles if f">{title}<" in city.get(bruno.browser, older).text]

    assert (len(first), len(second)) == (20, 2)
    assert sorted(first + second) == titles
    assert '<a href="/mots/velos">#Vélos</a>' in page
    assert f'href="/u/{salma.handle}"' in city.get(bruno.browser, "/recherche?q=salma").text
    assert "Vélo 01" not in city.get(karim.browser, "/recherche?q=velos").text
    assert "Rien ne correspond" in city.get(karim.browser, "/recherche?q=velos").text
    assert city.get(city.visitor().browser, "/recherche?q=velos").status_code in {303, 404}


def test_a_search_costs_the_same_statements_and_reads_no_whole_table(town: Any) -> None:
    city, here, _salma, bruno, _karim, (salma, *_others) = town
    counts = []
    for number in (1, 9):
        for _ in range(number):
            write(city, salma, here, title="Salmigondis #Salm")
            city.resident(here, name="Salman Rose", is_discoverable=True)
        ask(bruno, q="salm")
        with statements() as found:
            ask(bruno, q="salm")
        counts.append(len(found))

    assert counts[0] == counts[1]
    small = ("FROM quartier ", "FROM role ", "JOIN quartier ", "JOIN page ", "FROM moderated", "FROM peer")
    whole = {
        statement: lines
        for statement, values in found
        if statement.startswith("SELECT") and not any(name in statement for name in small)
        and (lines := [
            one for one in scans(statement, values) if "VIRTUAL TABLE INDEX" not in one and "hits" not in one
        ])
    }  # fmt: skip
    assert whole == {}
