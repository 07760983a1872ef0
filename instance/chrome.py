"""What stands around every page: menu, foot, help buttons; and the list of rooms that have pages."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from instance.accounts import web as accounts
from instance.admin import web as admin
from instance.core import ids
from instance.core.i18n import LANGUAGE_NAMES, language
from instance.core.web import current_account_id, current_viewer
from instance.legal import web as legal
from instance.media import web as media
from instance.moderation import web as moderation
from instance.notifications import service as notices
from instance.notifications import web as notifications
from instance.posts import compose_web as compose
from instance.quartiers import plan_web
from instance.quartiers import profile_web as profiles
from instance.quartiers import web as quartiers
from instance.quartiers.access import my_roles, residence
from instance.settings import Settings
from instance.timelines import web as timelines
from instance.verification import web as verification
from instance.watch import bp as watch

BLUEPRINTS: tuple[Blueprint, ...] = (
    watch,
    accounts.bp,
    quartiers.bp,
    plan_web.bp,
    profiles.bp,
    verification.bp,
    media.bp,
    compose.bp,
    timelines.bp,
    notifications.bp,
    legal.bp,
    moderation.bp,
    admin.bp,
)
POST_LANGUAGES = {
    "fr": "français", "en": "English", "ar": "العربية", "es": "español", "pt": "português", "de": "Deutsch",
    "it": "italiano", "tr": "Türkçe", "uk": "українська", "zh": "中文",
}  # fmt: skip
LANGUAGES = tuple((code, name, f"/langue/{code}") for code, name in LANGUAGE_NAMES.items())
ROLE_WORDS = {
    "admin": _l("administration"), "verifier": _l("vérification"), "moderator": _l("modération"),
    "referent": _l("référent de quartier"),
}  # fmt: skip


def bind(app: Flask, settings: Settings) -> None:
    """Give the templates what every page needs."""
    env = app.jinja_env
    env.add_extension("jinja2.ext.do")
    env.globals.update(
        site_name=settings.name, site_operator=settings.operator, open_residents=settings.open_residents,
        open_addresses=settings.open_addresses, minimum_age=settings.minimum_age,
        icon_sheet=f"{app.static_url_path}/icons.svg?v={static_version(app)}",
    )  # fmt: skip
    env.filters["moment"] = ids.moment_of
    env.filters["language_pair"] = lambda code: (code, POST_LANGUAGES[code])
    env.filters["role_word"] = lambda name: str(ROLE_WORDS[name])
    env.filters["scope_choice"] = scope_choice
    app.context_processor(around)
    _version_static(app)


def static_version(app: Flask) -> str:
    """Eight signs that change whenever a file of static/ does: browsers may then keep the files for a year."""
    digest = hashlib.sha256()
    for path in sorted(Path(str(app.static_folder)).rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _version_static(app: Flask) -> None:
    version = static_version(app)

    @app.url_defaults
    def add(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("v", version)


def scope_choice(scope: str, place: str) -> dict[str, str]:
    """One radio of a reply's readers."""
    words = {
        "quartier": _("%(name)s seulement", name=place), "neighbours": _("Comme l’annonce : quartier et voisins"),
        "public": _("Visible partout"),
    }  # fmt: skip
    return {"value": scope, "label": words[scope], "icon": f"scope-{scope}"}


def around() -> dict[str, Any]:
    """Menu, help buttons and foot for the reader of this page."""
    if getattr(g, "is_fault", False):
        return {"bare": True, "locale": language(), "foot_links": _foot()}  # the database may be what is away
    account = getattr(g, "account", None)
    home = residence()
    is_simple = account.is_simple if account else request.cookies.get("simple") == "1"
    write = url_for("posts.new", slug=home.quartier.slug) if home else url_for("quartiers.welcome")
    return {
        "locale": language(), "home_url": url_for("quartiers.welcome"), "simple": is_simple,
        "simple_url": "/affichage-simple", "menu_entries": _menu(is_simple) if account else [],
        "foot_links": _foot(), "site_languages": () if account else LANGUAGES,  # an account has its own language
        "help_need_url": f"{write}?aide=besoin" if home else write,
        "help_can_url": f"{write}?aide=offre" if home else write,
    }  # fmt: skip


def _menu(is_simple: bool) -> list[tuple[str, str, str, str, int]]:
    """At most five entries; one appears when its room exists."""
    home = residence()
    wall = url_for("timelines.wall", slug=home.quartier.slug) if home else "/preuve"
    entries = [("wall", "wall", _("Le mur"), wall, 0)]
    entries.append(("notifications", "bell", _("Avis"), url_for("notifications.notices"), _unread()))
    if not is_simple:
        entries.append(("mine", "write", _("Mes messages"), url_for("posts.mine"), 0))
    entries.append(("me", "me", _("Moi"), "/reglages", 0))
    if my_roles() and not is_simple:
        entries.append(("work", "desk", _("Travail"), "/travail", 0))
    return entries


def _unread() -> int:
    viewer, account_id = current_viewer(), current_account_id()
    return 0 if viewer is None or account_id is None else notices.unread(account_id, viewer)


def _foot() -> list[tuple[str, str]]:
    return [
        (_("Contact"), "/contact"),
        (_("Règles"), "/regles"),
        (_("Guide"), "/guide"),
        (_("Mentions légales"), "/mentions-legales"),
        (_("Confidentialité"), "/confidentialite"),
        (_("Accessibilité"), "/accessibilite"),
    ]
