"""What can go wrong, in the domain's words; each surface turns them into its own answer."""

from __future__ import annotations


class DomainError(Exception):
    """A refusal with a stable code and a sentence for the reader."""

    status = 400

    def __init__(self, code: str, sentence: str = "", *, field: str = "") -> None:
        super().__init__(sentence or code)
        self.code = code
        self.sentence = sentence
        self.field = field


class Invalid(DomainError):
    """Input that cannot be taken; `field` names the form field, the sentence says the repair."""

    status = 422


class NotAllowed(DomainError):
    """The act is known to the reader but not theirs to do. Never for things they may not see."""

    status = 403


class NotFound(DomainError):
    """Absent, or hidden from this reader: one answer for both."""

    status = 404

    def __init__(self) -> None:
        super().__init__("not_found")


class TooMany(DomainError):
    """A limit was reached; the sentence says when to come back."""

    status = 429


class Full(DomainError):
    """The disk has no room for this upload; words still go through."""

    status = 507
