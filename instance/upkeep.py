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
from flask_babel import LazyString, format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import SQLAlchemyError

from instance import archive, watch
from instance.core import jobs, schema, secrets
from instance.core.console import Command, in_city
from instance.core.db import db
from instance.core.paths import PACKAGE, shipped
from instance.core.web import settings
from instance.peers import traffic

DISTRIBUTION = "quartier-libre"
CLOCK_OFF_S = 60  # threats.md H12
KEPT_TABLES = ("account", "quartier", "address", "post", "media")


@click.command(cls=Command, help="Écrit une archive : base et photos, sans le secret ni le poivre.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@in_city
def backup(file: Path) -> None:
    """Write the archive and name the two secrets that it lacks."""
    counts = archive.write(file, schema.version())
    click.echo(", ".join(f"{name} {counts[name]}" for name in KEPT_TABLES))
    for name in archive.SECRETS:
        path = settings().secret_file if name == "secret" else settings().pepper_file
        click.echo(_("À garder ailleurs : %(path)s (empreinte %(sign)s)", path=path, sign=secrets.fingerprint(name)))


@click.command(
    cls=Command, help="Remet une archive dans une instance vide ; refuse sans le secret et le poivre d’origine."
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@in_city
def restore(file: Path) -> None:
    """Restore, and erase again whoever asked for it since."""
    counts = archive.read(file)
    click.echo(", ".join(f"{name} {counts[name]}" for name in KEPT_TABLES))


TITLES: dict[str, LazyString] = {
    "settings": _l("réglages"),
    "rate limits": _l("limites d’usage"),
    "second step": _l("deuxième étape de connexion"),
    "retries": _l("nouveaux essais"),
    "proxy": _l("proxy"),
    "data folder": _l("dossier de données"),
    "templates": _l("modèles de pages"),
    "migrations": _l("migrations"),
    "secret": _l("secret"),
    "pepper": _l("poivre"),
    "import names": _l("noms de paquets"),
    "database": _l("base de données"),
    "queue": _l("file des tâches"),
    "mail": _l("courriel"),
    "certificates": _l("certificats"),
    "deliveries": _l("envois aux autres serveurs"),
    "outside": _l("accès aux autres serveurs"),
    "clock": _l("horloge"),
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, or with its mend. `name` stays the same in every language, for scripts."""

    name: str
    is_fine: bool
    text: str


@click.command(cls=Command, help="Vérifie réglages, chemins, base, file des tâches, courriel, noms ; dit quoi réparer.")
@click.option("--json", "as_json", is_flag=True, help="Sortie en JSON.")
@in_city
def doctor(as_json: bool) -> None:
    """Print the settings in force and what is wrong; exit 1 on a fault."""
    findings = examine()
    if as_json:
        click.echo(json.dumps([vars(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{'ok ' if finding.is_fine else '!! '} {TITLES[finding.name]} : {finding.text}")
    if not all(finding.is_fine for finding in findings):
        raise SystemExit(1)


def examine() -> list[Finding]:
    """Every look, in the order in which a fault should be mended."""
    looks: tuple[Callable[[], list[Finding]], ...] = (
        _settings, _paths, _names, _database, _queue, _mail, _tls, _others,
    )  # fmt: skip
    return [finding for look in looks for finding in look()]


def _settings() -> list[Finding]:
    chosen = settings()
    given = sorted(name for name, source in chosen.sources.items() if source == "set")
    said = _("QL_BASE_URL=%(url)s ; donnés : %(names)s", url=chosen.base_url, names=", ".join(given) or _("aucun"))
    found = [Finding("settings", True, said)]
    if not chosen.rate_limits:
        found.append(Finding("rate limits", False, _("QL_RATE_LIMITS est off : pour des mesures seules, enlevez-le.")))
    if not chosen.roles_need_second_factor and not chosen.is_loopback:
        words = _("QL_ROLES_NEED_SECOND_FACTOR est off : pour une démonstration seule, enlevez-le.")
        found.append(Finding("second step", False, words))
    if chosen.fast_retry:
        found.append(Finding("retries", False, _("QL_FAST_RETRY est 1 : pour des essais seuls, enlevez-le.")))
    if chosen.base_url.startswith("https") and not chosen.proxy_hops:
        found.append(Finding("proxy", False, _("https demande un proxy devant : dites leur nombre, QL_PROXY_HOPS.")))
    return found


def _paths() -> list[Finding]:
    chosen = settings()
    disk = shutil.disk_usage(chosen.data_dir)
    free = disk.free / disk.total
    said = _("%(path)s, %(free)d Mio libres", path=str(chosen.data_dir), free=disk.free // 2**20)
    found = [
        Finding("data folder", free >= watch.DISK_FREE, said),
        Finding("templates", shipped("templates").is_dir(), str(shipped("templates"))),
        Finding("migrations", (shipped("migrations") / "versions").is_dir(), str(shipped("migrations"))),
    ]
    for name, path in (("secret", chosen.secret_file), ("pepper", chosen.pepper_file)):
        said = _("%(path)s, empreinte %(sign)s", path=str(path), sign=secrets.fingerprint(name))
        found.append(Finding(name, path.is_file(), said))
    return found


def _names() -> list[Finding]:
    """`instance` and `federation` are generic names: another distribution must not stand in our place."""
    others = sorted(set(packages_distributions().get("instance", ())) - {DISTRIBUTION})
    if others:
        mend = _("%(names)s apporte un paquet du même nom : prenez un environnement à part.", names=", ".join(others))
        return [Finding("import names", False, mend)]
    return [Finding("import names", True, f"instance = {PACKAGE}")]


def _database() -> list[Finding]:
    try:
        version = schema.version()
    except SQLAlchemyError as error:
        db.session.rollback()
        fault = type(error).__name__
        mend = _("%(fault)s : vérifiez QL_DATABASE_URL, et que la base répond.", fault=fault)
        return [Finding("database", False, mend)]
    said = {"engine": db.engine.dialect.name, "version": version or "-"}
    if version != schema.newest():
        return [Finding("database", False, _("%(engine)s, schéma %(version)s : lancez quartier migrate.", **said))]
    return [Finding("database", True, _("%(engine)s, schéma %(version)s", **said))]


def _queue() -> list[Finding]:
    try:
        failed, since = jobs.counts()["failed"], watch.overdue()
    except SQLAlchemyError:
        db.session.rollback()
        return [Finding("queue", False, _("pas de table de tâches : lancez quartier migrate."))]
    if since is not None:
        when = format_datetime(since, "d MMMM, H:mm")
        said = _("une tâche attend depuis le %(when)s : un « quartier worker » tourne-t-il ?", when=when)
        return [Finding("queue", False, said)]
    if failed:
        said = _("%(number)d en échec : voyez quartier jobs --failed, puis quartier jobs retry.", number=failed)
        return [Finding("queue", False, said)]
    return [Finding("queue", True, _("aucune tâche en échec"))]


def _mail() -> list[Finding]:
    url = settings().smtp_url
    if not url:
        said = _("sans QL_SMTP_URL, les courriels deviennent des fichiers .eml du dossier de données")
        return [Finding("mail", True, said)]
    parts = urlsplit(url)
    try:
        port = parts.port or (465 if parts.scheme == "smtps" else 587)
        socket.create_connection((parts.hostname or "", port), timeout=5).close()
    except (OSError, ValueError):
        mend = _("%(host)s ne répond pas : vérifiez QL_SMTP_URL.", host=parts.hostname or "?")
        return [Finding("mail", False, mend)]
    return [Finding("mail", True, _("%(host)s répond", host=parts.hostname))]


def _tls() -> list[Finding]:
    """Certificates for outgoing connections: without them no server elsewhere can be trusted."""
    number = len(ssl.create_default_context().get_ca_certs())
    fine = number > 0 or bool(ssl.get_default_verify_paths().capath)
    said = _("%(number)d connus", number=number) if fine else _("aucun : installez ca-certificates.")
    return [Finding("certificates", fine, said)]


def _others() -> list[Finding]:
    """What the deliveries of the last day tell of this machine: some failed, all did, or the clock is wrong."""
    try:
        seen = traffic.outlook()
    except SQLAlchemyError:
        db.session.rollback()
        return []
    said = _("aucun perdu ; serveurs abandonnés : %(number)d", number=seen.dead)
    if seen.lost:
        said = _("%(number)d en échec : voyez quartier jobs --failed, puis quartier jobs retry.", number=seen.lost)
    found = [Finding("deliveries", not seen.lost, said)]
    if seen.is_cut_off:
        mend = _("personne ne répond depuis un jour : vérifiez DNS et pare-feu, ports 80 et 443 vers l’extérieur.")
        found.append(Finding("outside", False, mend))
    if seen.clock_off_s is not None:
        said = _("%(seconds)d s d’écart avec les autres serveurs", seconds=abs(seen.clock_off_s))
        if abs(seen.clock_off_s) > CLOCK_OFF_S:
            said += " : " + _("réglez l’horloge de cette machine (NTP), sinon les signatures sont refusées.")
        found.append(Finding("clock", abs(seen.clock_off_s) <= CLOCK_OFF_S, said))
    return found
