"""/api/v1/filters: the older shape of the same rows, one word at a time; an id names the word."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy import select

from instance.accounts.models import Account
from instance.core.db import db
from instance.mastodon.api import answer, bearer, bp, flag, scope, sent
from instance.mastodon.filters_v2 import change, drop_if_empty, keep, keep_word, new, own, own_word
from instance.mastodon.models import Filter, FilterKeyword
from instance.mastodon.people import stamp

Json = dict[str, Any]


def _shown(word: FilterKeyword) -> Json:
    row = own(word.filter_id)
    return {
        "id": str(word.id), "phrase": word.keyword, "context": row.contexts, "whole_word": word.is_whole_word,
        "expires_at": stamp(row.expires_at), "irreversible": row.action == "hide",
    }  # fmt: skip


def _as_new(fields: Json) -> Json:
    """What was sent, in the words of the newer API."""
    found = dict(fields)
    if "phrase" in fields:
        found |= {"title": fields["phrase"], "keyword": fields["phrase"]}
    if (hides := flag(fields, "irreversible")) is not None:
        found["filter_action"] = "hide" if hides else "warn"
    return found


@bp.get("/v1/filters")
@scope("read:filters")
def old_filters() -> Response:
    """Every word of every filter."""
    rows = select(FilterKeyword).join(Filter, Filter.id == FilterKeyword.filter_id)
    mine = rows.where(Filter.account_id == bearer().account.id).order_by(FilterKeyword.id)
    return answer([_shown(one) for one in db.session.scalars(mine)])


@bp.post("/v1/filters")
@scope("write:filters")
def make_old_filter() -> Response:
    """A filter with one word."""
    fields = _as_new({"whole_word": False} | sent())

    def make(me: Account) -> FilterKeyword:
        row = new(me)
        keep(row, fields)
        db.session.add(row)
        db.session.flush()
        return keep_word(row.id, fields)

    return answer(_shown(change(make)))


@bp.get("/v1/filters/<int:keyword_id>")
@scope("read:filters")
def old_filter(keyword_id: int) -> Response:
    """One word with its filter."""
    return answer(_shown(own_word(keyword_id)))


@bp.put("/v1/filters/<int:keyword_id>")
@scope("write:filters")
def change_old_filter(keyword_id: int) -> Response:
    """Another word, other contexts."""
    fields = _as_new(sent())

    def put(_me: Account) -> FilterKeyword:
        word = own_word(keyword_id)
        keep(own(word.filter_id), fields)
        return keep_word(word.filter_id, fields, word)

    return answer(_shown(change(put)))


@bp.delete("/v1/filters/<int:keyword_id>")
@scope("write:filters")
def end_old_filter(keyword_id: int) -> Response:
    """The word goes, and with its last word the filter."""

    def end(_me: Account) -> None:
        word = own_word(keyword_id)
        db.session.delete(word)
        db.session.flush()
        drop_if_empty(word.filter_id)

    change(end)
    return answer({})
