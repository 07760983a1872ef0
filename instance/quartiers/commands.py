"""`quartier import`, `quartier where`, `quartier quartier`: places, for an operator and for scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy import inspect

from instance.core.console import Command, Group, fail, in_city, say
from instance.core.db import commit, db
from instance.core.web import settings
from instance.quartiers import imports, plans, reference, register, search, service
from instance.quartiers.address_file import rows_in
from instance.quartiers.models import Quartier
from instance.quartiers.quartier_file import Properties, only, quartiers_in

_file = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="Sortie en JSON.")
_PROPERTIES = Properties()


@click.group(name="import", cls=Group, help="Importer les quartiers et les adresses d’une ville.")
def import_group() -> None:
    """Places come in here."""


@import_group.command(name="quartiers", help="Les polygones d’un fichier GeoJSON deviennent des quartiers pilotes.")
@_file
@click.option("--code", default=_PROPERTIES.code, show_default=True, help="Propriété qui porte le code.")
@click.option("--name", default=_PROPERTIES.name, show_default=True, help="Propriété qui porte le nom.")
@click.option(
    "--commune",
    default=_PROPERTIES.commune,
    show_default=True,
    help="Propriété qui porte le code INSEE de la commune.",
)
@click.option(
    "--only",
    "codes",
    multiple=True,
    metavar="CODE",
    help="Seulement ces codes ; à répéter ou séparer par des virgules.",
)
@_json
@in_city
def import_quartiers(file: Path, code: str, name: str, commune: str, codes: tuple[str, ...], as_json: bool) -> None:
    """Read and check the whole file, then write it in one transaction."""
    _need_tables()
    whole = quartiers_in(file, Properties(code, name, commune))
    wanted = [part.strip() for each in codes for part in each.split(",") if part.strip()]
    drawn = only(whole, wanted)
    _progress(say("%(number)s quartiers lus, calcul des voisinages…", number=len(drawn)))
    source = imports.Source(file.name, frozenset(item.code for item in whole))
    with commit():
        brought = imports.bring_quartiers(drawn, source, settings().border_m)
    _draw()
    if as_json:
        click.echo(json.dumps(asdict(brought)))
        return
    click.echo(
        say(
            "Quartiers : %(added)s ajoutés, %(changed)s modifiés, %(unchanged)s inchangés.",
            added=brought.added,
            changed=brought.changed,
            unchanged=brought.unchanged,
        )
    )
    click.echo(say("Voisinages : %(pairs)s paires dans toute la ville.", pairs=brought.pairs))
    if brought.moved_addresses:
        click.echo(say("Adresses replacées : %(number)s.", number=brought.moved_addresses))


@import_group.command(name="addresses", help="Un fichier d’adresses de la Base Adresse Nationale (CSV, gzip ou non).")
@_file
@_json
@in_city
def import_addresses(file: Path, as_json: bool) -> None:
    """Read and check the whole file, then write it in one transaction."""
    _need_tables()
    rows = rows_in(file, lambda number: _progress(say("%(number)s lignes lues…", number=number)))
    _progress(say("%(number)s lignes lues, placement…", number=len(rows)))
    with commit():
        placed = reference.bring_addresses(rows)
    _draw()
    if as_json:
        counts = {code: number for code, _, number in placed.per_quartier}
        click.echo(json.dumps(asdict(placed) | {"per_quartier": counts}))
        return
    click.echo(
        say(
            "Lignes : %(rows)s, dont %(added)s nouvelles adresses et %(changed)s modifiées.",
            rows=placed.rows,
            added=placed.added,
            changed=placed.changed,
        )
    )
    for code, name, number in placed.per_quartier:
        click.echo(f"  {code}  {name} : {number}")
    click.echo(say("Placées dans un quartier : %(number)s", number=placed.rows - placed.nowhere))
    click.echo(say("Hors zone : %(number)s", number=placed.nowhere))
    click.echo(say("Commune différente de celle du quartier : %(number)s", number=placed.other_commune))


@click.command(cls=Command, help="Ce que l’inscription proposerait pour cette adresse, avec le quartier.")
@click.argument("address", metavar="ADDRESS")
@_json
@in_city
def where(address: str, as_json: bool) -> None:
    """The best matches, each with its quartier or « hors zone »."""
    _need_tables()
    hits = search.find(address)
    if as_json:
        click.echo(json.dumps([_as_json(hit) for hit in hits], ensure_ascii=False))
        return
    if not hits:
        fail("Aucune adresse connue ne ressemble à « %(address)s ».", address=address)
    for hit in hits:
        place = f"{hit.code} {hit.name}" if hit.code else say("hors zone")
        click.echo(f"{hit.label} : {place}")


@click.group(name="quartier", cls=Group, help="Les quartiers de cette instance.")
def quartier_group() -> None:
    """One quartier, or all of them."""


@quartier_group.command(name="list", help="La liste : code, nom, état, habitants, adresses, voisins.")
@_json
@in_city
def list_quartiers(as_json: bool) -> None:
    """Every quartier with its numbers."""
    _need_tables()
    entries = register.entries()
    if as_json:
        click.echo(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False))
        return
    titles = (
        say("code"),
        say("nom"),
        say("adresse web"),
        say("état"),
        say("habitants"),
        say("adresses"),
        say("voisins"),
    )
    lines = [
        (e.code, e.name, f"/q/{e.slug}", _state(e.state), str(e.residents), str(e.addresses), ",".join(e.adjacent))
        for e in entries
    ]
    _table([titles, *lines])


@quartier_group.command(name="open", help="Ouvrir un quartier pilote à la main.")
@click.argument("code", metavar="CODE")
@click.option("--reason", help="Le motif, conservé avec le quartier.")
@in_city
def open_quartier(code: str, reason: str | None) -> None:
    """Open a pilot before its thresholds are reached."""
    _need_tables()
    with commit():
        quartier = service.by_code(code)
        service.open_by_hand(quartier, reason)
        name = quartier.name
    click.echo(say("%(name)s est ouvert.", name=name))


def _need_tables() -> None:
    if not inspect(db.engine).has_table(Quartier.__tablename__):
        fail("La base de données est vide : lancez d’abord « quartier migrate ».")


def _progress(sentence: str) -> None:
    click.echo(sentence, err=True)


def _draw() -> None:
    """Plan files are ornament: without room for them the import still stands."""
    try:
        plans.write(settings().data_dir)
    except OSError as error:
        _progress(say("Les plans n’ont pas pu être dessinés : %(reason)s.", reason=error.strerror or error))
    db.session.rollback()


def _as_json(hit: search.Hit) -> dict[str, Any]:
    return {
        "label": hit.label, "id": hit.ban_id, "quartier": hit.code, "slug": hit.slug, "state": hit.state,
        "lon": hit.lon, "lat": hit.lat, "exact": hit.exact,
    }  # fmt: skip


def _state(state: str) -> str:
    return {"pilot": say("pilote"), "open": say("ouvert"), "dormant": say("en sommeil")}[state]


def _table(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        click.echo("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip())
