"""Handles and slugs: one table for people, quartiers, groups and pages; taken once, for ever."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts.models import Actor, TakenName
from instance.core import clock
from instance.core.db import db
from instance.core.errors import Invalid

HANDLE = re.compile(r"[a-z][a-z0-9_]{1,29}")
RESERVED = frozenset(
    {
        "about", "abuse", "accueil", "actor", "admin", "administrateur", "administrateurs",
        "administration", "administrator", "all", "api", "aide", "app", "apps", "association", "assets",
        "auth", "bot", "contact", "courrier", "desk", "dev", "direct", "everyone", "feed", "founder",
        "guichet", "guide", "health", "help", "here", "host", "hostmaster", "inbox", "info", "instance",
        "internal", "inscription", "login", "logout", "mail", "mairie", "maire", "mastodon", "me",
        "media", "messages", "moderateur", "moderation", "moderator", "mur", "news", "nobody", "nous",
        "oauth", "official", "officiel", "outbox", "owner", "page", "pages", "police", "pompiers",
        "postmaster", "press", "presse", "public", "quartier", "quartiers", "quartier_libre",
        "quartierlibre", "register", "regles", "root", "samu", "security", "service", "settings",
        "signup", "staff", "static", "stream", "support", "sys", "sysadmin", "system", "systeme",
        "team", "test", "tous", "user", "users", "voisin", "voisins", "webmaster", "www",
    }
)  # fmt: skip


def is_taken(name: str) -> bool:
    """Whether `name` is reserved, in use, or was ever used; capitals make no difference."""
    key = name.lower()
    return key in RESERVED or db.session.get(TakenName, key) is not None


def take(name: str, actor: Actor) -> None:
    """Give `name` to `actor` for ever. Raises `Invalid` when it is reserved or taken."""
    if is_taken(name):
        raise Invalid("name.taken", _("Ce nom est déjà pris ou réservé. Choisissez-en un autre."), field="handle")
    db.session.add(TakenName(name=name.lower(), actor_id=actor.id, taken_at=clock.now()))
    db.session.flush()


def check_handle(handle: str) -> str:
    """`handle` in small letters. Raises `Invalid` unless it is free: 2 to 30 of a-z 0-9 _, first a letter."""
    handle = handle.strip().lstrip("@").lower()
    if not HANDLE.fullmatch(handle):
        raise Invalid(
            "handle.form",
            _("Écrivez 2 à 30 signes : lettres sans accent, chiffres ou _, en commençant par une lettre."),
            field="handle",
        )
    if is_taken(handle):
        raise Invalid("handle.taken", _("Cet identifiant est déjà pris. Choisissez-en un autre."), field="handle")
    return handle


def actor_named(handle: str) -> Actor | None:
    """The actor that holds `handle`, whatever the capitals."""
    return db.session.scalar(
        select(Actor).join(TakenName, TakenName.actor_id == Actor.id).where(TakenName.name == handle.lower())
    )
