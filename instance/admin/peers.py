"""Words of the pages about other servers: states, and why something did not go."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

STATES: dict[str, LazyString] = {
    "pending": _l("en attente"),
    "waiting": _l("attend un autre document"),
    "running": _l("en cours"),
    "done": _l("fait"),
    "failed": _l("échoué"),
    "ignored": _l("laissé de côté"),
    "cancelled": _l("annulé"),
}
HEALTH: dict[str, LazyString] = {
    "well": _l("répond"),
    "rests": _l("ne répond pas, au repos"),
    "dead": _l("abandonné jusqu’à ce qu’il parle"),
    "": _l("jamais contacté"),
}
RULES: dict[str, LazyString] = {
    "block": _l("bloqué : rien n’entre, rien ne sort"),
    "limit": _l("limité : vu par ceux qui suivent"),
    "allow": _l("bienvenu, même sous un domaine bloqué"),
}
# Codes in the rows, as the library and peers/ write them. What is not here is shown as it is.
REASONS: dict[str, LazyString] = {
    "door.name": _l("ce nom de serveur n’existe pas"),
    "door.connect": _l("le serveur n’accepte pas de connexion"),
    "door.slow": _l("pas de réponse à temps"),
    "door.cut": _l("connexion coupée"),
    "door.resting": _l("pas de réponse il y a un instant"),
    "door.tls": _l("certificat refusé"),
    "door.url": _l("adresse impossible"),
    "door.port": _l("port interdit"),
    "door.plain": _l("http sans chiffrement, interdit"),
    "door.address": _l("adresse privée, interdite"),
    "host.blocked": _l("serveur bloqué"),
    "host.dead": _l("serveur abandonné après une semaine sans réponse"),
    "inbox.gone": _l("cette boîte n’existe plus"),
    "overtaken": _l("l’objet a été supprimé entre-temps"),
    "no key": _l("la clé de l’expéditeur n’est pas encore faite"),
    "unsupported": _l("type d’activité que ce serveur ne connaît pas"),
    "waits.actor": _l("attend que son auteur soit connu"),
    "waits.object": _l("attend que son objet soit connu"),
    "fetch.budget": _l("aurait demandé trop de recherches"),
    "fetch.unreachable": _l("ce qu’il fallait chercher n’a pas pu l’être"),
}


def reason_words(code: str) -> str:
    """Why, in words where they are known."""
    return str(REASONS.get(code, code))
