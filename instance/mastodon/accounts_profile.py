"""The bearer's own profile: words, fields, pictures, who must ask to follow; never the name, which is proven (F03)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from instance.accounts.models import Account
from instance.accounts.profile import change_profile
from instance.core.db import commit, db
from instance.core.errors import Invalid
from instance.mastodon import people
from instance.mastodon.api import answer, bearer, bp, flag, scope, sent, text
from instance.mastodon.media import count
from instance.mastodon.people import own_names
from instance.media import portraits
from instance.media import service as media
from instance.posts.compose import LANGUAGES

Json = dict[str, Any]
PLACES = {"avatar": portraits.PORTRAIT, "header": portraits.BANNER}


@bp.patch("/v1/accounts/update_credentials")
@scope("write:accounts")
def update_credentials() -> Response:
    """Change what a client may change. Privacy of new posts stays `private`."""
    _keep()
    return answer(people.own(bearer().account))


def _keep() -> None:
    fields = sent()
    me = bearer().account
    _check_name(me, text(fields, "display_name"))
    kept, usual = _fields(fields.get("fields_attributes")), _usual(fields.get("source"))
    drawn = {place: _drawn(name) for name, place in PLACES.items() if request.files.get(name)}
    account_id = me.id
    with commit():
        mine = db.session.get_one(Account, account_id)
        change_profile(
            mine, summary=text(fields, "note"), approves_followers=flag(fields, "locked"),
            is_discoverable=flag(fields, "discoverable"), fields=kept,
        )  # fmt: skip
        for name, value in usual.items():
            setattr(mine, name, value)
        for place, prepared in drawn.items():
            portraits.put(mine, place, prepared, _description(fields, place))
        for name, place in PLACES.items():
            if (words := text(fields, f"{name}_description")) is not None:
                portraits.describe(mine, place, words)


def _usual(source: Any) -> Json:
    """What posts are that do not say it, as far as `source` speaks of it: columns of the account.

    An empty language is that of the pages again. Raises `Invalid` for one in which nobody writes here.
    """
    said: Json = source if isinstance(source, dict) else {}
    found: Json = {}
    if (covers := flag(said, "sensitive")) is not None:
        found["covers_pictures"] = covers
    if "language" in said:
        code = (text(said, "language") or "")[:2].lower()
        if code and code not in LANGUAGES:
            raise Invalid("profile.language", _("On n’écrit pas encore ici dans cette langue."), field="source")
        found["writes_in"] = code or None
    return found


def _check_name(me: Account, name: str | None) -> None:
    """The name that is shown may be sent back; another one is refused with the reason."""
    if name is not None and name.strip() and name.strip() not in own_names(me):
        sentence = _("Ici chacun porte son vrai nom : il se choisit dans les réglages, entre ses deux formes.")
        raise Invalid("profile.name", sentence, field="display_name")


def _drawn(name: str) -> media.Prepared:
    """The picture that came as `name`, decoded and made anew like any other."""
    count(bearer().account.id)
    return media.prepare(request.files[name].read())


def _description(fields: Json, place: int) -> str:
    name = next(one for one, number in PLACES.items() if number == place)
    return text(fields, f"{name}_description") or ""


def _fields(given: Any) -> list[dict[str, str]] | None:
    """Names and values as typed; None where none were sent. Empty ones are left out."""
    if given is None:
        return None
    rows: Sequence[Any] = list(given.values()) if isinstance(given, dict) else given
    if not isinstance(rows, list):
        raise Invalid("profile.fields", _("Les champs du profil se donnent par nom et valeur."), field="fields")
    found = [
        {"name": str(one.get("name") or "").strip(), "value": str(one.get("value") or "").strip()}
        for one in rows
        if isinstance(one, dict)
    ]
    return [one for one in found if one["name"] or one["value"]]


@bp.get("/v1/profile")
@scope("read:accounts", "profile")
def profile() -> Response:
    """The own profile, words as typed."""
    return answer(_profile())


@bp.patch("/v1/profile")
@scope("write:accounts")
def update_profile() -> Response:
    """The same as update_credentials, answered as a profile."""
    _keep()
    return answer(_profile())


def _profile() -> Json:
    me = bearer().account
    shown = people.own(me)
    pictures = portraits.described_of(me.actor_id)
    return {
        "id": shown["id"], "display_name": shown["display_name"], "note": me.summary,
        "fields": shown["source"]["fields"], "locked": me.approves_followers, "bot": False, "hide_collections": True,
        "discoverable": me.is_discoverable, "indexable": False, "attribution_domains": [], "featured_tags": [],
        "avatar": shown["avatar"] if portraits.PORTRAIT in pictures else None,
        "avatar_static": shown["avatar"] if portraits.PORTRAIT in pictures else None,
        "avatar_description": pictures.get(portraits.PORTRAIT, ""),
        "header": shown["header"] if portraits.BANNER in pictures else None,
        "header_static": shown["header"] if portraits.BANNER in pictures else None,
        "header_description": pictures.get(portraits.BANNER, ""),
        "show_media": True, "show_media_replies": True, "show_featured": True,
    }  # fmt: skip


@bp.delete("/v1/profile/<any(avatar, header):name>")
@scope("write:accounts")
def remove_picture(name: str) -> Response:
    """Show the portrait, or the banner, no more."""
    account_id = bearer().account.id
    with commit():
        portraits.remove(db.session.get_one(Account, account_id), PLACES[name])
    return answer(people.own(bearer().account))
