"""Sentences about agreements, for admins' pages and the command line."""

from __future__ import annotations

from flask_babel import gettext as _

from instance.partners import hearing
from instance.partners.models import Agreement


def fault(code: str) -> str:
    """Why nothing could be proposed to the city that was looked for, and what to do."""
    return {
        "unreachable": _("Ce serveur ne répond pas maintenant. Cherchez de nouveau plus tard."),
        "forbidden": _("Cette adresse n’est pas sur l’internet public : vérifiez-la."),
        "no_city": _("À cette adresse, il n’y a pas de Quartier Libre. Vérifiez-la auprès de l’autre association."),
        "no_quartier": _(
            "Cette ville n’a pas encore de quartier ouvert. Cherchez de nouveau quand ses murs ouvriront."
        ),
        "no_border": _("Aucun de ses quartiers ne touche un des nôtres sur 50 mètres ou plus."),
        "blocked": _("Ce serveur est bloqué ici. Levez le blocage, puis cherchez de nouveau."),
    }.get(code, _("Quelque chose n’a pas marché. Cherchez de nouveau."))


def state(agreement: Agreement) -> str:
    """How it stands, in a few words."""
    if agreement.state == "live":
        return _halves(agreement)
    if agreement.state in {"refused", "ended"}:
        return _over(agreement)
    if agreement.state == "draft":
        if agreement.reason:
            return _("recherche sans résultat")
        return _("à proposer") if agreement.pairs else _("recherche en cours")
    return _("proposé, attend leur signature") if agreement.state == "offered" else _("attend votre signature")


def _halves(agreement: Agreement) -> str:
    if agreement.is_shut_here and agreement.is_shut_there:
        return _("suspendu des deux côtés")
    if agreement.is_shut_here:
        return _("suspendu par vous")
    if agreement.is_shut_there:
        return _("suspendu par l’autre ville")
    is_untaken = hearing.is_half_untaken(agreement)
    return _("repris, pas encore reçu par l’autre ville") if is_untaken else _("en vigueur")


def _over(agreement: Agreement) -> str:
    return {
        ("refused", "here"): _("refusé par vous"),
        ("refused", "there"): _("refusé par l’autre ville"),
        ("refused", "countered"): _("remplacé par une proposition plus étroite"),
        ("refused", "lapsed"): _("resté sans réponse"),
        ("ended", "here"): _("terminé par vous"),
        ("ended", "there"): _("terminé par l’autre ville"),
        ("ended", "withdrawn"): _("retiré par l’autre ville"),
        ("ended", "expired"): _("arrivé à son terme"),
        ("ended", "lapsed"): _("resté sans réponse"),
        ("ended", "renewed"): _("renouvelé"),
        ("ended", "superseded"): _("remplacé par un autre accord"),
    }.get((agreement.state, agreement.reason), _("terminé"))


def audience(name: str) -> str:
    """What may pass, for one of `agreements.AUDIENCES`."""
    return {
        "public": _("Les messages visibles partout"),
        "neighbours": _("Les messages « quartier et voisins », aux quartiers voisins choisis seulement"),
        "group": _("Les groupes qui admettent des voisins"),
    }[name]
