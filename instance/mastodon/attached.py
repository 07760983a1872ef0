"""What hangs on a status: pictures and the card of a link, as the client API shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from instance.core.fed import uri_of
from instance.media import service as media
from instance.media.models import Media
from instance.posts.models import LinkCard

Json = dict[str, Any]
SMALL_PX = 480  # the longer side of the small size (media/decode.py)


def picture(photo: Media, viewer: int | None) -> Json:
    """The MediaAttachment entity. Its addresses are everybody's, or with `viewer` theirs alone, for a day."""

    def address(size: str) -> str:
        if viewer is None:
            return uri_of(media.address(photo.key, size))
        return uri_of(media.signed_address(photo.key, size, viewer))

    return _entity(photo, address if photo.state == "ready" else None)


def _entity(photo: Media, address: Callable[[str], str] | None) -> Json:
    url = address("large") if address else None
    return {
        "id": str(photo.id), "type": "image", "url": url, "preview_url": address("small") if address else None,
        "remote_url": None, "preview_remote_url": None, "text_url": None, "description": photo.description or None,
        "blurhash": photo.blurhash, "meta": _measures(photo) if address else None,
    }  # fmt: skip


def _measures(photo: Media) -> Json:
    share = min(1.0, SMALL_PX / max(photo.width, photo.height))
    found = {
        "original": _size(photo.width, photo.height),
        "small": _size(max(1, round(photo.width * share)), max(1, round(photo.height * share))),
    }
    if photo.focus_x is not None and photo.focus_y is not None:
        found["focus"] = {"x": photo.focus_x, "y": photo.focus_y}
    return found


def _size(width: int, height: int) -> Json:
    return {"width": width, "height": height, "size": f"{width}x{height}", "aspect": round(width / height, 4)}


def card(link: LinkCard) -> Json:
    """The PreviewCard entity: words alone, as nothing of the page itself is shown."""
    there = urlsplit(link.url)
    return {
        "url": link.url, "title": link.title, "description": link.description, "language": None, "type": "link",
        "author_name": "", "author_url": "", "provider_name": link.site, "authors": [],
        "provider_url": f"{there.scheme}://{there.netloc}", "html": "", "width": 0, "height": 0, "image": None,
        "image_description": "", "embed_url": "", "blurhash": None, "published_at": None,
    }  # fmt: skip
