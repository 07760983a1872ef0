"""What this city decided about other servers: nothing in and nothing out, or seen by those who follow only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select, update

from federation.errors import BadDocument
from federation.urls import normalise_host
from instance.core import clock, fed, secrets
from instance.core.db import db
from instance.core.errors import Invalid
from instance.core.facts import record
from instance.core.kept import Kept as KeptRow
from instance.peers.facts import HostBlocked
from instance.peers.models import Delivery, HostRule, Incoming

SEVERITIES = ("block", "limit", "allow")
REASON_MAX = 500
VERSION = "host rules"  # name of the row that says which rules are in force: another word after each change


@dataclass(frozen=True)
class Rules:
    """The rules in force, in memory."""

    version: str | None
    by_host: dict[str, tuple[str, bool]]  # severity, refuses media

    def severity(self, host: str) -> Literal["block", "limit"] | None:
        """What holds for `host`: its own rule, else the nearest one above; a port is its name's."""
        severity = self._rule(host)[0]
        return severity if severity in ("block", "limit") else None  # type: ignore[return-value]  # mypy widens it

    def refuses_media(self, host: str) -> bool:
        """Whether pictures from `host` are left where they are."""
        severity, refuses = self._rule(host)
        return refuses or severity == "block"

    def _rule(self, host: str) -> tuple[str, bool]:
        if not self.by_host:
            return "allow", False
        if host in self.by_host:
            return self.by_host[host]
        labels = host.partition(":")[0].split(".")
        for start in range(len(labels)):
            if found := self.by_host.get(".".join(labels[start:])):
                return found
        return "allow", False


_cached = Rules("", {})
# Asked for every request to an inbox: built once (performance.md, rule 5).
_IN_FORCE = select(KeptRow.value).where(KeptRow.name == VERSION)


def current() -> Rules:
    """The rules in force; one small statement as long as they stay the same."""
    global _cached
    version = db.session.connection().scalar(_IN_FORCE)
    if version != _cached.version:
        rows = db.session.execute(select(HostRule.host, HostRule.severity, HostRule.refuses_media))
        _cached = Rules(version, {host: (severity, refuses) for host, severity, refuses in rows})
    return _cached


def severity(host: str) -> Literal["block", "limit"] | None:
    """What was decided about `host`, by itself or by a domain above it."""
    return current().severity(host)


def clean_host(text: str) -> str:
    """The domain that somebody typed or pasted, in its one spelling. Raises `Invalid`."""
    bare = text.strip().removeprefix("https://").removeprefix("http://").partition("/")[0].rpartition("@")[2]
    try:
        host = normalise_host(bare.removeprefix("*."))
    except BadDocument as error:
        raise Invalid("rule.host", _("Écrivez un nom de serveur, comme exemple.org."), field="host") from error
    if "." not in host and not host.startswith(("localhost", "[")):
        raise Invalid("rule.host", _("Écrivez un nom de serveur, comme exemple.org."), field="host")
    if host == fed.host() or fed.host().endswith(f".{host}"):
        raise Invalid("rule.own", _("C’est ce serveur-ci."), field="host")
    return host


@dataclass(frozen=True)
class Decision:
    """What is decided about a server and those below it."""

    host: str  # as `clean_host` writes it
    severity: str
    reason: str = ""
    refuses_media: bool = False


@dataclass(frozen=True)
class Kept:
    """What decisions changed."""

    added: int
    changed: int
    unchanged: int


def set_rule(host: str, severity: str, *, reason: str = "", refuses_media: bool = False) -> None:
    """Decide about `host` and its subdomains. Inside `commit()`. Raises `Invalid`."""
    if severity not in SEVERITIES:
        raise Invalid("rule.severity", _("Choisissez ce qui est décidé pour ce serveur."), field="severity")
    if len(reason) > REASON_MAX:
        raise Invalid("rule.reason", _("Raccourcissez à %(num)d signes.", num=REASON_MAX), field="reason")
    decide([Decision(clean_host(host), severity, reason.strip(), refuses_media)])


def decide(decisions: Sequence[Decision]) -> Kept:
    """Keep decisions; what waits to go to a blocked server, or came from there, is dropped. Inside `commit()`."""
    known = {row.host: row for row in all_rules()}
    added = changed = 0
    for one in decisions:
        row = known.get(one.host)
        if row is not None and Decision(row.host, row.severity, row.reason, row.refuses_media) == one:
            continue
        if one.severity == "block" and (row is None or row.severity != "block"):
            record(HostBlocked(one.host))
        if row is None:
            row = HostRule(host=one.host)
            db.session.add(row)
            added += 1
        else:
            changed += 1
        row.severity, row.reason, row.refuses_media, row.since = (
            one.severity,
            one.reason,
            one.refuses_media,
            clock.now(),
        )
    if added + changed:
        _say_changed()
        _drop()
    return Kept(added, changed, len(decisions) - added - changed)


def remove(host: str) -> bool:
    """Forget what was decided about `host`; False if nothing was. Inside `commit()`."""
    row = db.session.get(HostRule, host)
    if row is None:
        return False
    db.session.delete(row)
    _say_changed()
    return True


def _say_changed() -> None:
    """Tell every process that the rules are others from the end of this `commit()` on."""
    db.session.flush()
    db.session.execute(delete(KeptRow).where(KeptRow.name == VERSION))
    db.session.execute(insert(KeptRow).values(name=VERSION, value=secrets.token()))


def all_rules() -> list[HostRule]:
    """Every rule, by name."""
    return list(db.session.scalars(select(HostRule).order_by(HostRule.host)))


def _drop() -> None:
    now = current()
    over = {"done_at": clock.now(), "worker": None, "last_error": "host.blocked"}
    for table, state in ((Delivery, "cancelled"), (Incoming, "ignored")):
        waiting = table.state.in_(["pending", "waiting"])
        hosts = db.session.scalars(select(table.host).where(waiting).distinct())
        blocked = [host for host in hosts if now.severity(host) == "block"]
        if blocked:
            db.session.execute(update(table).where(waiting, table.host.in_(blocked)).values(over | {"state": state}))
