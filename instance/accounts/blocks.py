"""The lists of what a person wants nothing or less of: people, and whole servers; and servers as people type them."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from federation.errors import BadDocument
from federation.urls import normalise_host
from instance.accounts import relations
from instance.accounts.models import Actor, HostBlock, Mute
from instance.core import fed
from instance.core.db import db
from instance.core.errors import Invalid


def hosts(actor_id: int) -> list[str]:
    """The servers that `actor_id` has blocked, in the order of the alphabet."""
    mine = select(HostBlock.host).where(HostBlock.actor_id == actor_id)
    return list(db.session.scalars(mine.order_by(HostBlock.host)))


def muted_by(actor_id: int) -> list[Actor]:
    """Whom `actor_id` has muted, the latest first."""
    return [actor for actor, _hides in mutes_of(actor_id)]


def mutes_of(actor_id: int) -> list[tuple[Actor, bool]]:
    """The same with whether their notices are muted too."""
    rows = select(Actor, Mute.hides_notices).join(Mute, Mute.muted_id == Actor.id)
    mine = rows.where(Mute.muter_id == actor_id, relations.live()).order_by(Mute.since.desc(), Actor.id)
    return [(actor, hides) for actor, hides in db.session.execute(mine)]


def host_of(typed: str) -> str:
    """The host in what somebody typed: a name, an address or @name@host.

    Raises `Invalid` for what is no name of a server, and for this very one.
    """
    name = typed.strip().removeprefix("https://").removeprefix("http://").partition("/")[0].rpartition("@")[2]
    try:
        host = normalise_host(name)
    except BadDocument:
        host = ""
    if "." not in host:
        sentence = _("Écrivez le nom du serveur, ce qui suit le dernier @ : par exemple journal.example.")
        raise Invalid("host.form", sentence, field="host")
    if host == fed.host():
        raise Invalid("host.own", _("C’est ce serveur-ci. Bloquez plutôt une personne."), field="host")
    return host
