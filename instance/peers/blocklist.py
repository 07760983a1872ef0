"""Domain block lists as the fediverse passes them on: the CSV that Mastodon exports and imports."""

from __future__ import annotations

import csv
import io

from flask_babel import gettext as _

from instance.core.errors import Invalid
from instance.peers import rules
from instance.peers.rules import Decision, Kept

MAX_CHARS = 5_000_000
# As Mastodon calls them; `noop` only refuses media or reports, which its other columns say.
SEVERITIES = {"suspend": "block", "silence": "limit", "noop": "allow", "block": "block", "limit": "limit"}
YES = {"true", "1", "yes"}


def import_csv(text: str) -> Kept:
    """Take a list over, whole or not at all; rules that are not in it stay. Inside `commit()`.

    Reads `#domain,#severity,#reject_media,#public_comment` in any order, other columns beside them, or bare domains,
    one a line. Raises `Invalid`, which names the line.
    """
    return rules.decide(_decisions(text))


def _decisions(text: str) -> list[Decision]:
    if len(text) > MAX_CHARS:
        raise Invalid("list.size", _("Ce fichier est trop grand pour une liste de serveurs."), field="file")
    rows = [row for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) if any(cell.strip() for cell in row)]
    if not rows:
        raise Invalid("list.empty", _("Ce fichier est vide."), field="file")
    heads = [cell.strip().lstrip("#").lower() for cell in rows[0]]
    if "domain" in heads:
        places, rows, first = {name: place for place, name in enumerate(heads)}, rows[1:], 2
    else:
        places, first = {"domain": 0}, 1
    found = {}
    for number, row in enumerate(rows, first):
        decision = _decision(number, {name: row[place].strip() for name, place in places.items() if place < len(row)})
        found[decision.host] = decision
    return list(found.values())


def _decision(number: int, cells: dict[str, str]) -> Decision:
    severity = SEVERITIES.get(cells.get("severity", "").lower() or "suspend")
    if severity is None:
        sentence = _("Ligne %(num)d : « %(word)s » n’est pas une décision connue.", num=number, word=cells["severity"])
        raise Invalid("list.severity", sentence, field="file")
    try:
        host = rules.clean_host(cells.get("domain", ""))
    except Invalid as error:
        name = cells.get("domain", "")[:80]
        sentence = _("Ligne %(num)d : « %(word)s » n’est pas un nom de serveur.", num=number, word=name)
        raise Invalid("list.host", sentence, field="file") from error
    reason = cells.get("public_comment", "")[: rules.REASON_MAX]
    return Decision(host, severity, reason, cells.get("reject_media", "").lower() in YES)
