"""Polls: asked under a post of ours, answered once by each who reads it, counted as numbers; and those of elsewhere.

Who chose what is told to nobody but the voter (product.md §3.3). A poll of ours has rows; one from elsewhere lies in
the details of its post, and its own server counts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, bindparam, delete, insert, or_, select, update

from instance.accounts.models import Account
from instance.core import bus, clock, jobs
from instance.core.db import BigId, db
from instance.core.errors import Invalid
from instance.core.facts import record
from instance.core.signs import one_line
from instance.posts.facts import PollClosed, PollVoted
from instance.posts.models import Poll, PollOption, PollVote, Post

KIND = "poll"
OPTIONS_MIN, OPTIONS_MAX, OPTION_MAX = 2, 20, 50  # the form of the page offers fewer
FAR_SCOPES = ("followers", "direct")  # besides public: polls from elsewhere that may be answered
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=31)


@dataclass(frozen=True)
class Ballot:
    """A poll that somebody wants to open with a post (`service.Words.poll`)."""

    options: tuple[str, ...]
    lasts: timedelta
    is_multiple: bool = False
    hides_totals: bool = False


@dataclass(frozen=True)
class Choice:
    """One line of a poll; `votes` is None while the totals are hidden."""

    title: str
    votes: int | None
    is_own: bool = False  # the reader chose it


@dataclass(frozen=True)
class PollShown:
    """A poll as one reader may see it."""

    post_id: int
    choices: tuple[Choice, ...]
    is_multiple: bool
    is_closed: bool
    closes_at: datetime | None
    voters: int  # people; of a remote poll that does not say it, votes
    has_voted: bool
    is_own: bool  # the reader asks
    is_remote: bool

    @property
    def votes(self) -> int:
        """How many votes are shown."""
        return sum(one.votes or 0 for one in self.choices)

    @property
    def hides_totals(self) -> bool:
        """Whether nobody is told yet what was chosen."""
        return any(one.votes is None for one in self.choices)

    @property
    def may_vote(self) -> bool:
        """Whether this reader, if they may vote at all, has a vote left here."""
        return not (self.is_closed or self.has_voted or self.is_own)


def check(ballot: Ballot) -> Ballot:
    """`ballot` trimmed, empty options left out. Raises `Invalid` naming the field of the page's form."""
    options = tuple(one_line(one, OPTION_MAX * 4) for one in ballot.options if one.strip())
    if len(options) < OPTIONS_MIN:
        raise Invalid("poll.options", _("Proposez au moins deux choix."), field="option-1")
    if len(options) > OPTIONS_MAX:
        raise Invalid("poll.options", _("Proposez %(most)d choix au plus.", most=OPTIONS_MAX), field="option-1")
    if any(len(one) > OPTION_MAX for one in options):
        number = next(place for place, one in enumerate(ballot.options, 1) if len(one_line(one, 999)) > OPTION_MAX)
        sentence = _("Raccourcissez ce choix à %(num)d signes.", num=OPTION_MAX)
        raise Invalid("poll.option_long", sentence, field=f"option-{number}")
    if len({one.casefold() for one in options}) < len(options):
        raise Invalid("poll.twice", _("Deux choix sont les mêmes."), field="option-1")
    if not SHORTEST <= ballot.lasts <= LONGEST:
        raise Invalid("poll.end", _("Un sondage dure de 5 minutes à 31 jours."), field="lasts")
    return Ballot(options, ballot.lasts, ballot.is_multiple, ballot.hides_totals)


def create(post_id: int, options: Sequence[str], multiple: bool, hides_totals: bool, closes_at: datetime) -> None:
    """The rows of a poll that was checked, and the job that closes it. Inside `commit()`."""
    db.session.execute(
        insert(Poll),
        [{"post_id": post_id, "is_multiple": multiple, "hides_totals": hides_totals, "closes_at": closes_at,
          "voters": 0}],
    )  # fmt: skip
    rows = [{"post_id": post_id, "position": place, "title": title, "votes": 0} for place, title in enumerate(options)]
    db.session.execute(insert(PollOption), rows)
    _close_later(post_id, closes_at)


def _close_later(post_id: int, moment: datetime) -> None:
    jobs.put("close_poll", {"post_id": str(post_id)}, due_at=moment, key=f"close_poll:{post_id}")


def forget(post_id: int) -> None:
    """Nothing of a poll is left. Inside `commit()`."""
    for table in (PollVote, PollOption, Poll):
        db.session.execute(delete(table).where(table.post_id == post_id))


# Asked for every page with a poll on it: built once (performance.md, rule 5).
_SHOWN = (
    select(
        Post.id, Post.author_id, Post.uri, Post.details, Poll.is_multiple, Poll.hides_totals, Poll.closes_at,
        Poll.voters, PollOption.position, PollOption.title, PollOption.votes, PollVote.position.label("chosen"),
    )
    .outerjoin(Poll, Poll.post_id == Post.id)
    .outerjoin(PollOption, PollOption.post_id == Post.id)
    .outerjoin(
        PollVote,
        and_(
            PollVote.post_id == Post.id,
            PollVote.actor_id == bindparam("viewer", type_=BigId),
            or_(PollOption.position.is_(None), PollVote.position == PollOption.position),
        ),
    )
    .where(Post.id.in_(bindparam("ids", expanding=True, type_=BigId)), Post.kind == KIND)
    .order_by(Post.id, PollOption.position)
)  # fmt: skip


def shown(viewer: int | None, post_ids: Collection[int]) -> dict[int, PollShown]:
    """The polls of those posts (which `viewer` may read: asked before), in one statement; none for no posts."""
    if not post_ids:
        return {}
    lines: dict[int, list[Any]] = {}
    for row in db.session.connection().execute(_SHOWN, {"viewer": viewer or 0, "ids": sorted(post_ids)}):
        lines.setdefault(row.id, []).append(row)
    found: dict[int, PollShown] = {}
    for post_id, rows in lines.items():
        first, own = rows[0], {row.chosen for row in rows} - {None}
        if first.uri is not None:
            found[post_id] = _far(post_id, first.details or {}, own)
        elif first.closes_at is not None:
            found[post_id] = _near(first, rows, own, is_own=first.author_id == viewer)
    return found


def _near(poll: Any, options: Sequence[Any], own: set[int], *, is_own: bool) -> PollShown:
    is_closed = poll.closes_at <= clock.now()
    is_hidden = poll.hides_totals and not is_closed
    choices = tuple(Choice(one.title, None if is_hidden else one.votes, one.position in own) for one in options)
    return PollShown(
        poll.id, choices, poll.is_multiple, is_closed, poll.closes_at, poll.voters, bool(own), is_own, False
    )


def _far(post_id: int, details: dict[str, Any], own: set[int]) -> PollShown:
    said = details.get("closed") or details.get("end")
    end = datetime.fromisoformat(said) if said else None
    options = details.get("options", [])
    choices = tuple(Choice(str(one["name"]), one["votes"], place in own) for place, one in enumerate(options))
    voters = int(details.get("voters", 0)) or sum(one["votes"] for one in options)
    is_closed = end is not None and end <= clock.now()
    is_multiple = bool(details.get("is_multiple"))
    return PollShown(post_id, choices, is_multiple, is_closed, end, voters, bool(own), False, True)


def one(viewer: int | None, post: Post) -> PollShown | None:
    """The poll of a post that `viewer` may read; None where there is none."""
    return shown(viewer, [post.id]).get(post.id)


def vote(account: Account, post: Post, chosen: Collection[int]) -> None:
    """The account's vote under a post that it may read; it stands for good. Inside `commit()`.

    Raises `Invalid` with a sentence: own, closed, voted before, none or too many, no such choice.
    """
    # Two programs of one person at once: the second one finds the vote of the first.
    db.session.execute(select(Post.id).where(Post.id == post.id).with_for_update(key_share=True))
    poll = one(account.actor_id, post)
    if poll is None or (poll.is_remote and not post.is_public and post.scope not in FAR_SCOPES):
        raise Invalid("poll.none", _("On ne vote pas ici."), field="choix")
    wanted = sorted(set(chosen))
    _must_be_open(poll)
    if not wanted:
        raise Invalid("poll.nothing", _("Choisissez une réponse."), field="choix")
    if len(wanted) > 1 and not poll.is_multiple:
        raise Invalid("poll.one", _("Choisissez une seule réponse."), field="choix")
    if wanted[0] < 0 or wanted[-1] >= len(poll.choices):
        raise Invalid("poll.choice", _("Cette réponse n’est pas proposée."), field="choix")
    keep(account.actor_id, post, wanted, is_new=True)
    if post.uri is not None and poll.closes_at is not None:
        _close_later(post.id, poll.closes_at)  # told of its end, as under ours
    record(PollVoted(post.id, account.actor_id))


def _must_be_open(poll: PollShown) -> None:
    if poll.is_own:
        raise Invalid("poll.own", _("Vous posez la question : vos voisins répondent."), field="choix")
    if poll.is_closed:
        raise Invalid("poll.closed", _("Ce sondage est clos."), field="choix")
    if poll.has_voted:
        raise Invalid("poll.voted", _("Vous avez déjà voté."), field="choix")


def keep(actor_id: int, post: Post, positions: Collection[int], *, is_new: bool) -> None:
    """Rows of a vote, and of a poll of ours the numbers; `is_new`: this actor had none. Inside `commit()`."""
    rows = [{"post_id": post.id, "actor_id": actor_id, "position": place} for place in positions]
    db.session.execute(insert(PollVote), rows)
    if post.uri is not None:
        return
    counted = update(PollOption).where(PollOption.post_id == post.id, PollOption.position.in_(positions))
    db.session.execute(counted.values(votes=PollOption.votes + 1))
    if is_new:
        db.session.execute(update(Poll).where(Poll.post_id == post.id).values(voters=Poll.voters + 1))


def choices_of(actor_id: int, post_id: int) -> list[int]:
    """What this actor chose."""
    mine = select(PollVote.position).where(PollVote.post_id == post_id, PollVote.actor_id == actor_id)
    return sorted(db.session.scalars(mine))


def voters(post_id: int) -> list[int]:
    """Actors who voted: whom its end is told to, never what they chose."""
    return list(db.session.scalars(select(PollVote.actor_id).where(PollVote.post_id == post_id).distinct()))


def close(post: Post) -> None:
    """The time is over: nobody votes any more, and what was hidden is shown. Inside `commit()`."""
    if post.uri is None and post.state == "open":
        post.state = "closed"
        post.version += 1
        db.session.flush()
        bus.publish({"edit": post.id})
    record(PollClosed(post.id))
