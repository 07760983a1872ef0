"""What an agreement says on the wire (federation.md §9): written by us, or read from the other side and checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from federation.activities import stamp
from federation.documents import Document, id_of
from federation.errors import BadDocument, BadSignature, Refused
from federation.urls import host_of, is_same_origin
from federation.vocabulary import AS, DATA_INTEGRITY, QL_NS
from instance.accounts.models import Actor
from instance.accounts.remote import URI_MAX_BYTES
from instance.core import clock, fed
from instance.partners import agreements, proofs
from instance.partners.models import Agreement
from instance.partners.pairs import Pair, pair
from instance.quartiers import activities as groups

Json = dict[str, Any]
CONTEXT: list[object] = [AS, DATA_INTEGRITY, {"ql": QL_NS}]
KINDS = ["Agreement", "ql:Peering"]
SKEW = timedelta(hours=1)  # by which their clock may be ahead


@dataclass(frozen=True)
class Terms:
    """An agreement of the other side that has passed every check."""

    uri: str
    pairs: list[Pair]
    audiences: list[str]
    rules: str
    published: datetime
    expires: datetime
    renews: str | None


def written(agreement: Agreement, partner: str, renews: str | None = None) -> Json:
    """The agreement of ours, with our proof. Raises `KeyError` while we have no key."""
    said: Json = {
        "@context": CONTEXT, "id": agreements.uri_of(agreement), "type": KINDS,
        "parties": [agreements.our_application(), partner],
        "pairs": [[fed.uri_of(one["ours"]), one["theirs"]] for one in agreement.pairs],
        "audiences": agreement.audiences, "rules": fed.uri_of("/regles"), "published": stamp(agreement.published),
        "expires": stamp(agreement.expires),
    }  # fmt: skip
    return proofs.sign(said | {"ql:renews": renews} if renews else said)


def read(said: Any, partner: Actor) -> Terms:
    """The agreement that `partner`, an Application elsewhere, has proved. Raises `Refused` with the reason."""
    if not isinstance(said, dict) or "Agreement" not in (document := Document(said)).types:
        raise Refused("agreement.form")
    is_theirs = is_same_origin(document.id, partner.uri or "") and "#" not in document.id
    if "ql:Peering" not in document.types or not is_theirs or len(document.id.encode()) > URI_MAX_BYTES:
        raise Refused("agreement.form")
    check_proof(said, partner)
    if sorted(_words(said.get("parties"))) != sorted([partner.uri or "", agreements.our_application()]):
        raise Refused("agreement.parties")
    audiences = _words(said.get("audiences"))
    if not audiences or not set(audiences) <= set(agreements.AUDIENCES):
        raise Refused("agreement.audiences")
    published, expires = _term(document)
    return Terms(
        document.id, _pairs(said.get("pairs"), partner), [one for one in agreements.AUDIENCES if one in audiences],
        address(document.one("rules")), published, expires, document.one("ql:renews"),
    )  # fmt: skip


def check_proof(said: Json, partner: Actor) -> None:
    """Raise `Refused` unless `partner` has proved all of `said`."""
    try:
        proofs.verify(said, partner)
    except BadSignature as error:
        raise Refused("agreement.proof", error.code) from error


def _words(value: Any) -> list[str]:
    """A list of words and of nothing else; else none."""
    return value if isinstance(value, list) and all(isinstance(one, str) for one in value) else []


def address(uri: str | None) -> str:
    """`uri` if a reader may be led there; else nothing."""
    try:
        return uri if uri is not None and host_of(uri) and len(uri) <= 500 else ""
    except BadDocument:
        return ""


def _term(document: Document) -> tuple[datetime, datetime]:
    """From when until when: a year at most, not over, not from the future."""
    published, expires = document.moment("published"), document.moment("expires")
    if published is None or expires is None or published > clock.now() + SKEW:
        raise Refused("agreement.term")
    if expires <= clock.now():
        raise Refused("agreement.expired")
    if expires - published > agreements.YEAR:
        raise Refused("agreement.term")
    return published, expires


def _pairs(said: Any, partner: Actor) -> list[Pair]:
    """The pairs, one side of each party; ours are open quartiers."""
    if not isinstance(said, list) or not 0 < len(said) <= agreements.PAIRS_MAX:
        raise Refused("agreement.pairs")
    found = [_pair(one, partner) for one in said]
    if len({(one["ours"], one["theirs"]) for one in found}) < len(found):
        raise Refused("agreement.pairs")
    return found


def _pair(said: Any, partner: Actor) -> Pair:
    sides = [id_of(one) for one in said] if isinstance(said, list) else []
    ours = [uri for uri in sides if fed.path_of(uri) is not None]
    theirs = [uri for uri in sides if is_same_origin(uri, partner.uri or "")]
    if len(sides) != 2 or len(ours) != 1 or len(theirs) != 1 or len(theirs[0].encode()) > URI_MAX_BYTES:
        raise Refused("agreement.pairs")
    path = fed.path_of(ours[0]) or ""
    quartier = groups.open_at(path.removeprefix("/q/")) if path.startswith("/q/") else None
    if quartier is None or path != f"/q/{quartier.slug}":
        raise Refused("agreement.quartier")
    return pair(path, theirs[0])
