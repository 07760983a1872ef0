"""Words and acts of the pages about agreements: what an admin may do to one, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from instance.partners import signing
from instance.partners.models import Agreement

PASSAGES: dict[str, LazyString] = {
    "": _l("pas encore ouvert"),
    "new": _l("aux modérateurs de se proposer l’échange"),
    "asked": _l("demandé par notre quartier"),
    "invited": _l("demandé par le leur"),
    "joined": _l("les deux quartiers échangent"),
    "refused": _l("refusé par un des quartiers"),
}


@dataclass(frozen=True)
class Act:
    """Something that is asked twice: its page says what follows."""

    states: tuple[str, ...]
    title: LazyString
    sentence: LazyString
    button: LazyString
    done: LazyString
    is_loss: bool
    do: Callable[[Agreement, int], object]


ACTS: dict[str, Act] = {
    "signer": Act(
        ("received",), _l("Signer cet accord"),
        _l("L’accord vaut dès votre signature."
           " Les modérateurs de chaque quartier choisissent ensuite s’ils échangent."),
        _l("Signer l’accord"), _l("L’accord est signé."), False, lambda row, by: signing.sign(row, by),
    ),
    "refuser": Act(
        ("received",), _l("Refuser cet accord"), _l("L’autre ville apprend votre refus, et peut proposer autre chose."),
        _l("Refuser l’accord"), _l("L’accord est refusé."), True, lambda row, by: signing.refuse(row, by),
    ),
    "suspendre": Act(
        ("live",), _l("Suspendre cet accord"),
        _l("Rien ne passe plus d’une ville à l’autre, et ce qui était venu n’est plus montré,"
           " jusqu’à ce que vous repreniez. L’autre ville est prévenue."),
        _l("Suspendre l’accord"), _l("L’accord est suspendu."), True, lambda row, by: signing.suspend(row, True, by),
    ),
    "reprendre": Act(
        ("live",), _l("Reprendre cet accord"),
        _l("Les messages passent de nouveau, si l’autre ville ne l’a pas suspendu."),
        _l("Reprendre l’accord"), _l("L’accord reprend."), False, lambda row, by: signing.suspend(row, False, by),
    ),
    "finir": Act(
        ("live", "offered"), _l("Mettre fin à cet accord"),
        _l("L’autre ville est prévenue. Les quartiers n’échangent plus,"
           " et il faudra un nouvel accord pour recommencer."),
        _l("Mettre fin à l’accord"), _l("L’accord est terminé."), True, lambda row, by: signing.end(row, by),
    ),
    "renouveler": Act(
        ("live",), _l("Renouveler cet accord"),
        _l("La même chose est proposée pour un an de plus."
           " L’accord d’aujourd’hui vaut jusqu’à la signature de l’autre ville."),
        _l("Proposer le renouvellement"), _l("Le renouvellement est proposé."), False,
        lambda row, by: signing.renew(row, max(signing.MONTHS), by),
    ),
    "oublier": Act(
        ("draft",), _l("Abandonner cette recherche"), _l("Rien n’a été envoyé à l’autre ville."),
        _l("Abandonner la recherche"), _l("La recherche est abandonnée."), True, lambda row, _by: signing.forget(row),
    ),
}  # fmt: skip
