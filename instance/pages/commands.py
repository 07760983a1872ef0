"""`quartier page`: pages of organisations, for an operator, for tests, for the demonstration."""

from __future__ import annotations

import click

from instance.core.console import Command, Group, fail, in_city, say
from instance.core.db import commit
from instance.core.fed import uri_of
from instance.pages import founding, identity, service, team
from instance.quartiers import service as quartiers


@click.group(name="page", cls=Group, help="Les pages de médias, d’associations, de commerces, de mairies.")
def page_group() -> None:
    """Gather."""


@page_group.command("add", cls=Command, help="Publie une page tout de suite : l’exploitant répond de l’organisation.")
@click.argument("slug")
@click.option("--kind", type=click.Choice(service.KINDS), required=True, help="Genre de la page.")
@click.option("--name", required=True, help="Nom de l’organisation, entre guillemets.")
@click.option(
    "--editor", "editors", multiple=True, required=True, metavar="HANDLE",
    help="Qui parle pour elle ; se répète, le premier la gère.",
)  # fmt: skip
@click.option("--number", default="", help="Numéro SIRET ou RNA ; peut manquer.")
@click.option("--quartier", default="", metavar="CODE", help="Code du quartier de son siège (commerces).")
@click.option("--about", default="", help="Qui publie ; sinon le nom.")
@click.option("--funding", default="", help="Qui paie ; sinon « Non précisé ».")
@click.option("--contact", default="", help="Comment la joindre ; sinon la page de contact de l’instance.")
@in_city
def add(
    slug: str, kind: str, name: str, editors: tuple[str, ...], number: str, quartier: str, about: str, funding: str,
    contact: str,
) -> None:  # fmt: skip
    """A published page with its team: all of it or nothing."""
    with commit():
        people = [team.account_named(handle) for handle in editors]
        if None in people:
            fail("Aucun compte n’a le nom %(handle)s.", handle=editors[people.index(None)])
        number = identity.check_number(kind, number) if number else ""
        page = founding.make(founding.Wish(kind, name, slug, number), number=number)
        if quartier:
            page.quartier_id = quartiers.by_code(quartier).id
        for place, one in enumerate(people):
            if one is not None:
                team.add(page, one, "editor" if place else "manager")
        reached = contact or uri_of("/contact")
        texts = {"publisher": about or name, "funding": funding or "Non précisé", "contact": reached}
        founding.describe(page, None, texts)
        founding.prove(page, "admin", None)
        founding.put_online(page, None)
        path = page.actor.path
    click.echo(say("La page %(path)s est publiée.", path=path))
