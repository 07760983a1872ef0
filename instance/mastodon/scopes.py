"""Scopes: which there are, what covers what, and how a person reads them."""

from __future__ import annotations

from flask_babel import gettext as _

from instance.core.errors import Invalid

BASIC = ("profile", "read", "write", "follow", "push")
READ = (
    "accounts", "blocks", "bookmarks", "favourites", "filters", "follows", "lists", "mutes", "notifications",
    "search", "statuses",
)  # fmt: skip
WRITE = (
    "accounts", "blocks", "bookmarks", "conversations", "favourites", "filters", "follows", "lists", "media", "mutes",
    "notifications", "reports", "statuses",
)  # fmt: skip
ALL = (*BASIC, *(f"read:{thing}" for thing in READ), *(f"write:{thing}" for thing in WRITE))
_KNOWN = frozenset(ALL)
# What `follow` covered before scopes became finer.
FOLLOW = frozenset(f"{verb}:{thing}" for verb in ("read", "write") for thing in ("follows", "blocks", "mutes"))


def covers(scopes: frozenset[str], scope: str) -> bool:
    """Whether `scopes` cover `scope`: `read` covers `read:statuses`, `follow` what it covered of old."""
    return scope in scopes or scope.partition(":")[0] in scopes or ("follow" in scopes and scope in FOLLOW)


def parse(text: str) -> frozenset[str]:
    """The scopes named in `text`, apart by spaces. Raises `Invalid` for one that does not exist."""
    scopes = frozenset(text.split())
    for scope in sorted(scopes - _KNOWN):
        raise Invalid("token.scope", _("La portée %(scope)s n’existe pas.", scope=scope[:40]), field="scope")
    if not scopes:
        raise Invalid("token.scope", _("Donnez au moins une portée, par exemple read."), field="scope")
    return scopes


def within(wished: frozenset[str], registered: frozenset[str]) -> frozenset[str]:
    """`wished`, if the application registered as much. Raises `Invalid` for a scope beyond that (threats.md G2)."""
    for scope in sorted(wished):
        if not covers(registered, scope):
            raise Invalid("token.scope", _("L’application n’a pas demandé la portée %(scope)s.", scope=scope))
    return wished


def written(scopes: frozenset[str]) -> str:
    """`scopes` as a row and an answer hold them."""
    return " ".join(sorted(scopes))


def in_words(scopes: frozenset[str]) -> list[str]:
    """What somebody with `scopes` can do, each in a line, what a broader one covers left out."""
    words = {**_broad(), **_reading(), **_writing()}
    return [line for scope, line in words.items() if scope in scopes and not _is_covered(scopes, scope)]


def _is_covered(scopes: frozenset[str], scope: str) -> bool:
    parent = scope.partition(":")[0]
    return (parent != scope and parent in scopes) or (scope in FOLLOW and "follow" in scopes)


def _broad() -> dict[str, str]:
    return {
        "profile": _("lire votre nom et votre page"),
        "read": _("lire tout ce que vous lisez : le mur, les conversations, vos avis, vos réglages"),
        "write": _("écrire et agir en votre nom : publier, répondre, modifier, supprimer"),
        "follow": _("suivre, masquer et bloquer en votre nom"),
        "push": _("vous envoyer vos avis sur cet appareil"),
    }


def _reading() -> dict[str, str]:
    return {
        "read:accounts": _("lire votre profil et ceux que vous voyez"),
        "read:blocks": _("lire qui vous avez bloqué"),
        "read:bookmarks": _("lire vos marque-pages"),
        "read:favourites": _("lire à qui vous avez dit merci"),
        "read:filters": _("lire vos filtres"),
        "read:follows": _("lire qui vous suivez"),
        "read:lists": _("lire vos listes"),
        "read:mutes": _("lire qui vous avez masqué"),
        "read:notifications": _("lire vos avis"),
        "read:search": _("chercher en votre nom"),
        "read:statuses": _("lire le mur et les conversations que vous lisez"),
    }


def _writing() -> dict[str, str]:
    return {
        "write:accounts": _("modifier votre profil"),
        "write:blocks": _("bloquer et débloquer"),
        "write:bookmarks": _("poser et retirer des marque-pages"),
        "write:conversations": _("ranger et effacer vos conversations"),
        "write:favourites": _("dire merci en votre nom"),
        "write:filters": _("modifier vos filtres"),
        "write:follows": _("suivre et ne plus suivre"),
        "write:lists": _("modifier vos listes"),
        "write:media": _("envoyer des photos"),
        "write:mutes": _("masquer et démasquer"),
        "write:notifications": _("effacer vos avis"),
        "write:reports": _("signaler un message"),
        "write:statuses": _("publier, modifier et supprimer vos messages"),
    }
