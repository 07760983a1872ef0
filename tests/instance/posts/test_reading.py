"""Who reads what: the one rule, asked through pages."""

from __future__ import annotations

from tests.city import City
from tests.instance.posts.writing import answer, write


def test_a_neighbour_reads_a_post_at_once_and_a_resident_of_another_quartier_never(city: City) -> None:
    here, there = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or")
    city.adjoin(here, there)
    salma, bruno, odile = city.resident(here), city.resident(here), city.resident(there)

    post = write(city, salma, here, title="Un cordonnier")

    assert "Un cordonnier" in city.get(bruno.browser, f"/q/{here}").text
    assert city.get(bruno.browser, f"/p/{post}").status_code == 200
    assert city.get(odile.browser, f"/p/{post}").status_code == 404
    assert "Un cordonnier" not in city.get(odile.browser, f"/q/{here}").text


def test_hidden_and_absent_give_the_same_answer_to_the_same_reader(city: City) -> None:
    here, there = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or")
    salma, odile, admin = city.resident(here), city.resident(there), city.admin()
    post = write(city, salma, here)
    absent = post + 12345

    for browser in (odile.browser, admin.browser, city.browser()):
        hidden, nothing = city.get(browser, f"/p/{post}"), city.get(browser, f"/p/{absent}")

        assert hidden.status_code == nothing.status_code == 404
        assert hidden.text == nothing.text
        assert dict(hidden.headers) == dict(nothing.headers)


def test_a_role_gives_no_sight_of_a_wall(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)
    post = write(city, salma, here, title="Un cordonnier")
    for role in ("verifier", "moderator", "referent"):
        helper = city.visitor()
        city.give_role(helper, role, here)

        assert "Un cordonnier" not in city.get(helper.browser, f"/q/{here}").text
        assert city.get(helper.browser, f"/p/{post}").status_code == 404


def test_a_post_for_the_neighbours_is_read_in_adjacent_quartiers_and_nowhere_else(city: City) -> None:
    here, near, far = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or"), city.quartier("Gare")
    city.adjoin(here, near)
    salma, odile, karim = city.resident(here), city.resident(near), city.resident(far)

    post = write(city, salma, here, title="Chatte perdue", scope="neighbours")

    wall = city.get(odile.browser, f"/q/{near}").text
    assert "Chatte perdue" in wall
    assert city.get(karim.browser, f"/p/{post}").status_code == 404
    assert city.get(city.browser(), f"/p/{post}").status_code == 404


def test_a_public_post_is_read_without_an_account(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)

    post = write(city, salma, here, scope="public", everywhere="1")

    assert city.get(city.browser(), f"/p/{post}").status_code == 200


def test_a_block_hides_both_from_each_other_and_tells_nothing(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here), city.resident(here)
    of_salma, of_bruno = write(city, salma, here, title="De Salma"), write(city, bruno, here, title="De Bruno")

    city.post(salma.browser, f"/u/{bruno.handle}/bloquer")

    for one, other in ((salma, of_bruno), (bruno, of_salma)):
        assert city.get(one.browser, f"/p/{other}").status_code == 404
    assert "De Bruno" not in city.get(salma.browser, f"/q/{here}").text
    assert "De Salma" not in city.get(bruno.browser, f"/q/{here}").text


def test_a_blocked_neighbours_replies_are_neither_shown_nor_counted(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno, odile = city.resident(here), city.resident(here), city.resident(here)
    post = write(city, odile, here)
    answer(city, bruno, post, "Une réponse de Bruno")

    city.post(salma.browser, f"/u/{bruno.handle}/bloquer")

    assert "1 réponse" in city.get(odile.browser, f"/q/{here}").text
    assert "1 réponse" not in city.get(salma.browser, f"/q/{here}").text
    assert "Une réponse de Bruno" not in city.get(salma.browser, f"/p/{post}").text


def test_who_moves_away_reads_the_old_wall_no_more_but_keeps_own_posts_without_their_threads(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here), city.resident(here)
    own, other = write(city, salma, here, title="Mon message"), write(city, bruno, here)
    reply = answer(city, bruno, own, "Bienvenue")

    city.move_away(salma)

    assert "Mon message" not in city.get(salma.browser, f"/q/{here}").text
    assert city.get(salma.browser, f"/p/{other}").status_code == 404
    page = city.get(salma.browser, f"/p/{own}")
    assert "Mon message" in page.text
    assert "Bienvenue" not in page.text
    assert city.get(salma.browser, f"/p/{own}/modifier").status_code == 200
    refused = city.post(salma.browser, f"/p/{own}/modifier", title="Changé", text="x")
    assert refused.status_code == 403
    assert "pas le modifier" in refused.text
    assert city.post(salma.browser, f"/p/{own}/supprimer").status_code == 303
    assert city.get(bruno.browser, f"/p/{own}").status_code == 404
    left = city.get(bruno.browser, f"/p/{reply}").text
    assert "Bienvenue" in left
    assert "Mon message" not in left


def test_a_residence_that_ran_out_reads_for_thirty_days_and_then_not_at_all(city: City, clock) -> None:  # type: ignore[no-untyped-def]
    here = city.quartier("Clignancourt")
    salma = city.resident(here)
    post = write(city, city.resident(here), here)

    clock.forward(days=701)
    city.log_in(salma)
    assert city.get(salma.browser, f"/p/{post}").status_code == 200
    refused = city.post(salma.browser, f"/q/{here}/ecrire", title="Encore là", text="", kind="news", scope="quartier")
    assert refused.status_code == 422
    assert "renouvelez" in refused.text

    clock.forward(days=30)
    assert city.get(salma.browser, f"/p/{post}").status_code == 404


def test_a_reply_is_never_wider_than_what_it_answers(city: City) -> None:
    here, near = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or")
    city.adjoin(here, near)
    salma, bruno = city.resident(here), city.resident(here)
    post = write(city, salma, here)

    for scope in ("neighbours", "public"):
        fields = {"text": "Trop loin", "scope": scope, "everywhere": "1", "act": "send"}
        refused = city.post(bruno.browser, f"/p/{post}/repondre", **fields)
        assert refused.status_code == 422
        assert "jamais plus loin" in refused.text


def test_a_narrower_reply_stays_in_its_writers_quartier_and_is_not_counted_elsewhere(city: City) -> None:
    here, near = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or")
    city.adjoin(here, near)
    salma, bruno, odile = city.resident(here), city.resident(here), city.resident(near)
    post = write(city, salma, here, scope="neighbours")

    answer(city, bruno, post, "Entre nous", scope="quartier")

    assert "Entre nous" in city.get(salma.browser, f"/p/{post}").text
    assert "Entre nous" not in city.get(odile.browser, f"/p/{post}").text
    assert "1 réponse" not in city.get(odile.browser, f"/q/{near}").text
