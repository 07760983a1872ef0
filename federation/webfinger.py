"""From a name to an actor and back (RFC 7033, RFC 7565)."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from federation.documents import Document, many
from federation.errors import BadDocument, NotActivity
from federation.urls import parse_handle
from federation.vocabulary import ACTIVITY_JSON, AS, RELS

Json = dict[str, Any]

MAX_BYTES = 65_536


def parse_resource(resource: str, *, max_bytes: int = 512) -> tuple[str, str]:
    """Split a WebFinger `resource` into (user, host), host in its one spelling.

    Accepts `acct:user@host` and, as pasted by people, `@user@host`. `max_bytes` bounds the UTF-8 length before any
    parsing. Raises `BadDocument` (HTTP 400) for anything else.
    Source: RFC 7033 §4.2 (a missing or malformed resource is a bad request), RFC 7565.
    """
    if not resource or len(resource.encode("utf-8", "replace")) > max_bytes:
        raise BadDocument("webfinger.resource")
    return parse_handle(resource)


def document(
    subject: str, actor_uri: str, profile_url: str | None = None, subscribe_template: str | None = None
) -> Json:
    """The JRD of one of our actors; `subject` is `acct:user@host`."""
    links: list[Json] = [{"rel": RELS["self"], "type": ACTIVITY_JSON, "href": actor_uri}]
    if profile_url:
        links.append({"rel": RELS["profile"], "type": "text/html", "href": profile_url})
    if subscribe_template:
        links.append({"rel": RELS["subscribe"], "template": subscribe_template})
    aliases = list(dict.fromkeys(uri for uri in (profile_url, actor_uri) if uri))
    return {"subject": subject, "aliases": aliases, "links": links}


def read(jrd: Json) -> str:
    """The actor's address in a JRD. Raises `NotActivity` if there is none."""
    for link in many(jrd.get("links")):
        if not isinstance(link, dict) or link.get("rel") != "self":
            continue
        kind, href = str(link.get("type") or ""), link.get("href")
        # quirk(friendica): `ld+json` with the ActivityStreams profile instead of `activity+json`.
        if isinstance(href, str) and (kind.startswith(ACTIVITY_JSON) or ("ld+json" in kind and AS in kind)):
            return href
    raise NotActivity("webfinger.self")


def subject(jrd: Json) -> tuple[str, str] | None:
    """User and host that a JRD says it is about."""
    try:
        return parse_handle(str(Document(jrd).text("subject") or ""))
    except BadDocument:
        return None


def address(base_url: str, user: str, host: str) -> str:
    """Where to ask about `user@host`; `base_url` is the asked server's."""
    return f"{base_url}/.well-known/webfinger?resource=acct:{user}@{host}"


def host_meta(base_url: str) -> str:
    """The XRD that leads old clients to WebFinger."""
    template = quoteattr(f"{base_url}/.well-known/webfinger?resource={{uri}}")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="application/jrd+json" template={template}/>\n'
        "</XRD>\n"
    )
