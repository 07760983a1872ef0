"""/api/v2/notifications: several of one sort as one line. Thanks and boosts are told once for a post; follows group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from flask import Response, request

from instance.core import ids, paging
from instance.core.db import db
from instance.core.errors import NotFound
from instance.mastodon import faces, notices, people
from instance.mastodon.api import answer, bearer, bp, listing, scope
from instance.mastodon.notices import Json
from instance.mastodon.notifications import kinds, throw_away, unread, words
from instance.notifications.models import Notification

SAMPLE = 8  # accounts shown of a group
ALL = paging.Window(paging.HIGHEST, 0, 80, False)
Group = list[Any]  # rows of one group, the newest first


@bp.get("/v2/notifications")
@scope("read:notifications")
def grouped_notices() -> Response:
    """One page of groups, each where its newest notice stands, with the accounts and statuses that they name."""
    me, joins = bearer().account, _joins()
    window = paging.window(request.args, default=40, most=80)
    leaders = notices.page(me, window, kinds(), grouped=joins)
    document = _document(_groups(leaders) if joins else [[row] for row in leaders])
    made = listing([], [row.id for row in leaders])
    made.set_data(answer(document).get_data())
    return made


def _joins() -> bool:
    asked = words("grouped_types")
    return not asked or "follow" in asked


def _groups(leaders: Sequence[Any]) -> list[Group]:
    """Each leader with those of its group, in one statement for all; most stand alone."""
    times = {row.id // notices.SPAN for row in leaders if row.kind == "follow"}
    others: dict[int, Group] = {}
    if times:
        bounds = (Notification.id >= min(times) * notices.SPAN, Notification.id < (max(times) + 1) * notices.SPAN)
        query = notices.mine().where(*bounds, (Notification.id // notices.SPAN).in_(times))
        asked = notices.values(bearer().account, ["follow"])
        for row in db.session.execute(query.order_by(Notification.id.desc()), asked):
            others.setdefault(row.id // notices.SPAN, []).append(row)
    return [others.get(row.id // notices.SPAN, [row]) if row.kind == "follow" else [row] for row in leaders]


def _document(groups: Sequence[Group]) -> Json:
    me = bearer().account
    leaders = [group[0] for group in groups]
    posts = notices.statuses(me, leaders)
    shown = {row.doer for group in groups for row in group[:SAMPLE] if row.doer is not None}
    doers = faces.those(me.actor_id, shown)
    whole = [group for group in groups if notices.is_whole(group[0], posts, doers)]
    nameless = [people.nameless(row.post_id) for row, *_rest in whole if row.doer not in doers]
    about = dict.fromkeys(row.post_id for row, *_rest in whole if row.post_id is not None)
    document: Json = {
        "accounts": [*doers.values(), *nameless[:1]], "statuses": [posts[one] for one in about],
        "notification_groups": [_group(group, doers) for group in whole],
    }  # fmt: skip
    if request.args.get("expand_accounts") == "partial_avatars":
        firsts = {group[0].doer for group in whole}
        document["accounts"] = [face for actor_id, face in doers.items() if actor_id in firsts] + nameless[:1]
        document["partial_accounts"] = [_partial(face) for one, face in doers.items() if one not in firsts]
    return document


def _partial(face: msgspec.Raw) -> Json:
    whole = msgspec.json.decode(face)
    return {name: whole[name] for name in ("id", "acct", "locked", "bot", "url", "avatar", "avatar_static")}


def _group(group: Group, doers: dict[int, Any]) -> Json:
    newest, oldest = group[0], group[-1]
    sample = [str(row.doer) if row.doer in doers else "0" for row in group[:SAMPLE]]
    found: Json = {
        "group_key": notices.group_key(newest), "notifications_count": len(group),
        "type": notices.TYPES[newest.kind], "most_recent_notification_id": newest.id,
        "page_min_id": str(oldest.id), "page_max_id": str(newest.id),
        "latest_page_notification_at": people.stamp(ids.moment_of(newest.id)), "sample_account_ids": sample,
    }  # fmt: skip
    if newest.post_id is not None:
        found["status_id"] = str(newest.post_id)
    return found


@bp.get("/v2/notifications/unread_count")
@scope("read:notifications")
def unread_notice_groups() -> Response:
    """How many groups hold something new."""
    return answer({"count": unread(kinds(), grouped=_joins())})


@bp.get("/v2/notifications/<group_key>")
@scope("read:notifications")
def notice_group(group_key: str) -> Response:
    """One group."""
    return answer(_document([_found(group_key)]))


@bp.get("/v2/notifications/<group_key>/accounts")
@scope("read:notifications")
def notice_group_accounts(group_key: str) -> Response:
    """Everybody in a group."""
    doers = [row.doer for row in _found(group_key)]
    shown = faces.those(bearer().account.actor_id, {one for one in doers if one is not None})
    return answer([shown[one] for one in dict.fromkeys(doers) if one in shown])


@bp.post("/v2/notifications/<group_key>/dismiss")
@scope("write:notifications")
def dismiss_notice_group(group_key: str) -> Response:
    """Throw a group away."""
    throw_away([row.id for row in _found(group_key)])
    return answer({})


def _found(group_key: str) -> Group:
    """The rows of a group, newest first. Raises `NotFound` for none."""
    word, _dash, digits = group_key.partition("-")
    if not digits.isdecimal() or len(digits) > 18:
        raise NotFound
    number, me = int(digits), bearer().account
    query = notices.mine().order_by(Notification.id.desc())
    if word == "ungrouped":
        query = query.where(Notification.id == number)
    elif word == "follow":
        query = query.where(Notification.id >= number * notices.SPAN, Notification.id < (number + 1) * notices.SPAN)
    elif word in notices.GROUPED:
        query = query.where(Notification.post_id == number)
    else:
        raise NotFound
    wanted = notices.kinds_of([word]) if word != "ungrouped" else list(notices.TYPES)
    rows = list(db.session.execute(query.limit(ALL.limit), notices.values(me, wanted)))
    if not rows:
        raise NotFound
    return rows
