"""What can go wrong between servers, in the domain's words; `status` is what an inbox answers."""

from __future__ import annotations

from typing import Literal


class FederationError(Exception):
    """A refusal with a stable code; `detail` is for the log of the one who asked, never for an answer."""

    status = 400

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class BadDocument(FederationError):
    """Not JSON, too deep, of wrong types, playing with JSON-LD, or an address that is none."""


class BadSignature(FederationError):
    """Unsigned, wrongly signed, or signed by a key that does not belong to its owner."""

    status = 401


class Refused(FederationError):
    """A blocked host, or an actor who acts on what is not theirs."""

    status = 403


class Forbidden(FederationError):
    """The door stays shut: a private address, a port or a scheme we do not use."""

    status = 403


class NotFound(FederationError):
    """The other server says that there is nothing."""

    status = 404


class Gone(NotFound):
    """The other server says that there is nothing any more."""

    status = 410


class TooLarge(FederationError):
    """More bytes than we take."""

    status = 413


class NotActivity(FederationError):
    """An answer that is no ActivityPub document, or not the one that was asked for."""

    status = 422


class TooFast(FederationError):
    """The other server sends more than its share; welcome again in `retry_after_s`."""

    status = 429

    def __init__(self, code: str, detail: str = "", *, retry_after_s: int) -> None:
        super().__init__(code, detail)
        self.retry_after_s = retry_after_s


class Unreachable(FederationError):
    """The network or the other server fails now and may not later; `retry_after_s` if it said when."""

    status = 503

    def __init__(self, code: str, detail: str = "", *, retry_after_s: int | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after_s = retry_after_s


class Ignored(FederationError):
    """An activity that we choose not to keep: answered 202 and counted, not an error."""

    status = 202


class Missing(Exception):
    """A handler needs this first: it is fetched outside of the transaction, then comes a second try.

    The document of an actor or an object at `uri`; or a claim, `uri` then being two: of a person, of a Group.
    """

    def __init__(self, uri: str, kind: Literal["actor", "object", "claim"] = "object") -> None:
        super().__init__(uri)
        self.uri = uri
        self.kind: Literal["actor", "object", "claim"] = kind
