"""What a page takes back with a reason, and what it puts right: both are said, and the thread below stays.

The words themselves are gone as after a deletion; in their place stands who took them back, when, and why.
"""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import delete, exists, select

from instance.core import bus, clock, markup
from instance.core.db import db
from instance.core.errors import Invalid
from instance.core.facts import record
from instance.core.i18n import in_language
from instance.core.signs import one_line
from instance.media import service as media
from instance.peers import incoming, outbox
from instance.posts import page_cards, search, standing, tags, wire
from instance.posts.facts import PostEdited, PostRetracted
from instance.posts.models import Boost, Mention, Post, PostEdit, PostLink, ProfilePin, Quote, Thanks, WallEntry

REASON_MAX = 500
NOTE_MAX = 500
KEPT = ("page", "feed", "audience", "editions", "page_kind")  # of what a post said beside its words


def is_retracted(state: str) -> bool:
    """Whether a post in this state has lost its words."""
    return state == "retracted"


def reason_of(words: str | None) -> str:
    """A reason as somebody wrote it, on one line of our signs; empty for none."""
    return one_line(markup.plain(markup.from_remote((words or "")[: REASON_MAX * 8])), REASON_MAX)


def retract(post: Post, reason: str) -> None:
    """Take a page's post back: no word, title, picture, edit or copy of it is left, but the reason and the thread.

    Inside `commit()`. Raises `Invalid` without a reason.
    """
    reason = one_line(reason, REASON_MAX)
    if not reason:
        raise Invalid("retract.reason", _("Dites en une phrase pourquoi."), field="reason")
    if is_retracted(post.state) or post.deleted_at is not None:
        return
    for table in (PostEdit, Thanks, Boost, Mention, PostLink, ProfilePin, Quote):
        db.session.execute(delete(table).where(table.post_id == post.id))
    for forget in (tags.forget, search.forget):
        forget(post.id)
    media.remove_of(post.id)
    outbox.forget_words(wire.uri(post))
    details = post.details or {}
    for activity in details.get("copies", []):
        incoming.forget_words(activity)
    now = clock.now()
    post.details = {key: details[key] for key in KEPT if key in details} | {"reason": reason, "at": now.isoformat()}
    post.state, post.language = "retracted", "fr"
    with in_language("fr"):  # what clients of the API and feed readers are shown: they get the words as they are stored
        said = str(page_cards.sentence(post.author.shown_name, now, reason))
    post.title, post.text, post.html = "", markup.plain(said), said
    post.street, post.media_count, post.edited_at, post.is_held = None, 0, None, False
    post.warning, post.quoted_uri, post.url, post.answer_id = "", None, None, None
    post.version += 1
    db.session.flush()
    record(PostRetracted(post.id))
    bus.publish({"edit": post.id})


def correct(post: Post, note: str) -> None:
    """Say what an edit of a page's post put right (it may say nothing); told to whoever got the post."""
    post.details = (post.details or {}) | {"correction": one_line(note, NOTE_MAX)}
    post.edited_at = clock.now()
    post.version += 1
    db.session.flush()
    record(PostEdited(post.id))
    bus.publish({"edit": post.id})


def shows_retractions(post: Post) -> bool:
    """Whether readers here are owed the reason: a quartier takes what its author says, or took this very post."""
    stands = exists(select(1).where(WallEntry.post_id == post.id, WallEntry.reason == "page"))
    return standing.is_subscribed(post.author_id) or bool(db.session.scalar(select(stands)))
