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
    "overtaken": _l("l’objet a été supprimé ou dit à nouveau entre-temps"),
    "no key": _l("la clé de l’expéditeur n’est pas encore faite"),
    "unsupported": _l("type d’activité que ce serveur ne connaît pas"),
    "waits.actor": _l("attend que son auteur soit connu"),
    "waits.object": _l("attend que son objet soit connu"),
    "fetch.budget": _l("aurait demandé trop de recherches"),
    "agreement.form": _l("accord mal écrit"),
    "agreement.application": _l("ne vient pas de l’autre ville en tant que telle"),
    "agreement.proof": _l("sans la preuve de l’autre ville, ou avec une fausse"),
    "agreement.parties": _l("accord entre d’autres que nos deux villes"),
    "agreement.audiences": _l("demande plus que ce qu’un accord permet"),
    "agreement.pairs": _l("quartiers qui ne sont pas un de chaque ville"),
    "agreement.quartier": _l("un quartier qui n’est pas ouvert ici"),
    "agreement.term": _l("durée de plus d’un an, ou dates fausses"),
    "agreement.expired": _l("accord dont le terme est passé"),
    "agreement.known": _l("accord déjà reçu"),
    "agreement.unknown": _l("accord que cette ville ne connaît pas"),
    "agreement.wider": _l("contre-proposition plus large que la nôtre"),
    "agreement.altered": _l("signature d’un autre texte que le nôtre"),
    "agreement.over": _l("accord qui n’est plus en cours"),
    "agreement.many": _l("trop d’accords en attente"),
    "waits.claim": _l("attend que sa ville dise où vit son auteur"),
    "claim.refused": _l("sa ville n’atteste pas que son auteur y habite"),
    "claim.agreement": _l("aucun accord en cours avec cette ville"),
    "claim.pair": _l("quartier qui n’est pas dans l’accord"),
    "claim.form": _l("attestation mal écrite"),
    "claim.issuer": _l("attestation d’une autre ville"),
    "claim.audience": _l("attestation faite pour une autre ville"),
    "claim.subject": _l("attestation pour quelqu’un d’autre, ou un autre quartier"),
    "claim.time": _l("attestation périmée, ou trop longue"),
    "claim.origin": _l("attestation dont une adresse est ailleurs"),
    "far.closed": _l("aucun échange ouvert avec ce quartier d’une autre ville"),
    "far.not_a_pair": _l("quartier d’ici qui ne touche pas celui qui parle"),
    "far.audience": _l("mots de quartier adressés à d’autres que des habitants"),
    "far.from": _l("quelqu’un qui n’est pas du quartier qui parle"),
    "far.too_many": _l("plus de 100 inconnus de cette ville en un jour"),
    "post.other": _l("mots de quelqu’un d’autre"),
    "note.closed": _l("répond à ce qui n’est pas là pour son auteur"),
    "proof.absent": _l("sans la preuve de sa ville"),
    "proof.key": _l("preuve par une autre clé que celle de sa ville"),
    "proof.wrong": _l("preuve fausse, ou mots changés depuis"),
    "passage.closed": _l("l’échange s’est fermé avant le départ"),
    "claim.too_many": _l("plus de 200 nouvelles personnes de cette ville en un jour"),
    "fetch.unreachable": _l("ce qu’il fallait chercher n’a pas pu l’être"),
}


def reason_words(code: str) -> str:
    """Why, in words where they are known."""
    return str(REASONS.get(code, code))
