"""Finding posts by their words, among those that the reader may read: newest first, the same on both engines.

The words stand in `post_words`, written in the transaction of the post (words.py makes them); the right to read is
asked in the very statement that looks for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, column, delete, func, insert, literal_column, select, table
from sqlalchemy.dialects import postgresql, sqlite

from instance.core import jobs
from instance.core.db import BigId, commit, db, sheet
from instance.posts import search_ddl, tags, visibility, words
from instance.posts.models import PollOption, Post, PostWords

# Of so many posts with these words, the newest, the right to read is asked at once; then of so many before them, and
# last of all that are left: who may read few of them misses none, and who may read many waits for no more than these.
DEPTHS = (2_000, 50_000, 2**62)
SHOWN = 20
BATCH = 200
DETAILS = ("summary", "where", "when", "places")  # words beside the words
_AFTER_ALL = 2**62
_fts = table(search_ddl.INDEX, column("rowid", BigId))
_MATCH: BindParameter[str] = bindparam("match")
_BEFORE = bindparam("before", type_=BigId)
_AUTHOR = bindparam("author", type_=BigId)
_NEW_WORDS = insert(sheet(PostWords))
_DEPTH = bindparam("depth", type_=BigId)


def index(post_id: int, *texts: str) -> None:
    """Keep the words of a post, instead of those it had. Inside `commit()`."""
    row = {"post_id": post_id, "words": words.of(*texts)}
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    said = dialect.insert(PostWords).values(row)
    db.session.execute(said.on_conflict_do_update(index_elements=["post_id"], set_={"words": said.excluded.words}))


def index_new(post_id: int, *texts: str) -> None:
    """The same for a post that has just been written. Inside `commit()`."""
    db.session.connection().execute(_NEW_WORDS, {"post_id": post_id, "words": words.of(*texts)})


def forget(post_id: int) -> None:
    """Nothing is found of this post any more (threats.md F9). Inside `commit()`."""
    db.session.execute(delete(PostWords).where(PostWords.post_id == post_id))


def beside(details: dict[str, Any] | None) -> list[str]:
    """What of the details of a post can be found: places, a day, the options of a poll from elsewhere."""
    said = details or {}
    found = [said[key] for key in DETAILS if key in said] + [one["name"] for one in said.get("options", [])]
    return [str(part) for one in found for part in (one if isinstance(one, list) else [one])]


def keep(post: Post) -> None:
    """The words of a post as it stands now. Inside `commit()`."""
    options: list[str] = []
    if post.kind == "poll" and post.uri is None:
        titles = select(PollOption.title).where(PollOption.post_id == post.id).order_by(PollOption.position)
        options += db.session.scalars(titles)
    index(post.id, post.title, post.text, post.warning, *beside(post.details), *options)


def _hits(is_postgresql: bool) -> Select[Any]:
    if is_postgresql:
        vector = func.to_tsvector(literal_column("'simple'"), PostWords.words)
        found = select(PostWords.post_id.label("post_id")).where(
            vector.op("@@")(func.to_tsquery(literal_column("'simple'"), _MATCH)), PostWords.post_id < _BEFORE
        )
        return found.order_by(PostWords.post_id.desc())
    rows = select(_fts.c.rowid.label("post_id")).where(
        literal_column(search_ddl.INDEX).op("MATCH")(_MATCH), _fts.c.rowid < _BEFORE
    )
    return rows.order_by(_fts.c.rowid.desc())


def _statement(is_postgresql: bool, by_author: bool) -> Select[Any]:
    hits = _hits(is_postgresql).limit(_DEPTH).subquery("hits")
    found = select(Post.id).join_from(hits, Post, Post.id == hits.c.post_id)
    if by_author:
        found = found.where(Post.author_id == _AUTHOR, ~Post.is_nameless)
    found = found.where(visibility.readable(), visibility.unmuted(), Post.state != "retracted")
    return found.order_by(hits.c.post_id.desc()).limit(bindparam("limit"))


_DEEPER = {one: _hits(one).limit(1).offset(_DEPTH) for one in (False, True)}  # the first hit that was not asked about
_STATEMENTS = {(one, two): _statement(one, two) for one in (False, True) for two in (False, True)}  # built once


def find(
    viewer: int | None, text: str, *, author: int | None = None, before: int | None = None, offset: int = 0,
    limit: int = SHOWN,
) -> list[int]:  # fmt: skip
    """Ids of posts with the words of `text` that `viewer` may read, newest first.

    « Words in quotes » follow each other. Where nothing is found, the last word is taken as a beginning.
    """
    for is_open in (False, True):
        wanted = words.asked(text, is_open=is_open)
        if wanted is None:
            return []
        if found := _find(viewer, wanted, author, before, offset, limit):
            return found
        if (offset or before) and _find(viewer, wanted, author, None, 0, 1):
            break  # the pages before showed these very words: a beginning was not meant
    return []


def _find(
    viewer: int | None, wanted: words.Asked, author: int | None, before: int | None, offset: int, limit: int
) -> list[int]:  # fmt: skip
    is_postgresql = db.engine.dialect.name == "postgresql"
    match = wanted.for_postgresql() if is_postgresql else wanted.for_sqlite()
    statement, found = _STATEMENTS[is_postgresql, author is not None], list[int]()
    values = visibility.reader(viewer) | {"match": match, "before": before or _AFTER_ALL, "author": author or 0}
    for depth in DEPTHS:
        values |= {"depth": depth, "limit": offset + limit - len(found)}
        rows: Sequence[Any] = db.session.connection().execute(statement, values).all()
        found += [row.id for row in rows]
        if len(found) == offset + limit or depth == DEPTHS[-1]:
            break
        last = {name: values[name] for name in ("match", "before", "depth")}
        next_hit = db.session.connection().execute(_DEEPER[is_postgresql], last).scalar()
        if next_hit is None:
            break
        values["before"] = next_hit + 1
    return found[offset:]


def index_missing(payload: dict[str, Any]) -> None:
    """Task: posts from before there was a search get their words and tags; `all`: every post gets them anew."""
    after = int(payload.get("after", 0))
    missing = select(Post).where(Post.id > after, Post.deleted_at.is_(None), Post.state != "retracted")
    if not payload.get("all"):
        missing = missing.outerjoin(PostWords, PostWords.post_id == Post.id).where(PostWords.post_id.is_(None))
    with commit():
        posts = list(db.session.scalars(missing.order_by(Post.id).limit(BATCH)))
        for post in posts:
            keep(post)
            tags.keep_of(post)
        if len(posts) == BATCH:
            jobs.put("index_missing", payload | {"after": str(posts[-1].id)})
