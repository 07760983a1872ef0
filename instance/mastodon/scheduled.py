"""/api/v1/scheduled_statuses: posts that a program wants to go later, and their going."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from instance.accounts.models import Account
from instance.core import clock, paging
from instance.core.db import commit, db
from instance.core.errors import DomainError, Invalid, NotAllowed
from instance.core.i18n import in_language
from instance.mastodon import attached, people, publishing, wishes
from instance.mastodon.api import answer, bearer, bp, listing, scope, sent
from instance.mastodon.models import Token
from instance.mastodon.publishing import Means
from instance.mastodon.scopes import covers
from instance.mastodon.wishes import Wish
from instance.media.models import Media
from instance.posts import quotes, scheduled, service
from instance.posts.models import Scheduled
from instance.quartiers import service as quartiers
from instance.quartiers.access import residence

Json = dict[str, Any]
OURS = {"outside", "home"}  # kept with the wish: what the program might do then, and where its person lived


def plan(wish: Wish, due_at: datetime, once: str | None) -> Response:
    """Keep `wish` until its hour, once it is seen that it could go now."""
    who = bearer()
    here = residence()
    asked = wish.to_json() | {"outside": who.may_publish_outside, "home": here.quartier.slug if here else ""}
    try:
        with commit():
            publishing.answered_by(who.account.actor_id, wish)
            if wish.quotes is not None:
                quotes.quotable(who.account.actor_id, wish.quotes, is_public=wish.visibility == "public")
            service.check(publishing.words_of(who.account.id, wish), is_reply=wish.reply_to is not None)
            row = scheduled.keep(who.account, who.token_id, asked, due_at, once)
            return answer(_entity(row))
    except IntegrityError:  # the same sign at the same moment: the first one stands
        db.session.rollback()
        if once is None or (found := scheduled.sent_before(who.account.id, once)) is None:
            raise
        return answer(_entity(found))


def _entity(row: Scheduled) -> Json:
    wish = _wish(row)
    poll = None
    if wish.poll is not None:
        poll = {
            "options": list(wish.poll.options), "expires_in": str(int(wish.poll.lasts.total_seconds())),
            "multiple": wish.poll.is_multiple, "hide_totals": wish.poll.hides_totals,
        }  # fmt: skip
    return {
        "id": str(row.id), "scheduled_at": people.stamp(row.due_at), "media_attachments": _pictures(row, wish),
        "params": {
            "text": wish.text, "poll": poll, "media_ids": [str(one) for one in wish.media_ids] or None,
            "sensitive": wish.is_sensitive, "spoiler_text": wish.warning or None, "visibility": wish.visibility,
            "in_reply_to_id": str(wish.reply_to) if wish.reply_to else None, "language": wish.language,
            "application_id": 0, "scheduled_at": None, "idempotency": None, "with_rate_limit": False,
            "quoted_status_id": str(wish.quotes) if wish.quotes else None, "quote_approval_policy": wish.quote_policy,
        },
        "quartier": {"state": row.state, "reason": row.reason or None},
    }  # fmt: skip


def _pictures(row: Scheduled, wish: Wish) -> list[Json]:
    if not wish.media_ids:
        return []
    mine = select(Media).where(Media.id.in_(wish.media_ids), Media.owner_id == row.account_id)
    viewer = bearer().account.actor_id
    found = {one.id: one for one in db.session.scalars(mine)}
    return [attached.picture(found[one], viewer) for one in wish.media_ids if one in found]


def _wish(row: Scheduled) -> Wish:
    return wishes.from_json({name: value for name, value in row.asked.items() if name not in OURS})


@bp.get("/v1/scheduled_statuses")
@scope("read:statuses")
def scheduled_list() -> Response:
    """What is to go later, and what could not go."""
    found = scheduled.page(bearer().account.id, paging.window(request.args))
    return listing([_entity(row) for row in found], [row.id for row in found])


@bp.get("/v1/scheduled_statuses/<int:scheduled_id>")
@scope("read:statuses")
def scheduled_one(scheduled_id: int) -> Response:
    """One of them."""
    return answer(_entity(scheduled.one(bearer().account.id, scheduled_id)))


@bp.put("/v1/scheduled_statuses/<int:scheduled_id>")
@scope("write:statuses")
def scheduled_move(scheduled_id: int) -> Response:
    """Another hour."""
    due_at = wishes.moment(sent())
    with commit():
        row = scheduled.one(bearer().account.id, scheduled_id)
        if due_at is None:
            raise Invalid("scheduled.moment", _("Dites quand (scheduled_at)."), field="scheduled_at")
        scheduled.move(row, due_at)
    return answer(_entity(row))


@bp.delete("/v1/scheduled_statuses/<int:scheduled_id>")
@scope("write:statuses")
def scheduled_cancel(scheduled_id: int) -> Response:
    """It does not go."""
    with commit():
        scheduled.cancel(bearer().account.id, scheduled_id)
    return answer({})


def publish_scheduled(payload: Json) -> None:
    """Task: have one go, at its hour, with the rights of this hour; what they forbid stays, with the reason."""
    row = db.session.get(Scheduled, int(payload["id"]))
    if row is None or row.state != "waiting" or row.due_at > clock.now():
        return
    account = db.session.get_one(Account, row.account_id)
    with in_language(account.language):
        try:
            with commit():
                _go(row.id)
        except DomainError as error:
            with commit():
                if (left := db.session.get(Scheduled, int(payload["id"]))) is not None:
                    scheduled.fail(left, error.sentence or _("Le message ou le groupe visé n’est plus là."))


def _go(scheduled_id: int) -> None:
    row = db.session.get(Scheduled, scheduled_id, with_for_update=True)
    if row is None:
        return
    account = db.session.get_one(Account, row.account_id)
    here = quartiers.residence(account.id)
    if account.state != "active" or here is None or not here.may_post:
        raise NotAllowed("post.closed", _("Votre quartier n’est pas encore ouvert, ou votre preuve a pris fin."))
    if row.asked["home"] != here.quartier.slug:
        raise NotAllowed("scheduled.moved", _("Vous avez changé de quartier depuis : relisez-la, puis écrivez-la ici."))
    made = publishing.publish(account, here.quartier, _wish(row), _means(row))
    if made.is_narrowed:
        publishing.tell_kept_in(account, row.token_id, made.post_id)
    db.session.delete(row)


def _means(row: Scheduled) -> Means:
    """Its program, if it may still write, and speak to everybody, as it might when it asked. Raises `NotAllowed`."""
    token = db.session.get(Token, row.token_id)
    is_alive = token is not None and token.revoked_at is None and token.expires_at > clock.now()
    if token is None or not is_alive or not covers(frozenset(token.scopes.split()), "write:statuses"):
        raise NotAllowed("token.ended", _("L’application qui l’a programmée n’est plus autorisée."))
    if row.asked["outside"] and not token.may_publish_outside and row.asked["visibility"] == "public":
        raise NotAllowed("token.outside", _("Cette application ne peut pas publier hors de Quartier Libre."))
    may_outside = token.may_publish_outside and bool(row.asked["outside"])
    return Means(token.application_id, may_outside, f"later:{row.id}")
