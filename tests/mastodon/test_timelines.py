"""Timelines: public ones, of a tag, of an address; pages complete whatever is written meanwhile; what they cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from instance.accounts import service as accounts
from instance.accounts.models import Actor, Follow, RemoteActor
from instance.core import clock, pieces, secrets
from instance.core.db import commit, db, new_id
from instance.media.models import Media
from instance.peers import rules
from instance.posts import tags
from instance.posts.models import Boost, LinkCard, Post, PostLink
from tests.city import City, Someone
from tests.mastodon.conftest import Program, Programs
from tests.support.sql import plan, statements

HOME, PUBLIC = "/api/v1/timelines/home", "/api/v1/timelines/public"


def say(program: Program, words: str, **more: Any) -> str:
    answer = program.post("/api/v1/statuses", json={"status": words} | more)
    assert answer.status_code == 200, answer.json
    return str(answer.json["id"])


def ids_of(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json
    return [one["id"] for one in answer.json]


def far_author(name: str, host: str = "ailleurs.example") -> int:
    """Somebody of another server."""
    uri = f"https://{host}/users/{name}"
    with commit():
        who = Actor(
            id=new_id(), kind="person", handle=name, host=host, uri=uri, shown_name=name, created_at=clock.now(),
        )  # fmt: skip
        db.session.add(who)
        db.session.flush()
        db.session.add(
            RemoteActor(
                actor_id=who.id, type="Person", inbox=f"{uri}/inbox", url=uri, also_known_as=[], keys=[],
                fetched_at=clock.now(),
            )
        )  # fmt: skip
        return who.id


def far_note(author_id: int, words: str, **more: Any) -> str:
    """What they said to everybody."""
    post_id = new_id()
    row = {
        "id": post_id, "author_id": author_id, "uri": f"https://ailleurs.example/notes/{post_id}", "kind": "note",
        "text": words, "html": f"<p>{words}</p>", "scope": "public", "is_public": True, "thread_id": post_id,
    }  # fmt: skip
    with commit():
        db.session.add(Post(**(row | more)))
        db.session.flush()
        tags.keep(post_id, tags.in_text(words))
    return str(post_id)


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


@pytest.fixture
def bruno(city: City) -> Someone:
    return city.resident(city.quartier("Montmartre"), "bruno")


def test_public_lists_hold_what_is_said_to_everybody_and_nothing_else(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    theirs, ada = programs.of(bruno), far_author("ada")
    here, there = say(theirs, "Pour tous", visibility="public"), far_note(ada, "De loin")
    say(theirs, "Pour Montmartre")
    say(theirs, "Une réponse", in_reply_to_id=here, visibility="public")
    far_note(ada, "Sans liste", scope="unlisted")
    far_note(ada, "Pour les abonnés", scope="followers", is_public=False)
    far_note(ada, "En attente", is_held=True)

    for ask in (programs.of(salma).get, theirs.get, city.browser().get):
        assert ids_of(ask(PUBLIC)) == [there, here]
        assert ids_of(ask(f"{PUBLIC}?local=true")) == [here]
        assert ids_of(ask(f"{PUBLIC}?remote=1")) == [there]
        assert ids_of(ask(f"{PUBLIC}?only_media=true")) == []
    assert city.browser().get(PUBLIC, headers={"Authorization": "Bearer none"}).status_code == 401
    assert "Berger" not in city.browser().get(PUBLIC).text


def test_who_blocked_or_muted_sees_nothing_and_limited_servers_show_to_followers_alone(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine = programs.of(salma)
    post_id = say(programs.of(bruno), "Pour tous #fete", visibility="public")
    noisy = far_author("bo", "bruit.example")
    note = far_note(noisy, "Du bruit #fete")
    with commit():
        accounts.block(bruno.actor_id, salma.actor_id)
        rules.set_rule("bruit.example", "limit")
    tagged = "/api/v1/timelines/tag/fete"
    assert ids_of(mine.get(PUBLIC)) == ids_of(mine.get(tagged)) == []
    assert ids_of(city.browser().get(PUBLIC)) == ids_of(city.browser().get(tagged)) == [post_id]
    with commit():
        db.session.add(Follow(follower_id=salma.actor_id, followed_id=noisy, state="accepted", since=clock.now()))
    assert ids_of(mine.get(PUBLIC)) == ids_of(mine.get(tagged)) == [note]
    assert mine.post(f"/api/v1/accounts/{noisy}/mute").status_code == 200
    assert ids_of(mine.get(PUBLIC)) == []


def test_a_tag_gathers_what_its_reader_may_read(city: City, salma: Someone, bruno: Someone, programs: Programs) -> None:
    theirs, mine = programs.of(bruno), programs.of(salma)
    ask: Callable[..., list[str]] = lambda program, path: ids_of(program.get(f"/api/v1/timelines/tag/{path}"))  # noqa: E731
    open_one = say(theirs, "#Fête et #livres", visibility="public")
    closed = say(theirs, "#fete au square")
    both = say(theirs, "#livres", visibility="public")
    far = far_note(far_author("ada"), "#fete")

    assert ask(theirs, "fete") == [far, closed, open_one]
    assert ask(mine, "Fête") == ids_of(city.browser().get("/api/v1/timelines/tag/fete")) == [far, open_one]
    assert ask(mine, "fete?any[]=livres") == [far, both, open_one]
    assert ask(mine, "fete?all[]=livres") == [open_one]
    assert ask(mine, "fete?" + "&".join(["all[]=livres"] * 10 + ["all[]=autre"])) == [open_one]  # ten are enough
    assert ask(mine, "fete?none[]=livres&local=true") == []
    assert ask(mine, "fete?remote=true") == [far]
    assert mine.get("/api/v1/timelines/tag/-").status_code == 404


def test_an_address_gathers_the_public_posts_that_lead_to_it(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    url = "https://journal.example/brocante"
    post_id, closed = (far_note(far_author(name), "Lisez") for name in ("ada", "bo"))
    with commit():
        db.session.add(LinkCard(digest=secrets.digest(url), url=url, title="La brocante", state="ready"))
        db.session.flush()
        for one in (post_id, closed):
            db.session.add(PostLink(post_id=int(one), digest=secrets.digest(url)))
        db.session.execute(update(Post).where(Post.id == int(closed)).values(is_public=False, scope="followers"))

    found = programs.of(salma).get("/api/v1/timelines/link", query_string={"url": url})
    assert ids_of(found) == [post_id]
    assert found.json[0]["card"]["title"] == "La brocante"
    assert ids_of(programs.of(salma).get("/api/v1/timelines/link?url=https://autre.example/")) == []


@pytest.mark.parametrize("path", [HOME, PUBLIC, "/api/v1/timelines/tag/mot"])
def test_pages_are_complete_and_without_doubles_whatever_is_written_meanwhile(
    salma: Someone, bruno: Someone, programs: Programs, path: str
) -> None:
    mine, theirs = programs.of(salma), programs.of(bruno)
    with commit():
        db.session.add(
            Follow(follower_id=salma.actor_id, followed_id=bruno.actor_id, state="accepted", since=clock.now())
        )
    there = [say((mine, theirs)[n % 2], f"#mot {n}", visibility="public") for n in range(7)][::-1]
    gone, late = there[4], []

    def something_happens(turn: int) -> None:
        late.append(say((mine, theirs)[turn % 2], f"#mot tard {turn}", visibility="public"))
        if turn == 0:
            theirs_or_mine = theirs if mine.call("DELETE", f"/api/v1/statuses/{gone}").status_code == 404 else mine
            theirs_or_mine.call("DELETE", f"/api/v1/statuses/{gone}")

    seen = walk(mine, f"{path}?limit=2", "next", something_happens)

    assert seen == [one for one in there if one != gone]
    newer = walk(mine, f"{path}?limit=3&min_id={there[0]}", "prev", lambda _turn: None)
    assert sorted(newer) == late
    assert ids_of(mine.get(f"{path}?limit=2&since_id={there[0]}")) == late[::-1][:2]
    assert ids_of(mine.get(f"{path}?limit=1&min_id={there[0]}")) == late[:1]


def walk(program: Program, path: str, rel: str, between: Callable[[int], None]) -> list[str]:
    """The ids of all pages from `path` on, as programs follow the Link header."""
    seen: list[str] = []
    for turn in range(20):
        answer = program.get(path)
        page = ids_of(answer)
        if not page:
            return seen
        seen += page
        found = re.search(rf'<[^>]*?(/api[^>]+)>; rel="{rel}"', answer.headers["Link"])
        assert found is not None
        path = found[1]
        between(turn)
    raise AssertionError("pages without end")


def test_a_home_of_every_sort_costs_six_statements_whatever_its_length(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine, ada = programs.of(salma), far_author("ada")
    with commit():
        for other in (bruno.actor_id, ada):
            db.session.add(Follow(follower_id=salma.actor_id, followed_id=other, state="accepted", since=clock.now()))
    costs = []
    for more in (1, 4):
        for n in range(more):
            every_sort(city, salma, bruno, programs, ada, f"{more} {n}")
        mine.get(HOME)
        for forgets in (False, True):
            if forgets:
                pieces.forget_all()
            with statements() as asked:
                found = mine.get(HOME).json
            costs.append(len(asked))
        assert {bool(one["reblog"]) for one in found} == {True, False}
        assert any(one["poll"] for one in found)
        assert any(one["media_attachments"] for one in found)

    assert costs[0] == costs[2] <= 6
    assert costs[1] == costs[3] <= 16  # what is made anew is made together


def every_sort(city: City, salma: Someone, bruno: Someone, programs: Programs, ada: int, mark: str) -> None:
    """A poll, a picture, a reply, a mention, words from elsewhere, something passed on."""
    mine = programs.of(salma)
    first = say(mine, f"Un mot {mark}")
    say(mine, f"Une réponse {mark}", in_reply_to_id=first)
    say(mine, f"Pour @salma et #tous {mark}")
    say(mine, f"Un choix {mark}", poll={"options": ["Oui", "Non"], "expires_in": 3600})
    far = far_note(ada, f"De loin {mark}")
    with commit():
        db.session.add(Boost(actor_id=bruno.actor_id, post_id=int(far)))
        db.session.execute(update(Post).where(Post.id == int(first)).values(media_count=1, version=Post.version + 1))
        db.session.add(
            Media(
                key=secrets.token()[:32], owner_id=salma.account_id, post_id=int(first), position=0,
                description="La cour",
                width=16, height=12, colour="#888888", bytes=1, state="ready", created_at=clock.now(),
            )
        )  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [PUBLIC, f"{PUBLIC}?local=true", "/api/v1/timelines/tag/mot", "/api/v1/timelines/tag/mot?any[]=autre&none[]=non",
     "/api/v1/timelines/link?url=https://journal.example/", HOME],
)  # fmt: skip
def test_no_plan_of_a_timeline_reads_all_posts(salma: Someone, programs: Programs, path: str) -> None:
    mine = programs.of(salma)
    say(mine, "#mot", visibility="public")
    for page in (path, f"{path}{'&' if '?' in path else '?'}min_id=1"):
        with statements() as asked:
            assert mine.get(page).status_code == 200
        tables = r"(SCAN|Seq Scan on) (post|boost|wall_entry|follow|post_tag|post_link|notification)\b"
        whole = [line for one in asked for line in plan(*one) if re.search(tables, line)]
        assert whole == []


def test_a_closed_picture_is_signed_for_each_reader_and_kept_once(
    city: City, salma: Someone, programs: Programs
) -> None:
    odile = city.resident("clignancourt", "odile")
    every_sort(city, salma, salma, programs, far_author("ada"), "une fois")
    addresses = []
    for who in (salma, odile, salma):
        [photo] = [one["media_attachments"][0] for one in programs.of(who).get(HOME).json if one["media_attachments"]]
        assert f"?v={who.actor_id}." in photo["url"]
        addresses.append(photo["url"].partition("?")[0])
    assert len(set(addresses)) == 1
