"""`quartier peer`: other servers, for an operator and for scripts. Agreements with cities join it from partners/."""

from __future__ import annotations

import click

from instance.core.console import Command, Group, fail, in_city, say
from instance.core.db import commit
from instance.core.errors import Invalid
from instance.peers import rules

_domain = click.argument("domain", metavar="DOMAIN")


@click.group(name="peer", cls=Group, help="Les autres serveurs : leur état, et ce qui est décidé pour eux.")
def peer_group() -> None:
    """Other servers."""


@peer_group.command(cls=Command, help="Ne plus rien prendre de ce serveur ni lui envoyer, sous-domaines compris.")
@_domain
@click.option("--reason", default="", help="La raison, gardée avec la décision.")
@in_city
def block(domain: str, reason: str) -> None:
    """Block a domain."""
    try:
        with commit():
            rules.set_rule(domain, "block", reason=reason)
    except Invalid as error:
        fail(error.sentence)
    click.echo(say("%(host)s est bloqué.", host=rules.clean_host(domain)))


@peer_group.command(cls=Command, help="Parler de nouveau avec ce serveur.")
@_domain
@in_city
def allow(domain: str) -> None:
    """Take a block away; below a blocked domain, make an exception."""
    try:
        with commit():
            host = rules.clean_host(domain)
            rules.remove(host)
            if rules.severity(host) is not None:
                rules.set_rule(host, "allow")
    except Invalid as error:
        fail(error.sentence)
    click.echo(say("%(host)s est bienvenu.", host=host))
