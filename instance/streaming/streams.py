"""The streams that a program may ask for, by Mastodon's names, and the scope that each needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from instance.core.errors import Invalid
from instance.posts import tags

PUBLIC = ("public", "public:local", "public:remote")
TAGGED = ("hashtag", "hashtag:local")
NAMES = frozenset(
    {"user", "user:notification", "list", "direct", *TAGGED, *PUBLIC, *(f"{name}:media" for name in PUBLIC)}
)
SCOPES = {"user:notification": "read:notifications", "list": "read:lists"}
MEDIA = ":media"


@dataclass(frozen=True)
class Stream:
    """One stream: its name, and the tag or list that it is of."""

    name: str
    of: str = ""

    @property
    def said(self) -> list[str]:
        """How frames name it."""
        return [self.name, self.of] if self.of else [self.name]

    @property
    def scope(self) -> str:
        """What a token must cover."""
        return SCOPES.get(self.name, "read:statuses")

    @property
    def context(self) -> str:
        """Which filters count here."""
        return "home" if self.name in {"user", "list"} else "public"

    @property
    def tells_posts(self) -> bool:
        """Whether posts come by it, and not only news."""
        return self.name not in {"user:notification", "direct"}

    @property
    def tells_notices(self) -> bool:
        """Whether what is told to the account comes by it."""
        return self.name in {"user", "user:notification"}


def asked(name: object, fields: Mapping[str, Any]) -> Stream:
    """The stream that a request or a message asks for. Raises `Invalid` for one that does not exist."""
    if not isinstance(name, str) or name not in NAMES:
        raise Invalid("stream.unknown", _("Ce flux n’existe pas."), field="stream")
    if name in PUBLIC and str(fields.get("only_media", "")).lower() in {"1", "true", "on"}:
        name += MEDIA
    if name in TAGGED:
        tag = tags.fold(str(fields.get("tag", "")))
        if not tag:
            raise Invalid("stream.tag", _("Dites de quel mot-dièse."), field="tag")
        return Stream(name, tag)
    if name == "list":
        number = str(fields.get("list", ""))
        if not (number.isascii() and number.isdecimal() and len(number) < 20):
            raise Invalid("stream.list", _("Dites de quelle liste."), field="list")
        return Stream(name, number)
    return Stream(name)


__all__ = ["NAMES", "Stream", "asked"]
