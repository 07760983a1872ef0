"""Odd input gets an answer of ours: never a fault, never half a thing."""

from __future__ import annotations

import time

import pytest

from tests.city import City
from tests.instance.posts.writing import write

HUGE = (2**63, 10**19, 10**30)


@pytest.mark.parametrize("number", HUGE)
def test_a_number_no_row_can_have_is_absent(city: City, number: int) -> None:
    city.quartier("Clignancourt")
    someone = city.resident("clignancourt", roles_here=("moderator", "verifier"))
    paths = [
        f"/p/{number}", f"/p/{number}/versions", f"/p/{number}/signaler", f"/p/{number}/modifier",
        f"/p/{number}/supprimer", f"/p/{number}/repondre", f"/avis/{number}", f"/decisions/{number}",
        f"/moderation/{number}", f"/contestations/{number}", f"/moderation/{number}/photo/1", f"/guichet/{number}",
        f"/regles/versions/{number}",
    ]  # fmt: skip

    for path in paths:
        assert city.get(someone.browser, path).status_code == 404, path
    for path in (f"/p/{number}/merci", f"/p/{number}/repondre", f"/reglages/sessions/{number}/terminer"):
        assert city.post(someone.browser, path, text="x").status_code in {404, 405}, path


@pytest.mark.parametrize("number", [*map(str, HUGE), "-" + "9" * 30, "9" * 5000, "x", "٣"])
def test_a_cursor_no_row_can_have_faults_nothing(city: City, number: str) -> None:
    city.quartier("Clignancourt")
    someone = city.resident("clignancourt")
    admin = city.admin()

    for path in (f"/q/clignancourt?avant={number}", f"/avis?avant={number}", f"/mes-messages?avant={number}",
                 f"/q/clignancourt/ecrire?brouillon={number}"):  # fmt: skip
        assert city.get(someone.browser, path).status_code in {200, 404}, path
    sent = city.post(someone.browser, "/q/clignancourt/ecrire", title="", act="send", draft=number)
    assert sent.status_code == 422
    assert city.post(someone.browser, f"/brouillons/{number}/supprimer").status_code in {303, 404}
    assert city.post(someone.browser, "/guide/lu", version=number).status_code == 303
    assert city.post(admin.browser, "/admin/taches/reprendre", job=number).status_code in {303, 400}


def test_a_house_number_nobody_can_have_faults_nothing(city: City, applicants) -> None:
    city.quartier("Clignancourt")
    applicants.house("clignancourt")
    browser = city.browser()

    for typed in ("99999999999999999999999 rue ramey", "9" * 190 + " rue ramey"):
        assert city.post(browser, "/inscription", address=typed).status_code in {200, 422}
        assert city.post(browser, "/inscription/suggestions", address=typed).status_code == 200
    assert city.post(browser, "/inscription", pick="9" * 9).status_code in {200, 422}


def test_a_nul_in_what_is_typed_faults_nothing(city: City, applicants) -> None:
    city.quartier("Clignancourt")
    applicants.house("clignancourt")
    someone, stranger, admin = city.resident("clignancourt"), city.browser(), city.admin()
    post = write(city, someone, "clignancourt", scope="public", everywhere="1")
    nul, whole = "a\x00b", {"act": "send", "kind": "news", "scope": "quartier", "confirmed": "1"}
    sendings = [
        (someone.browser, "/q/clignancourt/ecrire", {"title": nul, "text": nul, "once": nul} | whole),
        (someone.browser, "/q/clignancourt/ecrire", {"title": "x", "text": "y", "kept": nul} | whole),
        (someone.browser, f"/p/{post}/repondre", {"text": nul, "act": "draft"}),
        (stranger, "/connexion", {"login": nul, "password": nul}),
        (stranger, "/mot-de-passe/oubli", {"login": nul}),
        (stranger, "/inscription", {"address": nul}),
        (stranger, f"/p/{post}/signaler", {"reason": "other", "text": nul, "name": nul, "email": "a@b.fr"}),
        (admin.browser, "/admin/habitants/tilleul/suspendre", {"reason": nul}),
        (someone.browser, "/foyer/inviter", {"first_name": nul, "last_name": nul}),
    ]

    for browser, path, fields in sendings:
        assert city.post(browser, path, **fields).status_code < 500, (path, fields)
    for path in ("/u/%00", "/u/a%00b", "/q/%00", "/admin/habitants/%00", "/media/%00/small", "/plans/%00",
                 "/mot-de-passe/%00", "/avis/desabonner/%00", "/admin/habitants?q=%00",
                 "/connexion?next=/%00"):  # fmt: skip
        assert city.get(admin.browser, path).status_code < 500, path


def test_made_up_fields_of_the_form_fault_nothing(city: City) -> None:
    city.quartier("Clignancourt")
    someone = city.resident("clignancourt")

    for fields in ({"scope": "everybody"}, {"kind": "alert"}, {"scope": ""}, {"language": "xx"},
                   {"kept": '"><script>alert(1)</script>'}, {"kept": ["../../etc"] * 9}, {"kept": ""},
                   {"once": "x" * 5000}):  # fmt: skip
        typed = {"title": "t", "text": "x", "act": "send", "kind": "news", "scope": "quartier"} | fields
        sent = city.post(someone.browser, "/q/clignancourt/ecrire", **typed)
        assert sent.status_code in {200, 303, 422}, fields
        assert "<script>alert" not in sent.text


@pytest.mark.parametrize("field", ["title", "text"])
def test_pathological_words_are_read_in_no_time(city: City, field: str) -> None:
    city.quartier("Clignancourt")
    someone = city.resident("clignancourt")

    for sign in ("<", "[", "![](", "`", "*_", "a@", "http://", "> ", "- ", "@", "&", "(", "~~", "www.", "\\", "[a]("):
        words = (sign * 5000)[: 120 if field == "title" else 5000]
        begin = time.perf_counter()
        sent = city.post(someone.browser, "/q/clignancourt/ecrire", **{"title": "t", "text": "x", "kind": "news",
                         "scope": "quartier", "act": "send", field: words})  # fmt: skip
        assert sent.status_code in {303, 422}, sign
        assert time.perf_counter() - begin < 3, sign
