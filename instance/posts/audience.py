"""From the word on the stamp to readers: which circles a post names and on which walls it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import or_, select

from instance.core import clock
from instance.core.db import db
from instance.core.errors import Invalid, NotFound
from instance.posts import far, page_cards
from instance.posts.far import Far
from instance.posts.models import Post, PostCircle, PostFar, WallEntry
from instance.quartiers import service as quartiers
from instance.quartiers.models import CircleMember, Quartier

SCOPES = ("quartier", "neighbours", "public")  # from the narrowest to the widest
GROUP = "group"  # members of a thematic group, whose wall it stands on
DIRECT = "direct"  # the named persons of a conversation
APART = (GROUP, DIRECT)  # read by a circle of their own: an answer stays in it, and only its members answer
Gate = Callable[[Post], bool]
_gates: list[Gate] = []


def register_gate(gate: Gate) -> None:
    """Have `gate` asked whether the thread of a group's post still takes words (groups know)."""
    if gate not in _gates:
        _gates.append(gate)


@dataclass(frozen=True)
class Place:
    """A wall with the circle that reads it."""

    wall_id: int
    circle_id: int
    reason: str


@dataclass(frozen=True)
class Audience:
    """Readers of a post, fixed for ever at its creation."""

    scope: str
    is_public: bool
    circles: frozenset[int]
    walls: tuple[Place, ...] = ()
    far: tuple[int, ...] = ()  # Groups of other cities to which it goes
    through: Mapping[int, int | None] = field(default_factory=dict)  # the passage by which words came to a circle


@dataclass(frozen=True)
class Around:
    """The neighbour quartiers that "quartier + voisins" reaches from a quartier at this moment, here and elsewhere."""

    near: tuple[Quartier, ...]
    far: tuple[Far, ...]

    def __bool__(self) -> bool:
        return bool(self.near or self.far)

    def __len__(self) -> int:
        return len(self.near) + len(self.far)

    @property
    def names(self) -> list[str]:
        """As they are named to who is about to write: those of other cities with their city."""
        return [*(one.name for one in self.near), *far.labels(self.far)]

    @property
    def sign(self) -> str:
        """The list in one word: whoever was shown this sign was shown just these quartiers."""
        return ".".join([*(f"q{one.id}" for one in self.near), *(f"f{one.group_id}" for one in self.far)])


def around(home: Quartier) -> Around:
    """Whom "quartier + voisins" reaches from `home`: what the preview names and what is then used."""
    return Around(tuple(quartiers.neighbours(home)), tuple(far.open_from(home)))


def for_post(scope: str, home: Quartier, reach: Around | None = None) -> Audience:
    """Readers of a new post written from `home`. Raises `Invalid` for a scope that is not possible there.

    `reach` are the neighbours that its author was shown; without it they are looked up.
    """
    here = Place(home.actor_id, home.circle_id, "written_here")
    if scope == "quartier":
        return Audience(scope, False, frozenset({home.circle_id}), (here,))
    if scope == "public":
        return Audience(scope, True, frozenset({home.circle_id}), (here,))
    if scope != "neighbours":
        raise Invalid("post.scope", _("Choisissez qui pourra lire."), field="scope")
    reach = around(home) if reach is None else reach
    if not reach:
        raise Invalid("post.no_neighbours", _("Ce quartier n’a pas de quartier voisin."), field="scope")
    places = (here, *(Place(near.actor_id, near.circle_id, "neighbour") for near in reach.near))
    groups = tuple(one.group_id for one in reach.far)
    return Audience(scope, False, frozenset(place.circle_id for place in places), places, groups)


def reply_scopes(answered: Post, home: Quartier) -> list[str]:
    """The scopes that a reply to `answered` may take, the proposed one first: never wider than what it answers."""
    if answered.scope in APART:
        return [answered.scope]
    if page_cards.is_of_feed(answered.details):
        return ["quartier"]  # nobody is behind it to whom an answer could go
    if answered.is_public:
        return ["quartier", "public"] if _stands_in(answered, home) else ["public"]
    if far.came_by_passage(answered):
        return [answered.scope, "quartier"]
    if answered.home_id != home.id or answered.scope == "quartier":
        return [answered.scope]
    return [answered.scope, "quartier"]


def _stands_in(answered: Post, home: Quartier) -> bool:
    """Whether the thread is one of `home`'s own: written there, begun on its wall from outside, or a page's."""
    if answered.home_id == home.id:
        return True
    root = db.session.execute(
        select(Post.home_id, Post.team_circle_id).where(Post.id == answered.thread_id)
    ).first()  # fmt: skip
    if root is not None and (root.home_id == home.id or root.team_circle_id is not None):
        return True
    return db.session.get(WallEntry, (home.actor_id, answered.thread_id)) is not None


def may_answer(answered: Post, home: Quartier, writer: int | None = None) -> bool:
    """Whether a resident of `home` is among the readers of `answered`; who moved away still sees own posts only.

    What came from another city is answered while the passage by which it came is open; in a group its members answer,
    of whom the actor `writer` must be one; a private message is answered by the room `messages` alone; anything else
    that came from elsewhere for a few can be read here, not answered.
    """
    if answered.is_public:
        return not answered.is_held
    if answered.scope == DIRECT:
        return False
    if answered.scope == GROUP:
        is_member = writer is not None and sits_in(circles_of(answered.id), writer)
        return is_member and all(gate(answered) for gate in _gates)
    if answered.uri is not None and not far.came_by_passage(answered):
        return False
    if answered.uri is None and answered.home_id == home.id and not _is_far(answered.thread_id):
        return True
    return home.circle_id in far.open_circles(answered.id)


def sits_in(circles: frozenset[int], actor_id: int) -> bool:
    """Whether `actor_id` reads one of these circles now."""
    sits = select(CircleMember.actor_id).where(
        CircleMember.circle_id.in_(circles),
        CircleMember.actor_id == actor_id,
        or_(CircleMember.until.is_(None), CircleMember.until > clock.now()),
    )
    return db.session.scalar(sits.limit(1)) is not None


def _is_far(thread_id: int) -> bool:
    """Whether another city's quartier holds the thread."""
    return db.session.scalar(select(Post.group_id).where(Post.id == thread_id)) is not None


def for_reply(scope: str, answered: Post, home: Quartier, writer: int | None = None) -> Audience:
    """Readers of a reply: those of what it answers, or of them only the writer's own quartier.

    Under a page's post its team reads along. `writer` is the actor who answers: without it nothing of a group is
    answered. Raises `NotFound` for somebody who moved away from the wall where it stands, or left the group.
    """
    if not may_answer(answered, home, writer):
        raise NotFound
    if scope not in reply_scopes(answered, home):
        raise Invalid("reply.scope", _("Une réponse ne va jamais plus loin que l’annonce."), field="scope")
    if answered.is_public:
        return Audience(scope, scope == "public", frozenset({home.circle_id}) | _team(answered.thread_id))
    through = _readers(answered)
    if scope == answered.scope:
        groups = _groups(answered) if scope == "neighbours" else ()
        return Audience(scope, False, frozenset(through), far=groups, through=through)
    return Audience(scope, False, frozenset(through) & {home.circle_id})


def _readers(answered: Post) -> dict[int, int | None]:
    """Who reads what is answered. Under our own words, an answer of ours to another city's stays when that one goes."""
    if far.came_by_passage(answered) and not _is_far(answered.thread_id):
        return far.open_circles(answered.thread_id)
    return far.open_circles(answered.id)


def _groups(answered: Post) -> tuple[int, ...]:
    """Groups of other cities to which an answer goes: those of the first words; of another city's, that city's own."""
    root = db.session.execute(select(Post.id, Post.group_id).where(Post.id == answered.thread_id)).first()
    if root is None:
        return ()
    if root.group_id is not None:
        return (root.group_id,)
    return tuple(db.session.scalars(select(PostFar.group_id).where(PostFar.post_id == root.id)))


def _team(thread_id: int) -> frozenset[int]:
    """The circle of a page's team, if a page began the thread."""
    circle_id = db.session.scalar(select(Post.team_circle_id).where(Post.id == thread_id))
    return frozenset({circle_id} if circle_id is not None else ())


def circles_of(post_id: int) -> frozenset[int]:
    """The circles that a post names."""
    return frozenset(db.session.scalars(select(PostCircle.circle_id).where(PostCircle.post_id == post_id)))
