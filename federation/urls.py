"""Addresses compared as addresses, not as text: one spelling per host, one origin per document (threats B1, B7)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Container
from urllib.parse import urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from federation.errors import BadDocument

PORTS = {"http": 80, "https": 443}
MAX_URI_CHARS = 2048
MAX_HOST_CHARS = 253

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[^\[\]:]+)(?::([0-9]{1,5}))?")
# What a browser, a parser and a log would each read in their own way.
_STRANGE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\<>\"`{}|^]")
_USER = re.compile(r"[^\s@/:?#\\<>\"]{1,64}")


def normalise_host(host: str) -> str:
    """The one spelling of `host`: lower case, punycode, no last dot; a port is kept. Raises `BadDocument`."""
    match = _AUTHORITY.fullmatch(host)
    if match is None:
        raise BadDocument("url.host", host)
    name, port = match[1], match[2]
    if port is not None and not 0 < int(port) < 65536:
        raise BadDocument("url.port", host)
    return _name(name) + (f":{int(port)}" if port is not None else "")


def _name(name: str) -> str:
    if name.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(name[1:-1])}]"
        except ValueError as error:
            raise BadDocument("url.host", name) from error
    if not name.isascii():
        if _STRANGE.search(name) or any(sign in name for sign in "/?#@%"):
            raise BadDocument("url.host", name)
        try:
            name = parse_url(f"https://{name}/").host or ""
        except LocationParseError as error:
            raise BadDocument("url.host", name) from error
    name = name.lower().removesuffix(".")
    if len(name) > MAX_HOST_CHARS or not _NAME.fullmatch(name):
        raise BadDocument("url.host", name)
    return name


def origin(uri: str) -> tuple[str, str, int]:
    """Scheme, host and port of an http(s) address. Raises `BadDocument`; so does an address with a user part."""
    if len(uri) > MAX_URI_CHARS:
        raise BadDocument("url.long")
    if _STRANGE.search(uri):
        raise BadDocument("url.characters", uri)
    scheme, colon, rest = uri.partition("://")
    scheme = scheme.lower()
    if not colon or scheme not in PORTS:
        raise BadDocument("url.scheme", uri)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        raise BadDocument("url.user", uri)
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise BadDocument("url.host", uri)
    port = int(match[2]) if match[2] is not None else PORTS[scheme]
    if not 0 < port < 65536:
        raise BadDocument("url.port", uri)
    return scheme, _name(match[1]), port


def is_same_origin(a: str, b: str) -> bool:
    """True if both are addresses of one server; False for anything that is no address."""
    try:
        return origin(a) == origin(b)
    except BadDocument:
        return False


def host_of(uri: str) -> str:
    """The host by which a server is known, with its port if that is not the scheme's own. Raises `BadDocument`."""
    scheme, name, port = origin(uri)
    return name if port == PORTS[scheme] else f"{name}:{port}"


def check_id(uri: str, *, allow_http: Container[str] = (), fragment: bool = False) -> str:
    """`uri` as it came, if it can name a thing for ever; else `BadDocument`.

    Plain http counts only for the hosts of `allow_http` (as `host_of` writes them). Keys alone have ids with a
    fragment: pass `fragment=True` for them.
    """
    scheme, name, port = origin(uri)
    host = name if port == PORTS[scheme] else f"{name}:{port}"
    if scheme == "http" and host not in allow_http:
        raise BadDocument("url.plain", uri)
    if "#" in uri and not fragment:
        raise BadDocument("url.fragment", uri)
    return uri


def without_fragment(uri: str) -> str:
    """The document in which a key with this id is found."""
    return uri.partition("#")[0]


def parse_handle(text: str) -> tuple[str, str]:
    """Split `@user@host`, `user@host` or `acct:user@host`; host in its one spelling. Raises `BadDocument`."""
    if len(text) > MAX_HOST_CHARS + 80:
        raise BadDocument("handle.long")
    user, at, host = text.strip().removeprefix("acct:").removeprefix("@").rpartition("@")
    if not at or not _USER.fullmatch(user):
        raise BadDocument("handle.form", text)
    return user, normalise_host(host)


def wire_form(url: str) -> str:
    """`url` as it goes over the wire: percent-encoded, host in its one spelling, no fragment. Raises `BadDocument`.

    What is signed and what is sent must be the same text, so both come from here; applied twice it changes nothing.
    """
    scheme, name, port = origin(url)
    try:
        path = parse_url(url).request_uri
    except LocationParseError as error:
        raise BadDocument("url.form", url) from error
    return f"{scheme}://{name}{'' if port == PORTS[scheme] else f':{port}'}{path}"


def target(url: str) -> str:
    """Path and query of a request, untouched: what HTTP calls the request target."""
    parts = urlsplit(url)
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query or url.partition("#")[0].endswith("?") else path
