"""Quartiers as admins handle them: opened before their time with a reason, neighbours made or parted by hand."""

from __future__ import annotations

from flask_babel import gettext as _

from instance.core.db import db
from instance.core.errors import Invalid
from instance.quartiers import service as quartiers
from instance.quartiers.models import Quartier, QuartierPair

REASON_MAX = 500


def open_by_hand(quartier: Quartier, reason: str) -> None:
    """Open a pilot before its thresholds. Raises `Invalid` without a reason, or when it is open."""
    reason = " ".join(reason.split())
    if not reason:
        raise Invalid("quartier.reason", _("Écrivez la raison : elle reste avec le quartier."), field="reason")
    if len(reason) > REASON_MAX:
        raise Invalid("quartier.reason", _("Raccourcissez à %(num)d signes.", num=REASON_MAX), field="reason")
    quartiers.open_by_hand(quartier, reason)


def join(one: Quartier, other: Quartier) -> None:
    """Make two quartiers neighbours though no long border says so (a bridge, a railway). Posts sent before stay."""
    if one.id == other.id:
        raise Invalid("pair.same", _("Choisissez un autre quartier que celui-ci."), field="other")
    pair = _pair(one, other)
    if pair is None:
        low, high = sorted((one.id, other.id))
        db.session.add(QuartierPair(a_id=low, b_id=high, border_m=0.0, origin="added"))
    elif pair.origin == "removed":
        pair.origin = "added"
    else:
        raise Invalid("pair.known", _("Ces deux quartiers sont déjà voisins."), field="other")


def part(one: Quartier, other: Quartier) -> None:
    """End a neighbourhood; no later import brings it back. Raises `Invalid` where there is none."""
    pair = _pair(one, other)
    if pair is None or pair.origin == "removed":
        raise Invalid("pair.unknown", _("Ces deux quartiers ne sont pas voisins."))
    pair.origin = "removed"


def _pair(one: Quartier, other: Quartier) -> QuartierPair | None:
    low, high = sorted((one.id, other.id))
    return db.session.get(QuartierPair, (low, high), with_for_update=True)
