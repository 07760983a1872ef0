"""A residency claim on the wire (federation.md §9): how ours is written, and what another city's must be to count.

Quartier, level, month of the proof and month of its end; never an address, a street, a date or a method.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from federation.activities import stamp, undo
from federation.documents import Document
from federation.errors import NotActivity, Refused
from federation.urls import is_same_origin
from federation.vocabulary import AS, CREDENTIALS, QL_NS
from instance.core import clock, fed
from instance.partners.models import ClaimGiven

Json = dict[str, Any]
LIFE = timedelta(days=14)
SKEW = timedelta(hours=1)  # between two clocks
KIND = "ql:ResidencyClaim"
CONTEXT: list[Any] = [AS, CREDENTIALS, {"ql": QL_NS}]
LEVELS = frozenset({"strong", "simple"})
URI_MAX_BYTES = 2000  # a longer key does not fit into a PostgreSQL index
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Asked:
    """What a city was asked: whether `subject` lives in `group`; it answers for `audience`, as `issuer`."""

    subject: str
    group: str
    issuer: str
    audience: str

    @property
    def address(self) -> str:
        """Where the claim is asked for, at the city's own origin."""
        there = urlsplit(self.issuer)
        return f"{there.scheme}://{there.netloc}/attest?{urlencode({'actor': self.subject, 'group': self.group})}"


@dataclass(frozen=True)
class Said:
    """A claim as it was found good, all but its proof."""

    uri: str
    status_uri: str
    level: str
    verified: str
    expires: str
    valid_until: datetime


def uri_of(given: ClaimGiven) -> str:
    """The address of a claim of ours."""
    return fed.uri_of(f"/attest/{given.token}")


def document(given: ClaimGiven, asked: Asked) -> Json:
    """A claim of ours, still without its proof."""
    here = uri_of(given)
    return {
        "@context": CONTEXT, "id": here, "type": ["VerifiableCredential", KIND], "issuer": asked.issuer,
        "validFrom": stamp(given.issued_at), "validUntil": stamp(given.valid_until),
        "credentialSubject": {
            "id": asked.subject, "ql:residentOf": asked.group, "ql:level": given.level,
            "ql:verified": given.verified, "ql:expires": given.expires,
        },
        "ql:audience": asked.audience, "ql:status": f"{here}/status",
    }  # fmt: skip


def status(given: ClaimGiven) -> Json:
    """Whether a claim of ours holds still."""
    here = uri_of(given)
    is_over = given.revoked_at is not None or given.valid_until <= clock.now()
    return {
        "@context": CONTEXT, "id": f"{here}/status", "type": "ql:ClaimStatus", "ql:claim": here, "ql:revoked": is_over,
    }  # fmt: skip


def revocation(given: ClaimGiven, *, id: str, subject: str, group: str, audience: str) -> Json:
    """Undo of the Add that put somebody among the residents of a quartier, as a partner was told by a claim."""
    added = {
        "@context": AS, "id": f"{uri_of(given)}/add", "type": "Add", "actor": group, "object": subject,
        "target": f"{group}/residents", "to": [audience],
    }  # fmt: skip
    return undo(added, id=id)


def read(json: Json, asked: Asked) -> Said:
    """What the answer `json` claims. Raises `Refused` or `NotActivity` for one that is not exactly what was asked.

    Whether its proof is the issuer's is for the caller to ask.
    """
    said = Document(json)
    subject = next(iter(said.documents("credentialSubject")), Document({}))
    if KIND not in said.types or len(said.documents("credentialSubject")) != 1:
        raise NotActivity("claim.form")
    if said.ids("issuer") != [asked.issuer]:
        raise Refused("claim.issuer")
    if said.ids("ql:audience") != [asked.audience]:
        raise Refused("claim.audience")
    if subject.id != asked.subject or subject.ids("ql:residentOf") != [asked.group]:
        raise Refused("claim.subject")
    return Said(
        uri=_own(said.id, asked), status_uri=_own(said.one("ql:status") or "", asked),
        level=_level(subject), verified=_month(subject, "ql:verified"), expires=_month(subject, "ql:expires"),
        valid_until=_until(said),
    )  # fmt: skip


def _own(uri: str, asked: Asked) -> str:
    if not uri or len(uri.encode()) > URI_MAX_BYTES or not is_same_origin(uri, asked.issuer):
        raise Refused("claim.origin")
    return uri


def _level(subject: Document) -> str:
    level = subject.json.get("ql:level")
    if not isinstance(level, str) or level not in LEVELS:
        raise NotActivity("claim.form")
    return level


def _month(subject: Document, key: str) -> str:
    month = subject.json.get(key)
    if not isinstance(month, str) or not _MONTH.fullmatch(month):
        raise NotActivity("claim.form")
    return month


def _until(said: Document) -> datetime:
    """The end of a claim that has begun, is not over, and never was for longer than `LIFE`."""
    now, begin, end = clock.now(), said.moment("validFrom"), said.moment("validUntil")
    if begin is None or end is None:
        raise NotActivity("claim.form")
    if begin > now + SKEW or end <= now or end - begin > LIFE or end > now + LIFE + SKEW:
        raise Refused("claim.time")
    return end


def is_revoked(json: Json, status_uri: str) -> bool | None:
    """What the answer at the status address says; None for one that is none."""
    said = Document(json)
    revoked = said.flag("ql:revoked")
    return revoked if said.id == status_uri else None
