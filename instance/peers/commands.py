"""`quartier peer`: other servers, for an operator and for scripts."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from instance.core.console import Command, Group, fail, in_city, say
from instance.core.db import commit
from instance.core.errors import Invalid
from instance.peers import rules, traffic

ALL = 1_000_000
_domain = click.argument("domain", metavar="DOMAIN")


@click.group(name="peer", cls=Group, help="Les autres serveurs : leur état, et ce qui est décidé pour eux.")
def peer_group() -> None:
    """Other servers."""


@peer_group.command(name="list", cls=Command, help="Les serveurs connus, et ceux pour lesquels il y a une décision.")
@click.option("--json", "as_json", is_flag=True, help="Sortie en JSON.")
@in_city
def list_peers(as_json: bool) -> None:
    """Each server with its rule, its health and what waits for it."""
    found = traffic.servers(number=ALL)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, default=str))
        return
    for one in found:
        words = [one.severity or "-", one.state or "-", str(one.waiting), str(one.failed)]
        click.echo("  ".join([one.host, *words, *([one.reason] if one.reason else [])]))


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
