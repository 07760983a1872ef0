"""The public pages that the law and the association ask for, each version at an address of its own."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.core.db import commit
from instance.core.errors import NotFound
from instance.core.i18n import language
from instance.core.web import current_account_id, local_path, page, settings
from instance.legal import service

bp = Blueprint("legal", __name__)

PATHS = {
    "mentions": "/mentions-legales",
    "regles": "/regles",
    "contact": "/contact",
    "confidentialite": "/confidentialite",
    "accessibilite": "/accessibilite",
    "guide": "/guide",
}


def title_of(kind: str) -> str:
    """The heading of a page."""
    return {
        "mentions": _("Mentions légales"),
        "regles": _("Les règles"),
        "contact": _("Contact"),
        "confidentialite": _("Confidentialité"),
        "accessibilite": _("Accessibilité"),
        "guide": _("Le guide des bons usages"),
    }[kind]


def _association(kind: str) -> list[tuple[str, str]]:
    """What the settings say of who runs the site, for the pages that name it."""
    about, lines = settings(), {"mentions": ("post",), "contact": ("post", "desk")}.get(kind, ())
    told = [
        ("post", _("Adresse postale"), [about.operator, *about.postal_address] if about.postal_address else []),
        ("desk", _("Guichet"), about.desk),
    ]
    return [(word, ", ".join(one for one in said if one)) for line, word, said in told if said and line in lines]


def show(kind: str) -> ResponseReturnValue:
    """The version in force, in the reader's language or else in the one there is."""
    text = service.in_force(kind, language())
    unseen = None
    if kind == "guide" and current_account_id() is not None:
        unseen = service.unseen_guide(g.account)
    return page(
        "legal/page.html", kind=kind, title=title_of(kind), text=text, is_old=False, unseen=unseen,
        association=_association(kind), html=service.html(text.text) if text else "",
    )  # fmt: skip


def show_versions(kind: str) -> ResponseReturnValue:
    """When the page changed."""
    return page("legal/versions.html", kind=kind, title=title_of(kind), versions=service.versions(kind))


def show_version(kind: str, number: int) -> ResponseReturnValue:
    """What the page said, for ever."""
    text = service.version(kind, number)
    now = service.current(kind, text.language)
    return page(
        "legal/page.html", kind=kind, title=title_of(kind), text=text, html=service.html(text.text), unseen=None,
        is_old=now is not None and now.version != text.version,
    )  # fmt: skip


for _kind, _path in PATHS.items():
    bp.add_url_rule(_path, "show", show, defaults={"kind": _kind})
    bp.add_url_rule(f"{_path}/versions", "versions", show_versions, defaults={"kind": _kind})
    bp.add_url_rule(f"{_path}/versions/<int:number>", "version", show_version, defaults={"kind": _kind})


@bp.post("/guide/lu")
def guide_read() -> ResponseReturnValue:
    """The reader has seen the guide: the wall shows it no more until it changes."""
    if current_account_id() is None:
        raise NotFound
    number = request.form.get("version", default=0, type=int)
    with commit():
        service.mark_guide_seen(g.account, number)
    return redirect(local_path(request.form.get("next"), url_for("quartiers.welcome")), 303)
