"""A public post of ours as other servers read it: Note, or Page when it has a title (federation.md §5-§6).

Nothing here is for what is not public: `document` refuses it, whoever asks.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select

from federation import activities
from federation.vocabulary import CONTEXT, PUBLIC
from instance.accounts.models import Actor, RemoteActor
from instance.core import clock, fed, ids, markup, secrets
from instance.core.db import db
from instance.media import service as media
from instance.media.models import Media
from instance.posts.models import Mention, Post, WallEntry
from instance.quartiers.models import Quartier

Json = dict[str, Any]
SUMMARY_CHARS = 2000
_HASHTAG = re.compile(r"(?<![\w#/&])#(\w{1,80})")


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


def may_leave(post: Post | None) -> bool:
    """Whether `post` is ours and for everybody: the one question before anything about it goes out."""
    return (
        post is not None and post.uri is None and post.is_public and not post.is_held
        and not post.is_nameless and post.verdict == "visible" and post.deleted_at is None
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
    place = select(Actor).join(Quartier, Quartier.actor_id == Actor.id).where(Quartier.state == "open")
    if root is not None and root.home_id is not None:
        return db.session.scalar(place.where(Quartier.id == root.home_id))
    walls = select(WallEntry.wall_id).where(WallEntry.post_id == post.thread_id, WallEntry.reason == "outside")
    return db.session.scalars(place.where(Actor.id.in_(walls)).order_by(Actor.id)).first()


def spoken_to(post: Post) -> list[Named]:
    """Who is named in `post`, and the author of what it answers: without a Mention Mastodon tells nobody."""
    named = set(db.session.scalars(select(Mention.actor_id).where(Mention.post_id == post.id)))
    answered = db.session.get(Post, post.reply_to_id) if post.reply_to_id else None
    if answered is not None and answered.deleted_at is None and not answered.is_nameless:
        named.add(answered.author_id)
    named.discard(post.author_id)
    rows = (
        select(Actor, func.coalesce(RemoteActor.shared_inbox, RemoteActor.inbox))
        .outerjoin(RemoteActor, RemoteActor.actor_id == Actor.id)
        .where(Actor.id.in_(named), RemoteActor.gone_at.is_(None))
        .order_by(Actor.id)
    )
    return [
        Named(actor_uri(one), f"@{one.handle}@{one.host or fed.host()}", inbox)
        for one, inbox in (db.session.execute(rows) if named else ())
    ]


def inbox_of(actor_id: int) -> set[str]:
    """Where to write to an actor of elsewhere, their whole server's inbox first; empty for ours and for gone ones."""
    inbox = select(func.coalesce(RemoteActor.shared_inbox, RemoteActor.inbox))
    return set(db.session.scalars(inbox.where(RemoteActor.actor_id == actor_id, RemoteActor.gone_at.is_(None))))


def quote_uri(post: Post, quoting: str) -> str:
    """The address at which it is found that `quoting` may quote `post` (FEP-044f)."""
    return f"{uri(post)}/citation?{urlencode({'par': quoting, 'm': _quote_mark(post, quoting)})}"


def _quote_mark(post: Post, quoting: str) -> str:
    return secrets.mark("quote", f"{post.id} {quoting}")[:32]


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


def document(post: Post) -> Json:
    """What /p/<id> is for other servers. Raises `ValueError` for a post that may not leave."""
    if not may_leave(post):
        raise ValueError("only what is public leaves")
    here, author = uri(post), actor_uri(post.author)
    group, named, away = group_of(post), spoken_to(post), groups_elsewhere(post)
    content = markup.with_mentions(post.html, {word: one.uri for one in named for word in one.words})
    said: Json = {
        "@context": CONTEXT, "id": here, "type": "Page" if post.title else "Note", "attributedTo": author,
        "to": [PUBLIC, *([actor_uri(group)] if group else [])],
        "cc": list(dict.fromkeys([f"{author}/followers", *(one.uri for one in named), *away])),
        "content": content, "contentMap": {post.language: content}, "sensitive": False, "url": here,
        "published": activities.stamp(ids.moment_of(post.id)), "replies": f"{here}/replies",
        "context": _context(post), "tag": _tags(post, named, group), "attachment": _attachments(post),
    }  # fmt: skip
    if group or away:
        said["audience"] = actor_uri(group) if group else away[0]
    if post.title:
        # quirk(mastodon): of a Page it shows name, summary and address, never the content.
        said |= {"name": post.title, "summary": markup.plain(post.html)[:SUMMARY_CHARS]}
    if post.edited_at:
        said["updated"] = activities.stamp(post.edited_at)
    if answered := _answered(post):
        said["inReplyTo"] = answered
    return said


def tombstone(post: Post) -> Json:
    """What remains of a public post of ours: its address."""
    return activities.tombstone(uri(post), deleted=post.deleted_at or clock.now())


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
    found = _HASHTAG.findall(f"{post.title} {post.text}"[: markup.MAX_CHARS])
    return list({word.lower(): word for word in reversed(found) if not word.isdigit()}.values())[::-1][:100]


def _attachments(post: Post) -> list[Json]:
    if not post.media_count:
        return []
    rows = select(Media).where(Media.post_id == post.id, Media.state == "ready").order_by(Media.position, Media.id)
    return [
        {
            "type": "Document", "mediaType": "image/webp", "url": fed.uri_of(media.address(one.key, "large")),
            "name": one.description, "width": one.width, "height": one.height,
        }
        for one in db.session.scalars(rows)
    ]  # fmt: skip
