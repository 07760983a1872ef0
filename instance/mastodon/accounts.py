"""/api/v1/accounts: oneself and others, found by id, by name, by the beginning of a name."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, request
from sqlalchemy import select

from instance.accounts import lookup, relations, tries
from instance.accounts.models import Account, Actor
from instance.core import fed
from instance.core.db import commit, db
from instance.mastodon import people, sight
from instance.mastodon.api import answer, bearer, bp, flag, public, scope
from instance.mastodon.relationships import MANY
from instance.mastodon.sight import is_in_sight, reader
from instance.media import elsewhere
from instance.quartiers.access import residence
from instance.timelines import outsiders
from instance.timelines import people as finding

__all__ = ["is_in_sight"]
SEARCH_MAX = 80
SHORTEST = 2  # signs of a name before anybody is proposed


@bp.get("/v1/accounts/verify_credentials")
@scope("read:accounts", "profile")
def verify_credentials() -> Response:
    """The bearer's own account."""
    return answer(people.own(bearer().account))


@bp.get("/v1/accounts")
@public("read:accounts")
def accounts() -> Response:
    """Those of `id[]` whom the caller may meet."""
    asked = request.args.getlist("id[]") or request.args.getlist("id")
    ids = [int(one) for one in asked[:MANY] if one.isdecimal() and len(one) < 19]
    found = {one.id: one for one in db.session.scalars(select(Actor).where(Actor.id.in_(ids)))}
    return answer(people.many(reader(), _met(found[one] for one in dict.fromkeys(ids) if one in found)))


def _met(actors: Iterable[Actor]) -> list[Actor]:
    return [one for one in actors if relations.may_meet(reader(), one) and is_in_sight(one)]


@bp.get("/v1/accounts/lookup")
@public("read:accounts")
def look_up() -> Response:
    """An account that is known here, by its name@host."""
    handle, _at, host = request.args.get("acct", "").lstrip("@").partition("@")
    is_here = host.lower() in {"", fed.host()}
    here = Actor.path.is_not(None) & (Actor.handle == handle.lower())
    there = (Actor.host == host.lower()) & (Actor.handle == handle)
    found = db.session.scalar(select(Actor).where(here if is_here else there).order_by(Actor.id).limit(1))
    return answer(people.one(reader(), sight.met(found)))


@bp.get("/v1/accounts/<int:actor_id>")
@public("read:accounts")
def account(actor_id: int) -> Response:
    """One account. A resident who looks at somebody elsewhere has their picture fetched, as on the page."""
    other = sight.other(actor_id)
    if other.uri is not None and residence() is not None:
        who = outsiders.outsider(reader(), actor_id)
        if who is not None and outsiders.lacks_portrait(who):
            with commit():
                elsewhere.expect_portrait(actor_id, who.remote.icon_url)
    return answer(people.one(reader(), sight.other(actor_id)))


@bp.get("/v1/accounts/search")
@scope("read:accounts")
def search_accounts() -> Response:
    """Whom a name that is being typed may mean; `resolve` asks the server that a whole address names."""
    asked = request.args.get("q", "").strip().removeprefix("@")[:500]
    limit, skip = _number("limit", 40, SEARCH_MAX), _number("offset", 0, 10_000)
    follows_only = flag(request.args.to_dict(), "following")
    found = named(asked, limit + skip, resolve=bool(flag(request.args.to_dict(), "resolve")))
    if follows_only:
        mine = {one.actor_id for one in relations.of(reader(), [actor.id for actor in found]) if one.follows}
        found = [one for one in found if one.id in mine]
    return answer(people.many(reader(), found[skip : skip + limit]))


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name, "")
    return min(int(text), most) if text.isdecimal() and len(text) < 9 else default


def named(asked: str, most: int, *, resolve: bool) -> list[Actor]:
    """Those whom `asked` names or begins to name, as far as the bearer may know of them; whole names first.

    A neighbour who did not choose to be found is there by the whole name alone (product.md F38, threats.md F5).
    """
    if not asked:
        return []
    me, here = bearer().account, residence()
    whole = lookup.find(asked, me.actor_id, asks_others=resolve and here is not None and not _is_too_often(asked))
    found = {one.id: one for one in whole if is_in_sight(one)}
    if len(asked) >= SHORTEST:
        for one in _begun(asked, most):
            if one.id not in found and len(found) < most and relations.may_meet(me.actor_id, one) and is_in_sight(one):
                found[one.id] = one
    return list(found.values())


def _is_too_often(asked: str) -> bool:
    """Whether this resident has had other servers asked often enough; a bare name asks none."""
    if "@" not in asked and "://" not in asked:
        return True
    return tries.count_try([lookup.asks_of(bearer().account.id)]) is not None


def _begun(asked: str, most: int) -> list[Actor]:
    """People, groups and pages by the beginning of a name; neighbours who chose to be found, or stand in a follow."""
    me, found = bearer().account.actor_id, finding.find(bearer().account.actor_id, sight.home_id(), asked, limit=most)
    people_here = [one.id for one in found if one.kind == "person" and one.path is not None]
    chose = set(
        db.session.scalars(select(Account.actor_id).where(Account.actor_id.in_(people_here), Account.is_discoverable))
    )
    stand = {one.actor_id for one in relations.of(me, people_here) if one.follows or one.asked or one.is_followed_by}
    return [one for one in found if one.id not in people_here or one.id in chose | stand]


@bp.get("/v1/accounts/familiar_followers")
@scope("read:follows")
def familiar_followers() -> Response:
    """Nobody for each of `id[]`: who follows somebody is told to that person alone (threats.md F5)."""
    asked = request.args.getlist("id[]") or request.args.getlist("id")
    return answer([{"id": one, "accounts": []} for one in asked[:MANY] if one.isdecimal()])
