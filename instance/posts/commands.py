"""`quartier search`: the index of words, for an operator."""

from __future__ import annotations

import click

from instance.core import jobs
from instance.core.console import Command, Group, in_city, say
from instance.core.db import commit


@click.group(name="search", cls=Group, help="La recherche dans les messages.")
def search_group() -> None:
    """The search."""


@search_group.command(cls=Command, help="Refait l’index des mots de tous les messages, par petits lots.")
@in_city
def reindex() -> None:
    """Order the work; the worker does it, and words are found meanwhile."""
    with commit():
        jobs.put("index_missing", {"all": True})
    click.echo(say("C’est en route : « quartier jobs » dit quand c’est fini."))
