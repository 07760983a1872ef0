"""Everything this city understands of what other servers send, on one page: (activity, what it embeds) → handler.

`*` stands for anything else, a bare address included. What is not here is answered 202, dropped and counted.
"""

from __future__ import annotations

from federation.documents import Activity
from federation.errors import Ignored
from federation.inbox import Table
from federation.vocabulary import ACTOR_TYPES
from instance.accounts import activities as actors
from instance.accounts import remote
from instance.desk import activities as desk
from instance.moderation import activities as moderation
from instance.partners import activities as accords
from instance.partners import claim_activities as claims
from instance.partners import passages_wire
from instance.posts import activities as posts
from instance.posts import quotes_wire


def update(activity: Activity) -> None:
    """Of an actor by itself, also where only its address is said; else of a post."""
    if activity.object_id == activity.actor:
        actors.receive_update(activity)
    else:
        posts.receive_update(activity)


def delete(activity: Activity) -> None:
    """Of an actor by itself, of the leave for a quote, or of a post; none of them says of what type it was."""
    if activity.object_id == activity.actor:
        actors.receive_delete(activity)
    elif activity.object_id and remote.id_of(activity.object_id) is not None:
        raise Ignored("delete.stranger")
    elif not quotes_wire.take_back(activity):
        posts.receive_delete(activity)


def undo(activity: Activity) -> None:
    """Of whatever bears this address; what is not known yet is remembered as undone."""
    if not actors.undo_follow(activity):
        posts.receive_undo(activity)


TABLE: Table = {
    # Between actors
    ("Follow", "*"): actors.receive_follow,
    ("Accept", "*"): actors.receive_accept,
    ("Reject", "*"): actors.receive_reject,
    ("Block", "*"): actors.receive_block,
    ("Move", "*"): actors.receive_move,
    **{("Update", kind): actors.receive_update for kind in sorted(ACTOR_TYPES)},
    # Posts
    ("Create", "*"): posts.receive_create,
    ("Update", "*"): update,
    ("Delete", "*"): delete,
    ("Announce", "*"): posts.receive_announce,
    ("Like", "*"): posts.receive_like,
    ("EmojiReact", "*"): posts.receive_like,
    ("Dislike", "*"): posts.receive_dislike,
    ("Add", "*"): passages_wire.receive_listed,
    ("Remove", "*"): passages_wire.receive_listed,
    ("QuoteRequest", "*"): posts.receive_quote_request,
    ("Accept", "QuoteRequest"): quotes_wire.receive_accept,
    ("Reject", "QuoteRequest"): quotes_wire.receive_reject,
    ("Flag", "*"): moderation.receive_flag,
    ("Update", "ql:Intensity"): desk.receive_intensity,
    ("Delete", "ql:Intensity"): desk.forget_intensity,
    # Agreements between cities
    ("Offer", "*"): accords.receive_offer,
    ("Accept", "Offer"): accords.receive_accept,
    ("Reject", "Offer"): accords.receive_reject,
    ("Update", "Agreement"): accords.receive_update,
    ("Undo", "Offer"): accords.receive_undo,
    # Taken back
    ("Undo", "Follow"): actors.receive_undo_follow,
    ("Undo", "Block"): actors.receive_undo_block,
    ("Undo", "Like"): posts.receive_undo,
    ("Undo", "EmojiReact"): posts.receive_undo,
    ("Undo", "Dislike"): posts.receive_dislike,
    ("Undo", "Announce"): posts.receive_undo,
    ("Undo", "Add"): claims.receive_undo_add,
    ("Undo", "*"): undo,
}
