"""/api/v1|v2/instance: what this server is, what it takes, by which rules."""

from __future__ import annotations

import importlib.util
import re
from functools import lru_cache
from typing import Any

from flask import Response, url_for
from flask_babel import gettext as _

from instance.core.errors import NotFound
from instance.core.fed import host, uri_of
from instance.core.i18n import LANGUAGE_NAMES, LANGUAGES, language
from instance.core.release import version
from instance.core.web import settings
from instance.legal import service as legal
from instance.legal.models import LegalText
from instance.mastodon.api import answer, bp, open_call
from instance.mastodon.people import stamp
from instance.media.pictures import MAX_BYTES
from instance.media.service import MAX_DESCRIPTION
from instance.notifications.push_sealing import public_key
from instance.posts import polls
from instance.posts.compose import PHOTOS_MAX
from instance.posts.service import TEXT_MAX
from instance.verification import signup

# What clients compare before they offer something (mastodon-api.md, "How clients gate features").
SPEAKS = "4.5.0"
API_VERSION = 7  # grouped notifications (2), DELETE of media (3), terms (4), blurring filters (5), quotes (7)
MAX_PIXELS = 40_000_000  # as media/decode.py, which needs Pillow
TYPES = ("image/jpeg", "image/png", "image/webp", "image/avif", "image/gif")
FEEDS = ("live_feeds", "hashtag_feeds", "trending_link_feeds")  # what is public, everybody reads
PINS_MAX, TAGS_MAX = 5, 10
ADDRESS_CHARS = 23  # what clients count for an address
EMAIL = re.compile(r"[^\s@<>()\[\],;:]+@[^\s@<>()\[\],;:]+\.[a-z]{2,}")
Json = dict[str, Any]


@bp.get("/v2/instance")
@open_call
def instance() -> Response:
    """The server as clients read it at sign-in."""
    chosen = settings()
    return answer(
        {
            "domain": host(), "title": chosen.name, "version": _version(), "source_url": "", "description": _about(),
            "usage": {"users": {"active_month": 0}},  # nobody counts neighbours from outside
            "thumbnail": {"url": _picture(512), "blurhash": None, "versions": {}, "description": chosen.name},
            "icon": [{"src": _picture(size), "size": f"{size}x{size}"} for size in (180, 192, 512)],
            "languages": list(LANGUAGES), "configuration": _configuration(), "registrations": _registrations(),
            "api_versions": {"mastodon": API_VERSION}, "contact": {"email": _email(), "account": None},
            "rules": _rules(),
        }
    )  # fmt: skip


@bp.get("/v1/instance")
@open_call
def instance_of_old() -> Response:
    """The same as it was before."""
    chosen, takes = settings(), _configuration()
    return answer(
        {
            "uri": host(), "title": chosen.name, "short_description": _about(), "description": _about(),
            "email": _email(), "version": _version(), "urls": {"streaming_api": takes["urls"]["streaming"]},
            "stats": {"user_count": 0, "status_count": 0, "domain_count": 0}, "thumbnail": _picture(512),
            "languages": list(LANGUAGES), "registrations": _registrations()["enabled"], "approval_required": False,
            "invites_enabled": False, "configuration": takes, "contact_account": None, "rules": _rules(),
        }
    )  # fmt: skip


def _version() -> str:
    return f"{SPEAKS} (compatible; QuartierLibre {version()})"


def _about() -> str:
    return _("Un réseau de voisins, par quartier et à adresse prouvée. Sans publicité, sans pistage.")


def _picture(size: int) -> str:
    return uri_of(url_for("static", filename=f"icon-{size}.png"))


def _configuration() -> Json:
    return {
        "urls": {
            "streaming": settings().stream_url, "status": None, "about": uri_of("/mentions-legales"),
            "privacy_policy": uri_of("/confidentialite"), "terms_of_service": uri_of("/regles"),
        },
        "vapid": {"public_key": public_key()},
        "accounts": {"max_featured_tags": TAGS_MAX, "max_pinned_statuses": PINS_MAX},
        "statuses": {
            "max_characters": TEXT_MAX, "max_media_attachments": PHOTOS_MAX,
            "characters_reserved_per_url": ADDRESS_CHARS,
        },
        "media_attachments": {
            "supported_mime_types": list(_types()), "description_limit": MAX_DESCRIPTION,
            "image_size_limit": MAX_BYTES, "image_matrix_limit": MAX_PIXELS,
            # No videos: their types are not among those above, and clients want these fields all the same.
            "video_size_limit": MAX_BYTES, "video_matrix_limit": MAX_PIXELS, "video_frame_rate_limit": 60,
        },
        "polls": {
            "max_options": polls.OPTIONS_MAX, "max_characters_per_option": polls.OPTION_MAX,
            "min_expiration": int(polls.SHORTEST.total_seconds()), "max_expiration": int(polls.LONGEST.total_seconds()),
        },
        "translation": {"enabled": False},
        "limited_federation": False,
        "timelines_access": {feeds: {"local": "public", "remote": "public"} for feeds in FEEDS},
    }  # fmt: skip


@lru_cache
def _types() -> tuple[str, ...]:
    """Pictures that we can draw anew; HEIC where its decoder is installed."""
    has_heif = importlib.util.find_spec("pillow_heif") is not None
    return (*TYPES, "image/heic", "image/heif") if has_heif else TYPES


def _registrations() -> Json:
    chosen = settings()
    return {
        "enabled": signup.is_open(chosen), "approval_required": False, "reason_required": False, "message": None,
        "min_age": chosen.minimum_age, "url": uri_of("/inscription"),
    }  # fmt: skip


def _email() -> str:
    """The address that the contact page gives; nothing where it gives none."""
    text = legal.in_force("contact", language())
    found = EMAIL.search(text.text) if text else None
    return found[0].rstrip(".") if found else ""


def _rules() -> list[Json]:
    _number, headings = legal.rules()
    found = [heading.partition(". ") for heading in headings]
    return [{"id": number, "text": text, "hint": "", "translations": {}} for number, _dot, text in found]


@bp.get("/v1/instance/rules")
@open_call
def rules() -> Response:
    """The rules of the house, by their headings."""
    return answer(_rules())


def _text(kind: str) -> tuple[LegalText, str]:
    text = legal.in_force(kind, language())
    if text is None:
        raise NotFound
    return text, legal.html(text.text)


@bp.get("/v1/instance/extended_description")
@open_call
def extended_description() -> Response:
    """Who keeps this server."""
    text, html = _text("mentions")
    return answer({"updated_at": stamp(text.written_at), "content": html})


@bp.get("/v1/instance/privacy_policy")
@open_call
def privacy_policy() -> Response:
    """What is kept of whom, and for how long."""
    text, html = _text("confidentialite")
    return answer({"updated_at": stamp(text.written_at), "content": html})


@bp.get("/v1/instance/terms_of_service")
@open_call
def terms_of_service() -> Response:
    """The rules in full."""
    text, html = _text("regles")
    return answer(
        {"effective_date": text.written_at.date().isoformat(), "effective": True, "content": html, "succeeded_by": None}
    )


@bp.get("/v1/instance/languages")
@open_call
def languages() -> Response:
    """The languages of our own sentences."""
    return answer([{"code": code, "name": name} for code, name in LANGUAGE_NAMES.items()])


@bp.get("/v1/instance/translation_languages")
@open_call
def translation_languages() -> Response:
    """Nothing is translated here: no words leave for a translator."""
    return answer({})


@bp.get("/v1/instance/peers")
@bp.get("/v1/instance/activity")
@bp.get("/v1/instance/domain_blocks")
@open_call
def untold() -> Response:
    """Whom this server knows, blocks, and how busy it is: told to nobody (docs/clients.md)."""
    return answer([])
