"""Ormevielle with every kind of page in use: a report, a decision contested, a draft, links out of mails."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import BrowserContext

from tests.browser.chromium import send
from tests.support.partner import PartnerCity
from tests.support.peer import ForeignServer

STRANGER, RESIDENT, REFERENT, MODERATOR, NEWCOMER = "", "velo_bleu", "la_lanterne", "bottines", "nouvelle_venue"
VERIFIER, ADMIN, PILOT = "clef_de_douze", "grand_registre", "grand_tilleul"
HERE, PILOTED = "boeuf-couronne", "butte-aux-tilleuls"
TEXTS = ("mentions-legales", "confidentialite", "regles", "accessibilite", "contact", "guide")
PASSWORD = "trois poules au balcon"
T = TypeVar("T")


class LivedIn:
    """What happened, through the pages; then who visits what."""

    def __init__(self, mails: Path, passwords: dict[str, str], enter: Callable[[str], BrowserContext]) -> None:
        self.mails, self.passwords, self._enter = mails, passwords, enter
        self.also: dict[str, list[str]] = {}  # further visits
        self._open: dict[str, BrowserContext] = {}
        self._write_and_report()
        self._speak_to_fewer()
        self._let_a_program_in()
        self._sign_up()
        self._ask_for_links()

    def context(self, who: str) -> BrowserContext:
        """The browser of `who`, the same for all their pages."""
        if who not in self._open:
            self._open[who] = self._enter(who)
        return self._open[who]

    def close(self) -> None:
        for context in self._open.values():
            context.close()

    def _write_and_report(self) -> None:
        resident, neighbour = self.context(RESIDENT), self.context(REFERENT)
        self.seen_by_all = self._write("Un vélo bleu attaché de travers", scope="public", everywhere="1")
        self.reported, hidden = self._write("Les poubelles du 12 débordent"), self._write("Le voisin est un voleur")
        send(resident, f"{self.reported}/modifier", title="Les poubelles débordent", text="Encore.", language="fr")
        self.case, closed = self._report(neighbour, self.reported), self._report(neighbour, hidden)
        why = {"measure": "hidden", "clause": "…", "own_clause": "Article 29", "reason": "Sans preuve.", "days": "0"}
        send(self.context(MODERATOR), closed, **why)
        notice = last_link(resident, "/avis", r"/avis/\d+", "décision")
        self.decision = urlsplit(resident.request.get(notice).url).path
        send(resident, self.decision, f"{self.decision}/contester", plea="Je n’ai nommé personne.")
        self.appeal = last_link(self.context(ADMIN), "/contestations", r"/contestations/\d+")
        writing = {"title": "Une idée", "text": "À finir.", "kind": "news", "scope": "quartier"}
        send(resident, f"/q/{HERE}/ecrire", act="draft", **writing)

    def _speak_to_fewer(self) -> None:
        """A private message and its answer; a group with two members, and one that says yes or no; a poll."""
        resident, neighbour = self.context(RESIDENT), self.context(REFERENT)
        self.talk = send(resident, "/messages/nouveau", to=f"@{REFERENT}", text="La pompe est chez moi.")
        send(neighbour, self.talk, f"{self.talk}/repondre", text="Je passe à 18 h #pompe.")
        founding = {"summary": "Un bac, un planning.", "reach": "quartier"}
        self.group = send(resident, "/groupes/nouveau", name="Compost du Bœuf", joining="open", **founding)
        self.asked_group = send(neighbour, "/groupes/nouveau", name="École maison", joining="asked", **founding)
        self.door = send(neighbour, "/groupes/nouveau", name="Chorale", joining="open", **founding)
        send(neighbour, self.group, f"{self.group}/rejoindre")
        send(neighbour, self.group, f"{self.group}/ecrire", text="Qui a la clef du bac ?")
        send(resident, self.asked_group, f"{self.asked_group}/rejoindre")
        choices = {"option-1": "Samedi", "option-2": "Dimanche, l’après-midi seulement", "lasts": "259200"}
        self.poll = self._write("Quel jour pour la fête ?", kind="poll", **choices)
        send(neighbour, self.poll, f"{self.poll}/voter", **{f"choix-{self.poll.rpartition('/')[2]}": "0"})

    def _let_a_program_in(self) -> None:
        """It may publish, quotes a post, and has an announcement that waits; another one asks."""
        resident = self.context(RESIDENT)
        self.asking, token = let_in(resident)
        later = {"status": "Réunion mardi", "scheduled_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()}
        say(resident, token, **later)
        self.quoting = say(
            resident, token, status="Voyez ce vélo", quoted_status_id=self.seen_by_all.rpartition("/")[2]
        )

    def meet_somebody_elsewhere(self, peer: ForeignServer, url: str) -> None:
        """The resident follows somebody on another server, who speaks and asks to follow back."""
        ada, resident = peer.actor("ada", summary="<p>Journaliste à <b>La Gazette</b>.</p>"), self.context(RESIDENT)
        self.outsider = send(resident, "/chercher", q=f"@{ada.acct}")
        send(resident, self.outsider, f"{self.outsider}/suivre")
        asked = soon(lambda: next((one for one in peer.inbox_of(ada) if one["type"] == "Follow"), None))
        about_us = f"{url}/u/{RESIDENT}"
        for said in (ada.accept(asked), ada.create(ada.note("La machine tisse.")), ada.follow(about_us)):
            assert ada.send(f"{url}/inbox", said) == 202
        soon(lambda: "La machine tisse." in resident.request.get("/suivis").text() or None)
        soon(lambda: "demande à vous suivre" in resident.request.get("/avis").text() or None)
        hidden = send(resident, "/chercher", q=f"@{peer.actor('eve').acct}")
        send(resident, hidden, f"{hidden}/bloquer")
        send(resident, "/reglages/bloques", "/reglages/serveurs", host="journal.example")

    def hear_from_another_city(self, peer: ForeignServer, url: str) -> None:
        """Another city offers an agreement, which waits for the admin; one of its quartiers asks ours already."""
        partner, here = PartnerCity(peer), f"{url}/q/{HERE}"
        group = partner.group("Le Port-au-Sel")
        assert group.send(f"{here}/inbox", group.follow(here)) == 202
        pair = (here, group.uri)
        assert partner.application.send(f"{url}/actor/inbox", partner.offer([pair], f"{url}/actor")) == 202
        self.agreement = last_link(self.context(ADMIN), "/admin/accords", r"/admin/accords/\d+")

    def _write(self, title: str, **more: str) -> str:
        writing = {"title": title, "text": "Venez voir.", "kind": "news", "scope": "quartier"} | more
        return send(self.context(RESIDENT), f"/q/{HERE}/ecrire", act="send", confirmed="1", **writing)

    def _report(self, who: BrowserContext, post: str) -> str:
        send(who, f"{post}/signaler", reason="insult", text="Cela nous blesse.")
        return last_link(self.context(MODERATOR), "/moderation", r"/moderation/\d+")

    def _sign_up(self) -> None:
        """Somebody who chose the desk."""
        newcomer = self.context(NEWCOMER)
        send(newcomer, "/inscription", address="8 place du boeuf couronne")
        send(newcomer, "/inscription/vous", first_name="Nine", last_name="Oriol", handle=NEWCOMER, password=PASSWORD,
             email="nine@ormevielle.example", age="1")  # fmt: skip
        send(newcomer, "/preuve", method="desk")
        self.at_desk = send(self.context(VERIFIER), "/guichet", number=NEWCOMER)

    def _ask_for_links(self) -> None:
        stranger, resident = self.context(STRANGER), self.context(RESIDENT)
        stranger_form = stranger.request.get("/mot-de-passe/oubli").text()
        token = stranger_form.partition('name="csrf_token" value="')[2].partition('"')[0]
        stranger.request.post("/mot-de-passe/oubli", form={"csrf_token": token, "login": RESIDENT})
        self.reset = self._link("/mot-de-passe/")
        send(resident, "/reglages/connexion", "/reglages/courriel", email="bleu@ormevielle.example",
             email_password=self.passwords[RESIDENT])  # fmt: skip
        self.new_email = self._link("/reglages/courriel/", to="bleu@ormevielle.example")
        self.unsubscribe = self._link("/avis/desabonner/")

    def _link(self, begin: str, to: str = "", seconds: float = 15) -> str:
        """The path that begins so in one of the mails (to that address), once it is written."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for path in sorted(self.mails.glob("*.eml"), reverse=True):
                words = words_of(path)
                found = re.search(rf"{re.escape(begin)}[\w.~-]+", words) if words.startswith(to) else None
                if found:
                    return found[0].rstrip(".")
            time.sleep(0.1)
        raise AssertionError(f"no mail holds {begin}")

    def closed_to(self, who: str) -> set[str]:
        """Pages on the tour that `who` may not see."""
        return {f"/q/{PILOTED}", f"/u/{NEWCOMER}"} if who == STRANGER else set()

    def visits(self) -> list[tuple[str, str]]:
        """Who goes where: every page of the application, and those that differ from reader to reader."""
        legal = [f"/{text}{rest}" for text in TEXTS for rest in ("", "/versions", "/versions/1")]
        own = [
            f"/q/{HERE}", f"/q/{HERE}?tri=new", f"/q/{HERE}/ecrire", f"/q/{HERE}/ecrire?aide=besoin", self.reported,
            self.seen_by_all, f"{self.reported}/modifier", f"{self.reported}/supprimer", f"{self.reported}/versions",
            self.decision, "/mes-messages", "/brouillons", "/avis", "/avis/reglages", "/reglages", "/reglages/page",
            "/reglages/bloques", "/reglages/connexion", "/reglages/deuxieme-etape", "/avis/appareils", self.new_email,
            "/mes-donnees", "/mes-donnees/supprimer", "/preuve", "/foyer",
            "/parrainer", "/demenager", "/signalements/mes", f"/q/{HERE}/roles", f"/q/{HERE}/croissance",
            f"/u/{RESIDENT}", f"/u/{RESIDENT}?dehors=1", f"/u/{REFERENT}", f"/q/{HERE}?dehors=1",
            f"/q/{HERE}/autour", "/chercher", "/suivis", "/abonnements", self.outsider, "/reglages/ailleurs",
            f"{self.seen_by_all}/faire-suivre", "/messages", self.talk, "/messages/nouveau", "/groupes",
            "/groupes/nouveau", self.group, f"{self.group}/membres", self.asked_group, self.door, self.poll,
            "/recherche", "/recherche?q=vélo", "/recherche?q=xylophone", "/mots/pompe", "/avis/a-part",
            "/reglages/applications", self.asking, self.quoting, f"{self.quoting}/retirer-mes-mots",
        ]  # fmt: skip
        places = {
            STRANGER: ["/", "/connexion", "/inscription", "/mot-de-passe/oubli", self.reset, "/opposition", "/offline",
                       "/accord", self.unsubscribe, self.seen_by_all, f"{self.seen_by_all}/signaler", f"/q/{HERE}",
                       f"/u/{RESIDENT}", f"/q/{PILOTED}", f"/u/{NEWCOMER}", "/rien", *legal],
            RESIDENT: own,
            REFERENT: [f"/q/{HERE}", f"{self.reported}/repondre", f"{self.reported}/signaler", "/signalements/mes",
                       "/travail", "/mes-messages", "/messages", self.group, f"{self.asked_group}/membres"],
            MODERATOR: ["/travail", "/moderation", "/moderation/attente", self.case, "/contestations", self.reported,
                        "/moderation/voisins", f"/moderation/voisins/quartier/{HERE}/couper"],
            VERIFIER: ["/travail", "/guichet", self.at_desk, "/guichet/nouveau", "/courriers", "/courriers/imprimer"],
            ADMIN: ["/travail", "/admin", "/admin/habitants", f"/admin/habitants/{RESIDENT}", "/admin/quartiers",
                    f"/admin/quartiers/{PILOTED}", f"/admin/quartiers/{PILOTED}/roles", "/admin/pages",
                    "/admin/pages/regles/fr", "/admin/taches", "/admin/envois",
                    "/admin/arrivees", "/admin/serveurs", "/admin/accords", self.agreement, f"{self.agreement}/signer",
                    self.appeal, "/contestations"],
            PILOT: [f"/q/{PILOTED}", "/", f"/q/{PILOTED}/ecrire"],
            NEWCOMER: ["/preuve", "/preuve/code", "/preuve/foyer", "/preuve/adresse", "/avis", "/", "/messages",
                       "/groupes", "/reglages/applications"],
        }  # fmt: skip
        return [(who, path) for who, paths in places.items() for path in [*paths, *self.also.get(who, ())]]


def let_in(who: BrowserContext) -> tuple[str, str]:
    """A program reads and writes for somebody: the page on which it asked, and its token."""
    back = "http://127.0.0.1:9/back"
    known = {"client_name": "Un programme", "redirect_uris": back, "scopes": "read write follow push"}
    app = who.request.post("/api/v1/apps", form=known).json()
    asks = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": back, "scope": "read write"}
    asking = f"/oauth/authorize?{urlencode(asks)}"
    code = send(who, asking, "/oauth/authorize", answer="allow", **asks).partition("code=")[2]
    known = {"client_id": app["client_id"], "client_secret": app["client_secret"], "redirect_uri": back}
    grant = {"grant_type": "authorization_code", "code": code, **known}
    return asking, str(who.request.post("/oauth/token", form=grant).json()["access_token"])


def say(who: BrowserContext, token: str, **said: str) -> str:
    """Publish by a program; the page of the post (or of one that will never be, if it is for later)."""
    answer = who.request.post("/api/v1/statuses", form=said, headers={"Authorization": f"Bearer {token}"})
    assert answer.ok, answer.text()
    return f"/p/{answer.json()['id']}"


def words_of(mail: Path) -> str:
    """Subject and text of a mail in the folder."""
    message = message_from_bytes(mail.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    return f"{message['To']}\n{message['Subject']}\n{body.get_content()}"


def soon(found: Callable[[], T | None], seconds: float = 30) -> T:
    """What `found` gives, once it is there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (one := found()) is not None:
            return one
        time.sleep(0.2)
    raise AssertionError("it did not come")


def last_link(who: BrowserContext, page: str, path: str, near: str = "", seconds: float = 15) -> str:
    """The last link of that form on a page, once it is there; with `near`, the first whose line has that word."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = who.request.get(page).text()
        found = re.findall(rf'href="({path})"', text)
        if near:
            found = [one for one in found if near in text.partition(f'"{one}"')[2][:300]][:1]
        if found:
            return str(found[-1])
        time.sleep(0.1)
    raise AssertionError(f"{page} has no link {path}")
