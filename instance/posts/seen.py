"""« Vu par n voisins » (F55): each resident counts once per post, and nobody can be read out of it.

A mark is an HMAC of the reader under a key of the post. After 30 days the key is thrown away with the marks and the
bare number remains. One statement per page, after the answer has left.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import Flask, Response, current_app
from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from instance.core import clock, ids
from instance.core.db import commit, db
from instance.posts.models import Seen, SeenMark

KEPT = timedelta(days=30)
LATELY = 20_000
BATCH = 500
_lately: OrderedDict[tuple[int, int], None] = OrderedDict()  # (reader, post) written by this process: saves a write
_lock = threading.Lock()


def mark_of(key: str, account_id: int) -> str:
    """The reader's mark under a post's key, 22 hex signs."""
    return hmac.new(key.encode(), str(account_id).encode(), hashlib.sha256).hexdigest()[:22]


def count_after(answer: Response, account_id: int, shown: Iterable[tuple[int, str | None]]) -> None:
    """Once `answer` has left, count the reader for the posts `shown`: (id, key), the reader's own left out."""
    with _lock:
        fresh = [(post_id, key) for post_id, key in shown if key and (account_id, post_id) not in _lately]
    if fresh:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        answer.call_on_close(lambda: _count(app, account_id, fresh))


def _count(app: Flask, account_id: int, fresh: list[tuple[int, str]]) -> None:
    marks = {post_id: mark_of(key, account_id) for post_id, key in fresh}
    with app.app_context():
        dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
        # Only where the key is still there: a post deleted meanwhile gets no mark.
        kept = Seen.post_id.in_(marks) & Seen.key.is_not(None)
        rows = select(Seen.post_id, case(marks, value=Seen.post_id)).where(kept)
        with commit():
            db.session.execute(dialect.insert(SeenMark).from_select(["post_id", "mark"], rows).on_conflict_do_nothing())
        db.session.remove()
    with _lock:
        _lately.update({(account_id, post_id): None for post_id, _ in fresh})
        while len(_lately) > LATELY:
            _lately.popitem(last=False)


def throw_keys_away(_: dict[str, Any]) -> None:
    """Task: after 30 days the number is kept, key and marks go."""
    bound = ids.at(clock.now() - KEPT)
    while True:
        with commit():
            aged = select(Seen.post_id).where(Seen.key.is_not(None), Seen.post_id < bound).limit(BATCH)
            old = list(db.session.scalars(aged))
            if not old:
                return
            number = select(func.count()).where(SeenMark.post_id == Seen.post_id).scalar_subquery()
            db.session.execute(update(Seen).where(Seen.post_id.in_(old)).values(key=None, number=number))
            db.session.execute(delete(SeenMark).where(SeenMark.post_id.in_(old)))
