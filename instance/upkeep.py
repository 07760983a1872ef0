"""`quartier backup|restore|doctor`: what keeps an instance safe over the years."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib.parse import urlsplit

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from instance import archive, watch
from instance.core import jobs, secrets
from instance.core.console import Command, say
from instance.core.db import db
from instance.core.paths import PACKAGE, shipped
from instance.core.web import settings
from instance.running import newest_schema, schema_version

DISTRIBUTION = "quartier-libre"
KEPT_TABLES = ("account", "quartier", "address", "post", "media")


@click.command(cls=Command, help="Écrit une archive : base et photos, sans le secret ni le poivre.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
def backup(file: Path) -> None:
    """Write the archive and name the two secrets that it lacks."""
    counts = archive.write(file, schema_version())
    click.echo(", ".join(f"{name} {counts[name]}" for name in KEPT_TABLES))
    for name in archive.SECRETS:
        path = settings().secret_file if name == "secret" else settings().pepper_file
        click.echo(say("À garder ailleurs : %(path)s (empreinte %(sign)s)", path=path, sign=secrets.fingerprint(name)))


@click.command(
    cls=Command, help="Remet une archive dans une instance vide ; refuse sans le secret et le poivre d’origine."
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@with_appcontext
def restore(file: Path) -> None:
    """Restore, and erase again whoever asked for it since."""
    counts = archive.read(file)
    click.echo(", ".join(f"{name} {counts[name]}" for name in KEPT_TABLES))


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, or with its mend."""

    name: str
    is_fine: bool
    text: str


@click.command(cls=Command, help="Vérifie réglages, chemins, base, file des tâches, courriel, noms ; dit quoi réparer.")
@click.option("--json", "as_json", is_flag=True, help="Sortie en JSON.")
@with_appcontext
def doctor(as_json: bool) -> None:
    """Print the settings in force and what is wrong; exit 1 on a fault."""
    findings = examine()
    if as_json:
        click.echo(json.dumps([vars(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{'ok ' if finding.is_fine else '!! '} {finding.name}: {finding.text}")
    if not all(finding.is_fine for finding in findings):
        raise SystemExit(1)


def examine() -> list[Finding]:
    """Every look, in the order in which a fault should be mended."""
    looks: tuple[Callable[[], list[Finding]], ...] = (_settings, _paths, _names, _database, _queue, _mail, _tls)
    return [finding for look in looks for finding in look()]


def _settings() -> list[Finding]:
    chosen = settings()
    given = [name for name, source in chosen.sources.items() if source == "set"]
    found = [Finding("settings", True, f"QL_BASE_URL={chosen.base_url}, set: {', '.join(sorted(given)) or 'none'}")]
    if not chosen.rate_limits:
        found.append(Finding("rate limits", False, "QL_RATE_LIMITS is off: for benchmarks only, unset it."))
    if chosen.fast_retry:
        found.append(Finding("retries", False, "QL_FAST_RETRY is 1: for labs and tests only, unset it."))
    if chosen.base_url.startswith("https") and not chosen.proxy_hops:
        found.append(Finding("proxy", False, "https needs a proxy in front: set QL_PROXY_HOPS to their number."))
    return found


def _paths() -> list[Finding]:
    chosen = settings()
    disk = shutil.disk_usage(chosen.data_dir)
    free = disk.free / disk.total
    found = [
        Finding("data folder", free >= watch.DISK_FREE, f"{chosen.data_dir}, {disk.free // 2**20} MiB free"),
        Finding("templates", shipped("templates").is_dir(), str(shipped("templates"))),
        Finding("migrations", (shipped("migrations") / "versions").is_dir(), str(shipped("migrations"))),
    ]
    for name, path in (("secret", chosen.secret_file), ("pepper", chosen.pepper_file)):
        found.append(Finding(name, path.is_file(), f"{path}, fingerprint {secrets.fingerprint(name)}"))
    return found


def _names() -> list[Finding]:
    """`instance` and `federation` are generic names: another distribution must not stand in our place."""
    others = sorted(set(packages_distributions().get("instance", ())) - {DISTRIBUTION})
    if others:
        mend = f"{', '.join(others)} brings a package of the same name: use a virtual environment of our own"
        return [Finding("import names", False, mend)]
    return [Finding("import names", True, f"instance = {PACKAGE}")]


def _database() -> list[Finding]:
    try:
        version = schema_version()
    except SQLAlchemyError as error:
        db.session.rollback()
        return [Finding("database", False, f"{type(error).__name__}: check QL_DATABASE_URL and that it is running")]
    newest = newest_schema()
    text = f"{db.engine.dialect.name}, schema {version}"
    return [Finding("database", version == newest, text if version == newest else f"{text}: run quartier migrate")]


def _queue() -> list[Finding]:
    faults = [fault for fault in watch.faults() if fault.startswith("queue")]
    try:
        failed = jobs.counts()["failed"]
    except SQLAlchemyError:
        db.session.rollback()
        return [Finding("queue", False, "no table of jobs: run quartier migrate")]
    text = "; ".join(faults) or f"{failed} failed"
    if failed:
        text += ": see quartier jobs --failed, then quartier jobs retry"
    return [Finding("queue", not faults and not failed, text)]


def _mail() -> list[Finding]:
    url = settings().smtp_url
    if not url:
        return [Finding("mail", True, "no QL_SMTP_URL: mails are written as .eml files in the data folder")]
    parts = urlsplit(url)
    try:
        port = parts.port or (465 if parts.scheme == "smtps" else 587)
        socket.create_connection((parts.hostname or "", port), timeout=5).close()
    except OSError as error:
        return [Finding("mail", False, f"{parts.hostname} does not answer ({error}): check QL_SMTP_URL")]
    return [Finding("mail", True, f"{parts.hostname} answers")]


def _tls() -> list[Finding]:
    """Certificates for outgoing connections: without them no server elsewhere can be trusted."""
    number = len(ssl.create_default_context().get_ca_certs())
    fine = number > 0 or bool(ssl.get_default_verify_paths().capath)
    return [Finding("certificates", fine, f"{number} known" if fine else "none: install ca-certificates")]
