"""Pages of organisations: founded, proved, described, published; their team, their words, and what it never reads."""

from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from sqlalchemy import select

from instance.accounts import closing
from instance.accounts.models import Account, JournalLine
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotFound
from instance.moderation.models import Report
from instance.pages import identity, service, team
from instance.pages.models import Page, PageMember, PageProof
from instance.posts.models import Post, WallEntry
from instance.posts.service import Words
from instance.quartiers.models import Quartier, Subscription
from tests.city import City, Someone
from tests.conftest import Clock
from tests.instance.pages.teams import SEAT, SIRET, TEXTS, code_of, draft, join, online, say, sheets, state
from tests.instance.posts.writing import answer, write

SLUG = "le-canard-du-nord"


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def nadia(city: City, here: str) -> Someone:
    return city.resident(here, "nadia", name="Nadia Kaci")


def subscribe(city: City, quartier: str, slug: str) -> None:
    with commit():
        page = db.session.scalars(select(Page).where(Page.slug == slug)).one()
        db.session.add(
            Subscription(
                quartier_id=city.quartier_id(quartier), actor_id=page.actor_id, state="live", reason="",
                since=page.created_at,
            )
        )  # fmt: skip


class TestFounding:
    def test_a_page_is_absent_until_proof_and_three_texts_are_there(
        self, city: City, here: str, nadia: Someone
    ) -> None:
        assert draft(city, nadia).status_code == 303
        stranger, other = city.browser(), city.resident(here)
        paths = [f"/pages/{SLUG}", f"/pages/{SLUG}/atom.xml", f"/pages/{SLUG}/atelier", f"/pages/{SLUG}/preuve"]
        hidden = [city.get(other.browser, path).status_code for path in paths]
        strange = [city.get(stranger, path).status_code for path in paths[:2]]
        early = city.post(nadia.browser, f"/pages/{SLUG}/publier")

        city.post(nadia.browser, f"/pages/{SLUG}/courrier", **SEAT)
        code = code_of(SLUG)
        right = city.post(nadia.browser, f"/pages/{SLUG}/preuve", code=code.lower())
        bare = city.post(nadia.browser, f"/pages/{SLUG}/publier")
        missing = []
        for name in TEXTS:  # each of the three in turn is the one that lacks (F09)
            city.post(nadia.browser, f"/pages/{SLUG}/textes", **(TEXTS | {name: " "}))
            missing.append(city.post(nadia.browser, f"/pages/{SLUG}/publier").status_code)
        city.post(nadia.browser, f"/pages/{SLUG}/textes", **TEXTS)
        done = city.post(nadia.browser, f"/pages/{SLUG}/publier")
        emptied = city.post(nadia.browser, f"/pages/{SLUG}/textes", **(TEXTS | {"funding": ""}))

        assert hidden == [404] * 4 and strange == [404] * 2
        assert early.status_code == 403 and "preuve de l’organisation" in early.text
        assert right.status_code == 303 and bare.status_code == 403
        assert missing == [403] * 3
        assert done.status_code == 303 and state(SLUG) == ("published", "letter")
        assert emptied.status_code == 422
        site = city.get(stranger, f"/pages/{SLUG}").text
        assert "Qui sommes-nous" in site and all(text in site for text in TEXTS.values())
        assert f"@{SLUG}@localhost:8000" in site

    def test_an_e_mail_alone_leaves_it_unpublished(self, city: City, nadia: Someone) -> None:
        draft(city, nadia)
        city.post(nadia.browser, f"/pages/{SLUG}/textes", **(TEXTS | {"contact": "redaction@lecanard.example"}))

        refused = city.post(nadia.browser, f"/pages/{SLUG}/publier")

        assert refused.status_code == 403 and state(SLUG) == ("draft", None)
        with pytest.raises(Exception, match="proved"), commit():  # nor by any other way: the table refuses it
            db.session.scalars(select(Page).where(Page.slug == SLUG)).one().state = "published"
            db.session.flush()

    @pytest.mark.parametrize("level", ["simple", "none"])
    def test_only_who_is_strongly_verified_opens_one(self, level: str, city: City, here: str) -> None:
        someone = city.resident(here, level="simple") if level == "simple" else city.visitor()

        refused = draft(city, someone)

        assert refused.status_code == (403 if level == "simple" else 303)
        assert db.session.scalar(select(Page.id)) is None

    def test_the_number_is_checked(self, city: City, here: str, nadia: Someone) -> None:
        tried = [
            ("media", "732 829 320 00074", 303), ("media", "73282932000075", 422), ("shop", "W751234567", 422),
            ("media", "00000000000000", 422), ("media", "W75123456", 422), ("association", "W751234567", 303),
            ("association", "35600000000048", 303), ("club", SIRET, 422),
        ]  # fmt: skip

        answers = [
            draft(city, nadia, f"page-{place}", name=f"Nom {place}", kind=kind, number=number).status_code
            for place, (kind, number, _status) in enumerate(tried)
        ]

        assert answers == [status for _kind, _number, status in tried]
        assert draft(city, nadia, "page-9", name="Neuf").status_code == 422  # three in preparation are enough

    def test_names_are_those_of_everybody_and_taken_once(self, city: City, here: str, nadia: Someone) -> None:
        wrong = [here, "nadia", "mairie", "nouvelle", "a", "Été", "deux--tirets", "fin-", "quartier-libre", "x" * 41]

        assert [draft(city, nadia, slug).status_code for slug in wrong] == [422] * len(wrong)

    def test_a_name_like_another_waits_for_a_human_look(self, city: City, here: str, nadia: Someone) -> None:
        online(city, city.resident(here), SLUG, name="Le Canard du Nord")
        cases = [
            ("Le Cànard du Nord", "media", True), ("Le Canard du N0rd", "media", True),
            ("Les Canard du Nord", "media", True), ("Lе Canard libre", "media", True),
            ("Mairie du quartier", "association", True), ("Notre commune", "townhall", True),
            ("Clignancourt", "association", True), ("La Gazette du Sud", "media", False),
        ]  # fmt: skip
        for name, kind, near in cases:
            assert bool(identity.could_be(name, "un-autre-titre", kind, 0)) is near, name
        draft(city, nadia, "un-autre-titre", name="Le Canard du N0rd")
        verifier, admin = city.visitor(), city.admin()
        city.give_role(verifier, "verifier", here)
        page_id = db.session.scalars(select(Page.id).where(Page.slug == "un-autre-titre")).one()
        city.post(nadia.browser, "/pages/un-autre-titre/textes", **TEXTS)
        city.post(verifier.browser, f"/guichet/pages/{page_id}")

        before = city.post(nadia.browser, "/pages/un-autre-titre/publier")
        listed = city.get(admin.browser, "/admin/organisations").text
        city.post(admin.browser, "/admin/organisations/un-autre-titre/regarder")
        after = city.post(nadia.browser, "/pages/un-autre-titre/publier")

        assert before.status_code == 403 and "ressemble" in before.text
        assert "Ressemble à" in listed and after.status_code == 303
        assert state("un-autre-titre") == ("published", "desk")


class TestProof:
    def test_the_letter_goes_to_the_seat_and_its_code_proves(self, city: City, here: str, nadia: Someone) -> None:
        draft(city, nadia)
        verifier = city.visitor()
        city.give_role(verifier, "verifier", here)
        city.post(nadia.browser, f"/pages/{SLUG}/courrier", complement="Bâtiment B", **SEAT)
        code = code_of(SLUG)

        work = city.get(verifier.browser, "/guichet/pages").text
        (sheet,) = sheets(verifier.browser)
        proof_id = db.session.scalars(select(PageProof.id)).one()
        city.post(verifier.browser, f"/guichet/pages/courriers/{proof_id}", what="sent")
        kept = db.session.scalars(select(PageProof)).one().code

        assert SIRET in work and "12 RUE RAMEY" in work
        assert "LE CANARD DU NORD" in sheet and "12 RUE RAMEY" in sheet and "75018 PARIS" in sheet
        assert f"{code[:4]}-{code[4:]}" in sheet and f"/pages/{SLUG}/preuve" in sheet and "quartier Clign" not in sheet
        assert kept is None
        assert city.post(nadia.browser, f"/pages/{SLUG}/preuve", code=code).status_code == 303
        row = db.session.scalars(select(PageProof)).one()
        assert state(SLUG)[1] == "letter" and row.seat is None and row.opposition is None

    def test_five_wrong_codes_end_the_letter(self, city: City, nadia: Someone) -> None:
        draft(city, nadia)
        city.post(nadia.browser, f"/pages/{SLUG}/courrier", **SEAT)
        code = code_of(SLUG)

        for _ in range(5):
            city.post(nadia.browser, f"/pages/{SLUG}/preuve", code="ABCDEFGH")
        late = city.post(nadia.browser, f"/pages/{SLUG}/preuve", code=code)

        assert late.status_code == 422 and state(SLUG)[1] is None

    def test_letters_are_few_and_stop_where_the_seat_objects(self, city: City, nadia: Someone, clock: Clock) -> None:
        draft(city, nadia)
        first = city.post(nadia.browser, f"/pages/{SLUG}/courrier", **SEAT)
        again = city.post(nadia.browser, f"/pages/{SLUG}/courrier", **SEAT)
        row = db.session.scalars(select(PageProof)).one()
        city.post(city.browser(), "/opposition", code=row.opposition)
        clock.forward(days=46)
        city.log_in(nadia)
        opposed = city.post(nadia.browser, f"/pages/{SLUG}/courrier", **SEAT)
        old = city.post(nadia.browser, f"/pages/{SLUG}/preuve", code=row.code)

        assert (first.status_code, again.status_code, opposed.status_code) == (303, 422, 422)
        assert old.status_code == 422

    def test_a_letter_that_comes_back_takes_the_page_and_its_words_out_of_sight(
        self, city: City, here: str, nadia: Someone
    ) -> None:
        draft(city, nadia)
        verifier = city.visitor()
        city.give_role(verifier, "verifier", here)
        city.post(nadia.browser, f"/pages/{SLUG}/courrier", **SEAT)
        code, proof_id = code_of(SLUG), db.session.scalars(select(PageProof.id)).one()
        sheets(verifier.browser)
        city.post(verifier.browser, f"/guichet/pages/courriers/{proof_id}", what="sent")
        city.post(nadia.browser, f"/pages/{SLUG}/preuve", code=code)
        city.post(nadia.browser, f"/pages/{SLUG}/textes", **TEXTS)
        city.post(nadia.browser, f"/pages/{SLUG}/publier")
        number = say(city, nadia, SLUG)

        city.post(verifier.browser, f"/guichet/pages/courriers/{proof_id}", what="returned")
        paths = (f"/pages/{SLUG}", f"/p/{number}")
        away = [city.get(city.browser(), path).status_code for path in paths]
        page_id = db.session.scalars(select(Page.id)).one()
        city.post(verifier.browser, f"/guichet/pages/{page_id}")
        city.post(nadia.browser, f"/pages/{SLUG}/publier")

        assert away == [404, 404]
        assert [city.get(city.browser(), path).status_code for path in paths] == [200, 200]

    def test_no_verifier_proves_an_own_page_nor_one_of_elsewhere(self, city: City, here: str, nadia: Someone) -> None:
        draft(city, nadia)
        page_id = db.session.scalars(select(Page.id)).one()
        city.give_role(nadia, "verifier", here)
        far = city.visitor()
        city.give_role(far, "verifier", city.quartier("Bellevue"))

        own = city.post(nadia.browser, f"/guichet/pages/{page_id}")
        elsewhere = city.post(far.browser, f"/guichet/pages/{page_id}")
        seats = [city.get(who.browser, "/guichet/pages").text for who in (nadia, far)]

        assert (own.status_code, elsewhere.status_code) == (404, 404) and state(SLUG)[1] is None
        assert not any(SIRET in text for text in seats)


class TestTeam:
    def test_invited_by_handle_joined_by_ones_own_yes(self, city: City, here: str, nadia: Someone) -> None:
        online(city, nadia)
        karim, visitor = city.resident(here, "karim"), city.visitor("passante")

        stranger = city.post(nadia.browser, f"/pages/{SLUG}/equipe", handle="passante", role="editor")
        city.post(nadia.browser, f"/pages/{SLUG}/equipe", handle="karim", role="editor")
        city.work()
        early = city.get(karim.browser, f"/pages/{SLUG}/ecrire").status_code
        told = city.get(karim.browser, "/avis").text
        city.post(karim.browser, f"/mes-pages/{SLUG}/equipe", answer="yes")
        uninvited = [city.post(visitor.browser, f"/mes-pages/{slug}/equipe", answer="yes") for slug in (SLUG, "rien")]
        with pytest.raises(NotFound), commit():  # behind the door too
            page = db.session.scalars(select(Page)).one()
            service.publish(page, db.session.get_one(Account, visitor.account_id), Words("Faux", "Faux"))
        own = city.post(karim.browser, f"/pages/{SLUG}/equipe", handle="passante", role="editor")
        number = say(city, karim, SLUG)

        assert stranger.status_code == 422 and visitor.account_id
        assert [one.status_code for one in uninvited] == [404, 404]
        assert early == 404 and "Un rôle vous a été confié" in told
        assert own.status_code == 404  # an editor writes; the team is the manager's
        post = db.session.get_one(Post, number)
        assert post.acted_by_id == karim.account_id and post.author_id != karim.actor_id
        journal = city.get(nadia.browser, f"/pages/{SLUG}/journal").text
        assert "Publication" in journal and "@karim" in journal
        acts = set(db.session.scalars(select(JournalLine.act).where(JournalLine.account_id == karim.account_id)))
        assert {"page_invited", "page_role"} <= acts
        assert "Le Canard Du Nord" in city.get(karim.browser, "/mes-donnees").text

    def test_who_says_no_is_not_asked_all_day_long(
        self, city: City, here: str, nadia: Someone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(team, "INVITES", type(team.INVITES)(2, team.INVITES.per))
        karim = city.resident(here, "karim")
        for slug in (SLUG, "une-autre"):
            assert draft(city, nadia, slug, name=f"Journal {slug}").status_code == 303

        codes = []
        for slug in (SLUG, "une-autre", SLUG):
            asked = city.post(nadia.browser, f"/pages/{slug}/equipe", handle="karim", role="editor")
            codes.append(asked.status_code)
            city.post(karim.browser, f"/mes-pages/{slug}/equipe", answer="no")

        assert codes == [303, 303, 422]

    def test_the_last_manager_stays_and_who_leaves_reads_nothing_more(
        self, city: City, here: str, nadia: Someone
    ) -> None:
        online(city, nadia)
        karim, voisine = city.resident(city.quartier("Loin"), "karim"), city.resident(here)
        join(city, SLUG, nadia, karim)
        number = say(city, nadia, SLUG)
        reply = answer(city, voisine, number, "Entre nous et vous", scope="quartier")

        last = city.post(nadia.browser, f"/pages/{SLUG}/equipe/retirer", member=nadia.account_id)
        with commit(), pytest.raises(Invalid):
            closing.check(db.session.get_one(Account, nadia.account_id))
        before = city.get(karim.browser, f"/p/{reply}").status_code
        left = city.post(karim.browser, f"/pages/{SLUG}/equipe/retirer", member=karim.account_id)
        after = city.get(karim.browser, f"/p/{reply}").status_code

        assert last.status_code == 422 and "gérance" in last.text
        assert (before, after) == (200, 404) and left.status_code == 303
        assert city.get(karim.browser, f"/pages/{SLUG}/ecrire").status_code == 404

    @pytest.mark.parametrize("kind", ["townhall", "shop", "media"])
    def test_the_team_reads_answers_to_its_own_posts_and_nothing_else(
        self, kind: str, city: City, here: str, nadia: Someone
    ) -> None:
        """Story 26: a town hall that lives elsewhere sees the reply to the page, and 404 for all the rest."""
        far = city.resident(city.quartier("Loin"), "employee")
        online(city, far, SLUG, kind=kind)
        subscribe(city, here, SLUG)
        bruno = city.resident(here, "bruno")
        own = say(city, far, SLUG, "Travaux rue Ramey")
        city.work()
        reply = answer(city, nadia, own, "La poussière entre partout", scope="quartier")
        under = answer(city, bruno, reply, "Chez moi aussi", scope="quartier")
        wall = write(city, nadia, here, title="Zibeline")
        thread = write(city, bruno, here, title="Pamplemousse")
        elsewhere = answer(city, nadia, thread, "Ocarina")
        public = write(city, bruno, here, title="À tous", scope="public", everywhere="1")
        private = answer(city, nadia, public, "Entre voisins", scope="quartier")

        page = city.get(far.browser, f"/p/{own}").text

        assert "La poussière entre partout" in page and "Chez moi aussi" in page
        assert (
            city.get(far.browser, f"/p/{reply}").status_code == city.get(far.browser, f"/p/{under}").status_code == 200
        )
        for hidden in (wall, thread, elsewhere, private):
            assert city.get(far.browser, f"/p/{hidden}").status_code == 404
            assert city.get(far.browser, f"/pages/{SLUG}/repondre/{hidden}").status_code == 404
        assert city.get(far.browser, f"/pages/{SLUG}/repondre/{public}").status_code == 404
        assert not city.reads_wall(far, here)
        stranger = city.get(city.browser(), f"/p/{own}").text
        assert "Travaux rue Ramey" in stranger and "poussière" not in stranger


class TestWords:
    def test_the_page_answers_to_those_who_read_what_it_answers(self, city: City, here: str, nadia: Someone) -> None:
        far = city.resident(city.quartier("Loin"), "redactrice")
        online(city, far)
        subscribe(city, here, SLUG)
        own = say(city, far, SLUG)
        reply = answer(city, nadia, own, "Une question", scope="quartier")
        city.work()

        form = city.get(far.browser, f"/pages/{SLUG}/repondre/{reply}")
        sent = city.post(far.browser, f"/pages/{SLUG}/repondre/{reply}", text="Voici la réponse", once="x1")
        city.work()
        post = db.session.scalars(select(Post).where(Post.reply_to_id == reply)).one()

        assert form.status_code == 200 and "Une question" in form.text
        assert sent.status_code == 303
        assert (post.scope, post.is_public, post.acted_by_id) == ("quartier", False, far.account_id)
        assert "Voici la réponse" in city.get(nadia.browser, f"/p/{own}").text
        assert "Voici la réponse" in city.get(far.browser, f"/p/{own}").text
        assert "Voici la réponse" not in city.get(city.browser(), f"/p/{own}").text
        other = city.resident(city.quartier("Ailleurs"))
        assert "Voici la réponse" not in city.get(other.browser, f"/p/{own}").text
        assert "vous a répondu" in city.get(nadia.browser, "/avis").text

    def test_an_article_with_its_picture_stands_on_the_site_and_in_the_feed(
        self, city: City, here: str, nadia: Someone
    ) -> None:
        online(city, nadia)
        fields = {"kind": "article", "text": "Premier alinéa.\n\n" + "mot " * 3000, "title": "L’eau du quartier"}

        blind = city.post(nadia.browser, f"/pages/{SLUG}/ecrire", **fields, photo=_photo(), photo_description="")
        number = say(city, nadia, SLUG, **fields, photo=_photo(), photo_description="Une fontaine Wallace")
        twice = [say(city, nadia, SLUG, "Brève", once="same") for _ in range(2)]

        assert blind.status_code == 422 and "Décrivez l’image" in blind.text
        assert twice[0] == twice[1]
        stranger = city.browser()
        join(city, SLUG, nadia, city.resident(here, "karim"))
        site, post = city.get(stranger, f"/pages/{SLUG}").text, city.get(stranger, f"/p/{number}").text
        assert "L’eau du quartier" in site and "Une fontaine Wallace" in post and "Article" in post
        assert "Le Canard Du Nord" in post and "Nadia" not in post and "Nadia" not in site
        feed = city.get(stranger, f"/pages/{SLUG}/atom.xml")
        titles = [one.text for one in ElementTree.fromstring(feed.data).iter("{http://www.w3.org/2005/Atom}title")]
        assert titles == ["Le Canard Du Nord", "Brève", "L’eau du quartier"]
        assert feed.headers["Cache-Control"] == "public, max-age=300"
        karim = db.session.scalars(select(PageMember.account_id).where(PageMember.role == "editor")).one()
        city.post(nadia.browser, f"/pages/{SLUG}/equipe/role", member=karim, role="manager")
        with commit():
            closing.close(db.session.get_one(Account, nadia.account_id))
        city.work()
        left = city.get(stranger, f"/p/{number}").text
        assert "Une fontaine Wallace" in left and "L’eau du quartier" in left  # they are the page's

    def test_a_post_of_an_edition_stands_on_the_walls_of_its_quartiers_alone(
        self, city: City, here: str, nadia: Someone
    ) -> None:
        there = city.quartier("Nantes centre")
        online(city, nadia)
        for quartier in (here, there):
            subscribe(city, quartier, SLUG)
        walls = {
            slug: db.session.scalars(select(Quartier.actor_id).where(Quartier.slug == slug)).one()
            for slug in (here, there)
        }
        city.post(nadia.browser, f"/pages/{SLUG}/editions", name="Lyon", places=walls[here])
        reader, far = city.resident(here), city.resident(there)

        lyon = say(city, nadia, SLUG, "Pour Lyon", edition="lyon")
        both = say(city, nadia, SLUG, "Pour tous")
        unknown = city.post(nadia.browser, f"/pages/{SLUG}/ecrire", title="x", kind="news", edition="lille")

        stand = {(wall, post) for wall, post in db.session.execute(select(WallEntry.wall_id, WallEntry.post_id))}
        assert stand == {(walls[here], lyon), (walls[here], both), (walls[there], both)}
        assert "Pour Lyon" in city.get(reader.browser, f"/q/{here}").text
        assert "Pour Lyon" not in city.get(far.browser, f"/q/{there}").text
        assert "Pour Lyon" in city.get(city.browser(), f"/pages/{SLUG}").text
        assert unknown.status_code == 422

    def test_corrected_and_retracted_in_plain_sight(self, city: City, nadia: Someone) -> None:
        online(city, nadia)
        number = say(city, nadia, SLUG, "Le pont ferme")

        city.post(
            nadia.browser,
            f"/pages/{SLUG}/corriger/{number}",
            title="Le pont rouvre",
            text="Demain.",
            why="Mauvaise date",
        )
        corrected = city.get(city.browser(), f"/p/{number}").text
        wordless = city.post(nadia.browser, f"/pages/{SLUG}/retirer/{number}", reason=" ")
        city.post(nadia.browser, f"/pages/{SLUG}/retirer/{number}", reason="Nous nous sommes trompés")
        retracted = city.get(city.browser(), f"/p/{number}").text

        assert "Le pont rouvre" in corrected and "Mauvaise date" in corrected and "Corrigé le" in corrected
        assert wordless.status_code == 422
        assert "Nous nous sommes trompés" in retracted and "Le pont rouvre" not in retracted

    def test_nobody_of_another_page_touches_it(self, city: City, here: str, nadia: Someone) -> None:
        rival = city.resident(here, "rivale")
        online(city, nadia)
        online(city, rival, "la-gazette-du-sud", name="La Gazette du Sud")
        number = say(city, nadia, SLUG)

        answers = [
            city.post(rival.browser, f"/pages/{slug}/{act}/{number}", title="Faux", text="Faux", reason="Faux")
            for slug in (SLUG, "la-gazette-du-sud")
            for act in ("corriger", "retirer", "repondre")
        ]

        assert [one.status_code for one in answers] == [404] * 6

    def test_a_closed_page_is_gone_and_its_name_stays_taken(self, city: City, nadia: Someone) -> None:
        online(city, nadia)
        number = say(city, nadia, SLUG)

        unsure = city.post(nadia.browser, f"/pages/{SLUG}/fermer")
        city.post(nadia.browser, f"/pages/{SLUG}/fermer", sure="1")
        city.work()

        assert unsure.status_code == 422
        for path in (f"/pages/{SLUG}", f"/pages/{SLUG}/atelier", f"/p/{number}"):
            assert city.get(nadia.browser, path).status_code == 404
        assert draft(city, nadia).status_code == 422

    def test_a_report_goes_to_the_moderators_of_its_seat_and_who_wrote_is_told(
        self, city: City, here: str, nadia: Someone
    ) -> None:
        online(city, nadia)
        number = say(city, nadia, SLUG, "Une insulte")
        karim, lea = city.resident(here, "karim"), city.resident(here, "lea")
        join(city, SLUG, nadia, karim)
        for one in (karim, lea):
            city.give_role(one, "moderator", here)
        fields = {
            "reason": "insult",
            "text": "Cela vise quelqu’un.",
            "name": "Ana",
            "email": "ana@example.org",
            "good_faith": "1",
        }
        sent = city.post(city.browser(), f"/p/{number}/signaler", **fields)
        city.work()

        cases = {one.handle: city.get(one.browser, "/moderation").text for one in (karim, lea)}
        report = db.session.scalars(select(Report)).one().id
        db.session.rollback()
        decided = city.post(
            lea.browser,
            f"/moderation/{report}",
            measure="removed",
            own_clause="Règle 1",
            days="0",
            reason="Une insulte à une personne.",
        )
        city.work()

        assert sent.status_code in (200, 303) and decided.status_code == 303
        assert f"/moderation/{report}" in cases["lea"] and f"/moderation/{report}" not in cases["karim"]
        assert city.get(city.browser(), f"/p/{number}").status_code == 404
        assert "décision sur un de vos messages" in city.get(nadia.browser, "/avis").text

    def test_no_page_counts_likes_shares_or_followers(self, city: City, nadia: Someone) -> None:
        """F05."""
        online(city, nadia)
        number = say(city, nadia, SLUG)
        reader = city.resident(city.quartier("Les Remparts"))
        for path in (f"/p/{number}", f"/pages/{SLUG}"):
            city.get(reader.browser, path)
        texts = [
            city.get(nadia.browser, path).text.lower()
            for path in (f"/pages/{SLUG}", f"/pages/{SLUG}/atelier", f"/p/{number}", f"/pages/{SLUG}/journal", "/pages")
        ]

        for word in ("j’aime", "like", "partages", "abonnés", "followers", "personnes suivent", "vu par"):
            assert not any(word in text for text in texts), word


def test_the_operator_adds_a_published_page(city: City, here: str, nadia: Someone) -> None:
    words = ["page", "add", "le-reveil", "--kind", "media", "--name", "Le Réveil", "--editor", "nadia"]

    done = _run(city, [*words, "--editor", city.resident(here, "karim").handle, "--about", "Association Le Réveil"])
    unknown = _run(city, ["page", "add", "autre", "--kind", "shop", "--name", "Autre", "--editor", "personne"])

    assert done.exit_code == 0, done.output
    assert unknown.exit_code != 0 and db.session.scalar(select(Page.id).where(Page.slug == "autre")) is None
    assert "Association Le Réveil" in city.get(city.browser(), "/pages/le-reveil").text
    assert say(city, nadia, "le-reveil")


def _run(city: City, words: list[str]) -> Any:
    from instance.cli import main

    return city.app.test_cli_runner().invoke(main, words)


def _photo() -> tuple[io.BytesIO, str]:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(file, "PNG")
    file.seek(0)
    return file, "photo.png"
