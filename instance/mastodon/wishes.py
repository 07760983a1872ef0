"""What a program asks for when it posts: read from the body, checked as far as it can be without a look at the rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from instance.core.errors import Invalid
from instance.mastodon.api import flag, text
from instance.mastodon.bodies import Fields
from instance.posts import quotes
from instance.posts.compose import LANGUAGES, PHOTOS_MAX
from instance.posts.polls import Ballot

VISIBILITIES = {"public", "unlisted", "private", "direct"}
AUDIENCES = {"quartier": "quartier", "voisins": "neighbours", "groupe": "group"}


@dataclass(frozen=True)
class Wish:
    """A post as a program wants it. Kept as JSON where it is to go later."""

    text: str
    warning: str = ""
    is_sensitive: bool = False
    language: str = "fr"
    media_ids: tuple[int, ...] = ()
    poll: Ballot | None = None
    reply_to: int | None = None
    visibility: str | None = None  # Mastodon's word; None: nothing was sent
    audience: str | None = None  # our own word for it, in the terms of `posts.audience`
    group_id: int | None = None
    quotes: int | None = None
    quote_policy: str = "public"

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        said = asdict(self) | {"media_ids": [str(one) for one in self.media_ids]}
        if self.poll is not None:
            said["poll"]["lasts"] = int(self.poll.lasts.total_seconds())
        return said


def from_json(said: dict[str, Any]) -> Wish:
    """What `to_json` kept."""
    poll = said["poll"]
    ballot = Ballot(
        tuple(poll["options"]), timedelta(seconds=poll["lasts"]), poll["is_multiple"], poll["hides_totals"]
    ) if poll else None  # fmt: skip
    return Wish(**said | {"media_ids": tuple(int(one) for one in said["media_ids"]), "poll": ballot})


def read(fields: Fields) -> Wish:
    """The wish that a body holds. Raises `Invalid`."""
    quoted = fields.get("quoted_status_id") or fields.get("quote_id")
    found = Wish(
        text=text(fields, "status") or "", warning=text(fields, "spoiler_text") or "",
        is_sensitive=flag(fields, "sensitive") or False, language=language(fields),
        media_ids=media_ids(fields) or (), poll=_poll(fields.get("poll")),
        reply_to=_number(fields.get("in_reply_to_id"), "in_reply_to_id"), visibility=_visibility(fields),
        audience=_audience(fields), group_id=_number(fields.get("quartier_group_id"), "quartier_group_id"),
        quotes=_number(quoted, "quoted_status_id"),
        quote_policy=quotes.check_policy(text(fields, "quote_approval_policy")),
    )  # fmt: skip
    if found.poll and found.media_ids:
        raise Invalid("status.both", _("Un sondage ou des photos : pas les deux dans un même message."), field="poll")
    if found.audience == "group" and found.group_id is None:
        raise Invalid("status.group", _("Dites dans quel groupe (quartier_group_id)."), field="quartier_group_id")
    return found


def language(fields: Fields, usual: str = "fr") -> str:
    """The language that was sent, if it is one of those that the page offers."""
    code = (text(fields, "language") or usual)[:2].lower()
    return code if code in LANGUAGES else usual


def media_ids(fields: Fields) -> tuple[int, ...] | None:
    """The pictures that were named, each once; None where none were spoken of."""
    value = fields.get("media_ids")
    if value is None:
        return None
    named = value if isinstance(value, list) else [value]
    found = tuple(dict.fromkeys(_number(one, "media_ids") or 0 for one in named if one not in (None, "")))
    if len(found) > PHOTOS_MAX:
        raise Invalid("media.many", _("Quatre photos au plus par message."), field="media_ids")
    return found


def focus(fields: Fields) -> tuple[float, float] | None:
    """The point that a picture is about, as "x,y"; None where none was sent. Whether it lies inside is asked later."""
    said = text(fields, "focus")
    if not said:
        return None
    try:
        across, down = (float(part) for part in said.split(","))
    except ValueError:
        return (9.0, 9.0)  # nowhere
    return across, down


def moment(fields: Fields) -> datetime | None:
    """`scheduled_at`, if it was sent: ISO 8601; without a zone it is UTC."""
    said = text(fields, "scheduled_at")
    if not said:
        return None
    try:
        found = datetime.fromisoformat(said)
    except ValueError as error:
        raise _unread_moment() from error
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError as error:
        raise _unread_moment() from error


def _unread_moment() -> Invalid:
    return Invalid("status.moment", _("Ce moment n’est pas lisible : écrivez-le selon ISO 8601."), field="scheduled_at")


def _visibility(fields: Fields) -> str | None:
    said = text(fields, "visibility") or None
    if said is not None and said not in VISIBILITIES:
        raise Invalid("status.visibility", _("Cette visibilité n’existe pas."), field="visibility")
    return said


def _audience(fields: Fields) -> str | None:
    said = text(fields, "quartier_audience")
    if not said:
        return None
    if said not in AUDIENCES:
        raise Invalid("status.audience", _("Ce public n’existe pas."), field="quartier_audience")
    return AUDIENCES[said]


def _number(value: object, field: str) -> int | None:
    if value in (None, ""):
        return None
    said = str(value)
    if not said.isdecimal() or len(said) > 18:
        return 0  # an id that nothing has: absent, like any other
    return int(said)


def _poll(said: object) -> Ballot | None:
    if not isinstance(said, dict) or not said.get("options"):
        return None
    options = said["options"] if isinstance(said["options"], list) else [said["options"]]
    lasts_s = str(said.get("expires_in", ""))
    if not lasts_s.isdecimal() or len(lasts_s) > 9:
        raise Invalid("poll.end", _("Dites combien de secondes dure le sondage (expires_in)."), field="poll")
    is_multiple, hides_totals = flag(said, "multiple") or False, flag(said, "hide_totals") or False
    return Ballot(tuple(str(one) for one in options), timedelta(seconds=int(lasts_s)), is_multiple, hides_totals)
