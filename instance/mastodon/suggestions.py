"""Whom one may follow here: the quartier's pages and the quartiers around; and residents who chose to be listed."""

from __future__ import annotations

from flask import Response, request
from sqlalchemy import select

from instance.accounts import follows, relations
from instance.accounts.models import Account, Actor, Follow
from instance.core.db import commit, db
from instance.mastodon import people, sight
from instance.mastodon.api import answer, bearer, bp, public, scope
from instance.mastodon.models import SuggestionGone
from instance.mastodon.sight import reader
from instance.quartiers import profiles, service
from instance.quartiers.access import residence
from instance.timelines import given

MOST = 80


def _suggested() -> list[Actor]:
    """Neighbour quartiers first, then pages of those quartiers; nobody followed, blocked, muted or waved away."""
    me, here = bearer().account, residence()
    if here is None:
        return []
    around = [one for one in service.neighbours(here.quartier) if one.state == "open"]
    found = {one.actor_id: db.session.get_one(Actor, one.actor_id) for one in around}
    for quartier in (here.quartier, *around):
        found |= {one.id: one for one in given.pages_of(quartier)}
    known = {one.id for one in given.to(me.actor_id, here.quartier).all}
    known |= set(db.session.scalars(select(Follow.followed_id).where(Follow.follower_id == me.actor_id)))
    known |= set(db.session.scalars(select(SuggestionGone.actor_id).where(SuggestionGone.account_id == me.id)))
    wanted = [one for one in found.values() if one.id not in known and follows.may_be_followed(one)]
    apart = {one.actor_id for one in relations.of(me.actor_id, [one.id for one in wanted]) if one.mutes or one.blocks}
    return [one for one in wanted if one.id not in apart and relations.may_meet(me.actor_id, one)]


def _limit(default: int) -> int:
    text = request.args.get("limit", "")
    return min(int(text), MOST) if text.isdecimal() and len(text) < 9 else default


@bp.get("/v2/suggestions")
@scope("read:accounts", "read")
def suggestions() -> Response:
    """Each with why it is there: chosen by the quartier."""
    shown = people.many(reader(), _suggested()[: _limit(40)])
    return answer([{"source": "staff", "sources": ["featured"], "account": one} for one in shown])


@bp.get("/v1/suggestions")
@scope("read:accounts", "read")
def old_suggestions() -> Response:
    """The same without a reason."""
    return answer(people.many(reader(), _suggested()[: _limit(40)]))


@bp.delete("/v1/suggestions/<int:actor_id>")
@scope("write:accounts", "write")
def wave_away(actor_id: int) -> Response:
    """Suggest them no more."""
    account_id, other = bearer().account.id, db.session.get(Actor, actor_id)
    with commit():
        if other is not None and db.session.get(SuggestionGone, (account_id, actor_id)) is None:
            db.session.add(SuggestionGone(account_id=account_id, actor_id=actor_id))
    return answer({})


@bp.get("/v1/directory")
@public("read:accounts")
def directory() -> Response:
    """Residents of the bearer's quartier who chose to be listed; for strangers there is no such list (F5)."""
    home_id = sight.home_id()
    if home_id is None:
        return answer([])
    skip = request.args.get("offset", "")
    listed = select(Actor).join(Account, Account.actor_id == Actor.id)
    here = listed.where(Account.is_discoverable, Account.state == "active", Account.id.in_(profiles.living(home_id)))
    begins = int(skip) if skip.isdecimal() and len(skip) < 9 else 0
    rows = db.session.scalars(here.order_by(Actor.id.desc()).limit(_limit(40)).offset(begins))
    return answer(people.many(reader(), [one for one in rows if relations.may_meet(reader(), one)]))
