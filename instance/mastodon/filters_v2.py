"""/api/v2/filters: an account's filters, their words, and the single posts that they are about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from instance.accounts.models import Account
from instance.core import clock
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotFound
from instance.mastodon import filters
from instance.mastodon.api import answer, bearer, bp, flag, number, scope, sent, text
from instance.mastodon.models import Filter, FilterKeyword, FilterPost
from instance.posts import visibility

Json = dict[str, Any]
T = TypeVar("T")
FILTERS_MAX, WORDS_MAX, LENGTH_MAX = 100, 200, 200
ALL_WORDS_MAX = 500  # of an account: each is looked for in every post of a page
POSTS_MAX = 500  # of a filter


def own(filter_id: int) -> Filter:
    """A filter of the bearer's. Raises `NotFound` for others' as for none."""
    found = db.session.get(Filter, filter_id)
    if found is None or found.account_id != bearer().account.id:
        raise NotFound
    return found


def own_word(keyword_id: int) -> FilterKeyword:
    """A word of one of the bearer's filters."""
    found = db.session.get(FilterKeyword, keyword_id)
    if found is None:
        raise NotFound
    own(found.filter_id)
    return found


def change(act: Callable[[Account], T]) -> T:
    """Run `act` in a commit that raises the version of the bearer's filters."""
    me = bearer().account
    with commit():
        made = act(me)
        filters.changed(me)
    return made


def shown(row: Filter) -> Json:
    """The whole filter."""
    return filters.entity(row) | {"keywords": _words(row.id), "statuses": _posts(row.id)}


def _word(row: FilterKeyword) -> Json:
    return {"id": str(row.id), "keyword": row.keyword, "whole_word": row.is_whole_word}


def _words(filter_id: int) -> list[Json]:
    rows = select(FilterKeyword).where(FilterKeyword.filter_id == filter_id).order_by(FilterKeyword.id)
    return [_word(one) for one in db.session.scalars(rows)]


def _posts(filter_id: int) -> list[Json]:
    rows = select(FilterPost).where(FilterPost.filter_id == filter_id).order_by(FilterPost.id)
    return [{"id": str(one.id), "status_id": str(one.post_id)} for one in db.session.scalars(rows)]


def keep(row: Filter, fields: Json) -> None:
    """Put what was sent into `row`; what was not sent stays. Raises `Invalid` naming the field."""
    if (title := text(fields, "title")) is not None:
        row.title = title.strip()
    if not row.title:
        raise Invalid("filter.title", _("Donnez un titre à ce filtre."), field="title")
    if len(row.title) > LENGTH_MAX:
        raise Invalid("filter.long", _("Raccourcissez à %(num)d signes.", num=LENGTH_MAX), field="title")
    if "context" in fields:
        given = fields["context"]
        row.contexts = [str(one) for one in (given if isinstance(given, list) else [given])]
    if not row.contexts or not set(row.contexts) <= set(filters.CONTEXTS):
        raise Invalid("filter.context", _("Choisissez où ce filtre agit : %(words)s.",
                                          words=", ".join(filters.CONTEXTS)), field="context")  # fmt: skip
    row.action = text(fields, "filter_action") or row.action
    if row.action not in filters.ACTIONS:
        raise Invalid("filter.action", _("Choisissez ce que fait ce filtre : %(words)s.",
                                         words=", ".join(filters.ACTIONS)), field="filter_action")  # fmt: skip
    if "expires_in" in fields:
        row.expires_at = _end(fields["expires_in"])


def _end(asked: object) -> Any:
    """When a filter runs out: so many seconds from now; nothing, or 0, is never."""
    try:
        seconds = int(str(asked)) if asked not in (None, "") else 0
        return clock.now() + timedelta(seconds=seconds) if seconds > 0 else None
    except (ValueError, OverflowError) as error:
        raise Invalid("filter.end", _("Donnez une durée en secondes."), field="expires_in") from error


def new(account: Account) -> Filter:
    """An empty filter of `account`, not kept yet."""
    number_now = db.session.scalar(select(func.count()).where(Filter.account_id == account.id)) or 0
    if number_now >= FILTERS_MAX:
        raise Invalid("filter.many", _("Supprimez d’abord un filtre : %(num)d au plus.", num=FILTERS_MAX))
    return Filter(account_id=account.id, title="", contexts=[], action="warn")


def keep_word(filter_id: int, fields: Json, row: FilterKeyword | None = None) -> FilterKeyword:
    """A new word of a filter, or other words for one."""
    word = row or FilterKeyword(filter_id=filter_id, keyword="", is_whole_word=True)
    if (keyword := text(fields, "keyword")) is not None:
        word.keyword = keyword.strip()
    if not word.keyword or len(word.keyword) > LENGTH_MAX:
        raise Invalid("filter.word", _("Écrivez un mot de %(num)d signes au plus.", num=LENGTH_MAX), field="keyword")
    if (is_whole := flag(fields, "whole_word")) is not None:
        word.is_whole_word = is_whole
    if row is None:
        there = db.session.scalar(select(func.count()).where(FilterKeyword.filter_id == filter_id)) or 0
        if there >= WORDS_MAX:
            raise Invalid("filter.words", _("Un filtre a %(num)d mots au plus.", num=WORDS_MAX), field="keyword")
        if _number_of_words() >= ALL_WORDS_MAX:
            sentence = _("Vos filtres ont %(num)d mots au plus en tout.", num=ALL_WORDS_MAX)
            raise Invalid("filter.all_words", sentence, field="keyword")
        db.session.add(word)
    db.session.flush()
    return word


def _number_of_words() -> int:
    mine = select(Filter.id).where(Filter.account_id == bearer().account.id)
    return db.session.scalar(select(func.count()).where(FilterKeyword.filter_id.in_(mine))) or 0


def _keep_words(filter_id: int, fields: Json) -> None:
    """`keywords_attributes`: new words, changed ones (`id`), and those to go (`_destroy`)."""
    given = fields.get("keywords_attributes") or []
    for one in given.values() if isinstance(given, dict) else given:
        if not isinstance(one, dict):
            raise Invalid("filter.word", _("Écrivez un mot de %(num)d signes au plus.", num=LENGTH_MAX))
        row = own_word(number(one["id"])) if one.get("id") else None
        if row is not None and row.filter_id != filter_id:
            raise NotFound
        if flag(one, "_destroy"):
            if row is not None:
                db.session.delete(row)
        else:
            keep_word(filter_id, one, row)


@bp.get("/v2/filters")
@scope("read:filters")
def all_filters() -> Response:
    """Every filter of the bearer."""
    mine = select(Filter).where(Filter.account_id == bearer().account.id).order_by(Filter.id)
    return answer([shown(one) for one in db.session.scalars(mine)])


@bp.post("/v2/filters")
@scope("write:filters")
def make_filter() -> Response:
    """A new filter with its words."""
    fields = sent()

    def make(me: Account) -> Filter:
        row = new(me)
        keep(row, fields)
        db.session.add(row)
        db.session.flush()
        _keep_words(row.id, fields)
        return row

    return answer(shown(change(make)))


@bp.get("/v2/filters/<int:filter_id>")
@scope("read:filters")
def one_filter(filter_id: int) -> Response:
    """One filter."""
    return answer(shown(own(filter_id)))


@bp.put("/v2/filters/<int:filter_id>")
@scope("write:filters")
def change_filter(filter_id: int) -> Response:
    """Other title, contexts, action, end or words."""
    fields = sent()

    def put(_me: Account) -> Filter:
        row = own(filter_id)
        keep(row, fields)
        _keep_words(row.id, fields)
        return row

    return answer(shown(change(put)))


@bp.delete("/v2/filters/<int:filter_id>")
@scope("write:filters")
def end_filter(filter_id: int) -> Response:
    """No more of it."""
    change(lambda _me: db.session.delete(own(filter_id)))
    return answer({})


@bp.get("/v2/filters/<int:filter_id>/keywords")
@scope("read:filters")
def words(filter_id: int) -> Response:
    """The words of a filter."""
    return answer(_words(own(filter_id).id))


@bp.post("/v2/filters/<int:filter_id>/keywords")
@scope("write:filters")
def add_word(filter_id: int) -> Response:
    """One word more."""
    fields = sent()
    return answer(_word(change(lambda _me: keep_word(own(filter_id).id, fields))))


@bp.get("/v2/filters/keywords/<int:keyword_id>")
@scope("read:filters")
def word(keyword_id: int) -> Response:
    """One word."""
    return answer(_word(own_word(keyword_id)))


@bp.put("/v2/filters/keywords/<int:keyword_id>")
@scope("write:filters")
def change_word(keyword_id: int) -> Response:
    """Another word in its place."""
    fields = sent()

    def put(_me: Account) -> FilterKeyword:
        row = own_word(keyword_id)
        return keep_word(row.filter_id, fields, row)

    return answer(_word(change(put)))


@bp.delete("/v2/filters/keywords/<int:keyword_id>")
@scope("write:filters")
def end_word(keyword_id: int) -> Response:
    """One word less."""
    change(lambda _me: db.session.delete(own_word(keyword_id)))
    return answer({})


@bp.get("/v2/filters/<int:filter_id>/statuses")
@scope("read:filters")
def posts(filter_id: int) -> Response:
    """The single posts that a filter is about."""
    return answer(_posts(own(filter_id).id))


@bp.post("/v2/filters/<int:filter_id>/statuses")
@scope("write:filters")
def add_post(filter_id: int) -> Response:
    """One post more: one that the bearer may read."""
    post_id = number(sent().get("status_id"))

    def add(me: Account) -> FilterPost:
        row = own(filter_id)
        if not visibility.may_read(me.actor_id, post_id):
            raise NotFound
        same = select(FilterPost).where(FilterPost.filter_id == row.id, FilterPost.post_id == post_id)
        made = db.session.scalar(same)
        if made is None:
            there = db.session.scalar(select(func.count()).where(FilterPost.filter_id == row.id)) or 0
            if there >= POSTS_MAX:
                sentence = _("Un filtre vise %(num)d messages au plus.", num=POSTS_MAX)
                raise Invalid("filter.posts", sentence, field="status_id")
            made = FilterPost(filter_id=row.id, post_id=post_id)
        db.session.add(made)
        db.session.flush()
        return made

    made = change(add)
    return answer({"id": str(made.id), "status_id": str(made.post_id)})


def _own_post(row_id: int) -> FilterPost:
    found = db.session.get(FilterPost, row_id)
    if found is None:
        raise NotFound
    own(found.filter_id)
    return found


@bp.get("/v2/filters/statuses/<int:row_id>")
@scope("read:filters")
def post(row_id: int) -> Response:
    """One of these posts."""
    found = _own_post(row_id)
    return answer({"id": str(found.id), "status_id": str(found.post_id)})


@bp.delete("/v2/filters/statuses/<int:row_id>")
@scope("write:filters")
def end_post(row_id: int) -> Response:
    """One of them less."""
    change(lambda _me: db.session.delete(_own_post(row_id)))
    return answer({})


def drop_if_empty(filter_id: int) -> None:
    """A filter made by the older API goes with its last word."""
    if db.session.scalar(select(FilterKeyword.id).where(FilterKeyword.filter_id == filter_id).limit(1)) is None:
        db.session.execute(delete(Filter).where(Filter.id == filter_id))
