"""/api/v1/lists: one's own, and those that come by themselves (the quartier, groups, the quartier's pages)."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from instance.core import paging
from instance.core.db import commit, db
from instance.core.errors import Invalid
from instance.mastodon import filters, people
from instance.mastodon.accounts_follows import page
from instance.mastodon.api import answer, bearer, bp, flag, listing, number, scope, sent, text
from instance.mastodon.sight import reader
from instance.mastodon.timelines import entities
from instance.quartiers.access import residence
from instance.quartiers.models import Quartier
from instance.timelines import given, lists
from instance.timelines.lists import Shelf
from instance.timelines.models import ListMember

Json = dict[str, Any]
MANY = 100


def entity(one: Shelf) -> Json:
    """The List entity."""
    return {
        "id": str(one.id), "title": one.title, "replies_policy": one.replies, "exclusive": one.is_exclusive,
    }  # fmt: skip


def _home() -> Quartier | None:
    here = residence()
    return here.quartier if here else None


def _find(list_id: int) -> Shelf:
    return lists.find(bearer().account, _home(), list_id)


@bp.get("/v1/lists")
@scope("read:lists")
def all_lists() -> Response:
    """Every list of the bearer."""
    return answer([entity(one) for one in lists.all_of(bearer().account, _home())])


@bp.post("/v1/lists")
@scope("write:lists")
def make_list() -> Response:
    """A new list without anybody on it."""
    fields = sent()
    with commit():
        row = lists.make(
            bearer().account, text(fields, "title") or "", text(fields, "replies_policy"), flag(fields, "exclusive")
        )
    return answer(entity(_find(row.id)))


@bp.get("/v1/lists/<int:list_id>")
@scope("read:lists")
def one_list(list_id: int) -> Response:
    """One list."""
    return answer(entity(_find(list_id)))


@bp.put("/v1/lists/<int:list_id>")
@scope("write:lists")
def change_list(list_id: int) -> Response:
    """Another title, other answers, exclusive or not."""
    fields = sent()
    with commit():
        row = lists.mine(bearer().account, _home(), list_id)
        lists.change(row, text(fields, "title"), text(fields, "replies_policy"), flag(fields, "exclusive"))
    return answer(entity(_find(list_id)))


@bp.delete("/v1/lists/<int:list_id>")
@scope("write:lists")
def end_list(list_id: int) -> Response:
    """No more of it; nobody on it is unfollowed."""
    with commit():
        db.session.delete(lists.mine(bearer().account, _home(), list_id))
    return answer({})


@bp.get("/v1/lists/<int:list_id>/accounts")
@scope("read:lists")
def on_list(list_id: int) -> Response:
    """Who stands on a list; of one that comes by itself, the Group or the pages, never who lives there (F5)."""
    shelf = _find(list_id)
    if not shelf.is_given:
        return page(lists.members(list_id, reader()), ListMember.id)
    found = given.to(reader(), _home())
    shown = found.pages if shelf.is_pages else [one for one in found.all if one.id == list_id]
    return answer(people.many(reader(), shown))


def _named() -> list[int]:
    asked = sent().get("account_ids") or []
    ids = [number(one) for one in (asked if isinstance(asked, list) else [asked])][:MANY]
    if not ids:
        raise Invalid("list.nobody", _("Dites qui : account_ids."), field="account_ids")
    return ids


@bp.post("/v1/lists/<int:list_id>/accounts")
@scope("write:lists")
def put_on_list(list_id: int) -> Response:
    """Put people on it whom the bearer follows."""
    others = _named()
    with commit():
        lists.put_on(lists.mine(bearer().account, _home(), list_id), reader(), others)
    return answer({})


@bp.delete("/v1/lists/<int:list_id>/accounts")
@scope("write:lists")
def take_off_list(list_id: int) -> Response:
    """Take people off it; they are named in the body or in the address."""
    others = _named()
    with commit():
        lists.take_off(lists.mine(bearer().account, _home(), list_id), others)
    return answer({})


@bp.get("/v1/timelines/list/<int:list_id>")
@scope("read:lists")
def list_timeline(list_id: int) -> Response:
    """What those on a list say and pass on; of one that comes by itself, what stands on that wall."""
    found = lists.timeline(reader(), _find(list_id), paging.window(request.args))
    shown = entities(reader(), found, rules=filters.of(bearer().account), context="home")
    return listing(list(shown.values()), [line.id for line in found])
