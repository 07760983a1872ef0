"""What somebody does with a post: thank, pass on, pin to their profile, hear no more of its thread."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext as _

from instance.accounts import outside
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotAllowed
from instance.mastodon import people, render
from instance.mastodon.api import answer, bearer, bp, check_outside, scope, sent, text
from instance.mastodon.statuses import readable, shown
from instance.posts import boosts, page_cards, pins, service, thread_mutes
from instance.posts.models import Thanks
from instance.quartiers.access import residence


def _thank(post_id: int, *, wanted: bool) -> Response:
    me = bearer().account.actor_id
    with commit():
        post = readable(post_id)
        if (db.session.get(Thanks, (post_id, me)) is not None) is not wanted:
            service.thank(me, post)
    return answer(shown(post_id))


@bp.post("/v1/statuses/<int:post_id>/favourite")
@scope("write:favourites")
def favourite(post_id: int) -> Response:
    """Say "Merci"."""
    return _thank(post_id, wanted=True)


@bp.post("/v1/statuses/<int:post_id>/unfavourite")
@scope("write:favourites")
def unfavourite(post_id: int) -> Response:
    """Take a "Merci" back."""
    return _thank(post_id, wanted=False)


@bp.post("/v1/statuses/<int:post_id>/reblog")
@scope("write:statuses")
def reblog(post_id: int) -> Response:
    """Pass a public post on to everybody, if the token may speak to everybody; anything closed stays where it is."""
    me, wished = bearer().account, text(sent(), "visibility")
    with commit():
        post = readable(post_id)
        if not page_cards.may_travel(post):
            raise Invalid("boost.private", _("Seul un message visible partout peut être passé à d’autres."))
        if wished not in (None, "", "public"):
            sentence = _("Un message se fait suivre devant tout le monde, ou pas du tout.")
            raise Invalid("boost.visibility", sentence, field="visibility")
        check_outside(bearer())
        boost_id = boosts.boost(me.actor_id, post)
        outside.show(me)
    return answer(render.boosted(boost_id, shown(post_id), people.one(me.actor_id, me.actor), post_id))


@bp.post("/v1/statuses/<int:post_id>/unreblog")
@scope("write:statuses")
def unreblog(post_id: int) -> Response:
    """Pass it on no more."""
    with commit():
        boosts.end(bearer().account.actor_id, readable(post_id))
    return answer(shown(post_id))


@bp.post("/v1/statuses/<int:post_id>/pin")
@scope("write:accounts")
def pin_status(post_id: int) -> Response:
    """Put an own public post first on one's profile."""
    with commit():
        pins.pin(_resident(), readable(post_id))
    return answer(shown(post_id))


@bp.post("/v1/statuses/<int:post_id>/unpin")
@scope("write:accounts")
def unpin_status(post_id: int) -> Response:
    """Put it back among the others."""
    with commit():
        pins.unpin(_resident(), readable(post_id).id)
    return answer(shown(post_id))


def _resident() -> int:
    """Who speaks lives here: a profile that nobody proved shows nothing."""
    if residence() is None:
        raise NotAllowed("visitor", _("Prouvez d’abord votre adresse : /preuve, une lettre suffit."))
    return bearer().account.actor_id


@bp.post("/v1/statuses/<int:post_id>/mute")
@scope("write:mutes")
def mute_thread(post_id: int) -> Response:
    """No more notices of its thread."""
    with commit():
        thread_mutes.mute(bearer().account.actor_id, readable(post_id).thread_id)
    return answer(shown(post_id))


@bp.post("/v1/statuses/<int:post_id>/unmute")
@scope("write:mutes")
def unmute_thread(post_id: int) -> Response:
    """Notices of it again."""
    with commit():
        thread_mutes.unmute(bearer().account.actor_id, readable(post_id).thread_id)
    return answer(shown(post_id))
