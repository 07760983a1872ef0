"""Posts as Mastodon statuses; with fragments.py and people.py the only place that knows their JSON.

What is kept is the rendered status of a version; whether the reader may have it was asked by the statement that found
it, and what depends on the reader is written in front (performance.md, rule 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Select, and_, bindparam, case, exists, func, literal, or_, select, true
from sqlalchemy.orm import aliased

from instance.accounts.models import Actor, RemoteActor
from instance.core import clock, ids
from instance.core.db import BigId
from instance.core.fed import uri_of
from instance.core.prepared import Prepared
from instance.mastodon import faces, filters, fragments, polls, quoted
from instance.mastodon.models import Application
from instance.mastodon.people import stamp
from instance.posts import named, photos, visibility
from instance.posts.models import (
    Bookmark,
    Boost,
    LinkCard,
    Post,
    PostLink,
    ProfilePin,
    Thanks,
    ThreadMute,
)
from instance.quartiers import profiles
from instance.quartiers.models import Quartier

Json = dict[str, Any]
encode = msgspec.json.Encoder().encode

_answered = aliased(Post)
_group = aliased(Actor)  # of another city, in which the author lives as that city vouches
_ANSWERED = (
    _answered.id.label("above_id"),
    case((_answered.is_nameless, None), else_=_answered.author_id).label("answered_id"),
)
_me = visibility.VIEWER


def _number(table: type[Boost] | type[Thanks]) -> Any:
    """How many there are of the viewer's own post; None for everybody else's, of which nobody is told."""
    all_of_it = select(func.count()).where(table.post_id == Post.id).correlate(Post).scalar_subquery()
    return case((Post.author_id == _me, all_of_it), else_=None)


_flags = (
    _number(Thanks).label("thanks_number"),
    _number(Boost).label("boosts_number"),
    exists(select(1).where(Thanks.post_id == Post.id, Thanks.actor_id == _me)).label("thanked"),
    exists(select(1).where(Boost.post_id == Post.id, Boost.actor_id == _me)).label("boosted"),
    exists(select(1).where(Bookmark.post_id == Post.id, Bookmark.actor_id == _me)).label("bookmarked"),
    exists(select(1).where(ThreadMute.thread_id == Post.thread_id, ThreadMute.actor_id == _me)).label("thread_muted"),
    exists(select(1).where(ProfilePin.post_id == Post.id, ProfilePin.actor_id == _me)).label("pinned"),
    profiles.is_near(Post.author_id).label("is_near"),  # neighbours read another name than others do
)
# By which program something was written: everybody's to know of public words with a name, else the author's alone.
_TELLS_PROGRAM = or_(and_(Post.is_public, ~Post.is_nameless), Post.author_id == _me)
_reply = aliased(Post)
# Answers to it that the viewer may read, as the wall counts them.
_REPLIES = (
    select(func.count())
    .where(_reply.reply_to_id == Post.id, visibility.readable(_reply), visibility.unmuted(_reply))
    .correlate(Post)
    .scalar_subquery()
    .label("replies")
)
_COLUMNS = (
    Post.id, Post.version, Post.uri, Post.url, Post.kind, Post.state, Post.title, Post.html, Post.language,
    Post.scope, Post.is_public, Post.is_nameless, Post.warning, Post.is_sensitive, Post.media_count,
    Post.edited_at, Post.details, Post.author_id, Actor.version.label("author_version"), RemoteActor.fetched_at,
    LinkCard.digest.label("card"), LinkCard.fetched_at.label("carded_at"),
    named.NAMES_SOMEBODY.label("names"), *_ANSWERED, Quartier.id.label("home_id"), Quartier.name.label("home_name"),
    Quartier.code.label("home_code"), Quartier.slug.label("home_slug"),
    _group.shown_name.label("far_name"), _group.handle.label("far_handle"), _group.host.label("far_host"),
    Post.quoted_uri, *quoted.COLUMNS, *_flags,
    Application.name.label("program"), Application.website.label("program_site"),
)  # fmt: skip


def _rows(begun: Select[Any]) -> Select[Any]:
    """What is read of the posts `ids`, as far as the viewer may read them."""
    found = (
        begun.join(Actor, Actor.id == Post.author_id)
        .outerjoin(RemoteActor, RemoteActor.actor_id == Post.author_id)
        .outerjoin(PostLink, and_(PostLink.post_id == Post.id, Post.is_public))
        .outerjoin(LinkCard, and_(LinkCard.digest == PostLink.digest, LinkCard.state == "ready"))
        .outerjoin(quoted.QUOTE, quoted.QUOTE.post_id == Post.id)
        .outerjoin(_answered, and_(_answered.id == Post.reply_to_id, visibility.readable(_answered)))
        .outerjoin(Quartier, Quartier.id == Post.home_id)
        .outerjoin(_group, and_(_group.id == Post.from_id, ~Post.is_public))
        .outerjoin(Application, and_(Application.id == Post.application_id, _TELLS_PROGRAM))
    )
    wanted = Post.id.in_(bindparam("ids", expanding=True, type_=BigId))
    return found.where(wanted, visibility.readable())


def _rows_for_each() -> Select[Any]:
    reader = visibility.READER
    # New words have no answers yet: what streams tell of them counts none.
    begun = select(*_COLUMNS, literal(0).label("replies"), reader.id.label("reader")).select_from(reader)
    begun = begun.join(Post, true())
    readers = reader.id.in_(bindparam("readers", expanding=True, type_=BigId))
    return visibility.for_each(_rows(begun).where(readers))


# Built once (performance.md, rule 5).
_ROWS = Prepared(_rows(select(*_COLUMNS, _REPLIES).select_from(Post)))
_ROWS_FOR_EACH = Prepared(_rows_for_each())


def statuses(
    viewer: int | None, post_ids: Iterable[int], *, rules: filters.Rules = filters.NONE, context: str = ""
) -> dict[int, msgspec.Raw]:
    """The Status entities of those posts that actor `viewer` (None: a stranger) may read, by post id.

    `rules` are the viewer's filters; what one of them hides in `context` is left out.
    """
    wanted = sorted(set(post_ids))
    if not wanted:
        return {}
    values = {**visibility.reader(viewer), "ids": wanted}
    rows = _ROWS.rows(values)
    cited = _cited(rows, values)
    names = named.told(viewer, {row.id for row in (*rows, *cited) if row.names})
    return _shown(viewer, rows, cited, rules, context, names)


def _cited(rows: Sequence[Any], values: dict[str, Any]) -> Sequence[Any]:
    """The rows of what `rows` quote, as far as the same reader may read them."""
    inner = quoted.ids(rows)
    return _ROWS.rows(values | {"ids": inner}) if inner else ()


def statuses_for_each(
    readers: Mapping[int, filters.Rules], post_ids: Iterable[int], *, context: str
) -> dict[int, dict[int, msgspec.Raw]]:  # fmt: skip
    """The same for several actors at once, by actor: one statement asks for the right of each of them."""
    wanted = sorted(set(post_ids))
    mine = _by_reader(readers, wanted)
    cited = _by_reader(readers, quoted.ids(row for rows in mine.values() for row in rows))
    naming = {row.id for some in (mine, cited) for rows in some.values() for row in rows if row.names}
    names = named.told_each(mine, naming)
    return {
        viewer: _shown(viewer, rows, cited.get(viewer, []), readers[viewer], context, names.get(viewer, {}))
        for viewer, rows in mine.items()
    }


def _by_reader(readers: Mapping[int, filters.Rules], post_ids: Sequence[int]) -> dict[int, list[Any]]:
    mine: dict[int, list[Any]] = {}
    if readers and post_ids:
        values = {"now": clock.now(), "readers": sorted(readers), "ids": post_ids}
        for row in _ROWS_FOR_EACH.rows(values):
            mine.setdefault(row.reader, []).append(row)
    return mine


def _shown(
    viewer: int | None, rows: Sequence[Any], cited: Sequence[Any], rules: filters.Rules, context: str,
    names: named.Told,
) -> dict[int, msgspec.Raw]:  # fmt: skip
    """The entities of `rows`; `cited` are the rows of what they quote."""
    every = list({row.id: row for row in (*rows, *cited)}.values())
    asking = [row.id for row in every if row.kind == "poll"]
    asked = polls.entities(viewer, asking) if asking else {}
    filtered = filters.applied(rules, _words(every, viewer)) if rules else {}
    words = fragments.of(every, names)

    def entity(row: Any, quote: Json | None) -> msgspec.Raw:
        told = _for_reader(viewer, row, asked.get(row.id), filtered.get(row.id, []), quote)
        return msgspec.Raw(told + faces.signed_for(viewer, words[row.id])[1:].encode())

    def stays(row: Any) -> bool:
        return not filters.is_hidden(filtered.get(row.id, []), context)

    inner = {row.id: entity(row, quoted.shallow(row)) for row in cited if stays(row)}
    return {row.id: entity(row, quoted.whole(row, inner)) for row in rows if stays(row)}


def _for_reader(
    viewer: int | None, row: Any, poll: Json | None, filtered: Sequence[Json], quote: Json | None
) -> bytes:  # fmt: skip
    """What changes from reader to reader, as the beginning of the object; counts are the reader's own (0 or 1).

    Authors read the true ones of their own words.
    """
    thanks = row.thanked if row.thanks_number is None else row.thanks_number
    boosts = row.boosted if row.boosts_number is None else row.boosts_number
    marks = _marks(
        row.thanked, thanks, row.boosted, boosts, row.bookmarked, row.thread_muted, row.pinned, row.replies,
        quoted.number(row, viewer), quoted.approval(row, viewer), row.program, row.program_site,
    )  # fmt: skip
    own = encode(
        {
            "poll": poll, "filtered": filtered, "quote": quote,
            # What is answered may be hidden from this reader, by a block for one: then it is not named.
            "in_reply_to_id": str(row.above_id) if row.above_id else None,
            "in_reply_to_account_id": str(row.answered_id) if row.answered_id else None,
        }
    )  # fmt: skip
    return marks + own[1:-1] + b","


@lru_cache(maxsize=2048)
def _marks(
    thanked: bool, thanks: int, boosted: bool, boosts: int, bookmarked: bool, muted: bool, pinned: bool, replies: int,
    quotes: int, approval: quoted.Approval, program: str | None, site: str | None,
) -> bytes:  # fmt: skip
    """The same few for most posts of most readers: no name, no id."""
    return encode(
        {
            "favourited": bool(thanked), "favourites_count": int(thanks), "reblogged": bool(boosted),
            "reblogs_count": int(boosts), "bookmarked": bool(bookmarked), "muted": bool(muted),
            "pinned": bool(pinned), "replies_count": replies, "quotes_count": quotes,
            "quote_approval": quoted.document(approval),
            "application": {"name": program, "website": site} if program else None,
        }
    )[:-1] + b","  # fmt: skip


def _words(rows: Sequence[Any], viewer: int | None) -> dict[int, list[str]]:
    """What filters look through: words of others, what they wrote over them, what they say of their pictures."""
    theirs = [row for row in rows if row.author_id != viewer]
    pictures = photos.of_posts(theirs)
    return {
        row.id: [row.title, row.html, row.warning, *(one.description for one in pictures.get(row.id, []))]
        for row in theirs
    }


def status(viewer: int | None, post_id: int, *, rules: filters.Rules = filters.NONE) -> msgspec.Raw | None:
    """One Status entity; None where `viewer` may not read it. Filters mark it and hide nothing."""
    return statuses(viewer, [post_id], rules=rules).get(post_id)


def boosted(entry_id: int, inner: msgspec.Raw, by: msgspec.Raw | Json, post_id: int) -> Json:
    """The Status entity of a post that the account `by` passed on."""
    return {
        "id": str(entry_id), "uri": uri_of(f"/a/{entry_id}"), "url": uri_of(f"/p/{post_id}"), "content": "",
        "created_at": stamp(ids.moment_of(entry_id)), "edited_at": None, "visibility": "public", "sensitive": False,
        "spoiler_text": "", "language": None, "account": by, "in_reply_to_id": None,
        "in_reply_to_account_id": None, "replies_count": 0, "reblogs_count": 0, "favourites_count": 0, "reblog": inner,
        "poll": None, "card": None, "tags": [], "emojis": [], "mentions": [], "media_attachments": [], "filtered": [],
        "favourited": False, "reblogged": False, "bookmarked": False, "muted": False, "pinned": False,
        "application": None,
        "quote": None, "quotes_count": 0, "quote_approval": quoted.document(quoted.NOBODY),
    }  # fmt: skip
