"""Why a page was not found, or a feed is not read: codes as sentences for referents and moderators."""

from __future__ import annotations

from flask_babel import gettext as _


def problem(code: str) -> str:
    """The sentence for `code`; empty for none."""
    if not code:
        return ""
    if code.startswith("feed.status_"):
        return _("Le serveur du flux répond %(status)s.", status=code.removeprefix("feed.status_"))
    return _sentences().get(code) or _by_kind(code)


def _sentences() -> dict[str, str]:
    nothing = _("Il n’y a ni page, ni compte, ni flux à cette adresse.")
    unreadable = _("Ce flux est mal écrit : il n’est pas lisible.")
    return {
        "wish.nobody": _("Personne ne répond à ce nom. Vérifiez chaque lettre, et ce qui suit le dernier @."),
        "wish.nothing": nothing, "feed.kind": nothing, "feed.xml": nothing,
        "wish.form": _("Ce nom n’a pas la bonne forme. Exemple : @nom@exemple.org."),
        "feed.entities": _("Ce flux contient des instructions dangereuses : il n’est pas lu."),
        "feed.size": unreadable, "door.size": _("Ce flux est trop lourd : 1 Mio au plus."),
        "door.redirect": _("Cette adresse mène à une autre : écrivez celle où l’on arrive."),
        "feed.actor": _("Cette adresse est celle d’un compte, pas d’un flux."),
        "file.host": _("Cette ville ne demande rien à ce serveur."),
        "host.blocked": _("Cette ville ne demande rien à ce serveur."),
        "host.too_many": _("Trop de serveurs nouveaux de ce domaine aujourd’hui. Réessayez demain."),
        "subscription.twice": _("C’est déjà demandé, ou le quartier y est déjà abonné."),
        "subscription.kind": _("Ce compte n’est pas une page."),
    }  # fmt: skip


def _by_kind(code: str) -> str:
    if code.startswith("door."):
        return _("Son serveur ne répond pas, ou refuse.")
    return _("Il n’y a ni page, ni compte, ni flux à cette adresse.")


def way(state: str) -> str:
    """How a subscription that was agreed stands with the page: `Line.follow`."""
    return {
        "accepted": _("reçu"), "pending": _("en attente de sa réponse"), "none": _("la page n’a pas accepté"),
        "local": _("page de cette ville"), "feed": _("flux, lu toutes les demi-heures"),
        "gone": _("n’est plus en ligne"),
    }[state]  # fmt: skip
