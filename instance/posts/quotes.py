"""Quotes: a post shown under the words of another. Only what is public is quoted, by leave of who wrote it (FEP-044f).

Who may quote is a word on the quoted post; a quote that was allowed once stays, until its author takes the leave back
or a block stands between the two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import BindParameter, Select, bindparam, case, delete, func, or_, select, update
from sqlalchemy.orm import aliased

from instance.accounts.facts import ActorBlocked
from instance.accounts.models import Follow
from instance.core import bus, fed
from instance.core.db import BigId, db
from instance.core.errors import Invalid, NotFound
from instance.core.facts import record
from instance.core.paging import Window
from instance.posts import page_cards, visibility, wire
from instance.posts.facts import PostEdited, Quoted, QuoteRevoked
from instance.posts.models import Post, Quote

POLICIES = ("public", "followers", "nobody")
_OURS = re.compile(r"/p/(\d{1,18})")
_quoted = aliased(Post)


def check_policy(word: str | None) -> str:
    """The word for who may quote; Mastodon's usual one where none was sent. Raises `Invalid`."""
    if word in (None, ""):
        return POLICIES[0]
    if word not in POLICIES:
        raise Invalid("quote.policy", _("Choisissez qui peut citer : public, followers ou nobody."), field="policy")
    return str(word)


def may_quote(actor_id: int, post: Post) -> bool:
    """Whether its author lets `actor_id` quote this public post of ours at once."""
    if post.author_id == actor_id or post.quote_policy == "public":
        return True
    follow = (Follow.follower_id == actor_id) & (Follow.followed_id == post.author_id) & (Follow.state == "accepted")
    return post.quote_policy == "followers" and db.session.scalar(select(Follow.id).where(follow)) is not None


def keep(post_id: int, author_id: int, quoted_id: int, *, is_public: bool) -> None:
    """The new post `post_id` quotes `quoted_id`. Raises `Invalid` like `quotable`. Inside `commit()`."""
    post = quotable(author_id, quoted_id, is_public=is_public)
    is_asked = post.uri is not None
    db.session.execute(update(Post).where(Post.id == post_id).values(quoted_uri=wire.uri(post)))
    db.session.add(Quote(post_id=post_id, quoted_id=post.id, state="pending" if is_asked else "accepted"))
    db.session.flush()
    record(Quoted(post_id))


def quotable(author_id: int, quoted_id: int, *, is_public: bool) -> Post:
    """What may be quoted. Raises `Invalid`, in the same sentence for what is closed, hidden and absent.

    What stands on another server is quoted in front of everybody or not at all: its author is asked there.
    """
    post = visibility.find(author_id, quoted_id)
    if post is None or not page_cards.may_travel(post) or post.verdict != "visible":
        sentence = _("Seul un message visible partout se cite ; celui-ci ne l’est pas, ou n’est plus là.")
        raise Invalid("quote.private", sentence, field="quoted_status_id")
    if post.uri is not None and not is_public:
        sentence = _("Un message d’un autre serveur ne se cite que devant tout le monde ; ici, collez son adresse.")
        raise Invalid("quote.far", sentence, field="quoted_status_id")
    if post.uri is None and not may_quote(author_id, post):
        raise Invalid("quote.refused", _("La personne qui a écrit ce message ne souhaite pas qu’on le cite."))
    return post


def receive(post: Post, quoted_uri: str | None, stamp: str | None) -> None:
    """A post from elsewhere says what it quotes: believed of the author's own words, and where we gave leave.

    One whose leave was taken back quotes nothing here any more, lest an edit there and back make the leave good again.
    """
    known = db.session.get(Quote, post.id)
    quoted = by_address(quoted_uri) if quoted_uri else None
    if known is not None and (known.state == "revoked" or (quoted is not None and known.quoted_id == quoted.id)):
        return
    if known is not None:
        db.session.delete(known)
        db.session.flush()
    if quoted is None or not quoted.is_public or quoted.is_held or quoted.deleted_at is not None:
        return
    is_given = quoted.uri is None and stamp == wire.quote_uri(quoted, wire.uri(post)) and wire.may_leave(quoted)
    if (is_given and visibility.may_read(post.author_id, quoted.id)) or quoted.author_id == post.author_id:
        db.session.add(Quote(post_id=post.id, quoted_id=quoted.id, state="accepted", stamp=None))
        db.session.flush()
        record(Quoted(post.id))


def settle(quote: Quote, state: str, stamp: str | None = None) -> None:
    """What became of a quote: whoever has the quoting post is told."""
    post = db.session.get_one(Post, quote.post_id)
    quote.state, quote.stamp = state, stamp
    post.version += 1
    bus.publish({"edit": post.id})
    if post.uri is None and (post.is_public or post.scope in {"neighbours", "direct"}):
        record(PostEdited(post.id))


def revoke(author_id: int, quoted_id: int, quoting_id: int) -> None:
    """Its author takes the leave back that one post quotes an own one. Raises `NotFound`."""
    quote = db.session.get(Quote, quoting_id)
    quoted, quoting = visibility.find(author_id, quoted_id), visibility.find(author_id, quoting_id)
    if quote is None or quoted is None or quoting is None or quote.quoted_id != quoted_id:
        raise NotFound
    if quoted.author_id != author_id:
        raise NotFound
    if quote.state == "accepted":
        settle(quote, "revoked")
        record(QuoteRevoked(quoting_id))


def end_blocked(facts: Sequence[ActorBlocked]) -> None:
    """Reaction: where a block stands, whoever set it, neither goes on showing words of the other: it hides the quote
    from the one who could take the leave back."""
    for fact in facts:
        both = (fact.blocker_id, fact.blocked_id)
        rows = select(Quote).join(Post, Post.id == Quote.post_id).join(_quoted, _quoted.id == Quote.quoted_id)
        rows = rows.where(Post.author_id.in_(both), _quoted.author_id.in_(both), Post.author_id != _quoted.author_id)
        for quote in db.session.scalars(rows.where(Quote.state == "accepted")).all():
            settle(quote, "revoked")
            record(QuoteRevoked(quote.post_id))


def is_revoked(post: Post, quoting: str) -> bool:
    """Whether the leave for the post with the address `quoting` was taken back."""
    found = by_address(quoting)
    quote = db.session.get(Quote, found.id) if found is not None else None
    return quote is not None and quote.quoted_id == post.id and quote.state == "revoked"


def end(post_id: int) -> None:
    """A post is gone: it quotes nothing, and posts that quote it say so. That a leave was taken back is kept: servers
    may still ask at its address (`is_revoked`)."""
    db.session.execute(delete(Quote).where(Quote.post_id == post_id, Quote.state != "revoked"))
    rows = update(Quote).where(Quote.quoted_id == post_id, Quote.state != "deleted").values(state="deleted")
    for quoting_id in list(db.session.scalars(rows.returning(Quote.post_id))):
        db.session.execute(update(Post).where(Post.id == quoting_id).values(version=Post.version + 1))
        bus.publish({"edit": quoting_id})


def choose_policy(post: Post, policy: str) -> None:
    """Who may quote an own post from now on; other servers are told."""
    if post.quote_policy != policy:
        post.quote_policy = policy
        if wire.may_leave(post):
            record(PostEdited(post.id))


def _page(*, upwards: bool) -> Select[int]:
    rows = select(Quote.post_id).join(Post, Post.id == Quote.post_id)
    rows = rows.where(
        Quote.quoted_id == bindparam("quoted", type_=BigId), Quote.state == "accepted", visibility.readable(),
        visibility.unmuted(), Post.id < bindparam("before", type_=BigId), Post.id > bindparam("after", type_=BigId),
    )  # fmt: skip
    return rows.order_by(Post.id.asc() if upwards else Post.id.desc())


_DOWN, _UP = _page(upwards=False), _page(upwards=True)  # built once (performance.md, rule 5)


def page(viewer: int | None, quoted_id: int, window: Window) -> list[int]:
    """Posts that quote this one and that `viewer` may read, newest first."""
    values = visibility.reader(viewer) | {"quoted": quoted_id, "before": window.before, "after": window.after}
    rows = (_UP if window.upwards else _DOWN).limit(window.limit)
    return sorted(db.session.scalars(rows, values), reverse=True)


def addresses(post_ids: Sequence[int]) -> dict[int, str]:
    """The pages of what these posts quote by leave, by post id; who may read them is asked there."""
    if not post_ids:
        return {}
    rows = select(Quote.post_id, _quoted).join(_quoted, _quoted.id == Quote.quoted_id)
    found = db.session.execute(rows.where(Quote.post_id.in_(post_ids), Quote.state == "accepted"))
    return {post_id: post.url or wire.uri(post) for post_id, post in found}


def seen_id(quote: Any) -> Any:
    """The id of what `quote` (an alias, or the table) leads to, as a column; NULL where the viewer may not read it."""
    may = (visibility.readable(_quoted), visibility.unmuted(_quoted))
    return select(_quoted.id).where(_quoted.id == quote.quoted_id, *may).correlate(quote).scalar_subquery()


def number(viewer: BindParameter[int]) -> Any:
    """How many quotes of a post the viewer reads, as a column beside `Post`: of own posts all, else their own."""
    quote, quoting = aliased(Quote), aliased(Post)
    rows = select(func.count()).select_from(quote).join(quoting, quoting.id == quote.post_id)
    rows = rows.where(
        quote.quoted_id == Post.id, quote.state == "accepted", visibility.readable(quoting),
        or_(Post.author_id == viewer, quoting.author_id == viewer),
    )  # fmt: skip
    return case((Post.is_public, rows.correlate(Post).scalar_subquery()), else_=0)


def by_address(uri: str) -> Post | None:
    """The post with this address, ours or from elsewhere."""
    path = fed.path_of(uri)
    if path is None:
        return db.session.scalar(select(Post).where(Post.uri == uri))
    found = _OURS.fullmatch(path)
    post = db.session.get(Post, int(found[1])) if found else None
    return post if post is not None and post.uri is None else None
