"""`quartier peer propose`, `accept`, `suspend` …: agreements with other cities, for scripts; and the list of all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import click

from instance.accounts import keys
from instance.core.console import Command, fail, in_city, say
from instance.core.db import commit, db
from instance.core.web import HIGHEST
from instance.partners import agreements, errands, overview, signing, words
from instance.partners.models import Agreement
from instance.peers import traffic

ALL = 1_000_000
_number = click.argument("agreement", metavar="ID")


@click.command(name="list", cls=Command, help="Les autres serveurs, ce qui est décidé pour eux, et les accords.")
@click.option("--json", "as_json", is_flag=True, help="Sortie en JSON.")
@in_city
def list_peers(as_json: bool) -> None:
    """Each server with its rule, its health, what waits for it, and the agreements with it."""
    accords: dict[str, list[Agreement]] = {}
    for one in overview.every():
        accords.setdefault(one.host, []).append(one)
    known = [asdict(one) for one in traffic.servers(number=ALL)]
    hosts = {one["host"] for one in known}
    known += [{"host": host, "severity": "", "state": ""} for host in sorted(accords) if host not in hosts]
    if as_json:
        rows = [one | {"agreements": [_told(each) for each in accords.get(one["host"], [])]} for one in known]
        click.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    for server in known:
        figures = [str(server.get("waiting", 0)), str(server.get("failed", 0))]
        shown = [server["host"], server["severity"] or "-", server["state"] or "-", *figures, server.get("reason", "")]
        click.echo("  ".join(word for word in shown if word))
        for agreement in accords.get(server["host"], []):
            click.echo(f"  {agreement.id}  {words.state(agreement)}  {agreement.expires:%Y-%m-%d}")


def _told(agreement: Agreement) -> dict[str, Any]:
    return {
        "id": agreement.id, "uri": agreements.uri_of(agreement), "state": agreement.state, "reason": agreement.reason,
        "holds": agreements.holds(agreement), "is_shut_here": agreement.is_shut_here,
        "is_shut_there": agreement.is_shut_there, "expires": agreement.expires.isoformat(),
        "pairs": [[one["ours"], one["theirs"]] for one in agreement.pairs], "audiences": agreement.audiences,
    }  # fmt: skip


@click.command(cls=Command, help="Chercher une autre ville et lui proposer tous les quartiers qui se touchent.")
@click.argument("url", metavar="URL")
@click.option("--months", type=click.Choice([str(one) for one in signing.MONTHS]), default="12", help="Durée, en mois.")
@in_city
def propose(url: str, months: str) -> None:
    """Look the city up now, and offer every pair and everything that may pass."""
    keys.make(keys.found_instance_actor())
    with commit():
        agreement_id = signing.begin(url, None, looks=False).id
    errands.survey_city({"agreement_id": str(agreement_id)})
    with commit():
        agreement = db.session.get_one(Agreement, agreement_id)
        reason, found = agreement.reason, list(agreement.pairs)
        if not reason:
            signing.propose(agreement, found[: agreements.PAIRS_MAX], agreements.AUDIENCES, int(months), None)
        elif agreement.decided_by_id is None:  # no admin looks for it on a page: nothing is left of a wrong address
            signing.forget(agreement)
    if reason:
        raise click.ClickException(words.fault(reason))
    for one in found:
        click.echo(f"{one['ours']}  {one['theirs']}  {one['border_m']} m")
    click.echo(say("Accord %(id)s proposé.", id=agreement_id))


@click.command(cls=Command, help="Signer l’accord que l’autre ville propose.")
@_number
@in_city
def accept(agreement: str) -> None:
    """Yes to an offer."""
    number = _do(agreement, lambda row: signing.sign(row, None))
    click.echo(say("Accord %(id)s signé.", id=number))


@click.command(cls=Command, help="Suspendre un accord : plus rien ne passe, jusqu’à ce que vous le repreniez.")
@_number
@in_city
def suspend(agreement: str) -> None:
    """Shut our half."""
    number = _do(agreement, lambda row: signing.suspend(row, True, None))
    click.echo(say("Accord %(id)s suspendu.", id=number))


@click.command(cls=Command, help="Reprendre un accord que vous aviez suspendu.")
@_number
@in_city
def resume(agreement: str) -> None:
    """Open our half again."""
    number = _do(agreement, lambda row: signing.suspend(row, False, None))
    click.echo(say("Accord %(id)s repris.", id=number))


@click.command(cls=Command, help="Mettre fin à un accord, ou retirer une proposition.")
@_number
@in_city
def end(agreement: str) -> None:
    """End it, or take it back, refuse it, forget it, as it stands; the other side is told of what it knows."""
    number = _do(agreement, _end)
    click.echo(say("Accord %(id)s terminé.", id=number))


def _end(agreement: Agreement) -> None:
    if agreement.state == "draft":
        signing.forget(agreement)
    elif agreement.state == "received":
        signing.refuse(agreement, None)
    else:
        signing.end(agreement, None)


def _do(named: str, act: Callable[[Agreement], object]) -> int:
    """Do it to the agreement that is named; its number."""
    with commit():
        found = _find(named)
        if found is None:
            fail("Aucun accord n’a ce numéro : quartier peer list les montre.")
        act(found)
        return found.id


def _find(named: str) -> Agreement | None:
    """By its number here, or by its address, which both cities share."""
    if named.isascii() and named.isdecimal() and len(named) <= 19 and int(named) <= HIGHEST:
        return db.session.get(Agreement, int(named))
    return agreements.find(named)


commands: tuple[click.Command, ...] = (list_peers, propose, accept, suspend, resume, end)
