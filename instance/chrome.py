"""What stands around every page: menu, foot, help buttons; and the list of rooms that have pages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from instance.accounts import web as accounts
from instance.admin import web as admin
from instance.core import ids, pieces
from instance.core.i18n import LANGUAGE_NAMES, language
from instance.core.web import current_account_id, current_viewer
from instance.core.web import settings as in_force
from instance.desk import web as desk
from instance.fediverse import accords, attest, discovery, documents, inbox, quotes
from instance.groups import web as groups
from instance.legal import web as legal
from instance.mastodon import web as mastodon
from instance.media import web as media
from instance.messages import service as talks
from instance.messages import web as messages
from instance.moderation import web as moderation
from instance.notifications import push_web as devices
from instance.notifications import service as notices
from instance.notifications import web as notifications
from instance.pages import subscriptions_web as subscriptions
from instance.pages import web as pages
from instance.partners import directory_web as directory
from instance.partners import promise_web as promise
from instance.posts import quotes_web as posts
from instance.quartiers import plan_web
from instance.quartiers import profile_web as profiles
from instance.quartiers import web as quartiers
from instance.quartiers.access import my_roles, residence
from instance.settings import Settings
from instance.streaming import web as streaming
from instance.timelines import web as timelines
from instance.verification import web as verification
from instance.watch import bp as watch

BLUEPRINTS: tuple[Blueprint, ...] = (
    watch,
    accounts.bp,
    quartiers.bp,
    plan_web.bp,
    profiles.bp,
    directory.bp,
    promise.bp,
    subscriptions.bp,
    verification.bp,
    media.bp,
    posts.bp,  # with all pages of its room
    pages.bp,
    groups.bp,
    timelines.bp,
    messages.bp,
    notifications.bp,
    devices.bp,
    desk.bp,
    legal.bp,
    moderation.bp,
    admin.bp,
    streaming.bp,  # the client API's, with its other calls
    mastodon.oauth,
    mastodon.programs,
    documents.bp,
    accords.bp,
    quotes.bp,
    attest.bp,
    discovery.bp,
    inbox.bp,
)
POST_LANGUAGES = {
    "fr": "français", "en": "English", "ar": "العربية", "es": "español", "pt": "português", "de": "Deutsch",
    "it": "italiano", "tr": "Türkçe", "uk": "українська", "zh": "中文",
}  # fmt: skip
LANGUAGES = tuple((code, name, f"/langue/{code}") for code, name in LANGUAGE_NAMES.items())
Entry = tuple[str, str, str, str, int]  # key, icon, word, address, number of unread things
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
        desk_lines=lambda: in_force().desk,
        kept=pieces.kept, url_for=lru_cache(maxsize=pieces.KEPT, typed=True)(url_for),  # no path depends on the request
    )  # fmt: skip
    env.filters["moment"] = ids.moment_of
    env.filters["language_pair"] = lambda code: (code, POST_LANGUAGES[code])
    env.filters["role_word"] = lambda name: str(ROLE_WORDS[name])
    env.filters["scope_choice"] = scope_choice
    notifications.register_line(desk.news_line)
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
    words = language()
    if getattr(g, "is_fault", False):
        return {"bare": True, "locale": words, "foot_links": _foot(words)}  # the database may be what is away
    account = getattr(g, "account", None)
    home = residence()
    is_simple = account.is_simple if account else request.cookies.get("simple") == "1"
    slug = home.quartier.slug if home else None
    has_work = bool(account and my_roles())
    return {
        **_paths(slug), "locale": words, "simple": is_simple, "foot_links": _foot(words),
        "menu_entries": (
            _menu(words, slug, _unread(), _unread_messages(), has_work, is_simple) if account else ()
        ),
        "has_work": has_work,
        "site_languages": () if account else LANGUAGES,  # an account has its own language
    }  # fmt: skip


@lru_cache(maxsize=1000)
def _paths(slug: str | None) -> dict[str, str]:
    """Where brand and buttons lead for somebody who lives in quartier `slug`, or nowhere."""
    welcome = url_for("quartiers.welcome")
    write = url_for("posts.new", slug=slug) if slug else welcome
    return {
        "home_url": welcome, "simple_url": "/affichage-simple",
        "help_need_url": f"{write}?aide=besoin" if slug else write,
        "help_can_url": f"{write}?aide=offre" if slug else write,
    }  # fmt: skip


@lru_cache(maxsize=1000)
def _menu(
    _words: str, slug: str | None, unread: int, messages: int, works: bool, is_simple: bool
) -> Sequence[Entry]:  # fmt: skip
    """At most five entries, in the reader's language (`_words`); one appears when its room exists."""
    wall = url_for("timelines.wall", slug=slug) if slug else "/preuve"
    entries = [
        ("wall", "wall", _("Le mur"), wall, 0),
        ("messages", "messages", _("Messages"), url_for("messages.listing"), messages),
        ("notifications", "bell", _("Avis"), url_for("notifications.notices"), unread),
    ]
    if is_simple:  # three are wide enough for large letters: « Moi » and « Travail » stand at the foot
        return tuple(entries)
    entries.append(("me", "me", _("Moi"), "/reglages", 0))
    if works:
        entries.append(("work", "desk", _("Travail"), "/travail", 0))
    return tuple(entries)


def _unread() -> int:
    viewer, account_id = current_viewer(), current_account_id()
    return 0 if viewer is None or account_id is None else notices.unread(account_id, viewer)


def _unread_messages() -> int:
    viewer = current_viewer()
    return 0 if viewer is None else talks.unread(viewer)


@lru_cache
def _foot(_words: str) -> Sequence[tuple[str, str]]:
    """The pages at the foot, in the reader's language (`_words`)."""
    return (
        (_("Contact"), "/contact"),
        (_("Règles"), "/regles"),
        (_("Guide"), "/guide"),
        (_("Annuaire"), "/annuaire"),
        (_("Mentions légales"), "/mentions-legales"),
        (_("Confidentialité"), "/confidentialite"),
        (_("Accessibilité"), "/accessibilite"),
    )
