"""Why a post from elsewhere is kept: somebody here follows its author, is named in it, or it speaks in a thread here.

Without a reason nothing is stored. Prebuilt statements: this is asked for everything that comes in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BindParameter, and_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from federation.documents import Document
from federation.errors import Ignored, Missing
from federation.vocabulary import is_public
from instance.accounts.models import Account, Actor, Block, Follow, HostBlock, RemoteActor
from instance.core import clock, fed
from instance.core.db import BigId, db
from instance.core.web import row_number
from instance.peers import rules
from instance.peers.models import Tombstone
from instance.posts import direct
from instance.posts.models import Post, WallEntry
from instance.quartiers import passages
from instance.quartiers.models import Quartier

Scope = Literal["public", "unlisted", "followers", "direct"]
NAMED_MAX = 20  # of those who live here and are named in one post

_AUTHOR = (
    select(
        Actor.id, Actor.host, RemoteActor.followers, RemoteActor.circle_id,
        exists(
            select(1).where(Follow.followed_id == Actor.id, Follow.state == "accepted", ~passages.is_resting())
        ).label("is_followed"),
        select(Post.id).where(Post.uri == bindparam("post_uri")).scalar_subquery().label("known_id"),
        exists(select(1).where(Tombstone.uri == bindparam("post_uri"))).label("is_buried"),
    )
    .join(RemoteActor, RemoteActor.actor_id == Actor.id)
    .where(Actor.uri == bindparam("actor_uri"))
)  # fmt: skip
_AUTHOR_ID = bindparam("author_id", type_=BigId)
_HOST: BindParameter[str] = bindparam("host")
_IS_ACCEPTED = exists(
    select(1).where(Follow.follower_id == Actor.id, Follow.followed_id == _AUTHOR_ID, Follow.state == "accepted")
)


def _apart(ours: Any) -> Any:
    """Whether one of ours and the author have a block between them, or the author's whole server is blocked."""
    pair = or_(
        and_(Block.blocker_id == ours, Block.blocked_id == _AUTHOR_ID),
        and_(Block.blocker_id == _AUTHOR_ID, Block.blocked_id == ours),
    )
    return or_(
        exists(select(1).where(pair)), exists(select(1).where(HostBlock.actor_id == ours, HostBlock.host == _HOST))
    )


_NAMED = (
    select(Actor.id, Account.reached_by, _IS_ACCEPTED.label("follows"))
    .join(Account, Account.actor_id == Actor.id)
    .where(Actor.path.in_(bindparam("paths", expanding=True)), Account.state == "active", ~_apart(Actor.id))
)
_ROOT = aliased(Post)
_PARENT_COLUMNS = (
    select(
        Post.id, Post.author_id, Post.thread_id, Post.is_public, Post.uri, Post.is_held, Post.verdict, Post.deleted_at,
        _ROOT.home_id.label("root_home_id"), _ROOT.author_id.label("root_author_id"), _ROOT.uri.label("root_uri"),
        or_(_apart(Post.author_id), _apart(_ROOT.author_id)).label("is_unwelcome"),
    )
    .join(_ROOT, _ROOT.id == Post.thread_id)
)  # fmt: skip
_PARENT_BY_ID = _PARENT_COLUMNS.where(Post.id == bindparam("parent_id", type_=BigId))
_PARENT_BY_URI = _PARENT_COLUMNS.where(Post.uri == bindparam("parent_uri"))
_PLACES = (
    select(Quartier.id, Quartier.actor_id, Quartier.circle_id, Quartier.outsiders_post, Quartier.holds_outsiders)
    .where(Quartier.state == "open")
    .order_by(Quartier.id)
)
_GROUPS = _PLACES.join(Actor, Actor.id == Quartier.actor_id).where(Actor.path.in_(bindparam("paths", expanding=True)))
_HOME = _PLACES.where(Quartier.id == bindparam("home_id", type_=BigId))
_WALL = _PLACES.join(WallEntry, WallEntry.wall_id == Quartier.actor_id).where(
    WallEntry.post_id == bindparam("thread_id", type_=BigId), WallEntry.reason == "outside"
)


@dataclass(frozen=True)
class Author:
    """Who wrote it, as far as we know them, and what we know of the post."""

    id: int
    host: str
    followers: str | None
    circle_id: int | None
    is_followed: bool
    known_id: int | None
    is_buried: bool  # deleted before it came


@dataclass(frozen=True)
class Place:
    """The quartier in which it speaks."""

    id: int
    actor_id: int
    circle_id: int
    outsiders_post: bool
    holds_outsiders: bool


@dataclass(frozen=True)
class Parent:
    """What it answers, if that stands here."""

    id: int
    thread_id: int
    is_ours: bool  # it, or the post that began the thread, was written here


@dataclass(frozen=True)
class Reasons:
    """Why a post is kept, and by that where it stands and who reads it."""

    scope: Scope
    is_followed: bool
    named: tuple[int, ...] = ()
    parent: Parent | None = None
    place: Place | None = None
    begins_thread: bool = False
    circle_id: int | None = None  # of the conversation that it goes on with
    others: tuple[int, ...] = ()  # of a private note: its further persons elsewhere

    @property
    def is_held(self) -> bool:
        """Whether a moderator looks at it before it stands in public."""
        return self.place is not None and self.place.holds_outsiders

    @property
    def is_told(self) -> bool:
        """Whether somebody here should hear of it, or the quartier pass it on."""
        return bool(self.named) or self.place is not None or (self.parent is not None and self.parent.is_ours)


def author_of(actor_uri: str, post_uri: str) -> Author:
    """The author and what is known of the post. Raises `Missing` for an actor of whom we have never heard."""
    if fed.path_of(actor_uri) is not None:
        raise Ignored("post.ours")
    values = {"actor_uri": actor_uri, "post_uri": post_uri, "now": clock.now()}
    row = db.session.connection().execute(_AUTHOR, values).first()
    if row is None:
        raise Missing(actor_uri, "actor")
    return Author(*row)


def scope_of(document: Document, recipients: Sequence[str], followers: str | None) -> Scope:
    """Who may read it, as its author addressed it; where only the activity is addressed, as that is."""
    if not document.audience:
        if any(is_public(uri) for uri in recipients):
            return "public"
        return "followers" if followers and followers in recipients else "direct"
    if document.is_listed:
        return "public"
    if document.is_public:
        return "unlisted"
    return "followers" if followers and followers in document.audience else "direct"


def find(document: Document, author: Author, recipients: Sequence[str]) -> Reasons:
    """Why `document` is kept. Raises `Ignored` if nothing speaks for it."""
    scope = scope_of(document, recipients, author.followers)
    is_open = scope in {"public", "unlisted"}
    is_followed = author.is_followed and (is_open or scope == "followers")
    paths = [path for uri in dict.fromkeys([*recipients, *document.mentions]) if (path := fed.path_of(uri))]
    if not is_followed and rules.severity(author.host) == "limit":
        raise Ignored("host.limited")
    if scope == "direct" and (talk := _conversation(document, author, recipients, paths)) is not None:
        return talk
    named = _named(paths, author) if paths else ()
    parent, place = _thread(document, author) if is_open else (None, None)
    begins = False
    if place is None and is_open and document.in_reply_to is None and (groups := _groups(paths)):
        place = next((one for one in groups if one.outsiders_post), None)
        begins = place is not None
        if not begins and not named and not is_followed:
            raise Ignored("note.outsiders")
    is_kept = is_followed or named or place is not None or (parent is not None and parent.is_ours)
    if not is_kept:
        raise Ignored("note.not_for_us")
    others = direct.others(_elsewhere(document, recipients), author.id) if scope == "direct" else ()
    return Reasons(scope, is_followed, named, parent, place, begins, others=tuple(others))


def _conversation(
    document: Document, author: Author, recipients: Sequence[str], paths: Sequence[str]
) -> Reasons | None:
    """An answer in a conversation, for just its persons."""
    above = document.in_reply_to
    if above is None:
        return None
    path = fed.path_of(above)
    people = {one for one in paths if one.startswith("/u/")}
    uris = _elsewhere(document, recipients)
    found = direct.joined(author.id, above if path is None else post_number(path), people, uris)
    if found is None:
        return None
    parent = Parent(found.above_id, found.thread_id, True)
    return Reasons("direct", False, found.here, parent, circle_id=found.circle_id)


def _elsewhere(document: Document, recipients: Sequence[str]) -> set[str]:
    """Whom of other servers a private note is for."""
    addressed = {*recipients, *document.audience, *document.mentions}
    return {one for one in addressed if fed.path_of(one) is None and not is_public(one)}


def without_any(document: Document, author: Author) -> Reasons:
    """How a public post stands that was asked for: in the thread that it answers, if that is of elsewhere too."""
    row, may = parent_of(document.in_reply_to, author)
    parent = Parent(row.id, row.thread_id, False) if may and row.uri is not None and row.root_uri is not None else None
    return Reasons(scope_of(document, document.audience, author.followers), False, parent=parent)


def _named(paths: list[str], author: Author) -> tuple[int, ...]:
    people = [path for path in paths if path.startswith("/u/")][:NAMED_MAX]
    if not people:
        return ()
    values = {"paths": people, "author_id": author.id, "host": author.host}
    rows = db.session.connection().execute(_NAMED, values).all()
    return tuple(
        actor_id
        for actor_id, reached_by, follows in rows
        if reached_by == "anyone" or (reached_by == "followed" and follows)
    )


def parent_of(answered: str | None, author: Author) -> tuple[Any, bool]:
    """The row of what is answered (None: not here), and whether it may be answered from elsewhere."""
    if answered is None:
        return None, False
    values: dict[str, Any] = {"author_id": author.id, "host": author.host}
    path = fed.path_of(answered)
    if path is None:
        row = db.session.connection().execute(_PARENT_BY_URI, values | {"parent_uri": answered}).first()
    else:
        row = db.session.connection().execute(_PARENT_BY_ID, values | {"parent_id": post_number(path)}).first()
    may = row is not None and row.is_public and row.verdict == "visible" and row.deleted_at is None and not row.is_held
    return row, bool(may)


def post_number(path: str) -> int:
    """The id in /p/<id>; 0, which no post has, for any other path."""
    try:
        return row_number(path.removeprefix("/p/").partition("/")[0]) if path.startswith("/p/") else 0
    except ValueError:
        return 0


def _thread(document: Document, author: Author) -> tuple[Parent | None, Place | None]:
    row, may = parent_of(document.in_reply_to, author)
    if row is None or not may or row.is_unwelcome:
        if document.in_reply_to and fed.path_of(document.in_reply_to) is not None:
            raise Ignored("note.closed")  # the same for what is private, gone and never was
        return None, None
    is_ours = row.uri is None or row.root_uri is None
    return Parent(row.id, row.thread_id, is_ours), place_of(row.thread_id, row.root_home_id)


def place_of(thread_id: int, home_id: int | None) -> Place | None:
    """The open quartier in which a thread stands."""
    connection = db.session.connection()
    if home_id is not None:
        row = connection.execute(_HOME, {"home_id": home_id}).first()
    else:
        row = connection.execute(_WALL, {"thread_id": thread_id}).first()
    return Place(*row) if row is not None else None


def _groups(paths: list[str]) -> list[Place]:
    quartiers = [path for path in paths if path.startswith("/q/")]
    if not quartiers:
        return []
    rows = db.session.connection().execute(_GROUPS, {"paths": quartiers})
    return [Place(*row) for row in rows]
