"""Words, names and streets stay with those they were given to."""

from __future__ import annotations

import re

from sqlalchemy import select

from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.media import service as media
from instance.posts.models import Draft, Post, Thanks
from tests.city import PASSWORD, City, Someone
from tests.instance.posts.writing import answer, write


def _show_street(someone: Someone, street: str) -> None:
    with commit():
        accounts.set_street(db.session.get_one(Account, someone.account_id), street)


def test_a_visitor_sees_no_other_visitor(city: City) -> None:
    one, other = city.visitor("tilleul"), city.visitor("lierre", name="Odile Marchand")

    page = city.get(one.browser, f"/u/{other.handle}")

    assert page.status_code == 404
    assert city.post(one.browser, f"/u/{other.handle}/bloquer").status_code == 404
    assert city.get(other.browser, f"/u/{other.handle}").status_code == 200


def test_who_moved_away_writes_no_more_on_the_old_wall(city: City) -> None:
    city.quartier("Clignancourt")
    city.quartier("Goutte d'Or")
    gone, stays = city.resident("clignancourt"), city.resident("clignancourt")
    post = write(city, gone, "clignancourt")
    city.move_away(gone)
    city.settle(gone, "goutte-d-or")

    page = city.get(gone.browser, f"/p/{post}")
    sent = city.post(gone.browser, f"/p/{post}/repondre", text="Je suis encore là.", act="send", confirmed="1")

    assert 'id="repondre"' not in page.text
    assert sent.status_code == 404
    assert "encore là" not in city.get(stays.browser, f"/p/{post}").text


def test_who_moved_away_marks_no_answer_on_the_old_wall(city: City) -> None:
    city.quartier("Clignancourt")
    city.quartier("Goutte d'Or")
    gone, stays = city.resident("clignancourt"), city.resident("clignancourt")
    post = write(city, gone, "clignancourt", kind="question", scope="public", everywhere="1")
    reply = answer(city, stays, post, "Rue Ramey.", scope="public", everywhere="1")
    city.move_away(gone)
    city.settle(gone, "goutte-d-or")

    marked = city.post(gone.browser, f"/p/{reply}/retenir")

    assert marked.status_code in {403, 404}
    assert db.session.get_one(Post, post).answer_id is None


def test_a_street_is_read_by_the_quartier_alone(city: City) -> None:
    city.quartier("Clignancourt")
    city.quartier("Goutte d'Or")
    city.adjoin("clignancourt", "goutte-d-or")
    author, near = city.resident("clignancourt"), city.resident("goutte-d-or")
    helper, neighbour = city.resident("clignancourt"), city.resident("clignancourt")
    _show_street(author, "Rue Ramey")
    _show_street(helper, "Rue Labat")
    public = write(city, author, "clignancourt", scope="public", everywhere="1")
    wide = write(city, author, "clignancourt", scope="neighbours")
    answer(city, helper, public, "Oui.", scope="public", everywhere="1")
    answer(city, helper, wide, "Oui.", scope="neighbours")

    for post in (public, wide):
        page = city.get(neighbour.browser, f"/p/{post}").text
        assert "Rue Ramey" in page and "Rue Labat" in page
    outside = [city.get(city.browser(), f"/p/{public}"), *(city.get(near.browser, f"/p/{p}") for p in (public, wide))]
    outside.append(city.get(near.browser, "/q/goutte-d-or"))
    for page in outside:
        assert page.status_code == 200
        assert "Rue Ramey" not in page.text and "Rue Labat" not in page.text


def test_who_lost_their_name_by_moving_has_none_in_old_notices(city: City, mails) -> None:
    city.quartier("Clignancourt")
    asks, gone = city.resident("clignancourt"), city.resident("clignancourt", name="Odile Marchand")
    post = write(city, asks, "clignancourt")
    answer(city, gone, post, "Voilà.")
    city.work()
    assert "Odile M." in city.get(asks.browser, "/avis").text

    city.post(gone.browser, "/demenager", name="nameless")
    city.work()

    assert "Odile" not in city.get(asks.browser, "/avis").text
    assert "Odile" not in city.get(asks.browser, f"/p/{post}").text


def test_a_closed_account_leaves_no_word(city: City) -> None:
    city.quartier("Clignancourt")
    leaves, stays = city.resident("clignancourt"), city.resident("clignancourt")
    own = write(city, leaves, "clignancourt", title="Mon secret")
    other = write(city, stays, "clignancourt")
    reply = answer(city, leaves, other, "Une réponse secrète.")
    city.post(leaves.browser, f"/p/{other}/merci")
    city.post(leaves.browser, "/q/clignancourt/ecrire", title="Brouillon", act="draft")

    closed = city.post(leaves.browser, "/mes-donnees/supprimer", password=PASSWORD)
    city.work()

    assert closed.status_code == 303
    assert city.get(stays.browser, f"/p/{own}").status_code == 404
    assert "secrète" not in city.get(stays.browser, f"/p/{other}").text
    assert db.session.get_one(Post, own).title == db.session.get_one(Post, reply).text == ""
    assert db.session.scalars(select(Draft)).all() == db.session.scalars(select(Thanks)).all() == []


def test_my_data_holds_own_words_alone(city: City) -> None:
    city.quartier("Clignancourt")
    author, other = city.resident("clignancourt"), city.resident("clignancourt")
    write(city, author, "clignancourt", title="Un mot à moi")
    write(city, other, "clignancourt", title="Un mot d’ailleurs")

    data = city.get(author.browser, "/mes-donnees").text

    assert "Un mot à moi" in data
    assert "Un mot d’ailleurs" not in data


def test_a_block_hides_names_of_roles_both_ways(city: City) -> None:
    city.quartier("Clignancourt")
    referent = city.resident("clignancourt", name="Odile Marchand", roles_here=("referent",))
    moderator = city.resident("clignancourt", name="Karim Haddad", roles_here=("moderator",))
    third = city.resident("clignancourt")
    city.post(referent.browser, f"/u/{moderator.handle}/bloquer")
    city.get(referent.browser, "/reglages/bloques")  # says once that it is done

    for path in ("/q/clignancourt", "/q/clignancourt/roles"):
        assert "Karim H." not in city.get(referent.browser, path).text
        assert "Odile M." not in city.get(moderator.browser, path).text
        assert "Karim H." in city.get(third.browser, path).text


def test_a_block_hides_names_from_vouchers(city: City, applicants, clock) -> None:
    city.quartier("Clignancourt")
    voucher = city.resident("clignancourt", address="30 rue Ramey")
    clock.forward(days=31)
    person = applicants.applicant(applicants.house("clignancourt"), name="Odile Marchand")
    city.post(person.browser, "/preuve", method="vouch")
    code = _shown(city, person)
    city.settle(person, "clignancourt")
    assert "Odile Marchand" in city.post(voucher.browser, "/parrainer", code=code).text
    city.post(voucher.browser, f"/u/{person.handle}/bloquer")

    looked = city.post(voucher.browser, "/parrainer", code=code)

    assert looked.status_code == 422
    assert "Odile Marchand" not in looked.text


def _shown(city: City, person: Someone) -> str:
    return re.search(r"[A-Z2-9]{3}-[A-Z2-9]{3}", city.get(person.browser, "/preuve").text)[0]


def test_a_suspended_reader_sees_no_picture_by_a_signed_address(city: City, album) -> None:
    city.quartier("Clignancourt")
    author, reader, admin = city.resident("clignancourt"), city.resident("clignancourt"), city.admin()
    key = album.upload(author)
    album.publish(author, "clignancourt", key)
    address = media.signed_address(key, "small", reader.actor_id)
    assert album.fetch(city.browser(), address).status_code == 200

    done = city.post(admin.browser, f"/admin/habitants/{reader.handle}/suspendre", reason="Injures répétées.")

    assert done.status_code == 303
    assert album.fetch(city.browser(), address).status_code == 404
