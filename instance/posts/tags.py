"""Words marked with # : written with the post, shown as typed, the same word whatever its capitals and accents.

`#Fête` and `#fete` are one tag (as for Mastodon), with one page: /mots/fete.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, insert, select

from instance.core import clock, fed, ids, markup
from instance.core.db import BigId, db
from instance.posts import visibility, words
from instance.posts.models import Post, PostTag

NAME_MAX = 80
MANY = 100  # of one post
DAYS = 7
FEW = 3  # so many people must have used a tag before it is named to others who did not ask for it
_HERE = '<a class="mention hashtag" href="/mots/'  # no cleaned HTML holds it: relative links are dropped there
_MARKED = re.compile(r"(?<![\w#/&])#(\w{1,80})")


def fold(name: str) -> str:
    """The name under which the tag stands in rows: no #, small letters, no accents; empty for what is none."""
    found = words.plain(name.strip().removeprefix("#"))[:NAME_MAX]
    return found if re.fullmatch(r"\w+", found) and not found.isdigit() else ""


def in_text(text: str) -> list[str]:
    """Words marked with # in `text` as typed, each once, 100 at most."""
    found = _MARKED.findall(text[: markup.MAX_CHARS])
    return list({fold(word): word for word in reversed(found) if fold(word)}.values())[::-1][:MANY]


def path_of(name: str) -> str:
    """The page of a tag here."""
    return f"/mots/{quote(fold(name))}"


def url_of(name: str) -> str:
    """The page of a tag, for others."""
    return fed.uri_of(path_of(name))


def linked(html: str) -> str:
    """`html` of ours in which each marked word leads to its page here, outside of links and code.

    It is kept so: by path, as all that is ours (`absolute` is for others).
    """
    if "#" not in html:
        return html

    def link(found: re.Match[str]) -> str:
        name = found[1]
        if not fold(name):
            return found[0]
        return f'<a class="mention hashtag" href="{path_of(name)}" rel="tag">#{name}</a>'

    return markup.outside_links(html, lambda part: _MARKED.sub(link, part))


def absolute(html: str) -> str:
    """`html` as others get it: tags lead to the pages of this city wherever it is read."""
    return html.replace(_HERE, f'<a class="mention hashtag" href="{fed.uri_of("/mots/")}')


def keep(post_id: int, names: Iterable[str]) -> None:
    """A row for each of `names`, for a post that has none. Inside `commit()`."""
    shown = {folded: name.strip().removeprefix("#")[:NAME_MAX] for name in names if (folded := fold(name))}
    if shown:
        rows = [{"name": name, "post_id": post_id, "shown": one} for name, one in list(shown.items())[:MANY]]
        db.session.execute(insert(PostTag), rows)


def renew(post_id: int, names: Iterable[str]) -> None:
    """The same for a post with new words. Inside `commit()`."""
    forget(post_id)
    keep(post_id, names)


def forget(post_id: int) -> None:
    """None is left. Inside `commit()`."""
    db.session.execute(delete(PostTag).where(PostTag.post_id == post_id))


def keep_of(post: Post) -> None:
    """The tags of a post from before they were kept, by its words. Inside `commit()`."""
    if db.session.scalar(select(PostTag.name).where(PostTag.post_id == post.id).limit(1)) is None:
        keep(post.id, in_text(f"{post.title} {post.text}"))


def of(post_ids: Collection[int]) -> dict[int, list[str]]:
    """The tags of posts as they were typed, in one statement; none at all for no posts."""
    found: dict[int, list[str]] = {}
    if post_ids:
        rows = select(PostTag.post_id, PostTag.shown).where(PostTag.post_id.in_(post_ids))
        for post_id, shown in db.session.execute(rows.order_by(PostTag.post_id, PostTag.name)):
            found.setdefault(post_id, []).append(shown)
    return found


def has(name: str, post: type[Post] = Post) -> ColumnElement[bool]:
    """The condition: `post` is marked with `name`; in timelines beside `visibility.readable()`."""
    return post.id.in_(select(PostTag.post_id).where(PostTag.name == fold(name)))


def has_any(names: Sequence[str], post: type[Post] = Post) -> ColumnElement[bool]:
    """The condition: `post` is marked with one of `names`."""
    return post.id.in_(select(PostTag.post_id).where(PostTag.name.in_([fold(one) for one in names])))


def narrowed(
    first: str, any_of: Sequence[str] = (), all_of: Sequence[str] = (), none_of: Sequence[str] = ()
) -> ColumnElement[bool]:
    """The condition of a timeline of `first` with Mastodon's `any[]`, `all[]` and `none[]`."""
    found = has_any([first, *any_of])
    for one in all_of:
        found &= has(one)
    return found & ~has_any(none_of) if none_of else found


# What everybody may read, of who lets themselves be found: counts say nothing of what is written for a few.
_OPEN = (Post.is_public, ~Post.is_held, Post.verdict == "visible", Post.deleted_at.is_(None))


@dataclass(frozen=True)
class Day:
    """How often a tag was used on one day, in posts that everybody may read."""

    begins: datetime
    uses: int
    people: int


def history(names: Sequence[str]) -> dict[str, list[Day]]:
    """The last seven days of each of `names` (folded), newest first; days are those of UTC."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [today - timedelta(days=back) for back in range(DAYS)]
    seen: dict[str, list[list[int]]] = {name: [[] for _ in starts] for name in names}
    if names:
        rows = (
            select(PostTag.name, Post.id, Post.author_id)
            .join(Post, Post.id == PostTag.post_id)
            .where(PostTag.name.in_(names), PostTag.post_id >= ids.at(starts[-1]), *_OPEN)
            .order_by(PostTag.post_id.desc())
            .limit(5000)
        )
        for name, post_id, author_id in db.session.execute(rows):
            back = (today - ids.moment_of(post_id).replace(hour=0, minute=0, second=0, microsecond=0)).days
            seen[name][max(0, min(back, DAYS - 1))].append(author_id)
    return {
        name: [Day(start, len(found), len(set(found))) for start, found in zip(starts, days, strict=True)]
        for name, days in seen.items()
    }


_SINCE = bindparam("since", type_=BigId)
_USED = (
    select(PostTag.name, func.max(PostTag.shown).label("shown"), func.count(Post.author_id.distinct()).label("people"))
    .join(Post, Post.id == PostTag.post_id)
    .where(PostTag.post_id >= _SINCE, visibility.readable(), visibility.unmuted(), Post.is_public)
    .group_by(PostTag.name)
    .having(func.count(Post.author_id.distinct()) >= FEW)
    .order_by(func.count(Post.author_id.distinct()).desc(), PostTag.name)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)


def trending(viewer: int | None, *, limit: int = 10, offset: int = 0) -> list[str]:
    """Tags that three people or more used within a week, in what everybody may read; the most people first."""
    since = ids.at(clock.now() - timedelta(days=DAYS))
    values = visibility.reader(viewer) | {"since": since, "limit": limit, "offset": offset}
    return [row.shown for row in db.session.execute(_USED, values)]


def beginning_with(viewer: int | None, text: str, *, limit: int = 20, offset: int = 0) -> list[str]:
    """Tags that begin with `text`, of posts that `viewer` may read, by name."""
    start = fold(text)
    if not start:
        return []
    readable = exists(select(1).where(Post.id == PostTag.post_id, visibility.readable(), visibility.unmuted()))
    found = (
        select(PostTag.name, func.max(PostTag.shown).label("shown"))
        .where(PostTag.name >= start, PostTag.name < start + "\U0010ffff", readable)
        .group_by(PostTag.name)
        .order_by(PostTag.name)
        .limit(limit)
        .offset(offset)
    )
    return [row.shown for row in db.session.execute(found, visibility.reader(viewer))]


def shown_as(viewer: int | None, name: str) -> str:
    """How the tag is written in the newest post that `viewer` may read; as it was asked for where there is none."""
    found = (
        select(PostTag.shown)
        .join(Post, Post.id == PostTag.post_id)
        .where(PostTag.name == fold(name), visibility.readable())
        .order_by(PostTag.post_id.desc())
        .limit(1)
    )
    return db.session.scalar(found, visibility.reader(viewer)) or name
