"""PartnerCity: another Quartier Libre of our own writing, on a `ForeignServer`. It shares no code with `federation/`.

It has an Application with an Ed25519 key, Groups with outlines, and says what federation.md §9 says: Offer, Accept,
Reject, Undo and Update of an agreement with proofs (FEP-8b32), residency claims, activities of its residents with a
proof of the city. `sign_agreement` leaves a live agreement with an open passage, written as rows, for tests of what
goes through it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation.documents import Document
from instance.accounts import remote
from instance.accounts.models import Actor, Follow
from instance.core import clock, fed
from instance.core.db import commit, db, new_id
from instance.partners.models import Agreement
from instance.quartiers import keyring
from instance.quartiers.models import Passage, Quartier
from tests.city import City
from tests.support.peer import AS, PUBLIC, ForeignActor, ForeignServer, Json

QL = {"ql": "https://quartier-libre.example/ns#"}
CONTEXT = [AS, "https://w3id.org/security/data-integrity/v2", QL]
CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
AUDIENCES = ("public", "neighbours", "group")
_SIGNS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
Ring = Sequence[Sequence[float]]


class PartnerCity:
    """A city on `server`: `application` speaks for it, `groups` are its quartiers, `people` its residents."""

    def __init__(self, server: ForeignServer, name: str = "Ville d’en face") -> None:
        self.server, self.name = server, name
        self.private = Ed25519PrivateKey.generate()
        self.application = server.actor("actor", "Application", name=name)
        self.uri, self.host = self.application.uri, server.host
        self.key_id = f"{self.uri}#ed25519-key"
        self.groups: dict[str, ForeignActor] = {}
        self.application.describe(
            assertionMethod=[multikey(self.key_id, self.uri, self.private)],
            **{"@context": [AS, "https://w3id.org/security/v1", "https://www.w3.org/ns/cid/v1", QL],
               "ql:quartiers": f"{self.uri}/quartiers", "ql:rules": f"{server.base_url}/regles"},
        )  # fmt: skip
        self._list()
        link = {"rel": f"{AS}#Application", "href": self.uri}
        server.put("/.well-known/nodeinfo", {"links": [link]}, "application/json")

    # Who lives there

    def group(self, name: str, ring: Ring | None = None, /, **members: Any) -> ForeignActor:
        """A quartier: its Group, listed among the city's. `ring` is its outline, closed, longitude and latitude."""
        handle = name.lower().replace(" ", "-").replace("’", "-")
        place: Json = {"type": "Place", "name": name}
        if ring is not None:
            place["ql:outline"] = {"type": "Polygon", "coordinates": [[list(one) for one in ring]]}
        uri = self.server.place(handle)
        given = {
            "name": name, "location": place, "adjacent": f"{uri}/adjacent", "attributedTo": f"{uri}/moderators",
            "manuallyApprovesFollowers": False, "postingRestrictedToMods": False,
        }  # fmt: skip
        made = self.server.actor(handle, "Group", **(given | members))
        self.groups[made.uri] = made
        self._list()
        return made

    def person(self, handle: str, /, **members: Any) -> ForeignActor:
        """One of its residents."""
        return self.server.actor(handle, **members)

    def _list(self) -> None:
        """The collection of its quartiers, on pages of two."""
        base, known = f"{self.uri}/quartiers", list(self.groups.values())
        items = [
            {key: one.document[key] for key in ("id", "type", "name", "preferredUsername", "location")} for one in known
        ]
        pages = [items[start : start + 2] for start in range(0, len(items), 2)] or [[]]
        path = urlsplit(base).path
        head = {"@context": AS, "id": base, "type": "OrderedCollection", "totalItems": len(items)}
        self.server.put(path, head | {"first": f"{base}/1"})
        for number, some in enumerate(pages, 1):
            page = {"@context": AS, "id": f"{base}/{number}", "type": "OrderedCollectionPage", "partOf": base}
            following = {"next": f"{base}/{number + 1}"} if number < len(pages) else {}
            self.server.put(f"{path}/{number}", page | following | {"orderedItems": some})

    # What it signs

    def prove(self, document: Json, **faults: Any) -> Json:
        """`document` with the city's proof; `faults` replace members of the proof before it is signed."""
        return proved(document, self.private, self.key_id, self.server.now(), **faults)

    def agreement(self, pairs: Sequence[tuple[str, str]], ours: str, /, **members: Any) -> Json:
        """The agreement with the city whose Application is `ours`, proved; `pairs` of Groups, one of each side."""
        now = self.server.now()
        made = {
            "@context": CONTEXT, "id": self.server.name("accords"), "type": ["Agreement", "ql:Peering"],
            "parties": [self.uri, ours], "pairs": [list(one) for one in pairs], "audiences": list(AUDIENCES),
            "rules": f"{self.server.base_url}/regles", "published": stamp(now),
            "expires": stamp(now + timedelta(days=300)),
        }  # fmt: skip
        made = {key: value for key, value in (made | members).items() if value is not None}
        return self.prove(made)

    def offer(self, pairs: Sequence[tuple[str, str]], ours: str, /, *, in_reply_to: str = "", **members: Any) -> Json:
        """The Offer of an agreement; `members` go into the agreement before it is proved."""
        return self.offered(self.agreement(pairs, ours, **members), ours, in_reply_to=in_reply_to)

    def offered(self, agreement: Json, ours: str, /, *, in_reply_to: str = "") -> Json:
        more = {"inReplyTo": in_reply_to} if in_reply_to else {}
        return self.application.activity("Offer", agreement, to=[ours], **more)

    def accept(self, offer: Json, **faults: Any) -> Json:
        """Yes to our Offer, as it came, with a proof of the whole."""
        return self._said("Accept", offer, **faults)

    def reject(self, offer: Json, **faults: Any) -> Json:
        return self._said("Reject", offer, **faults)

    def end(self, offer: Json, **faults: Any) -> Json:
        """The end of what was signed: Undo of its Offer, whoever made it."""
        return self._said("Undo", offer, **faults)

    def suspend(self, agreement_uri: str, *, is_shut: bool = True, **faults: Any) -> Json:
        """Their half is shut, or open again."""
        thing = {"type": ["Agreement", "ql:Peering"], "id": agreement_uri, "ql:suspended": is_shut}
        return self._said("Update", thing, **({"updated": stamp(self.server.now())} | faults))

    def resume(self, agreement_uri: str, **faults: Any) -> Json:
        return self.suspend(agreement_uri, is_shut=False, **faults)

    def _said(self, kind: str, thing: Json, *, faults: Json | None = None, **members: Any) -> Json:
        inner = {key: value for key, value in thing.items() if key != "@context" or "Offer" not in str(thing["type"])}
        made = self.application.activity(kind, inner, **({"@context": CONTEXT} | members))
        return self.prove(made, **(faults or {}))

    def claim(self, person: str, group: str, audience: str, **members: Any) -> Json:
        """That `person` lives in `group`, signed for the city whose Application is `audience`, and served.

        It stands at its own address, with its status beside it, and at /attest?actor=…&group=….
        """
        uri, now = self.server.name("attest"), self.server.now()
        subject = {
            "id": person, "ql:residentOf": group, "ql:level": "strong", "ql:verified": now.strftime("%Y-%m"),
            "ql:expires": (now + timedelta(days=700)).strftime("%Y-%m"),
        }  # fmt: skip
        made = {
            "@context": [AS, CREDENTIALS, QL], "id": uri, "type": ["VerifiableCredential", "ql:ResidencyClaim"],
            "issuer": self.uri, "validFrom": stamp(now), "validUntil": stamp(now + timedelta(days=14)),
            "credentialSubject": subject, "ql:audience": audience, "ql:status": f"{uri}/status",
        }  # fmt: skip
        claim = self.prove(made | members)
        path = urlsplit(uri).path
        self.server.put(path, claim)
        self.server.put(f"{path}/status", {"@context": QL, "id": f"{uri}/status", "ql:revoked": False})
        self.server.put(f"/attest?actor={quote(person, safe='')}&group={quote(group, safe='')}", claim)
        return claim

    # What goes and comes

    def say(self, city: City, activity: Json, *, to: str = "/actor/inbox", by: ForeignActor | None = None) -> int:
        """Post `activity` to an inbox of `city`; its worker then has its turn. The status."""
        url = city.settings.base_url + to
        answer = (by or self.application).post(city.browser(), url, activity)
        city.work()
        return int(answer.status_code)

    def heard(self, kind: str = "") -> list[Json]:
        """Activities that came for its Application, those of `kind` alone if one is named."""
        return [one for one in self.server.inbox_of(self.application) if kind in ("", one["type"])]


def multikey(key_id: str, owner: str, private: Ed25519PrivateKey) -> Json:
    """The public half, as an actor document lists it (FEP-521a)."""
    public = private.public_key().public_bytes_raw()
    return {"id": key_id, "type": "Multikey", "controller": owner, "publicKeyMultibase": base58(b"\xed\x01" + public)}


def proved(document: Json, private: Ed25519PrivateKey, key_id: str, moment: datetime, **faults: Any) -> Json:
    """`document` with a proof over all of it (FEP-8b32, eddsa-jcs-2022)."""
    bare = {key: value for key, value in document.items() if key != "proof"}
    options: Json = {
        "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "verificationMethod": key_id,
        "proofPurpose": "assertionMethod", "created": stamp(moment),
    }  # fmt: skip
    if "@context" in bare:
        options["@context"] = bare["@context"]
    options |= faults
    made = private.sign(hashed(options) + hashed(bare))
    return bare | {"proof": options | {"proofValue": base58(made)}}


def is_proved(document: Json, actor: Json) -> bool:
    """Whether the proof in `document` is by the Ed25519 key that the actor document `actor` lists."""
    proof = dict(document.get("proof") or {})
    value = unbase58(proof.pop("proofValue", ""))
    listed = {one["id"]: one["publicKeyMultibase"] for one in actor["assertionMethod"]}
    public = unbase58(listed.get(proof.get("verificationMethod"), ""))
    bare = {key: part for key, part in document.items() if key != "proof"}
    if not public.startswith(b"\xed\x01") or proof.get("@context") != bare.get("@context"):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public[2:]).verify(value, hashed(proof) + hashed(bare))
    except InvalidSignature:
        return False
    return True


def hashed(document: Json) -> bytes:
    return hashlib.sha256(canonical(document).encode()).digest()


def canonical(value: Any) -> str:
    """RFC 8785, as far as our documents need it: names in ASCII, numbers of everyday size."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(one) for one in value) + "]"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)


def base58(content: bytes) -> str:
    number, signs = int.from_bytes(content, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        signs = _SIGNS[rest] + signs
    return "z" + "1" * (len(content) - len(content.lstrip(b"\0"))) + signs


def unbase58(text: str) -> bytes:
    number = 0
    for sign in text[1:]:
        number = number * 58 + _SIGNS.index(sign)
    zeros = len(text[1:]) - len(text[1:].lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def square(west: float, south: float, side: float = 0.01) -> list[tuple[float, float]]:
    """A closed ring, as `City.quartier` draws its own: for a quartier beside one of ours."""
    east, north = west + side, south + side
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def our_application(city: City) -> str:
    """The address by which partners know this city; its keys and those of its quartiers are made if need be."""
    keyring.make_missing({})
    city.work()
    return f"{city.settings.base_url}/actor"


def sign_agreement(
    city: City, partner: PartnerCity, slug: str, group: ForeignActor, *, audiences: Sequence[str] = AUDIENCES,
    state: str = "joined",
) -> Passage:  # fmt: skip
    """A live agreement with `partner` over the quartier `slug` and its `group`, and an open passage: rows alone.

    Called again for another pair with the same partner, it widens the same agreement.
    """
    our_application(city)
    known(city, partner.application)
    known(city, group)
    now = clock.now()
    with commit():
        agreement = db.session.query(Agreement).filter_by(host=partner.host, state="live").first()
        if agreement is None:
            theirs = db.session.query(Actor).filter_by(uri=partner.uri).one()
            agreement = Agreement(
                id=new_id(), uri=partner.server.name("accords"), offer_uri=partner.server.name("activities"),
                partner_id=theirs.id, host=partner.host, partner_name=partner.name, state="live", pairs=[],
                audiences=list(audiences), rules="", published=now, expires=now + timedelta(days=300), since=now,
            )  # fmt: skip
            db.session.add(agreement)
        pair = {"ours": f"/q/{slug}", "theirs": group.uri, "border_m": 300.0, "name": group.document["name"]}
        agreement.pairs = [*agreement.pairs, pair]
        passage = Passage(
            id=new_id(), agreement_id=agreement.id, quartier_id=city.quartier_id(slug), state=state,
            far_id=db.session.query(Actor).filter_by(uri=group.uri).one().id, border_m=300.0,
            is_open=state == "joined", until=agreement.expires, joined_at=now if state == "joined" else None,
            lets_public="public" in audiences, lets_neighbours="neighbours" in audiences,
        )  # fmt: skip
        db.session.add(passage)
        if state == "joined":
            follow_each_other(passage, partner)
    return passage


def follow_each_other(passage: Passage, partner: PartnerCity) -> None:
    """The two accepted follows that a joined passage rests on. Inside `commit()`."""
    ours, now = db.session.get_one(Quartier, passage.quartier_id).actor_id, clock.now()
    for follower, followed in ((ours, passage.far_id), (passage.far_id, ours)):
        number = new_id()
        uri = fed.uri_of(f"/f/{number}") if follower == ours else partner.server.name("activities")
        db.session.add(
            Follow(id=number, follower_id=follower, followed_id=followed, state="accepted", uri=uri, since=now)
        )


def known(city: City, actor: ForeignActor) -> None:
    """Have the city keep an actor as its own document says, without a request."""
    with commit():
        remote.store(Document(actor.document))
    city.work()


__all__ = [
    "AS", "AUDIENCES", "CONTEXT", "PUBLIC", "PartnerCity", "is_proved", "known", "our_application", "proved",
    "sign_agreement", "square", "stamp",
]  # fmt: skip
