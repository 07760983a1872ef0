"""Ormevielle with pages of organisations in use: a newspaper, a shop, one in preparation, a tip, subscriptions."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping

from playwright.sync_api import BrowserContext

from deploy.two_cities import EACH, ROOT
from tests.browser.chromium import send
from tests.browser.lived_in import ADMIN, HERE, MODERATOR, PILOT, REFERENT, RESIDENT, STRANGER, VERIFIER, soon
from tests.support.peer import ForeignServer

EDITOR = PILOT  # who speaks for both pages lives in none of the quartiers that read them
MEDIA, SHOP, DRAFT = "/pages/le-heron", "/pages/chez-nadia", "/pages/le-potager"
WAITING = "/moderation/abonnements"
PAGES = (
    ("page", "add", "le-heron", "--kind", "media", "--name", "Le Héron libre", "--editor", EDITOR, "--number",
     "W751234567", "--about", "Une rédaction de trois personnes.", "--funding", "Les abonnements.", "--contact",
     "12 rue du Bac\nle-heron@ormevielle.example"),
    ("page", "add", "chez-nadia", "--kind", "shop", "--name", "Chez Nadia", "--editor", EDITOR, "--quartier",
     "9980101"),
)  # fmt: skip


class Newsroom:
    """What happened, through the pages; then who visits what."""

    def __init__(self, env: Mapping[str, str], context: Callable[[str], BrowserContext], peer: ForeignServer) -> None:
        self.context, self.peer = context, peer
        command = [sys.executable, "-c", EACH, json.dumps(PAGES)]
        subprocess.run(command, env=dict(env), cwd=ROOT, capture_output=True, check=True)
        self._subscribe()
        self._publish()
        self._tell()
        self._look_after_the_pages()

    def _subscribe(self) -> None:
        """To the newspaper of the city, and to one elsewhere; a third waits for the moderator."""
        referent, moderator, asking = self.context(REFERENT), self.context(MODERATOR), f"/q/{HERE}/pages/abonner"
        elsewhere = self.peer.actor("gazette", "Organization", name="La Gazette du Port")
        for asked in (f"@{elsewhere.acct}", "le-heron"):
            send(referent, asking, asked=asked, reason="Elle écrit sur nos rues.")
            send(moderator, WAITING, soon(lambda: _found(moderator, WAITING, rf'action="({WAITING}/\d+/accepter)"')))
        send(referent, asking, asked="chez-nadia", reason="Pour les horaires.")
        resident = self.context(RESIDENT)
        self.elsewhere = soon(lambda: _found(resident, f"/q/{HERE}/pages", r'href="(/comptes/\d+)"'))

    def _publish(self) -> None:
        """An article, one that was corrected, one that was withdrawn; a neighbour answers the first."""
        editor = self.context(EDITOR)
        self.article, self.corrected, withdrawn = (
            send(editor, f"{MEDIA}/ecrire", kind="article", title=title, text="Le conseil a voté hier soir.\n" * 9)
            for title in ("Qui a vendu le hangar ?", "Le pont rouvre lundi", "Une fête annulée")
        )
        number = {path: path.rpartition("/")[2] for path in (self.article, self.corrected, withdrawn)}
        send(editor, f"{MEDIA}/corriger/{number[self.corrected]}", title="Le pont rouvre mardi", text="Mardi à 8 h.",
             why="Le jour était faux.")  # fmt: skip
        send(editor, f"{MEDIA}/retirer/{number[withdrawn]}", reason="La fête a bien lieu.")
        self.withdrawn = withdrawn
        self.team = [f"{MEDIA}/{room}/{number[self.article]}" for room in ("corriger", "retirer", "repondre")]
        answering = {"text": "J’ai vu les camions.", "scope": "quartier", "act": "send"}
        send(self.context(RESIDENT), self.article, f"{self.article}/repondre", **answering)

    def _tell(self) -> None:
        """A tip by a source that is protected; the newsroom asks back."""
        source, editor = self.context(REFERENT), self.context(EDITOR)
        self.own_tip = send(source, f"{MEDIA}/info", text="L’adjoint a signé.\nJ’étais là.", sign="protected")
        self.tip = soon(lambda: _found(editor, f"{MEDIA}/bureau/infos", rf'href="({MEDIA}/bureau/infos/[^"?]+)"'))
        send(editor, self.tip, f"{self.tip}/question", text="L’avez-vous vu signer ?")
        send(editor, self.tip, f"{self.tip}/etat", state="useful")

    def _look_after_the_pages(self) -> None:
        """The state of the shop, an edition, an ambassador, a guest of the team; and a page that is not there yet."""
        editor, founder = self.context(EDITOR), self.context(RESIDENT)
        send(editor, f"{SHOP}/etat", open="yes", hours="8 h à 19 h", gifts="1")
        send(editor, f"{SHOP}/ambassades", handle=REFERENT, interest="Un repas par mois")
        send(editor, f"{MEDIA}/equipe", handle=RESIDENT, role="editor")
        send(founder, "/pages/nouvelle", kind="association", name="Le Potager des Tilleuls", slug="le-potager",
             number="W751234568")  # fmt: skip
        send(founder, f"{DRAFT}/preuve", f"{DRAFT}/courrier", street="3 rue du Bac", town="99801 Ormevielle")

    def visits(self) -> dict[str, list[str]]:
        rooms = ("atelier", "textes", "equipe", "editions", "journal", "ecrire", "bureau", "bureau/infos", "chiffres")
        return {
            STRANGER: ["/annuaire", "/pages", MEDIA, SHOP, self.article, self.corrected, self.withdrawn,
                       f"/commerces?quartier={HERE}"],
            RESIDENT: [f"/q/{HERE}/pages", self.article, "/commerces", "/mes-pages", "/pages/nouvelle", self.elsewhere,
                       f"{self.elsewhere}/info", f"{DRAFT}/atelier", f"{DRAFT}/preuve"],
            REFERENT: [f"/q/{HERE}/pages/abonner", f"{MEDIA}/info", "/mes-infos", self.own_tip, "/mes-pages"],
            MODERATOR: ["/moderation/abonnements", f"/q/{HERE}/pages"],
            VERIFIER: ["/guichet/pages"],
            ADMIN: ["/admin/annuaire", "/admin/organisations"],
            EDITOR: [*(f"{MEDIA}/{room}" for room in rooms), *self.team, self.tip, f"{SHOP}/etat",
                     f"{SHOP}/ambassades", f"{MEDIA}/fermer"],
        }  # fmt: skip


def _found(who: BrowserContext, page: str, pattern: str) -> str | None:
    found = re.search(pattern, who.request.get(page).text())
    return found[1] if found else None
