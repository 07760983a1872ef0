"""`quartier token`: an access token for scripts and tests."""

from __future__ import annotations

import click

from instance.accounts import service as accounts
from instance.core.console import Command, fail, in_city
from instance.core.db import commit
from instance.mastodon import tokens


@click.command(
    "token", cls=Command, help="Donne un jeton d’accès à l’API, seul sur sa ligne ; il n’est plus jamais montré."
)
@click.argument("handle")
@click.option("--scope", default="read write follow push", show_default=True, help="Portées, séparées par des espaces.")
@in_city
def token(handle: str, scope: str) -> None:
    """Make one token; made by the operator's hand, it may publish outside."""
    scopes = tokens.parse_scopes(scope)
    with commit():
        account = accounts.by_login(handle)
        if account is None:
            fail("Aucun compte n’a le nom %(handle)s.", handle=handle)
        made = tokens.make(account, tokens.command_line(), scopes, may_publish_outside=True)
    click.echo(made)
