"""Other servers in the hands of admins: what is decided about them, what went out, what came in."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from instance.core import clock
from instance.core.db import commit, db, new_id
from instance.peers import outbox, rules
from instance.peers.models import Delivery, HostRule, Incoming, Peer
from tests.city import City
from tests.instance.accounts.conftest import plain

HEADS = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"


class _Sam:
    path = "/u/sam"


def _queue(*inboxes: str) -> None:
    with commit():
        number, uri = outbox.new_uri()
        activity = {"id": uri, "type": "Create", "object": {"type": "Note"}}
        outbox.send(activity, outgoing_id=number, sender=_Sam(), inboxes=inboxes, object_uri=f"{uri}/x", is_public=True)


def _fail(host: str, reason: str = "HTTP 404") -> None:
    with commit():
        db.session.execute(update(Delivery).where(Delivery.host == host).values(state="failed", last_error=reason))


def _arrive(host: str, state: str, reason: str = "", body: str = "{}") -> int:
    number = new_id()
    with commit():
        db.session.execute(
            insert(Incoming).values(
                id=number, host=host, uri=f"https://{host}/a/{number}", actor_uri=f"https://{host}/u/ada",
                kind="Create Note", body=body, state=state, last_error=reason or None, due_at=clock.now(), attempts=3,
            )
        )  # fmt: skip
    return number


def _states(table: Any) -> dict[str, str]:
    found = {row.host: row.state for row in db.session.execute(db.select(table.host, table.state))}
    db.session.rollback()
    return found


def _rules() -> dict[str, tuple[str, bool, str]]:
    rows = db.session.scalars(db.select(HostRule).order_by(HostRule.host)).all()
    found = {row.host: (row.severity, row.refuses_media, row.reason) for row in rows}
    db.session.rollback()
    return found


def _give_list(city: City, browser: Any, text: str) -> Any:
    data = {"file": (io.BytesIO(text.encode()), "liste.csv")}
    answer = browser.post("/admin/serveurs/liste", data=data)
    db.session.rollback()
    return answer


def test_for_all_others_these_pages_are_not_there(city: City) -> None:
    salma = city.resident(city.quartier("Clignancourt"), roles_here=("moderator",))
    pages = ["/admin/serveurs", "/admin/envois", "/admin/arrivees"]
    posts = [
        "/admin/serveurs/regle", "/admin/serveurs/regle/retirer", "/admin/serveurs/liste", "/admin/envois/reprendre",
        "/admin/arrivees/rejouer",
    ]  # fmt: skip

    for browser in (salma.browser, city.browser()):
        assert [city.get(browser, path).status_code for path in pages] == [404] * 3
        assert [city.post(browser, path, host="a.example", severity="block").status_code for path in posts] == [404] * 5
    admin = city.admin()
    assert [city.get(admin.browser, path).status_code for path in pages] == [200] * 3
    assert _rules() == {}


def test_a_rule_is_made_shown_and_taken_away(city: City) -> None:
    admin = city.admin()
    _queue("https://bad.example/inbox", "https://good.example/inbox")

    city.post(admin.browser, "/admin/serveurs/regle", host="Bad.Example.", severity="block", reason="Arnaques")

    assert _rules() == {"bad.example": ("block", False, "Arnaques")}
    assert _states(Delivery) == {"bad.example": "cancelled", "good.example": "pending"}
    shown = plain(city.get(admin.browser, "/admin/serveurs"))
    assert "bad.example" in shown
    assert "Arnaques" in shown
    city.post(admin.browser, "/admin/serveurs/regle/retirer", host="bad.example")
    assert rules.severity("bad.example") is None


def test_what_is_no_server_is_refused_and_stays_typed(city: City) -> None:
    admin = city.admin()

    for typed in ("", "pas un serveur", "a/b", city.settings.host):
        refused = city.post(admin.browser, "/admin/serveurs/regle", host=typed, severity="block", reason="Gênant")
        assert refused.status_code == 422
        assert "Gênant" in plain(refused)
    assert _rules() == {}


def test_a_list_of_domains_is_taken_over_with_its_counts(city: City) -> None:
    admin = city.admin()
    with commit():
        rules.set_rule("a.example", "block", reason="spam")
        rules.set_rule("kept.example", "limit")
    text = HEADS + (
        "a.example,suspend,false,false,spam,false\n"
        "*.B.example,silence,true,false,\"Haine, insultes\",false\n"
        "c.example,noop,true,false,,false\n"
        "kept.example,suspend,false,false,,false\n"
    )  # fmt: skip

    answer = _give_list(city, admin.browser, text)

    assert answer.status_code == 303
    assert _rules() == {
        "a.example": ("block", False, "spam"), "b.example": ("limit", True, "Haine, insultes"),
        "c.example": ("allow", True, ""), "kept.example": ("block", False, ""),
    }  # fmt: skip
    shown = plain(city.get(admin.browser, "/admin/serveurs?regles=1"))
    assert "Liste reprise. Nouveaux : 2, modifiés : 1, inchangés : 1." in shown


def test_a_list_with_one_wrong_line_changes_nothing_and_the_line_is_named(city: City) -> None:
    admin = city.admin()
    wrong = {
        "a.example,suspend,false,false,,false\nb*d.example,suspend,false,false,,false\n": "Ligne 3",
        "a.example,burn,false,false,,false\n": "Ligne 2",
        "": "vide",
    }
    for rows, word in wrong.items():
        refused = _give_list(city, admin.browser, HEADS + rows if rows else "")
        assert refused.status_code == 422
        assert word in plain(refused)
    assert _rules() == {}


def test_bare_domains_are_a_list_of_blocks(city: City) -> None:
    admin = city.admin()

    _give_list(city, admin.browser, "\ufeffa.example\n\nb.example\n")

    assert {host: rule[0] for host, rule in _rules().items()} == {"a.example": "block", "b.example": "block"}


def test_deliveries_are_listed_by_server_and_state_with_their_reason_and_can_be_sent_again(city: City) -> None:
    admin = city.admin()
    _queue("https://a.example/inbox", "https://m.a.example/inbox", "https://b.example/inbox")
    _fail("a.example", "door.slow")
    _fail("b.example")

    page = plain(city.get(admin.browser, "/admin/envois?serveur=a.example"))
    failed = plain(city.get(admin.browser, "/admin/envois?etat=failed"))

    assert "pas de réponse à temps" in page
    assert "https://m.a.example/inbox" in page
    assert "https://b.example/inbox" not in page
    assert "HTTP 404" in failed
    assert "https://m.a.example/inbox" not in failed
    city.post(admin.browser, "/admin/envois/reprendre", serveur="b.example")
    assert _states(Delivery) == {"a.example": "failed", "m.a.example": "pending", "b.example": "pending"}
    number = db.session.scalars(db.select(Delivery.id).where(Delivery.host == "a.example")).one()
    city.post(admin.browser, "/admin/envois/reprendre", row=str(number))
    assert set(_states(Delivery).values()) == {"pending"}


def test_arrivals_are_listed_with_what_became_of_them_and_can_be_read_once_more(city: City) -> None:
    admin = city.admin()
    number = _arrive("a.example", "ignored", "host.blocked")
    _arrive("b.example", "done", body="")

    page = plain(city.get(admin.browser, "/admin/arrivees?etat=ignored"))
    city.post(admin.browser, "/admin/arrivees/rejouer", row=str(number))
    city.post(admin.browser, "/admin/arrivees/rejouer")

    assert "serveur bloqué" in page
    assert "b.example" not in page
    assert _states(Incoming) == {"a.example": "pending", "b.example": "done"}
    assert db.session.scalars(db.select(Incoming.attempts).where(Incoming.id == number)).one() == 0


def test_a_long_list_goes_on_on_the_next_page(city: City) -> None:
    admin = city.admin()
    _queue(*[f"https://h{number:03}.example/inbox" for number in range(60)])

    first = city.get(admin.browser, "/admin/envois").get_data(as_text=True)
    assert first.count("/inbox<") == 50
    older = first.split("avant=")[1].split('"')[0]
    second = city.get(admin.browser, f"/admin/envois?avant={older}").get_data(as_text=True)
    assert second.count("/inbox<") == 10


def test_a_server_that_rests_or_is_given_up_says_so(city: City) -> None:
    admin = city.admin()
    tomorrow = clock.now() + timedelta(days=1)
    with commit():
        db.session.add(Peer(host="dead.example", failures=40, is_dead=True))
        db.session.add(Peer(host="tired.example", failures=12, rests_until=tomorrow))
    _queue("https://dead.example/inbox")

    shown = plain(city.get(admin.browser, "/admin/serveurs"))

    assert "abandonné jusqu’à ce qu’il parle" in shown
    assert "ne répond pas, au repos" in shown
    assert "1 échoué" in shown
