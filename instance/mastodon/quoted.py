"""What a status quotes, who may quote it, and how often that was done, as members of its entity.

Columns stand in the statement that finds a status; what a page quotes is found by the same one, once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import case, exists, false, select
from sqlalchemy.orm import aliased

from instance.accounts.models import Follow
from instance.posts import page_cards, quotes, visibility
from instance.posts.models import Post, Quote

Json = dict[str, Any]
QUOTE = aliased(Quote, name="its_quote")
_follows = exists(
    select(1).where(
        Follow.follower_id == visibility.VIEWER, Follow.followed_id == Post.author_id, Follow.state == "accepted"
    )
)
COLUMNS = (
    QUOTE.state.label("quote_state"),
    case((QUOTE.state == "accepted", quotes.seen_id(QUOTE)), else_=None).label("quoted_id"),
    quotes.number(visibility.VIEWER).label("quotes_number"),
    Post.quote_policy, Post.is_held,
    case((Post.quote_policy == "followers", _follows), else_=false()).label("follows_author"),
)  # fmt: skip


class Approval(NamedTuple):
    """Who may quote a post, for one reader."""

    is_ours: bool
    policy: str
    way: str


NOBODY = Approval(is_ours=True, policy="nobody", way="denied")


def ids(rows: Any) -> list[int]:
    """The posts that `rows` quote and the reader may read."""
    return sorted({row.quoted_id for row in rows if row.quoted_id is not None})


def whole(row: Any, inner: Mapping[int, Any]) -> Json | None:
    """The Quote entity; `inner` holds the statuses that the reader may see."""
    if row.quote_state is None:
        return None
    found = inner.get(row.quoted_id or 0)
    return {"state": _state(row, is_seen=found is not None), "quoted_status": found}


def shallow(row: Any) -> Json | None:
    """The same within a quoted status: the id alone."""
    if row.quote_state is None:
        return None
    found = row.quoted_id
    return {"state": _state(row, is_seen=found is not None), "quoted_status_id": str(found) if found else None}


def _state(row: Any, *, is_seen: bool) -> str:
    return "unauthorized" if row.quote_state == "accepted" and not is_seen else str(row.quote_state)


def number(row: Any, viewer: int | None) -> int:
    """How often it was quoted; of others' posts everybody knows of their own quotes alone."""
    found: int = row.quotes_number
    return found if found < 2 or row.author_id == viewer else 1


def approval(row: Any, viewer: int | None) -> Approval:
    """Who may quote it at once, who may ask, and which of it holds for the reader."""
    if not row.is_public or not page_cards.may_travel(row):
        return NOBODY
    return Approval(row.uri is None, row.quote_policy, _way(row, viewer))


def _way(row: Any, viewer: int | None) -> str:
    if viewer is None:
        return "denied"
    if row.uri is not None:  # its author is asked, on their own server
        return "manual"
    is_open = row.quote_policy == "public" or row.follows_author or row.author_id == viewer
    return "automatic" if is_open else "denied"


def document(said: Approval) -> Json:
    """The same as the member `quote_approval`."""
    at_once = [said.policy] if said.is_ours and said.policy != "nobody" else []
    asking = [] if said.is_ours else ["public"]
    return {"automatic": at_once, "manual": asking, "current_user": said.way}
