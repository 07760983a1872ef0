"""/api/v1/reports: words that somebody should look at, as the page of reports takes them."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext as _

from instance.accounts import tries
from instance.accounts.models import Actor
from instance.core import clock
from instance.core.db import commit, db
from instance.core.errors import DomainError, Invalid, NotFound
from instance.legal import service as legal
from instance.mastodon import people
from instance.mastodon.api import answer, bearer, bp, flag, number, scope, sent, text
from instance.moderation import reports
from instance.moderation.reports import Notice

MANY = 20
CATEGORIES = {"spam": "fraud", "legal": "illegal", "violation": "other", "other": "other"}


class TooOften(DomainError):
    """More reports than somebody sends in earnest."""

    status = 429


@bp.post("/v1/reports")
@scope("write:reports")
def report() -> Response:
    """Report one message or several by the same author; each is looked at by itself."""
    fields = sent()
    me = bearer().account
    author_id = number(fields.get("account_id"))
    wanted = _ids(fields.get("status_ids"))
    if not wanted:
        raise Invalid("report.which", _("Choisissez au moins un message à signaler."), field="status_ids")
    category = text(fields, "category") or "other"
    notice = Notice(
        CATEGORIES.get(category, "other"), _words(fields), is_passed_on=flag(fields, "forward") or False
    )  # fmt: skip
    posts = [reports.reportable(me.actor_id, post_id) for post_id in wanted]
    if any(post.author_id != author_id or post.is_nameless for post in posts):
        raise NotFound
    if moment := tries.count_try([reports.tries_of(f"account {me.id}")]):
        raise TooOften("report.often", tries.come_back(moment))
    with commit():
        kept = [reports.send(me.actor_id, me.id, post_id, notice, me.language) for post_id in wanted]
    target = people.one(me.actor_id, db.session.get_one(Actor, author_id))
    return answer(
        {
            "id": str(kept[0]), "action_taken": False, "action_taken_at": None, "category": category,
            "comment": notice.text, "forwarded": notice.is_passed_on, "created_at": people.stamp(clock.now()),
            "status_ids": [str(one) for one in wanted], "rule_ids": _strings(fields.get("rule_ids")),
            "target_account": target,
        }
    )  # fmt: skip


def _ids(found: object) -> list[int]:
    return list(dict.fromkeys(number(one) for one in _strings(found)))[:MANY]


def _strings(found: object) -> list[str]:
    if found is None:
        return []
    return [str(one) for one in found] if isinstance(found, list) else [str(found)]


def _words(fields: dict[str, Any]) -> str:
    """What the reporter wrote; a rule that was only ticked is named in words."""
    broken = set(_strings(fields.get("rule_ids")))
    named = [rule for place, rule in enumerate(legal.rules()[1], 1) if str(place) in broken]
    return "\n".join(filter(None, [text(fields, "comment") or "", *named]))
