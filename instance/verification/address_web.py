"""The address step, shared by sign-up, a new proof and the desk: type, choose, see the quartier.

What was chosen stays in the browser's session, sealed; nothing is stored here. The address is never in a link.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Response, request, session
from flask_babel import gettext as _

from instance.core import secrets
from instance.core.db import db
from instance.core.errors import Invalid
from instance.core.web import page
from instance.quartiers import plan_web, plans, search
from instance.quartiers import service as quartiers
from instance.quartiers.models import Address, Quartier
from instance.quartiers.search import Hit
from instance.verification import close_up

KEY = "home"
PURPOSE = "address chosen"
Entry = tuple[int, str, str]  # value, label, detail, as `ui.suggestions` takes it


@dataclass
class Step:
    """Where this address step stands, and what its page says."""

    action: str  # where the form goes
    following: str  # the next page, once an address is chosen
    typed: str = ""
    entries: list[Entry] = field(default_factory=list)
    error: str = ""


def chosen() -> Hit | None:
    """The address that this browser chose, if the reference still has it."""
    sealed = session.get(KEY)
    if not isinstance(sealed, str):
        return None
    try:
        return search.by_id(int(secrets.unseal(PURPOSE, sealed)))
    except (secrets.BadSecret, ValueError):
        return None


def choose(address_id: int) -> None:
    """Keep the choice in this browser."""
    session[KEY] = secrets.seal(PURPOSE, str(address_id))


def forget() -> None:
    """The choice was used, or is not wanted any more."""
    session.pop(KEY, None)


def address_of(hit: Hit) -> Address:
    """The row of a chosen address. Raises `Invalid` if an import took it away meanwhile."""
    address = db.session.get(Address, hit.address_id)
    if address is None:
        raise Invalid("address.gone", _("Choisissez votre adresse à nouveau."), field="address")
    return address


def take(step: Step) -> bool:
    """Read what was sent: True when an address is chosen now, else `step` says what to show."""
    step.typed = request.form.get("address", "")[:200]
    picked = request.form.get("pick", "")
    if picked.isdecimal() and len(picked) < 10 and search.by_id(int(picked)) is not None:
        choose(int(picked))
        return True
    hits = search.find(step.typed)
    if len(hits) == 1 and hits[0].exact:
        choose(hits[0].address_id)
        return True
    step.entries = [entry(hit) for hit in hits]
    if not hits:
        step.error = _("Nous ne trouvons pas cette adresse. Vérifiez le numéro et la rue, puis cherchez à nouveau.")
    return False


def entry(hit: Hit) -> Entry:
    """A line of the suggestions."""
    street, _comma, town = hit.label.rpartition(", ")
    place = _("quartier %(name)s", name=hit.name) if hit.name else _("hors des quartiers")
    return hit.address_id, street, f"{town} · {place}"


def show(template: str, step: Step, status: int = 200) -> Response:
    """The page of the step, with the drawing of what is chosen."""
    found = None if step.entries or step.error else chosen()
    quartier = db.session.get(Quartier, found.quartier_id) if found and found.quartier_id else None
    if found and not step.typed:
        step.typed = found.label.rpartition(", ")[0]
    return page(
        template,
        status,
        step=step,
        found=found,
        drawing=close_up.of(found) if found else None,
        dots=plan_web.url_of(plans.file_of(quartier.slug)) if quartier else "",
        quartier=quartier,
        residents=quartiers.residents_number(quartier.id) if quartier else 0,
    )
