"""What was written, answered, thanked, pinned and seen in Ormevielle: each act with its moment."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import insert, select

from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.demo.story import FOLDER, Message, Photo, Reply
from instance.media import service as media
from instance.posts import audience, seen
from instance.posts import service as posts
from instance.posts.models import Post, Seen, SeenMark
from instance.quartiers import service as quartiers
from instance.quartiers.models import Quartier

Act = tuple[datetime, Callable[[], None]]
THANKED_AFTER = timedelta(minutes=7)
SOLVED_AFTER = timedelta(minutes=3)


class Wall:
    """Turns messages of the story into acts; `accounts` gives the account id of a handle once it exists."""

    def __init__(self, accounts: dict[str, int]) -> None:
        self.accounts = accounts
        self._dice = random.Random(1789)

    def acts(self, message: Message, begun: datetime, now: datetime) -> Iterator[Act]:
        """Everything that happens around `message`, nothing of it after `now`."""
        thread: list[int] = []  # ids of the post and its replies, filled as they are written
        yield begun, partial(self._publish, thread, message)
        if message.pinned:
            yield begun, partial(self._pin, thread, message.by)
        yield from self._thanks(thread, 0, message.merci, begun, now)
        for place, reply in enumerate(message.replies, 1):
            moment = begun + timedelta(minutes=reply.after)
            yield moment, partial(self._reply, thread, reply)
            yield from self._thanks(thread, place, reply.merci, moment, now)
            if reply.solves:
                yield min(moment + SOLVED_AFTER, now), partial(self._solve, thread, place, message.by)
        yield now, partial(self._see, thread)

    def _thanks(
        self, thread: list[int], place: int, handles: tuple[str, ...], since: datetime, now: datetime
    ) -> Iterator[Act]:
        for number, handle in enumerate(handles, 1):
            yield min(since + number * THANKED_AFTER, now), partial(self._thank, thread, place, handle)

    def _writer(self, handle: str) -> tuple[Account, Quartier]:
        home = quartiers.residence(self.accounts[handle])
        assert home is not None
        return db.session.get_one(Account, home.account_id), home.quartier

    def _publish(self, thread: list[int], message: Message) -> None:
        photos = (self._hang(message.by, message.photo),) if message.photo else ()
        with commit():
            account, home = self._writer(message.by)
            words = posts.Words(message.text, message.title, message.kind, photos=photos)
            thread.append(posts.publish(account, home, words, audience.for_post(message.scope, home)))

    def _hang(self, handle: str, photo: Photo) -> str:
        prepared = media.prepare((FOLDER / "pictures" / photo.file).read_bytes())
        with commit():
            return media.keep(self.accounts[handle], prepared, photo.description).key

    def _reply(self, thread: list[int], reply: Reply) -> None:
        with commit():
            account, home = self._writer(reply.by)
            answered = db.session.get_one(Post, thread[0 if reply.to is None else reply.to + 1])
            readers = audience.for_reply(answered.scope, answered, home)
            thread.append(posts.reply(account, home, answered, posts.Words(reply.text), readers))

    def _thank(self, thread: list[int], place: int, handle: str) -> None:
        with commit():
            account, _ = self._writer(handle)
            posts.thank(account.actor_id, db.session.get_one(Post, thread[place]))

    def _pin(self, thread: list[int], handle: str) -> None:
        with commit():
            _, home = self._writer(handle)
            posts.pin(home.actor_id, db.session.get_one(Post, thread[0]))

    def _solve(self, thread: list[int], place: int, handle: str) -> None:
        with commit():
            account, home = self._writer(handle)
            posts.solve(account, db.session.get_one(Post, thread[place]), lives_in=home.id)

    def _see(self, thread: list[int]) -> None:
        """Most neighbours whose wall shows the post have read it."""
        with commit():
            post = db.session.get_one(Post, thread[0])
            key = db.session.scalars(select(Seen.key).where(Seen.post_id == post.id)).one()
            if key is None:
                return
            homes = [home for one in self.accounts.values() if (home := quartiers.residence(one)) and home.may_post]
            circles = audience.circles_of(post.id)
            readers = [home.account_id for home in homes if home.quartier.circle_id in circles]
            marks = [
                {"post_id": post.id, "mark": seen.mark_of(key, reader)}
                for reader in readers
                if reader != post.acted_by_id and self._dice.random() < 0.8
            ]
            db.session.execute(insert(SeenMark), marks)
