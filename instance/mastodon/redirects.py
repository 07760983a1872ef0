"""Where a program may be answered after the consent of its person (threats.md G1)."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit

from flask_babel import gettext as _

from instance.core.errors import Invalid

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"  # the code is shown on a page of ours
MAX_LENGTH, MAX_NUMBER = 2000, 10
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")  # nothing that a header would take for its own signs
_PRINTABLE = re.compile(r"[!-~]+")
# Of what a browser runs, reads from the disk or hands to a program that was not asked.
FORBIDDEN = frozenset(
    {
        "javascript", "data", "file", "about", "vbscript", "blob", "filesystem", "view-source", "livescript", "mocha",
        "ws", "wss", "ftp", "ftps", "sftp", "ssh", "smb", "ldap", "ldaps", "telnet", "gopher", "mailto", "tel", "sms",
        "intent", "content", "resource", "jar", "chrome", "chrome-extension", "moz-extension", "safari-extension",
        "edge", "opera", "brave", "search-ms", "shell", "cid", "mid", "urn", "acct", "geo", "magnet", "market",
        "itms-apps", "x-apple", "android-app", "wyciwyg", "res", "mhtml", "mk", "hcp", "vnd.ms.radio",
    }
)  # fmt: skip


def checked(uris: list[str]) -> list[str]:
    """`uris`, each once. Raises `Invalid` for one that no program may be answered at."""
    found = list(dict.fromkeys(uris))
    if not found or len(found) > MAX_NUMBER:
        raise Invalid("app.redirects", _("Donnez une à dix adresses de retour."), field="redirect_uris")
    for uri in found:
        if not is_allowed(uri):
            raise Invalid("app.redirect", _("Cette adresse de retour n’est pas permise."), field="redirect_uris")
    return found


def is_allowed(uri: str) -> bool:
    """Whether `uri` is a web address, a private scheme of a program, or the page that shows the code."""
    if uri == OUT_OF_BAND:
        return True
    if len(uri) > MAX_LENGTH or not _PRINTABLE.fullmatch(uri) or set(uri) & set('"<>\\^`{|}#'):
        return False
    try:
        parts = urlsplit(uri)
        _port = parts.port
    except ValueError:
        return False
    scheme = parts.scheme
    if not _SCHEME.fullmatch(scheme) or not uri.lower().startswith(scheme + ":"):
        return False
    if scheme in {"http", "https"}:
        host = parts.hostname or ""
        return bool(_HOST.fullmatch(host)) and parts.username is None and parts.password is None
    return scheme not in FORBIDDEN and not scheme.startswith("ms-") and len(uri) > len(scheme) + 1


def with_answer(uri: str, answer: dict[str, str]) -> str:
    """`uri`, to the letter as it was registered, with the members of `answer` behind it."""
    joint = "" if uri.endswith(("?", "&")) else "&" if "?" in uri else "?"
    return f"{uri}{joint}{urlencode(answer)}"


def source_of(uri: str) -> str:
    """What form-action must name for a form that leads to `uri`: its origin, or its private scheme."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def place_of(uri: str) -> str:
    """Where `uri` leads, for a person to read: a host, or the scheme that a program has on this device."""
    parts = urlsplit(uri)
    is_page = parts.scheme in {"http", "https"}
    return parts.netloc if is_page else _("une application de cet appareil (%(name)s)", name=parts.scheme)
