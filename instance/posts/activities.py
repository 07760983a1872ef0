"""What other servers tell us about posts (federation.md §5): one function per activity, named in the inbox table.

Each runs in the write transaction of the worker and fetches nothing: what has to be asked for becomes an errand
(fetching.py), an actor of whom we have never heard is `Missing`.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import delete, insert, select

from federation import activities, groups
from federation.documents import Activity, Document
from federation.errors import Ignored, Missing
from federation.urls import is_same_origin
from federation.vocabulary import KNOWN_TYPES, POST_TYPES
from instance.accounts.models import Actor, Follow, HostBlock
from instance.core import clock, fed, jobs
from instance.core.db import db
from instance.core.facts import record
from instance.peers import incoming, outbox
from instance.posts import (
    boosts,
    far,
    far_receiving,
    foreign,
    poll_receiving,
    quotes,
    reasons,
    remote,
    retracting,
    service,
    standing,
    visibility,
    wire,
)
from instance.posts.facts import PostChanged, ThanksReceived
from instance.posts.models import Boost, Post, Thanks
from instance.quartiers import passages

VIA, VIA_MAX = "ql:via", 10  # Groups through which an Announce came
NO_POSTS = KNOWN_TYPES - POST_TYPES - {"ChatMessage"}


def receive_create(activity: Activity) -> None:
    """A post: stored if somebody here follows its author, is named, or it speaks in a thread here."""
    if far_receiving.is_for_residents(activity, activity.claimed):
        far_receiving.receive_answer(activity)
        return
    document = activity.object
    if document is None or not document.id:
        _ask_for(activity, "create")
        return
    keep(document, activity.actor, activity.id, list(activity.recipients))


def keep(document: Document, actor_uri: str, activity_id: str, recipients: list[str]) -> int:
    """Store a post that `actor_uri` speaks for; its id, also if it is here already. Raises `Ignored`."""
    if path_is_ours(document.id):
        raise Ignored("post.ours")
    author = reasons.author_of(actor_uri, document.id)
    if author.is_buried:
        raise Ignored("post.deleted")
    if author.known_id is not None:
        known = db.session.get_one(Post, author.known_id)
        if known.author_id == author.id:
            incoming.forget_words(activity_id)
            remote.remember_first(known, foreign.read(document))
            standing.late(document, author, known)
        return known.id
    if document.name and not document.content and document.in_reply_to and path_is_ours(document.in_reply_to):
        return poll_receiving.count(document, author, activity_id)
    if document.type in NO_POSTS or not (document.content or document.name or document.attachments or document.links()):
        raise Ignored("object.kind")
    why = reasons.find(document, author, recipients)
    if takers := standing.taken(document, author, why):  # the quartier said yes to this page before
        why = replace(why, place=None, begins_thread=False)
    away = remote.groups_among(recipients)
    post_id = remote.store(foreign.read(document), author, why, groups=away, activity=activity_id)
    standing.put(post_id, takers)
    if document.in_reply_to and why.parent is None and why.scope != "direct":  # a conversation is a thread of its own
        jobs.put("fetch_parents", {"post_id": str(post_id), "uri": document.in_reply_to})
    return post_id


def path_is_ours(uri: str) -> bool:
    """Whether `uri` is an address of ours."""
    return fed.path_of(uri) is not None


def _ask_for(activity: Activity, why: str) -> None:
    """The object itself is at its own server: ask there, if the one who speaks of it is followed or speaks to us."""
    uri = activity.object_id
    if not uri or path_is_ours(uri) or not is_same_origin(uri, activity.actor):
        raise Ignored("object.foreign")
    to_us = any(path_is_ours(one) for one in activity.recipients)
    if not to_us and not _is_followed(activity.actor):
        raise Ignored("note.not_for_us")
    if remote.by_uri(uri) is None and not remote.is_buried(uri):
        jobs.put("fetch_post", {"uri": uri, "why": why, "actor": activity.actor, "activity": activity.id})


def _is_followed(actor_uri: str) -> bool:
    follow = select(Follow.id).join(Actor, Actor.id == Follow.followed_id).where(Actor.uri == actor_uri)
    counts = follow.where(Follow.state == "accepted", ~passages.is_resting()).limit(1)
    return db.session.scalar(counts, {"now": clock.now()}) is not None


def receive_update(activity: Activity) -> None:
    """New words, by the author alone; older ones than those that stand lose. An unknown post counts as a new one."""
    document = activity.object
    if document is None or not document.id:
        _ask_again(activity)
        return
    post = remote.by_uri(document.id)
    if post is None and far_receiving.is_for_residents(activity, activity.claimed):
        far_receiving.receive_answer(activity)  # its Create is still on its way, or was lost
    elif post is None:
        keep(document, activity.actor, activity.id, list(activity.recipients))
    elif not remote.is_by(post, activity.actor):
        raise Ignored("update.stranger")
    elif far.came_by_passage(post):
        far_receiving.receive_update(post, activity)
    elif far_receiving.is_for_residents(activity, activity.claimed):
        far_receiving.refuse("post.other", activity)  # what is public stays so: words for a few never stand in it
    else:
        remote.change(post, foreign.read(document), activity.id)


def _ask_again(activity: Activity) -> None:
    """Somebody says that a post which we keep has changed: its own server is asked how it is now."""
    post = remote.by_uri(activity.object_id or "")
    if post is None or not is_same_origin(activity.object_id or "", activity.actor) or far.came_by_passage(post):
        raise Ignored("update.unknown")
    jobs.put("fetch_post", {"uri": post.uri, "why": "update", "actor": post.author.uri, "activity": activity.id})


def receive_delete(activity: Activity) -> None:
    """A post goes, by its author alone; an unknown one is remembered as gone."""
    uri = activity.object_id
    if not uri or path_is_ours(uri) or not is_same_origin(uri, activity.actor):
        raise Ignored("delete.stranger")
    post = remote.by_uri(uri)
    if post is not None and not remote.is_by(post, activity.actor):
        raise Ignored("delete.stranger")
    remote.bury(uri)  # nothing may be raised from here on: it would be forgotten with the rest
    if post is not None and post.deleted_at is None:
        was_passed_on = "activity" in (post.details or {}) and not post.is_held
        reason = _reason(activity)
        if reason and not post.is_held and retracting.shows_retractions(post):
            retracting.retract(post, reason)
        else:
            service.wipe(post)
            far_receiving.pass_end_on(post, activity)
        if was_passed_on:
            record(PostChanged(post.id, activity.id))


def _reason(activity: Activity) -> str:
    """Why it goes, as a page says it: over the Delete, or on the stone."""
    stone = activity.claimed
    return retracting.reason_of(activity.summary) or retracting.reason_of(stone.summary if stone else None)


def receive_announce(activity: Activity) -> None:
    """A boost by somebody who is followed, or of what was written here; a group's passing on of an activity."""
    inner = groups.unwrap(activity)
    if inner is not None:
        _receive_passed_on(activity, inner)
        return
    uri = activity.object_id
    if not uri or (activity.claimed is not None and "Announce" in activity.claimed.types):
        raise Ignored("announce.object")
    if remote.is_buried(activity.id):
        raise Ignored("announce.undone")
    booster = reasons.author_of(activity.actor, uri)
    post = _ours(uri) if path_is_ours(uri) else remote.by_uri(uri)
    if post is None:
        if not booster.is_followed or path_is_ours(uri) or booster.is_buried or not standing.hears_boosts(booster.id):
            raise Ignored("announce.not_for_us")
        _fetch_boosted(activity, uri)
    elif post.kind == "video" and standing.is_subscribed(booster.id) and is_for_all(post):  # perhaps a channel's own
        _fetch_boosted(activity, uri)
    elif not is_for_all(post) or not (booster.is_followed or post.uri is None):
        raise Ignored("announce.not_for_us")
    else:
        boosts.keep(booster.id, post.id, activity.id, activity.ids(VIA))


def _fetch_boosted(activity: Activity, uri: str) -> None:
    more = {"activity": activity.id, "via": activity.ids(VIA)[:VIA_MAX]}
    jobs.put("fetch_post", {"uri": uri, "why": "boost", "actor": activity.actor, **more})


def _ours(uri: str) -> Post | None:
    post = db.session.get(Post, reasons.post_number(fed.path_of(uri) or ""))
    return post if post is not None and post.uri is None else None


def is_for_all(post: Post) -> bool:
    """Whether anybody may read it now."""
    return post.is_public and not post.is_held and post.verdict == "visible" and post.deleted_at is None


def _receive_passed_on(outer: Activity, inner: Activity) -> None:
    """What a followed group passes on. It speaks for its own server only; all else is asked for where it belongs."""
    if path_is_ours(inner.actor) or (inner.object_id and path_is_ours(inner.object_id)):
        raise Ignored("announce.ours")
    if far_receiving.is_for_residents(outer, inner, inner.claimed):
        far_receiving.receive(outer, inner)
        return
    if (known := remote.by_uri(inner.object_id or "")) is not None and far.came_by_passage(known):
        raise Ignored("announce.private")  # its server may well hide it from us: a 404 there is no end of it
    if not _is_followed(outer.actor):
        raise Ignored("announce.not_followed")
    is_its_own = is_same_origin(inner.actor, outer.actor)
    uri = inner.object_id or ""
    if inner.type in {"Create", "Update"}:
        if remote.by_uri(uri) is not None and inner.type == "Create":
            _boost_by(outer, uri)
        elif is_its_own and inner.object is not None:
            if inner.type == "Update" and remote.by_uri(uri) is not None:
                receive_update(inner)
            else:
                _keep_for_group(inner, outer)
        elif inner.type == "Update" and remote.by_uri(uri) is None:
            raise Ignored("update.unknown")
        else:
            why = "boost" if inner.type == "Create" else "update"
            jobs.put("fetch_post", {"uri": uri, "why": why, "actor": outer.actor, "activity": outer.id})
    elif inner.type == "Delete" and (post := remote.by_uri(uri)) is not None:
        if is_its_own and remote.is_by(post, inner.actor):
            receive_delete(inner)
        else:
            jobs.put("fetch_post", {"uri": uri, "why": "delete", "actor": outer.actor, "activity": outer.id})
    else:
        raise Ignored("announce.uncounted")  # votes and pins of others: nothing here shows them


def _keep_for_group(inner: Activity, outer: Activity) -> None:
    """A post that the followed group's own server hosts, and the group's boost of it."""
    assert inner.object is not None
    if not inner.object.is_public or not inner.object.id:
        raise Ignored("announce.private")
    store_public(inner.object, inner.actor)
    _boost_by(outer, inner.object.id)


def _boost_by(outer: Activity, uri: str) -> None:
    booster, post = reasons.author_of(outer.actor, uri), remote.by_uri(uri)
    if post is not None and is_for_all(post):
        boosts.keep(booster.id, post.id, outer.id, outer.ids(VIA))


def store_public(document: Document, actor_uri: str) -> Post | None:
    """Keep a public post that somebody passed on, or that stands above another; None where it may not be kept.

    It comes from its own server, or from a group for whose server the same is true.
    """
    if not document.is_public or path_is_ours(document.id):
        return None
    author = reasons.author_of(actor_uri, document.id)
    if author.known_id is not None:
        return db.session.get(Post, author.known_id)
    if author.is_buried:
        return None
    try:
        why = reasons.find(document, author, document.audience)
    except Ignored:
        why = reasons.without_any(document, author)
    post_id = remote.store(foreign.read(document), author, why, groups=remote.groups_among(document.audience))
    return db.session.get(Post, post_id)


def receive_like(activity: Activity) -> None:
    """A "Merci" for a public post of ours: kept for its author, never counted for others."""
    post = _ours(activity.object_id or "") if path_is_ours(activity.object_id or "") else None
    if post is None or not is_for_all(post):
        raise Ignored("like.unknown")
    author = reasons.author_of(activity.actor, "")
    if remote.is_buried(activity.id) or not _may_meet(author, post):
        raise Ignored("like.undone")
    if db.session.get(Thanks, (post.id, author.id)) is None:
        row = {"post_id": post.id, "actor_id": author.id, "at": clock.now(), "uri": activity.id}
        db.session.execute(insert(Thanks), [row])
        record(ThanksReceived(post.id, author.id))


def _may_meet(other: reasons.Author, post: Post) -> bool:
    """Whether the author of `post` has blocked neither the other one nor their whole server."""
    blocked = db.session.get(HostBlock, (post.author_id, other.host)) is not None
    return not blocked and visibility.may_read(other.id, post.id)


def receive_dislike(_activity: Activity) -> None:
    """Nobody is told that somebody dislikes their words."""
    raise Ignored("dislike")


def receive_undo(activity: Activity) -> None:
    """Take back a Like or an Announce of the same actor. One that has not come yet is remembered as undone."""
    inner, uri = activity.claimed, activity.object_id or ""
    if uri and not is_same_origin(uri, activity.actor):
        raise Ignored("undo.stranger")
    actor_id = db.session.scalar(select(Actor.id).where(Actor.uri == activity.actor))
    if actor_id is None:
        raise Missing(activity.actor, "actor")
    gone = 0
    boosts.undone(actor_id, uri)
    if uri:
        named = delete(Thanks).where(Thanks.actor_id == actor_id, Thanks.uri == uri)
        gone += int(getattr(db.session.execute(named), "rowcount", 0))
        gone += boosts.drop(Boost.actor_id == actor_id, Boost.uri == uri)
        remote.bury(uri)  # nothing may be raised from here on: it would be forgotten with the rest
    # quirk(lemmy): the Undo embeds a vote whose id it makes up anew; actor and object name it.
    target = inner.one("object") if inner is not None and not gone else None
    post = _target(target) if target else None
    if post is not None and inner is not None and "Announce" in inner.types:
        boosts.drop(Boost.actor_id == actor_id, Boost.post_id == post.id)
    elif post is not None and inner is not None:
        db.session.execute(delete(Thanks).where(Thanks.actor_id == actor_id, Thanks.post_id == post.id))


def _target(uri: str) -> Post | None:
    return _ours(uri) if path_is_ours(uri) else remote.by_uri(uri)


def receive_quote_request(activity: Activity) -> None:
    """Yes, to whom the author's word for this post names: all who may answer, if they chose nothing (FEP-044f)."""
    post = _ours(activity.object_id or "") if path_is_ours(activity.object_id or "") else None
    quoting = activity.one("instrument")
    if post is None or not wire.may_leave(post) or not quoting or not is_same_origin(quoting, activity.actor):
        raise Ignored("quote.unknown")
    asker = reasons.author_of(activity.actor, "")
    author = wire.actor_uri(post.author)
    # Addresses only: what else it said is not ours to keep or to repeat.
    request = {"id": activity.id, "type": "QuoteRequest", "actor": activity.actor, "object": wire.uri(post),
               "instrument": quoting}  # fmt: skip
    number, uri = outbox.new_uri()
    may_quote = _may_meet(asker, post) and quotes.may_quote(asker.id, post)
    if may_quote and not quotes.is_revoked(post, quoting):
        answer = activities.accept(request, id=uri, actor=author) | {"result": wire.quote_uri(post, quoting)}
    else:
        answer = activities.reject(request, id=uri, actor=author)
    outbox.send(
        answer, outgoing_id=number, sender=post.author, inboxes=wire.inbox_of(asker.id), object_uri=wire.uri(post),
        is_public=False,
    )  # fmt: skip
