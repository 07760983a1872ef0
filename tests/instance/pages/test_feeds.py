"""RSS and Atom feeds: read with care, a few items at first, what is new afterwards; one that fails says so."""

from __future__ import annotations

import io
import tracemalloc
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit

import pytest
from PIL import Image
from sqlalchemy import func, select

from federation.errors import BadDocument
from instance.accounts.models import Actor, Follow
from instance.core.db import db
from instance.pages import feed_reading, feeds
from instance.pages.models import FeedSource
from instance.posts.models import Post
from tests.city import City
from tests.conftest import Clock
from tests.instance.pages.following import Place, place, stored
from tests.mastodon.conftest import Programs
from tests.support.peer import ForeignServer

RSS = "application/rss+xml"
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">
<title type="html">Le &lt;b&gt;Journal&lt;/b&gt;</title><link rel="alternate" href="/"/><link rel="self" href="/atom"/>
<entry><id>tag:journal,2026:1</id><title>Un titre &amp;amp; demi</title><published>2026-05-01T08:00:00Z</published>
<link href="/1.html"/><link rel="enclosure" type="image/png" href="/1.png"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Un</p><p>deux</p></div></content>
</entry></feed>"""
RDF = """<?xml version="1.0" encoding="iso-8859-1"?><rdf:RDF xmlns="http://purl.org/rss/1.0/"
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="http://j.example/"><title>Vieux journal</title><link>http://j.example/</link></channel>
<item rdf:about="http://j.example/1"><title>L'\xe9t\xe9&nbsp;!</title><link>http://j.example/1</link>
<description>&lt;p onclick="x()"&gt;Il fait &lt;a href="javascript:x()"&gt;beau&lt;/a&gt;.&lt;/p&gt;</description>
<dc:date>2026-05-02T10:00:00+02:00</dc:date></item></rdf:RDF>"""
BOMB = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><rss><channel><title>&c;</title></channel></rss>"""
FILE = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss><channel><title>&x;</title><item><guid>1</guid><title>&x;</title></item></channel></rss>"""


def rss(*items: tuple[int, str], host: str = "http://gazette.example", more: str = "") -> bytes:
    """A feed of items (number, title), the newest first; the number is the hour at which it came."""
    written = "".join(
        f"<item><guid isPermaLink='false'>{number}</guid><title>{title}</title><link>{host}/{number}</link>"
        f"<description><![CDATA[<p>Résumé <b>{number}</b></p><script>alert(1)</script>]]></description>"
        f"<pubDate>{format_datetime(datetime(2026, 5, 1, number, tzinfo=UTC))}</pubDate>{more}</item>"
        for number, title in items
    )
    return f"<rss version='2.0'><channel><title>La Gazette</title><link>{host}</link>{written}</channel></rss>".encode()


@pytest.fixture
def clignancourt(city: City) -> Place:
    return place(city, "Clignancourt")


def subscribe(where: Place, server: ForeignServer, body: bytes, path: str = "/feed") -> str:
    url = server.put(path, body, RSS)
    where.takes(url, url)
    return url


def half_an_hour_later(where: Place, clock: Clock, *, minutes: float = 31) -> None:
    clock.forward(minutes=minutes)
    feeds.read_due({})
    where.city.work()


def titles() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Post.title).where(Post.kind == "article").order_by(Post.id)))


# What a feed says


@pytest.mark.parametrize("body", [BOMB, FILE])
def test_a_feed_that_defines_entities_is_not_read(body: str) -> None:
    with pytest.raises(BadDocument) as refusal:
        feed_reading.read(body.encode(), "http://a.example/feed")
    assert refusal.value.code == "feed.entities"


@pytest.mark.parametrize(
    ("head", "element", "code"),
    [
        ('<!DOCTYPE rss [<!ATTLIST a b CDATA "{}">]><rss>', "<a/>", "feed.entities"),
        ('<rss xmlns:q="{}">', "<q:a{}/>", "feed.size"),
    ],
)
def test_what_each_element_would_repeat_is_refused_before_it_is(head: str, element: str, code: str) -> None:
    body = head.format("x" * 100_000) + "".join(element.format(number) for number in range(2_000)) + "</rss>"
    tracemalloc.start()
    try:
        with pytest.raises(BadDocument) as refusal:
            feed_reading.read(body.encode(), "http://a.example/feed")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000, "200 MB of an answer of 110 kB"
    finally:
        tracemalloc.stop()
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Bonjour</body></html>", b"<rss><channel>", b"\x00" * 50, b"<a>" * 5000, b"{}"]
)
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(BadDocument):
        feed_reading.read(body, "http://a.example/feed")


def test_atom_and_rdf_are_read_and_cleaned() -> None:
    atom = feed_reading.read(ATOM.encode(), "http://journal.example/atom")
    rdf = feed_reading.read(RDF.encode("iso-8859-1"), "http://j.example/rdf")

    assert (atom.title, atom.site) == ("Le Journal", "http://journal.example/")
    entry = atom.items[0]
    assert (entry.key, entry.url) == ("tag:journal,2026:1", "http://journal.example/1.html")
    assert (entry.title, entry.summary) == ("Un titre & demi", "Un deux")
    assert entry.picture is not None
    assert entry.picture.url == "http://journal.example/1.png"
    assert entry.published == datetime(2026, 5, 1, 8, tzinfo=UTC)
    item = rdf.items[0]
    assert (rdf.title, item.title.replace("\xa0", " "), item.summary) == ("Vieux journal", "L'été !", "Il fait beau.")
    assert item.published == datetime(2026, 5, 2, 8, tzinfo=UTC)


# On the wall


def test_the_first_reading_takes_the_last_five_and_later_ones_what_is_new(
    clignancourt: Place, elsewhere: ForeignServer, clock: Clock
) -> None:
    elsewhere.manners.tells_versions = True
    old = [(hour, f"Mot {hour}") for hour in range(9, 0, -1)]
    url = subscribe(clignancourt, elsewhere, rss(*old))
    assert titles() == ["Mot 5", "Mot 6", "Mot 7", "Mot 8", "Mot 9"]

    half_an_hour_later(clignancourt, clock)
    assert elsewhere.fetched[-1].headers["if-none-match"]
    assert len(titles()) == 5

    elsewhere.put(urlsplit(url).path, rss((10, "Mot 10"), *old[:-1]), RSS)
    half_an_hour_later(clignancourt, clock, minutes=20)
    assert "Mot 10" not in titles()  # it is not asked before its time
    half_an_hour_later(clignancourt, clock, minutes=11)
    assert titles() == ["Mot 5", "Mot 6", "Mot 7", "Mot 8", "Mot 9", "Mot 10"]

    newest = db.session.scalars(select(Post.id).order_by(Post.id.desc())).first()
    lead = clignancourt.city.get(clignancourt.city.browser(), f"/p/{newest}")
    assert lead.location == url  # nobody is led from here to a host of which only the feed's words know
    wall = clignancourt.wall()
    assert "Mot 10" in wall
    assert "La Gazette" in wall
    assert "Résumé 10" in wall
    assert "alert(1)" not in wall
    assert "Article" in wall
    assert "Lire sur gazette.example" in wall


def test_an_item_that_changes_is_changed_here_and_says_so(
    clignancourt: Place, elsewhere: ForeignServer, clock: Clock
) -> None:
    url = subscribe(clignancourt, elsewhere, rss((1, "Dix blesés")))
    elsewhere.put(urlsplit(url).path, rss((1, "Deux blessés")), RSS)

    half_an_hour_later(clignancourt, clock)

    assert titles() == ["Deux blessés"]
    assert "Corrigé le" in clignancourt.wall()


def test_the_picture_of_an_item_is_fetched_by_us(clignancourt: Place, elsewhere: ForeignServer) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(drawn, "PNG")
    picture = elsewhere.put("/une.png", drawn.getvalue(), "image/png")

    subscribe(clignancourt, elsewhere, rss((1, "Une image"), more=f"<enclosure url='{picture}' type='image/png'/>"))

    wall = clignancourt.wall()
    assert "/media/" in wall
    assert picture not in wall


def test_a_feed_that_fails_is_told_to_moderators_and_asked_less_often(
    clignancourt: Place, elsewhere: ForeignServer, clock: Clock
) -> None:
    url = subscribe(clignancourt, elsewhere, rss((1, "Avant la panne")))
    body = elsewhere.documents.pop("/feed")

    half_an_hour_later(clignancourt, clock)
    page = clignancourt.city.get(clignancourt.moderator.browser, "/moderation/abonnements").text
    assert "Le serveur du flux répond 404." in page
    half_an_hour_later(clignancourt, clock)
    asked = elsewhere.fetches("/feed")
    half_an_hour_later(clignancourt, clock)
    assert elsewhere.fetches("/feed") == asked  # an hour now

    elsewhere.documents["/feed"] = (BOMB.encode(), RSS)
    half_an_hour_later(clignancourt, clock)
    assert db.session.scalar(select(FeedSource.problem)) == "feed.entities"
    elsewhere.documents["/feed"] = body
    clignancourt.decides(url, "redemander")
    assert "Ce flux" not in clignancourt.city.get(clignancourt.moderator.browser, "/moderation/abonnements").text
    assert titles() == ["Avant la panne"]


def test_a_page_that_names_its_feed_is_enough(clignancourt: Place, elsewhere: ForeignServer) -> None:
    feed = elsewhere.put("/feed", rss((1, "Par la une")), RSS)
    head = b'<head><link rel="alternate" type="application/rss+xml" href="/feed"></head>'
    site = elsewhere.put("/une", head, "text/html")

    clignancourt.takes(site, feed)

    assert titles() == ["Par la une"]


def test_a_second_quartier_gets_the_last_items_too_and_no_post_twice(
    city: City, clignancourt: Place, elsewhere: ForeignServer, clock: Clock
) -> None:
    other = place(city, "Goutte-d'Or")
    url = subscribe(clignancourt, elsewhere, rss((1, "Une fois")))

    other.takes(url, url)

    assert titles() == ["Une fois"]
    assert "Une fois" in other.wall()
    for row in (clignancourt.row(url), other.row(url)):
        path = f"/q/{clignancourt.slug if row.quartier_id == city.quartier_id(clignancourt.slug) else other.slug}"
        moderator = clignancourt if path == f"/q/{clignancourt.slug}" else other
        assert city.post(moderator.moderator.browser, f"{path}/pages/{row.actor_id}/desabonner").status_code == 303
    asked = elsewhere.fetches("/feed")
    half_an_hour_later(clignancourt, clock)
    assert elsewhere.fetches("/feed") == asked


def test_a_feed_lays_no_hand_on_an_address_of_others(clignancourt: Place, elsewhere: ForeignServer) -> None:
    """Its items are kept beside its own address: somebody else's post with the same name comes in all the same."""
    ada = elsewhere.actor("ada", "Service")
    note = ada.note("Le vrai mot")
    body = rss((1, "Le faux")).replace(b"<guid isPermaLink='false'>1</guid>", f"<guid>{note['id']}</guid>".encode())
    subscribe(clignancourt, elsewhere, body)
    clignancourt.follows(ada)

    clignancourt.hears(ada, ada.create(note))

    assert stored(note["id"]).text == "Le vrai mot"
    assert db.session.scalar(select(func.count(Post.id))) == 2


def test_nobody_is_answered_behind_a_feed(clignancourt: Place, elsewhere: ForeignServer) -> None:
    city = clignancourt.city
    subscribe(clignancourt, elsewhere, rss((1, "Lu ailleurs"), host=elsewhere.base_url))
    post = db.session.scalars(select(Post)).one()
    post_id, author_id = post.id, post.author_id

    form = city.get(clignancourt.resident.browser, f"/p/{post_id}").text
    assert "Répondre publiquement" not in form
    assert "/faire-suivre" not in form
    wide = city.post(
        clignancourt.resident.browser, f"/p/{post_id}/repondre", text="À tous", act="send", confirmed="1",
        scope="public", everywhere="1",
    )  # fmt: skip
    assert wide.status_code == 422
    about = city.get(clignancourt.resident.browser, f"/comptes/{author_id}").text
    assert "Lu ailleurs" in about
    assert f"/comptes/{author_id}/suivre" not in about
    assert city.post(clignancourt.resident.browser, f"/comptes/{author_id}/suivre").status_code == 404
    program = Programs(city).of(clignancourt.resident)
    told = program.get(f"/api/v1/statuses/{post_id}").json
    assert (told["account"]["url"], told["url"]) == (f"{elsewhere.base_url}/feed", f"{elsewhere.base_url}/1")
    assert program.get(f"/api/v1/accounts/{author_id}").status_code == 200
    assert program.post(f"/api/v1/statuses/{post_id}/reblog").status_code == 422
    held = program.post(f"/api/v1/accounts/{author_id}/follow").json  # its quartier takes it already: nobody is asked
    assert (held["following"], held["requested"]) == (True, False)
    assert db.session.scalars(select(Follow)).all() == []
    stranger = city.get(city.browser(), f"/p/{post_id}")
    assert (stranger.status_code, stranger.location) == (303, f"{elsewhere.base_url}/1")
    assert db.session.scalars(select(Actor.kind).where(Actor.id == author_id)).one() == "organization"
