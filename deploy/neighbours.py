"""How two towns become neighbours and a page speaks to both, done as people do it: in the pages, each by their role."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from deploy.browser import Browser

if TYPE_CHECKING:
    from deploy.two_cities import Town

WAIT_S = 60
ADMIN, EDITOR = "lou_admin", "noor"
PAGE, PAGE_NAME = "deux-rives", "La Gazette des Deux Rives"
EDITION = "Les quais"
ARTICLE = "Qui a vendu le hangar du quai ?"
WORDS = "Le hangar a changé de mains en mai. Qui a signé, et qu’en savent les voisins des deux rives ?"
ACCORDS, NEIGHBOURS = "/admin/accords", "/moderation/voisins"
OPEN = "Ouvert : les annonces passent."
T = TypeVar("T")


def sign(asking: Town, asked: Town) -> list[tuple[Browser, str]]:
    """Agreement and passage between two running towns: each side's admin, and where the agreement is on their side."""
    for town in (asking, asked):
        until(partial(_is_known, town), "the keys of a quartier")
    _propose(asking, asked)
    sides = accept(asking, asked)
    browsers = [moderator(town) for town in (asking, asked)]
    for browser in browsers:
        act = until(partial(_wanted, browser), "the passage to be there")
        assert browser.fill(NEIGHBOURS, act) == 303, act
    for browser in browsers:
        until(partial(_reads, browser, NEIGHBOURS, OPEN), "the passage to open")
    return sides


def _is_known(town: Town) -> bool:
    """Whether others can see the quartier: without keys, which are made after the start, it is not there yet."""
    host = town.url.partition("://")[2]
    name = town.home_wall.removeprefix("/q/")
    return Browser(town.port).ask("GET", f"/.well-known/webfinger?resource=acct:{name}@{host}")[0] == 200


def _propose(town: Town, other: Town) -> None:
    """The admin of `town` looks for the other one and offers every pair and everything that may pass."""
    admin = Browser(town.port).log_in(ADMIN, town.password)
    assert admin.fill(ACCORDS, address=other.url) == 303
    place = admin.place
    shown = until(partial(_reads, admin, place, 'name="pair"'), "the quartiers that touch")
    pairs = [html.unescape(one) for one in re.findall(r'name="pair"[^>]*value="([^"]*)"', shown)]
    said: dict[str, str | list[str]] = {"pair": pairs, "audience": ["public", "neighbours", "group"], "months": "12"}
    assert admin.fill(place, f"{place}/proposer", **said) == 303


def accept(asking: Town, asked: Town) -> list[tuple[Browser, str]]:
    """The admin of `asked` signs what is offered; each side's admin, and where what holds is on their side."""
    admins = [Browser(town.port).log_in(ADMIN, town.password) for town in (asking, asked)]
    offered = until(partial(_offered, admins[1]), "the offer to arrive")
    assert admins[1].fill(f"{offered}/signer") == 303
    return [(admin, until(partial(_in_force, admin), "the agreement to be in force")) for admin in admins]


def _in_force(admin: Browser) -> str | None:
    """What holds, once nothing else stands before it."""
    place = first_accord(admin)
    return place if place and f"{place}/suspendre" in admin.read(place) else None


def _offered(admin: Browser) -> str | None:
    place = first_accord(admin)
    return place if place and f"{place}/signer" in admin.read(place) else None


def first_accord(admin: Browser) -> str:
    """The first agreement of the list: what waits comes first, then what holds."""
    found = re.search(rf'href="({ACCORDS}/\d+)"', admin.read(ACCORDS))
    return found[1] if found else ""


def _wanted(browser: Browser) -> str | None:
    """Where the button leads by which a moderator asks the other side, or says yes to it."""
    found = re.search(rf'action="({NEIGHBOURS}/\d+/proposer)"', browser.read(NEIGHBOURS))
    return found[1] if found else None


def moderator(town: Town) -> Browser:
    """A browser of the town's first resident, who moderates the quartier where everybody lives."""
    return Browser(town.port).log_in(town.plan.people[0][0], town.password)


def referent(town: Town) -> Browser:
    """One of the second, who speaks for that quartier."""
    return Browser(town.port).log_in(town.plan.people[1][0], town.password)


def speak(town: Town, other: Town) -> None:
    """The page of `town` gets an edition for the two quartiers, both subscribe, and its first article stands there."""
    editor = Browser(town.port).log_in(EDITOR, town.password)
    place = f"/pages/{PAGE}"
    names = "|".join(html.escape(one.home_name) for one in (town, other))
    shown = until(partial(_reads, editor, f"{place}/editions", html.escape(other.home_name)), "the other quartier")
    ticks = re.findall(rf'name="places"[^>]*value="(\d+)"(?:(?!name="places").)*?(?:{names})', shown, re.S)
    assert editor.fill(f"{place}/editions", name=EDITION, places=ticks) == 303, shown
    for one, asked in ((town, PAGE), (other, f"{town.url}{place}")):
        _subscribe(one, asked)
    said = {"kind": "article", "title": ARTICLE, "text": WORDS, "edition": "les-quais"}
    assert editor.fill(f"{place}/ecrire", **said) == 303
    for one in (town, other):
        until(partial(_reads, referent(one), one.home_wall, html.escape(ARTICLE)), "the article")


def _subscribe(town: Town, asked: str) -> None:
    """The quartier's referent asks for the page, its moderator agrees."""
    status = referent(town).fill(f"{town.home_wall}/pages/abonner", asked=asked, reason="Elle enquête ici.")
    assert status == 303, asked
    who, waiting = moderator(town), "/moderation/abonnements"
    act = until(partial(_found, who, waiting, r'action="(/moderation/abonnements/\d+/accepter)"'), "the request")
    assert who.fill(waiting, act) == 303
    until(partial(_found, who, waiting, r"· (reçu|page de cette ville)<"), "the page to say yes")


def _found(browser: Browser, path: str, pattern: str) -> str | None:
    found = re.search(pattern, browser.read(path))
    return found[1] if found else None


def _reads(browser: Browser, path: str, words: str) -> str | None:
    """The page, once it says these words; no-break spaces are spaces."""
    shown = browser.read(path).replace("\u00a0", " ").replace("\u202f", " ")
    return shown if words in shown else None


def until(look: Callable[[], T | None], what: str) -> T:
    """The first value of `look` that counts as true."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    raise SystemExit(f"waited {WAIT_S} s for {what}")
