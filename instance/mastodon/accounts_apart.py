"""Mutes, blocks, blocked servers, and private notes about people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts import blocks, relations, service
from instance.accounts.models import Actor, Block, HostBlock, Mute
from instance.core import clock, paging
from instance.core.db import commit, db
from instance.core.errors import Invalid
from instance.mastodon import relationships, sight
from instance.mastodon.accounts_follows import page
from instance.mastodon.api import answer, bearer, bp, flag, listing, scope, sent, text
from instance.mastodon.people import many, stamp
from instance.mastodon.sight import reader

HOSTS_PAGE, HOSTS_MOST = 100, 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
LONGEST_S = 100 * 365 * 86_400


@bp.post("/v1/accounts/<int:actor_id>/block")
@scope("write:blocks")
def block(actor_id: int) -> Response:
    """Neither meets the other any more."""
    other = sight.known(actor_id).id
    with commit():
        relations.block(reader(), other)
    return relationships.to(actor_id)


@bp.post("/v1/accounts/<int:actor_id>/unblock")
@scope("write:blocks")
def unblock(actor_id: int) -> Response:
    """End one's own block."""
    other = sight.known(actor_id).id
    with commit():
        service.unblock(reader(), other)
    return relationships.to(actor_id)


@bp.post("/v1/accounts/<int:actor_id>/mute")
@scope("write:mutes")
def mute(actor_id: int) -> Response:
    """See no more of somebody, for `duration` seconds or until it is ended; `notifications` false: notices stay."""
    fields = sent()
    other = sight.known(actor_id).id
    lasts = _seconds(text(fields, "duration"))
    until = clock.now() + timedelta(seconds=lasts) if lasts else None
    hides = flag(fields, "notifications")
    with commit():
        relations.mute(reader(), other, until=until, hides_notices=hides is not False)
    return relationships.to(actor_id)


def _seconds(asked: str | None) -> int:
    if not asked:
        return 0
    if not asked.isdecimal() or int(asked[:12]) > LONGEST_S:
        raise Invalid("mute.duration", _("Donnez une durée en secondes."), field="duration")
    return int(asked)


@bp.post("/v1/accounts/<int:actor_id>/unmute")
@scope("write:mutes")
def unmute(actor_id: int) -> Response:
    """See them again."""
    other = sight.known(actor_id).id
    with commit():
        relations.unmute(reader(), other)
    return relationships.to(actor_id)


@bp.post("/v1/accounts/<int:actor_id>/note")
@scope("write:accounts")
def note(actor_id: int) -> Response:
    """Words about somebody for the bearer alone; none takes them away."""
    words = text(sent(), "comment") or ""
    other = sight.known(actor_id).id
    with commit():
        relations.note(bearer().account.id, other, words)
    return relationships.to(actor_id)


@bp.get("/v1/blocks")
@scope("read:blocks")
def blocked() -> Response:
    """Whom the bearer blocked; paged by the account's id, found in Link only."""
    rows = select(Block.blocked_id, Actor).join(Actor, Actor.id == Block.blocked_id)
    return page(rows.where(Block.blocker_id == reader()), Block.blocked_id)


@bp.get("/v1/mutes")
@scope("read:mutes")
def muted() -> Response:
    """Whom the bearer muted, and until when."""
    window = paging.window(request.args, default=40, most=80)
    rows = db.session.execute(
        select(Mute, Actor)
        .join(Actor, Actor.id == Mute.muted_id)
        .where(Mute.muter_id == reader(), relations.live(), Mute.muted_id > window.after, Mute.muted_id < window.before)
        .order_by(Mute.muted_id.asc() if window.upwards else Mute.muted_id.desc())
        .limit(window.limit)
    ).all()
    found = sorted(((row[0], row[1]) for row in rows), key=lambda row: -row[0].muted_id)
    shown = many(reader(), [actor for _mute, actor in found])
    return listing(
        [one | {"mute_expires_at": stamp(row.until)} for one, (row, _actor) in zip(shown, found, strict=True)],
        [row.muted_id for row, _actor in found],
    )


@bp.get("/v1/domain_blocks")
@scope("read:blocks")
def hosts() -> Response:
    """The servers that the bearer blocked, the latest first; paged by the moment of each."""
    window = paging.window(request.args, default=HOSTS_PAGE, most=HOSTS_MOST)
    since, mine = HostBlock.since, HostBlock.actor_id == reader()
    rows = db.session.scalars(
        select(HostBlock)
        .where(mine, since > EPOCH + window.after * TICK, since < EPOCH + min(window.before, 10**17) * TICK)
        .order_by(since.asc() if window.upwards else since.desc())
        .limit(window.limit)
    ).all()
    found = sorted(rows, key=lambda row: row.since, reverse=True)
    return listing([row.host for row in found], [(row.since - EPOCH) // TICK for row in found])


@bp.post("/v1/domain_blocks")
@scope("write:blocks")
def block_host() -> Response:
    """Nothing from a whole server any more."""
    host = blocks.host_of(_domain())
    with commit():
        relations.block_host(reader(), host)
    return answer({})


@bp.delete("/v1/domain_blocks")
@scope("write:blocks")
def unblock_host() -> Response:
    """Meet its people again; the server is named in the body, or in the address."""
    host = blocks.host_of(_domain())
    with commit():
        relations.unblock_host(reader(), host)
    return answer({})


def _domain() -> str:
    return text(sent(), "domain") or request.args.get("domain", "")
