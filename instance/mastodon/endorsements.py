"""People whom somebody shows on their profile: of those whom they follow, to readers who may meet these anyway."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import func, select

from instance.accounts import follows
from instance.accounts.models import Actor, Follow
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotFound
from instance.mastodon import relationships, sight
from instance.mastodon.api import answer, bearer, bp, public, scope
from instance.mastodon.people import many
from instance.mastodon.sight import reader

MOST = 20  # for each the right to meet them is asked anew


def _of(actor_id: int) -> list[Actor]:
    """Whom actor `actor_id` shows, as far as the caller may meet them, the last followed first."""
    rows = select(Actor).join(Follow, Follow.followed_id == Actor.id)
    chosen = rows.where(Follow.follower_id == actor_id, Follow.state == "accepted", Follow.is_endorsed)
    return [one for one in db.session.scalars(chosen.order_by(Follow.id.desc()).limit(MOST)) if _is_met(one)]


def _is_met(actor: Actor) -> bool:
    try:
        return sight.met(actor) is actor
    except NotFound:
        return False


@bp.get("/v1/accounts/<int:actor_id>/endorsements")
@public("read:accounts")
def endorsed_by(actor_id: int) -> Response:
    """Whom somebody shows on their profile."""
    return answer(many(reader(), _of(sight.other(actor_id).id)))


@bp.get("/v1/endorsements")
@scope("read:accounts")
def endorsed() -> Response:
    """Whom the bearer shows."""
    return answer(many(reader(), _of(reader())))


@bp.post("/v1/accounts/<int:actor_id>/<any(pin, endorse):word>")
@scope("write:accounts")
def endorse(actor_id: int, word: str) -> Response:
    """Show somebody whom the bearer follows on the own profile."""
    del word  # two names of one act
    _put(sight.other(actor_id).id, is_shown=True)
    return relationships.to(actor_id)


@bp.post("/v1/accounts/<int:actor_id>/<any(unpin, unendorse):word>")
@scope("write:accounts")
def unendorse(actor_id: int, word: str) -> Response:
    """Show them no more."""
    del word
    _put(sight.known(actor_id).id, is_shown=False)
    return relationships.to(actor_id)


def _put(actor_id: int, *, is_shown: bool) -> None:
    me = bearer().account.actor_id
    with commit():
        row = follows.between(me, actor_id)
        if is_shown and (row is None or row.state != "accepted"):
            raise Invalid("endorse.follow", _("On ne montre sur son profil que des personnes que l’on suit."))
        if row is None or row.is_endorsed == is_shown:
            return
        mine = select(func.count()).where(Follow.follower_id == me, Follow.is_endorsed)
        if is_shown and (db.session.scalar(mine) or 0) >= MOST:
            raise Invalid("endorse.many", _("Vous montrez déjà %(num)d personnes : retirez-en une.", num=MOST))
        row.is_endorsed = is_shown
