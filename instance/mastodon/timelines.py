"""/api/v1/timelines: home, and the lists that are nobody's own (public, a tag, an address)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, g, request

from instance.core import paging
from instance.core.errors import NotFound
from instance.mastodon import faces, filters, render
from instance.mastodon.api import bearer, bp, flag, listing, public, scope, viewer
from instance.posts import tags
from instance.timelines import everybody, own_groups, tastes
from instance.timelines import home as lines
from instance.timelines.everybody import More, Sieve
from instance.timelines.home import Entry

TAGS_MAX = 10  # of each sort beside the tag itself: each is a part of the statement, and strangers ask too


@bp.get("/v1/timelines/home")
@scope("read:statuses")
def home() -> Response:
    """The quartier's wall, groups, followed people and tags, and own posts."""
    me = bearer().account
    window = paging.window(request.args)
    tagged, groups = tastes.followed_names(me), own_groups.walls(me)
    found = lines.home(me.actor_id, window, tagged, groups, by_language=me.picks_languages)
    shown = entities(me.actor_id, found, rules=filters.of(me), context="home")
    return listing(list(shown.values()), [line.id for line in found])


def entities(
    viewer: int, found: Sequence[Entry], *, rules: filters.Rules = filters.NONE, context: str = ""
) -> dict[int, Any]:
    """Those of these lines that `viewer` may read, as statuses, by the ids of the lines and in their order."""
    return placed(
        viewer, found, render.statuses(viewer, [line.post_id for line in found], rules=rules, context=context)
    )


def placed(viewer: int, found: Sequence[Entry], posts: Mapping[int, Any]) -> dict[int, Any]:
    """Those of these lines whose posts are among `posts`, as statuses, by the ids of the lines."""
    boosters = faces.those(viewer, {line.booster_id for line in found if line.booster_id is not None})
    shown: dict[int, Any] = {}
    for line in found:
        if line.post_id not in posts:
            continue
        inner = posts[line.post_id]
        if line.booster_id is None:
            shown[line.id] = inner
        else:
            shown[line.id] = render.boosted(line.id, inner, boosters[line.booster_id], line.post_id)
    return shown


@bp.get("/v1/timelines/public")
@public("read:statuses")
def public_timeline() -> Response:
    """What is said to everybody: in the city (`local`), elsewhere (`remote`), or both."""
    return _list(everybody.public(viewer(), paging.window(request.args), _sieve()))


@bp.get("/v1/timelines/tag/<name>")
@public("read:statuses")
def tag_timeline(name: str) -> Response:
    """What is marked with a tag, as far as the caller may read it; `any[]`, `all[]` and `none[]` add and narrow."""
    args = request.args
    if not tags.fold(name):
        raise NotFound
    more = More(*((args.getlist(f"{word}[]") or args.getlist(word))[:TAGS_MAX] for word in ("any", "all", "none")))
    return _list(everybody.tagged(viewer(), paging.window(request.args), _sieve(), name, more))


@bp.get("/v1/timelines/link")
@public("read:statuses")
def link_timeline() -> Response:
    """Public posts under which the card of `url` stands."""
    return _list(everybody.linked(viewer(), paging.window(request.args), request.args.get("url", "")))


def _sieve() -> Sieve:
    return Sieve(*(bool(flag(request.args, name)) for name in ("local", "remote", "only_media")))


def _list(post_ids: Sequence[int]) -> Response:
    """The statuses of a list that is nobody's own."""
    rules = filters.of(g.bearer.account) if g.bearer else filters.NONE
    shown = render.statuses(viewer(), post_ids, rules=rules, context="public")
    return listing([shown[one] for one in post_ids if one in shown], list(post_ids))
