"""ActivityPub as a library: bytes in, bytes out, five ports. It knows no Flask, no database and no city."""

from federation.delivery import RETRY_WAITS_S, Sent, preferred_inboxes, retry_wait_s
from federation.documents import Activity, Document, parse
from federation.engine import Federation
from federation.errors import (
    BadDocument,
    BadSignature,
    FederationError,
    Forbidden,
    Gone,
    Ignored,
    Missing,
    NotActivity,
    NotFound,
    Refused,
    TooFast,
    TooLarge,
    Unreachable,
)
from federation.wire import Door, Request, Response

__all__ = [
    "RETRY_WAITS_S",
    "Activity",
    "BadDocument",
    "BadSignature",
    "Document",
    "Door",
    "Federation",
    "FederationError",
    "Forbidden",
    "Gone",
    "Ignored",
    "Missing",
    "NotActivity",
    "NotFound",
    "Refused",
    "Request",
    "Response",
    "Sent",
    "TooFast",
    "TooLarge",
    "Unreachable",
    "parse",
    "preferred_inboxes",
    "retry_wait_s",
]
