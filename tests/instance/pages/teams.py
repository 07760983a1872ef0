"""Pages through their forms, as an organisation makes them."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfReader
from sqlalchemy import select

from instance.core.db import commit, db
from instance.pages import founding, team
from instance.pages.models import Page, PageProof
from tests.city import City, Someone

SIRET = "73282932000074"
TEXTS = {"publisher": "Les Voisins du Nord", "funding": "Les lecteurs", "contact": "12 rue Ramey"}
SEAT = {"street": "12 rue Ramey", "town": "75018 Paris"}


def draft(city: City, someone: Someone, slug: str = "le-canard-du-nord", **more: str) -> Any:
    """Found a page through the form."""
    fields = {"kind": "media", "name": "Le Canard du Nord", "slug": slug, "number": SIRET} | more
    return city.post(someone.browser, "/pages/nouvelle", **fields)


def online(
    city: City, manager: Someone, slug: str = "le-canard-du-nord", *, kind: str = "media", name: str = ""
) -> str:
    """A published page with `manager`, made by the operator; its slug."""
    from instance.accounts.models import Account
    from instance.quartiers import service as quartiers

    with commit():
        account = db.session.get_one(Account, manager.account_id)
        page = founding.make(founding.Wish(kind, name or slug.replace("-", " ").title(), slug, ""))
        home = quartiers.residence(account.id)
        page.quartier_id = home.quartier.id if home else None
        team.add(page, account, "manager")
        founding.describe(page, account, TEXTS)
        founding.prove(page, "admin", None)
        founding.put_online(page, account)
    city.work()
    return slug


def join(city: City, slug: str, manager: Someone, editor: Someone) -> None:
    """Invite somebody through the form, who accepts."""
    city.post(manager.browser, f"/pages/{slug}/equipe", handle=editor.handle, role="editor")
    answer = city.post(editor.browser, f"/mes-pages/{slug}/equipe", answer="yes")
    assert answer.status_code == 303 and answer.location.endswith(f"/pages/{slug}/atelier")


def say(city: City, someone: Someone, slug: str, title: str = "Enquête", **more: Any) -> int:
    """Publish through the form; the post's id."""
    fields = {"title": title, "text": "Un mot de la rédaction.", "kind": "news"} | more
    answer = city.post(someone.browser, f"/pages/{slug}/ecrire", **fields)
    assert answer.status_code == 303, answer.text
    city.work()
    return int(answer.location.rsplit("/", 1)[1])


def sheets(browser: Any) -> list[str]:
    """The letters to seats as they come out of the printer."""
    answer = browser.get("/guichet/pages/lettres.pdf")
    assert answer.status_code == 200
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]


def code_of(slug: str) -> str:
    """The code in the letter that waits for printing."""
    row = select(PageProof.code).join(Page, Page.id == PageProof.page_id).where(Page.slug == slug)
    found = db.session.scalars(row.order_by(PageProof.id.desc())).first()
    db.session.rollback()
    assert found
    return found


def state(slug: str) -> tuple[str, str | None]:
    """State of the page, and by what it is proved."""
    row = db.session.execute(select(Page.state, Page.proved_by).where(Page.slug == slug)).one()
    db.session.rollback()
    return row[0], row[1]
