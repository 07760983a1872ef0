"""The words of ActivityStreams that we say and understand: type names, contexts, the Public address."""

from __future__ import annotations

from typing import Final

AS: Final = "https://www.w3.org/ns/activitystreams"
SECURITY: Final = "https://w3id.org/security/v1"
CID: Final = "https://www.w3.org/ns/cid/v1"
CREDENTIALS: Final = "https://www.w3.org/ns/credentials/v2"
DATA_INTEGRITY: Final = "https://w3id.org/security/data-integrity/v2"
QL_NS: Final = "https://quartier-libre.example/ns#"  # a literal identifier, never fetched

PUBLIC: Final = f"{AS}#Public"
_PUBLIC_SPELLINGS: Final = frozenset({PUBLIC, "as:Public", "Public"})

ACTIVITY_JSON: Final = "application/activity+json"
LD_JSON: Final = f'application/ld+json; profile="{AS}"'
ACCEPT: Final = f"{ACTIVITY_JSON}, {LD_JSON};q=0.9"
JRD_JSON: Final = "application/jrd+json"
XRD_XML: Final = "application/xrd+xml"

ACTOR_TYPES: Final = frozenset({"Application", "Group", "Organization", "Person", "Service"})
POST_TYPES: Final = frozenset({
    "Article", "Audio", "Document", "Event", "Image", "Note", "Page", "Proposal", "Question", "Video",
})  # fmt: skip
ACTIVITY_TYPES: Final = frozenset({
    "Accept", "Add", "Announce", "Block", "Create", "Delete", "Dislike", "EmojiReact", "Flag", "Follow", "Ignore",
    "Invite", "Join", "Leave", "Like", "Lock", "Move", "Offer", "QuoteRequest", "Reject", "Remove",
    "TentativeAccept", "TentativeReject", "Undo", "Update",
})  # fmt: skip
COLLECTION_TYPES: Final = frozenset({"Collection", "CollectionPage", "OrderedCollection", "OrderedCollectionPage"})
OTHER_TYPES: Final = frozenset({
    "Agreement", "ChatMessage", "Emoji", "Hashtag", "Intent", "Link", "Mention", "Place", "PropertyValue",
    "QuoteAuthorization", "Relationship", "Tombstone", "VirtualLocation",
})  # fmt: skip
KNOWN_TYPES: Final = ACTOR_TYPES | POST_TYPES | ACTIVITY_TYPES | COLLECTION_TYPES | OTHER_TYPES

RELS: Final = {
    "self": "self",
    "profile": "http://webfinger.net/rel/profile-page",
    "subscribe": "http://ostatus.org/schema/1.0/subscribe",
    "application": f"{AS}#Application",  # FEP-2677: NodeInfo leads to the instance actor
    "nodeinfo": "http://nodeinfo.diaspora.software/ns/schema/",
}

_TERMS: Final[dict[str, object]] = {
    "toot": "http://joinmastodon.org/ns#",
    "schema": "http://schema.org#",
    "lemmy": "https://join-lemmy.org/ns#",
    "ical": "http://www.w3.org/2002/12/cal/ical#",
    "ql": QL_NS,
    "Hashtag": "as:Hashtag",
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    "sensitive": "as:sensitive",
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "movedTo": {"@id": "as:movedTo", "@type": "@id"},
    "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "votersCount": "toot:votersCount",
    "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
    "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
    "gts": "https://gotosocial.org/ns#",
    "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
    "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
    "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
    "manualApproval": {"@id": "gts:manualApproval", "@type": "@id"},
    "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
    "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
    "quoteAuthorization": {"@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id"},
    "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
    "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
    "quoteUri": "http://fedibird.com/ns#quoteUri",
    "_misskey_quote": "https://misskey-hub.net/ns#_misskey_quote",
    "adjacent": {"@id": "ql:adjacent", "@type": "@id"},
    "attestations": {"@id": "ql:attestations", "@type": "@id"},
}
CONTEXT: Final[list[object]] = [AS, SECURITY, CID, _TERMS]  # for actors and objects; activities carry AS alone


def is_public(uri: str) -> bool:
    """Whether `uri` is the Public address, in any of the three spellings that JSON-LD allows."""
    return uri in _PUBLIC_SPELLINGS


def plain_type(name: str) -> str:
    """`Note` for `Note`, `as:Note` and the full address of Note; other vocabularies' names as they are."""
    if name in KNOWN_TYPES:
        return name
    for prefix in (f"{AS}#", "as:"):
        if name.startswith(prefix):
            return name[len(prefix) :]
    # FEP-0837: valueflows types are written with their prefix.
    return name[3:] if name in {"vf:Proposal", "vf:Intent"} else name
