"""A quartier subscribes to a page: asked by a referent, agreed by a moderator, its public posts on the wall."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instance.accounts.models import Actor
from instance.core.db import commit, db
from instance.posts.models import Post, PostCircle
from instance.quartiers.models import Quartier, Subscription
from tests.city import City
from tests.instance.pages.following import Place, is_followed, on_walls, place, stored
from tests.instance.posts.hearing import here, inboxes_of, sent
from tests.instance.posts.writing import answer
from tests.support.peer import PUBLIC, ForeignActor, ForeignServer


@pytest.fixture
def clignancourt(city: City) -> Place:
    return place(city, "Clignancourt")


@pytest.fixture
def paper(elsewhere: ForeignServer) -> ForeignActor:
    """A newspaper's account, as Mastodon has them."""
    return elsewhere.actor("paper", "Service", name="La Gazette")


def test_a_page_is_asked_for_by_a_referent_agreed_by_a_moderator_and_then_stands_on_the_wall(
    clignancourt: Place, paper: ForeignActor
) -> None:
    assert clignancourt.wants(paper.acct) == 303
    assert clignancourt.row(paper.uri).state == "asked"
    assert is_followed(paper) == []  # nothing leaves before the moderator's yes

    waiting = clignancourt.city.get(clignancourt.moderator.browser, "/moderation/abonnements").text
    assert "La Gazette" in waiting
    assert "Elle raconte le quartier." in waiting
    assert clignancourt.decides(paper.uri, "accepter") == 303

    follow = paper.server.inbox_of(paper)[-1]
    assert (follow["type"], follow["actor"]) == ("Follow", here(f"/q/{clignancourt.slug}"))
    listed = clignancourt.city.get(clignancourt.resident.browser, f"/q/{clignancourt.slug}/pages").text
    assert "en attente de sa réponse" in listed
    clignancourt.hears(paper, paper.accept(follow))

    note = paper.note("L’école rouvre", cc=[f"{paper.uri}/followers"])
    clignancourt.hears(paper, paper.create(note))

    wall = clignancourt.wall()
    assert "L’école rouvre" in wall
    assert 'class="masthead"' in wall
    assert "La Gazette" in wall
    strangers = clignancourt.city.get(clignancourt.city.browser(), f"/q/{clignancourt.slug}").text
    assert "L’école rouvre" not in strangers  # what the quartier says to everybody is its own


def test_nobody_but_a_referent_asks_and_nobody_but_a_moderator_of_the_quartier_agrees(
    city: City, clignancourt: Place, paper: ForeignActor
) -> None:
    other = place(city, "Goutte-d'Or")
    clignancourt.wants(paper.acct)
    row = clignancourt.row(paper.uri).id

    referent, moderator = (city.resident(clignancourt.slug, roles_here=(role,)) for role in ("referent", "moderator"))
    for someone in (clignancourt.resident, other.referent, moderator):
        path = f"/q/{clignancourt.slug}/pages/abonner"
        assert city.post(someone.browser, path, asked="@a@b.example", reason="Oui").status_code == 404
    for someone in (clignancourt.resident, referent, other.moderator):
        assert city.post(someone.browser, f"/moderation/abonnements/{row}/accepter").status_code == 404
    for someone in (clignancourt.resident, other.referent, other.moderator):
        path = f"/q/{clignancourt.slug}/pages/{clignancourt.row(paper.uri).actor_id}/desabonner"
        assert city.post(someone.browser, path).status_code == 404
    assert city.get(other.resident.browser, f"/q/{clignancourt.slug}/pages").status_code == 404
    assert clignancourt.row(paper.uri).state == "asked"


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ("@personne@{host}", "wish.nobody"),
        ("un mot", "wish.nobody"),
        ("{url}/rien", "feed.status_404"),
        ("{url}/page", "wish.nothing"),
    ],
)
def test_what_names_no_page_is_told_in_words(
    clignancourt: Place, elsewhere: ForeignServer, asked: str, problem: str
) -> None:
    elsewhere.put("/page", b"<html><head><title>Bonjour</title></head></html>", "text/html")

    assert clignancourt.wants(asked.format(host=elsewhere.host, url=elsewhere.base_url)) == 303

    assert clignancourt.problems() == [problem]
    shown = clignancourt.city.get(clignancourt.referent.browser, f"/q/{clignancourt.slug}/pages/abonner").text
    assert "Retirer la demande" in shown
    assert db.session.scalar(select(Subscription.id)) is None


def test_residents_are_no_pages(clignancourt: Place) -> None:
    clignancourt.wants(here(f"/u/{clignancourt.resident.handle}"))

    assert clignancourt.problems() == ["wish.nobody"]


def test_answers_boosts_and_closed_words_of_a_page_do_not_stand_on_the_wall(
    clignancourt: Place, paper: ForeignActor, elsewhere: ForeignServer
) -> None:
    clignancourt.follows(paper)
    ada = elsewhere.actor("ada")
    foreign = ada.note("Mot d’une autre")
    first = paper.note("Premier mot")
    reply = paper.note("Suite du fil", inReplyTo=first["id"])
    closed = paper.note("Pour mes abonnés", to=[f"{paper.uri}/followers"])

    for said in (paper.create(first), paper.create(reply), paper.create(closed), paper.announce(foreign["id"])):
        clignancourt.hears(paper, said)

    assert on_walls(first["id"]) == 1
    assert [on_walls(one["id"]) for one in (reply, closed, foreign)] == [0, 0, 0]
    assert db.session.scalar(select(Post.id).where(Post.uri == foreign["id"])) is None  # not even asked for
    assert elsewhere.fetches(foreign["id"].removeprefix(elsewhere.base_url)) == 0
    wall = clignancourt.wall()
    assert "Premier mot" in wall
    assert "Mot d’une autre" not in wall


def test_a_post_of_an_edition_for_lyon_is_absent_from_a_wall_in_nantes(city: City, elsewhere: ForeignServer) -> None:
    """F08, with the page of another instance: quartiers of ours and of a third city are named in `audience`."""
    lyon, nantes = place(city, "Croix-Rousse"), place(city, "Chantenay")
    page = elsewhere.actor("enquete", "Organization", name="L’Enquête")
    lyon.follows(page)
    nantes.follows(page)
    here_only = page.note("Les égouts de Lyon", audience=[here(f"/q/{lyon.slug}")])
    far_only = page.note("Les quais de Lille", audience=["https://lille.example/q/wazemmes"])
    for_all = page.note("Notre rédaction déménage")

    for note in (here_only, far_only, for_all):
        lyon.hears(page, page.create(note))

    assert "Les égouts de Lyon" in lyon.wall()
    assert "Les égouts de Lyon" not in nantes.wall()
    assert on_walls(far_only["id"]) == 0
    assert "Notre rédaction déménage" in nantes.wall()


def test_a_blog_of_wordpress_names_its_own_group_and_stands_all_the_same(
    clignancourt: Place, elsewhere: ForeignServer
) -> None:
    author = elsewhere.actor("camille", "Person", name="Camille")
    clignancourt.follows(author)
    article = author.note(
        "Dès lundi.", kind="Article", name="La bibliothèque rouvre", audience=f"{elsewhere.base_url}/?author=0"
    )

    clignancourt.hears(author, author.create(article))

    assert "La bibliothèque rouvre" in clignancourt.wall()


def test_a_film_of_a_peertube_channel_stands_there_under_the_channels_name(
    clignancourt: Place, elsewhere: ForeignServer
) -> None:
    channel = elsewhere.actor("rue", "Group", name="Rue filmée")
    karim = elsewhere.actor("karim", "Person", name="Karim")
    clignancourt.follows(channel)
    video = karim.note(
        "Un film", kind="Video", name="La fête de la rue",
        attributedTo=[{"type": "Person", "id": karim.uri}, {"type": "Group", "id": channel.uri}],
    )  # fmt: skip
    other = karim.note("Un autre", kind="Video", name="Sans rapport")

    clignancourt.hears(channel, channel.announce(video["id"]))
    clignancourt.hears(channel, channel.announce(other["id"]))

    wall = clignancourt.wall()
    assert "La fête de la rue" in wall
    assert "Rue filmée" in wall
    assert on_walls(other["id"]) == 0
    path = f"/q/{clignancourt.slug}/pages/{clignancourt.row(channel.uri).actor_id}/masquer"
    clignancourt.city.post(clignancourt.resident.browser, path)
    assert "La fête de la rue" not in clignancourt.wall()


def test_what_a_page_addresses_to_the_quartier_waits_for_no_moderator_once_it_is_subscribed(
    clignancourt: Place, paper: ForeignActor
) -> None:
    clignancourt.follows(paper)
    with commit():
        db.session.get_one(Quartier, clignancourt.city.quartier_id(clignancourt.slug)).outsiders_post = True
    with_group = paper.note("Aux gens d’ici", to=[PUBLIC, here(f"/q/{clignancourt.slug}")])

    clignancourt.hears(paper, paper.create(with_group))

    assert not stored(with_group["id"]).is_held
    assert "Aux gens d’ici" in clignancourt.wall()


def test_answers_stay_in_the_quartier_unless_ticked_and_then_reach_the_page(
    clignancourt: Place, paper: ForeignActor
) -> None:
    clignancourt.follows(paper)
    note = paper.note("Votre avis ?")
    clignancourt.hears(paper, paper.create(note))
    city, post = clignancourt.city, stored(note["id"]).id
    form = city.get(clignancourt.resident.browser, f"/p/{post}").text
    assert "Répondre publiquement" in form
    before = len(sent())

    quiet = answer(city, clignancourt.resident, post, "Entre nous", scope="quartier")
    city.work()
    assert db.session.get_one(Post, quiet).scope == "quartier"
    assert len(sent()) == before
    assert len(list(db.session.scalars(select(PostCircle).where(PostCircle.post_id == quiet)))) == 1

    loud = answer(city, clignancourt.resident, post, "À tous", scope="quartier", everywhere="1")
    city.work()
    assert db.session.get_one(Post, loud).scope == "public"
    created = sent("Create%")[-1]
    assert created["object"]["inReplyTo"] == note["id"]
    assert inboxes_of(created) == [f"{paper.server.base_url}/inbox"]
    deeper = answer(city, clignancourt.referent, loud, "Moi aussi", scope="public", everywhere="1")
    city.work()
    assert sent("Create%")[-1]["object"]["id"] == here(f"/p/{deeper}")
    assert inboxes_of(sent("Create%")[-1]) == [f"{paper.server.base_url}/inbox"]


def test_a_resident_mutes_a_page_and_neighbours_still_read_it(clignancourt: Place, paper: ForeignActor) -> None:
    clignancourt.follows(paper)
    clignancourt.hears(paper, paper.create(paper.note("Du bruit")))
    city, page_id = clignancourt.city, clignancourt.row(paper.uri).actor_id

    muted = city.post(clignancourt.resident.browser, f"/q/{clignancourt.slug}/pages/{page_id}/masquer")
    assert muted.status_code == 303
    assert "Du bruit" not in clignancourt.wall()
    assert "Du bruit" in clignancourt.wall(clignancourt.referent)

    city.post(clignancourt.resident.browser, f"/q/{clignancourt.slug}/pages/{page_id}/montrer")
    assert "Du bruit" in clignancourt.wall()


def test_unsubscribing_stops_what_comes_and_keeps_what_stands(clignancourt: Place, paper: ForeignActor) -> None:
    clignancourt.follows(paper)
    clignancourt.hears(paper, paper.create(paper.note("Avant")))
    page_id = clignancourt.row(paper.uri).actor_id

    path = f"/q/{clignancourt.slug}/pages/{page_id}/desabonner"
    assert clignancourt.city.post(clignancourt.referent.browser, path).status_code == 303
    clignancourt.city.work()

    said = paper.server.inbox_of(paper)[-1]
    assert (said["type"], said["object"]["type"]) == ("Undo", "Follow")
    clignancourt.hears(paper, paper.create(paper.note("Après")))
    assert "Avant" in clignancourt.wall()
    assert "Après" not in clignancourt.wall()


def test_a_page_that_moves_takes_the_subscription_along(
    clignancourt: Place, paper: ForeignActor, farther: ForeignServer
) -> None:
    clignancourt.follows(paper)
    heir = farther.actor("paper", "Service", alsoKnownAs=[paper.uri])
    paper.describe(**(paper.document | {"movedTo": heir.uri}))

    clignancourt.hears(paper, paper.move(heir.uri))
    asked = [one for one in heir.server.inbox_of(heir) if one["type"] == "Follow"][-1]
    clignancourt.hears(heir, heir.accept(asked))
    clignancourt.hears(heir, heir.create(heir.note("Depuis ailleurs")))

    assert clignancourt.row(heir.uri).state == "live"
    assert "Depuis ailleurs" in clignancourt.wall()


def test_a_post_that_somebodys_answer_had_brought_along_stands_once_its_page_says_it(
    clignancourt: Place, paper: ForeignActor, elsewhere: ForeignServer
) -> None:
    clignancourt.follows(paper)
    note = paper.note("Le premier mot")
    reply = paper.note("Sa suite", inReplyTo=note["id"])

    clignancourt.hears(paper, paper.create(reply))  # the errand fetches what stands above it
    assert on_walls(note["id"]) == 0
    clignancourt.hears(paper, paper.create(note))

    assert on_walls(note["id"]) == 1
    assert db.session.scalar(select(Actor.kind).where(Actor.uri == paper.uri)) == "person"
