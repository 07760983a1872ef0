"""A public post of ours as other servers read it: Note, or Page when it has a title (federation.md §5-§6).

`document` is for what is public: it refuses anything else, whoever asks. `far_document` is for one partner city, and
refuses what has not been sent there or may not be read there any more.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import bindparam, func, or_, select

from federation import activities
from federation.vocabulary import CONTEXT, PUBLIC
from instance.accounts.models import Account, Actor, RemoteActor
from instance.core import clock, fed, ids, markup, secrets
from instance.core.db import BigId, db
from instance.media import service as media
from instance.media.models import Media
from instance.posts import far, lost, poll_wire, tags, told
from instance.posts.models import Post, Quote, WallEntry
from instance.quartiers.models import Quartier

Json = dict[str, Any]
SUMMARY_CHARS = 2000
_HOME = select(Actor).join(Quartier, Quartier.actor_id == Actor.id).where(
    Quartier.id == bindparam("quartier_id", type_=BigId)
)  # fmt: skip
# Asked of every public post: built once (performance.md, rule 5).
_OPEN_HOME = _HOME.where(Quartier.state == "open")
_SPOKEN_TO = (
    select(Actor, func.coalesce(RemoteActor.shared_inbox, RemoteActor.inbox))
    .outerjoin(RemoteActor, RemoteActor.actor_id == Actor.id)
    .outerjoin(Account, Account.actor_id == Actor.id)
    .where(Actor.id.in_(bindparam("named", expanding=True, type_=BigId)), RemoteActor.gone_at.is_(None))
    .where(or_(Account.id.is_(None), Account.shows_outside, Account.spoke_outside))  # nobody tells of the others
    .order_by(Actor.id)
)


@dataclass(frozen=True)
class Named:
    """An actor whom a post speaks to, with the inbox of one who lives elsewhere."""

    uri: str
    label: str  # @handle@host
    inbox: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """How a text may name them: neighbours without their host too."""
        return (self.label,) if self.inbox else (self.label, self.label.rpartition("@")[0])


@dataclass(frozen=True)
class Around:
    """What a public post stands among: the Group of its quartier, who is spoken to, Groups of other servers."""

    group: Actor | None
    named: list[Named]
    away: list[str]


def may_leave(post: Post | None) -> bool:
    """Whether `post` is ours and for everybody: the one question before anything about it goes out."""
    return (
        post is not None and post.uri is None and post.is_public and not post.is_held
        and not post.is_nameless and post.verdict == "visible" and post.deleted_at is None
        and post.state != "retracted"
    )  # fmt: skip


def uri(post: Post) -> str:
    """The address by which every server knows `post`."""
    return post.uri or fed.uri_of(f"/p/{post.id}")


def actor_uri(actor: Actor) -> str:
    """The address by which every server knows `actor`."""
    return actor.uri or fed.uri_of(actor.path or "")


def group_of(post: Post) -> Actor | None:
    """The open quartier, as Group actor, in which the thread of `post` stands; None for a thread of elsewhere."""
    root = post if post.thread_id == post.id else db.session.get(Post, post.thread_id)
    if root is not None and root.home_id is not None:
        return db.session.scalar(_OPEN_HOME, {"quartier_id": root.home_id})
    place = select(Actor).join(Quartier, Quartier.actor_id == Actor.id).where(Quartier.state == "open")
    walls = select(WallEntry.wall_id).where(WallEntry.post_id == post.thread_id, WallEntry.reason == "outside")
    return db.session.scalars(place.where(Actor.id.in_(walls)).order_by(Actor.id)).first()


def spoken_to(post: Post) -> list[Named]:
    """Who is named in `post`, and the author of what it answers: without a Mention Mastodon tells nobody."""
    named = told.named_in(post.id)
    answered = db.session.get(Post, post.reply_to_id) if post.reply_to_id else None
    if answered is not None and answered.deleted_at is None and not answered.is_nameless:
        named.add(answered.author_id)
    named.discard(post.author_id)
    rows = db.session.execute(_SPOKEN_TO, {"named": sorted(named)}) if named else ()
    return [Named(actor_uri(one), f"@{one.handle}@{one.host or fed.host()}", inbox) for one, inbox in rows]


def inbox_of(actor_id: int) -> set[str]:
    """Where to write to an actor of elsewhere, their whole server's inbox first; empty for ours and for gone ones."""
    inbox = select(func.coalesce(RemoteActor.shared_inbox, RemoteActor.inbox))
    return set(db.session.scalars(inbox.where(RemoteActor.actor_id == actor_id, RemoteActor.gone_at.is_(None))))


def quote_uri(post: Post, quoting: str) -> str:
    """The address at which it is found that `quoting` may quote `post` (FEP-044f)."""
    return f"{uri(post)}/citation?{urlencode({'par': quoting, 'm': _quote_mark(post, quoting)})}"


def _quote_mark(post: Post, quoting: str) -> str:
    return secrets.mark("quote", f"{post.id} {quoting}")[:32]


def quoting(post: Post) -> tuple[str, Json]:
    """What a post of ours quotes: a line for software that knows no quotes, and the members for software that does."""
    quote = db.session.get(Quote, post.id) if post.quoted_uri else None
    quoted = db.session.get(Post, quote.quoted_id) if quote and quote.state in {"accepted", "pending"} else None
    if quote is None or quoted is None:
        return "", {}
    there = uri(quoted)
    said: Json = {"quote": there, "quoteUri": there, "_misskey_quote": there}
    if quote.state == "accepted":
        said["quoteAuthorization"] = quote.stamp or quote_uri(quoted, uri(post))
    return markup.quoting(quoted.url or there), said


def _policy(post: Post) -> Json:
    """Who may quote it without being asked (FEP-044f); nobody is asked by hand."""
    author = actor_uri(post.author)
    who = {"public": PUBLIC, "followers": f"{author}/followers"}.get(post.quote_policy, author)
    return {"canQuote": {"automaticApproval": [who], "manualApproval": []}}


def quote_authorization(post: Post, quoting: str, mark: str) -> Json | None:
    """What stands there; None unless we gave this leave, or if the post is not public any more."""
    if not may_leave(post) or not hmac.compare_digest(_quote_mark(post, quoting).encode(), mark.encode()):
        return None
    return {
        "@context": CONTEXT, "id": quote_uri(post, quoting), "type": "QuoteAuthorization",
        "attributedTo": actor_uri(post.author), "interactingObject": quoting, "interactionTarget": uri(post),
    }  # fmt: skip


def groups_elsewhere(post: Post) -> list[str]:
    """Groups of other servers in which the thread stands: an answer reaches their members through them only."""
    root = db.session.get(Post, post.thread_id) if post.thread_id != post.id else None
    found: list[str] = (root.details or {}).get("groups", []) if root is not None else []
    return found


def around(post: Post) -> Around:
    """Asked once for the document and for where it goes."""
    return Around(group_of(post), spoken_to(post), groups_elsewhere(post))


def document(post: Post, known: Around | None = None) -> Json:
    """What /p/<id> is for other servers; `known` is what the caller asked already.

    Raises `ValueError` for a post that may not leave.
    """
    if not may_leave(post):
        raise ValueError("only what is public leaves")
    here, author = uri(post), actor_uri(post.author)
    known = known or around(post)
    group, named, away = known.group, known.named, known.away
    content = markup.with_mentions(tags.absolute(post.html), {word: one.uri for one in named for word in one.words})
    cited, members = quoting(post)
    content = cited + poll_wire.head(post) + content + lost.lines(post)
    said: Json = {
        "@context": CONTEXT, "id": here, "type": _type(post), "attributedTo": author,
        "to": [PUBLIC, *([actor_uri(group)] if group else [])],
        "cc": list(dict.fromkeys([f"{author}/followers", *(one.uri for one in named), *away])),
        "content": content, "contentMap": {post.language: content}, "sensitive": False, "url": here,
        "published": activities.stamp(ids.moment_of(post.id)), "replies": f"{here}/replies",
        "context": _context(post), "tag": _tags(post, named, group), "attachment": _attachments(post),
        "interactionPolicy": _policy(post), **members,
    }  # fmt: skip
    if group or away:
        said["audience"] = actor_uri(group) if group else away[0]
    if quartiers := (post.details or {}).get("audience"):
        said["audience"] = [one if "://" in one else fed.uri_of(one) for one in quartiers]  # of an edition (F08)
    said |= _covered(post) | poll_wire.question(post)
    if post.title and not poll_wire.is_poll(post):
        # quirk(mastodon): of a Page it shows name, summary and address, never the content.
        said |= {"name": lost.title(post), "summary": post.warning or markup.plain(content)[:SUMMARY_CHARS]}
    if post.kind == lost.KIND:
        said |= {"ql:kind": post.kind, "ql:state": post.state}
    if moment := changed_at(post):
        said["updated"] = activities.stamp(moment)
        if post.team_circle_id is not None:
            said["ql:correction"] = (post.details or {}).get("correction", "")
    if answered := _answered(post):
        said["inReplyTo"] = answered
    return said


def _covered(post: Post) -> Json:
    """What its author wrote over the words, as others know it."""
    if post.warning:
        return {"summary": post.warning, "sensitive": True}
    return {"sensitive": True} if post.is_sensitive else {}


def _type(post: Post) -> str:
    if post.kind == "article":
        return "Article"
    if poll_wire.is_poll(post):
        return "Question"
    return "Page" if post.title else "Note"


def changed_at(post: Post) -> datetime | None:
    """When its words, or what became of what was lost, last changed."""
    since = (post.details or {}).get("since")
    moments = [post.edited_at, datetime.fromisoformat(since) if since else None]
    return max((one for one in moments if one is not None), default=None)


def far_document(post: Post, host: str) -> Json:
    """What a post for the quartier and its neighbours is for the partner city at `host`.

    Raises `ValueError` for a post that was not sent there, and for one whose passage is closed.
    """
    there = [one for one in far.reached([post.id]).get(post.id, ()) if one.host == host and one.is_open]
    if not there or not far.is_said(post):
        raise ValueError("only what was sent to that city leaves for it")
    return for_city(far_note(post), post, host, [one.uri for one in there])


def for_city(note: Json, post: Post, host: str, group_uris: list[str]) -> Json:
    """`note` as the city at `host` gets it: its Groups are named, and its instance actor may fetch the pictures."""
    theirs = [f"{one}/residents" for one in group_uris]
    said = note | {"to": list(dict.fromkeys([*note["to"], *theirs]))}
    partner_id = far.partner_of(host) if post.media_count else None
    return said | {"attachment": _attachments(post, partner_id)} if partner_id is not None else said


def far_note(post: Post) -> Json:
    """What all cities get of it alike; for a caller that has asked whether it may leave."""
    home, group = _places(post)
    here, readers = uri(post), dict.fromkeys([actor_uri(home), actor_uri(group)])
    content = quoting(post)[0] + tags.absolute(post.html) + poll_wire.lines(post)
    said: Json = {
        "@context": CONTEXT, "id": here, "type": "Note", "attributedTo": actor_uri(post.author),
        "to": [f"{one}/residents" for one in readers],
        "audience": actor_uri(group), "content": content, "contentMap": {post.language: content}, "url": here,
        "sensitive": False, "published": activities.stamp(ids.moment_of(post.id)), "ql:from": actor_uri(home),
        "ql:kind": post.kind, "ql:state": post.state, "attachment": [],
    }  # fmt: skip
    said |= _covered(post)
    if post.title:
        said["name"] = lost.title(post)
    said |= {f"ql:{key}": value for key, value in (post.details or {}).items() if key in {"where", "when"}}
    if moment := changed_at(post):
        said["updated"] = activities.stamp(moment)
    if post.reply_to_id is not None:
        said["inReplyTo"] = uri(db.session.get_one(Post, post.reply_to_id))
    return said


def far_readers(post: Post) -> list[str]:
    """Whom it is addressed to besides the Groups there: residents of its author's quartier and of the thread's."""
    return [f"{one}/residents" for one in dict.fromkeys(actor_uri(place) for place in _places(post))]


def _places(post: Post) -> tuple[Actor, Actor]:
    """The Group in which the author of a post of ours lives, and the one in whose thread it stands."""
    home = db.session.scalars(_HOME, {"quartier_id": post.home_id}).one()
    if post.thread_id == post.id:
        return home, home
    root = db.session.get_one(Post, post.thread_id)
    if root.group_id is not None:
        return home, db.session.get_one(Actor, root.group_id)
    if root.home_id == post.home_id:
        return home, home
    return home, db.session.scalars(_HOME, {"quartier_id": root.home_id}).one()


def tombstone(post: Post) -> Json:
    """What remains of a public post of ours: its address, and why a page took it back."""
    details = post.details or {}
    if "reason" not in details:
        return activities.tombstone(uri(post), deleted=post.deleted_at or clock.now())
    moment = datetime.fromisoformat(details["at"])
    return activities.tombstone(uri(post), deleted=moment) | {"summary": details["reason"]}


def _answered(post: Post) -> str | None:
    """What a public reply answers; an answered post is never narrower, so its address tells nothing new."""
    answered = db.session.get(Post, post.reply_to_id) if post.reply_to_id else None
    return uri(answered) if answered is not None and answered.is_public else None


def _context(post: Post) -> str:
    root = post if post.thread_id == post.id else db.session.get(Post, post.thread_id)
    if root is None or root.uri is None:
        return fed.uri_of(f"/p/{post.thread_id}/context")
    return (root.details or {}).get("context") or root.uri


def _tags(post: Post, named: list[Named], group: Actor | None) -> list[Json]:
    mentions = [{"type": "Mention", "href": one.uri, "name": one.label} for one in named]
    place = actor_uri(group or post.author)
    return [*mentions, *({"type": "Hashtag", "href": place, "name": f"#{word}"} for word in hashtags(post))]


def hashtags(post: Post) -> list[str]:
    """Words marked with # in a post, each once, 100 at most."""
    return tags.in_text(f"{post.title} {post.text}")


def _seen_as(picture: Media) -> Json:
    """Its haze, and the point that is kept in sight where it is cut (Mastodon's own words for both)."""
    said: Json = {"blurhash": picture.blurhash} if picture.blurhash else {}
    if picture.focus_x is not None and picture.focus_y is not None:
        said["focalPoint"] = [picture.focus_x, picture.focus_y]
    return said


def pictures_for(post: Post, viewer: int) -> list[Json]:
    """Pictures of a post that is not public, by addresses that `viewer` alone may fetch."""
    return _attachments(post, viewer)


def _attachments(post: Post, viewer: int | None = None) -> list[Json]:
    """Pictures by their public addresses, or by such as `viewer` alone may fetch, for a day."""
    if not post.media_count:
        return []

    def address(key: str) -> str:
        return media.address(key, "large") if viewer is None else media.signed_address(key, "large", viewer)

    rows = select(Media).where(Media.post_id == post.id, Media.state == "ready").order_by(Media.position, Media.id)
    return [
        {
            "type": "Document", "mediaType": "image/webp", "url": fed.uri_of(address(one.key)),
            "name": one.description, "width": one.width, "height": one.height,
        } | _seen_as(one)
        for one in db.session.scalars(rows)
    ]  # fmt: skip
