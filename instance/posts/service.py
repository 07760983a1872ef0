"""Posts and replies: published, edited, thanked, pinned, solved, deleted. Hot rows are written by Core inserts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from instance.accounts import outside
from instance.accounts.models import Account
from instance.core import bus, clock, ids
from instance.core.db import BigId, db, new_id, sheet
from instance.core.errors import Invalid, NotAllowed, NotFound
from instance.core.facts import record
from instance.core.secrets import token
from instance.core.signs import one_line
from instance.media import service as media
from instance.peers import incoming, outbox
from instance.posts import labels, naming, polls, quotes, rewording, search, tags, visibility, wire
from instance.posts.audience import APART, DIRECT, Audience, circles_of, sits_in
from instance.posts.facts import PostDeleted, PostEdited, PostPublished, PostWithdrawn, Thanked, ThanksReceived
from instance.posts.models import (
    Bookmark,
    Boost,
    Mention,
    Post,
    PostCircle,
    PostEdit,
    PostFar,
    PostLink,
    ProfilePin,
    Seen,
    SeenMark,
    Thanks,
    WallEntry,
)
from instance.quartiers.models import Quartier

KINDS = ("news", "question", "lost", "poll")
FIRST_STATE = {"news": "published", "question": "open", "lost": "open", "poll": "open"}
TITLE_MAX = 120
PLACE_MAX = 120
TEXT_MAX = 5000
WARNING_MAX = 500
# Rows of every post: by Core, past what the mapper does for each (performance.md, rules 1 and 5).
_NEW_POST, _NEW_CIRCLES, _NEW_SEEN, _NEW_PLACES = (insert(sheet(one)) for one in (Post, PostCircle, Seen, WallEntry))
_SENT = select(Post.id).where(Post.author_id == bindparam("author_id", type_=BigId), Post.once == bindparam("once"))


@dataclass(frozen=True)
class Words:
    """What somebody wrote. `once` is the form's own sign: the same form sent twice is one post."""

    text: str
    title: str = ""
    kind: str = "news"
    language: str = "fr"
    once: str | None = None
    photos: tuple[str, ...] = ()  # keys of the writer's own uploads
    may_be_untitled: bool = False  # clients of the API send one text
    where: str = ""  # lost: the place
    when: str = ""  # lost: the day, in words
    poll: polls.Ballot | None = None  # with it the kind is poll, whatever it was
    warning: str | None = None  # what stands over the words; None: nothing, and an edit leaves what is there
    is_sensitive: bool | None = None  # pictures are covered at first; None like above
    once_lasts: timedelta | None = None  # after that the sign is forgotten; None: it holds for ever
    application_id: int | None = None  # by which it is written; None: in the pages
    quotes: int | None = None  # the post that is quoted
    quote_policy: str = "public"  # who may quote this one, if it is public

    def details(self) -> dict[str, str] | None:
        """What stands beside the words, by kind."""
        found = {"where": self.where, "when": self.when} if self.kind == "lost" else {}
        return {key: value for key, value in found.items() if value} or None


def publish(account: Account, home: Quartier | None, words: Words, audience: Audience) -> int:
    """A new post on the walls of `audience`; the id. Raises `Invalid` naming the field."""
    if found := sent_before(account, words):
        return found
    words = check(words)
    post_id = _write(account, home, words, audience, answered=None)
    places = [
        {"wall_id": place.wall_id, "post_id": post_id, "circle_id": place.circle_id, "reason": place.reason,
         "last_id": post_id}
        for place in audience.walls
    ]  # fmt: skip
    if places:  # a private message stands on none
        db.session.connection().execute(_NEW_PLACES, places)
    return post_id


def reply(account: Account, home: Quartier | None, answered: Post, words: Words, audience: Audience) -> int:
    """A reply to `answered`, read by `audience`; its thread moves up on the walls that may see it."""
    if found := sent_before(account, words):
        return found
    words = check(words, is_reply=True)
    if not audience.is_public and not audience.circles:
        raise Invalid("reply.readers", _("Personne ne pourrait lire cette réponse."), field="scope")
    post_id = _write(account, home, words, audience, answered=answered)
    moved = update(WallEntry).where(WallEntry.post_id == answered.thread_id).values(last_id=post_id)
    if not audience.is_public:
        moved = moved.where(WallEntry.circle_id.in_(audience.circles))
    db.session.execute(moved)
    return post_id


def check(words: Words, *, is_reply: bool = False) -> Words:
    """`words` trimmed. Raises `Invalid` for what is missing or too long."""
    title, text = " ".join(words.title.split()), words.text.replace("\r\n", "\n").strip()
    words = _with_poll(words)
    if words.kind not in KINDS:
        raise Invalid("post.kind", _("Choisissez le genre de message."), field="kind")
    if words.may_be_untitled and not title and not text and not words.photos:
        raise Invalid("post.empty", _("Écrivez quelques mots."), field="text")
    if not is_reply and not title and not words.may_be_untitled:
        raise Invalid("post.title", _("Écrivez une ligne : vos voisins la lisent d’abord."), field="title")
    if len(title) > TITLE_MAX:
        raise Invalid("post.title_long", _("Raccourcissez la ligne à %(num)d signes.", num=TITLE_MAX), field="title")
    if is_reply and not text and not words.photos:
        raise Invalid("reply.empty", _("Écrivez quelques mots."), field="text")
    warning = None if words.warning is None else one_line(words.warning, WARNING_MAX)
    if len(text) + len(warning or "") > TEXT_MAX:
        raise Invalid("post.long", _("Raccourcissez le message à %(num)d signes.", num=TEXT_MAX), field="text")
    where, when = (" ".join(part.split()) for part in (words.where, words.when))
    for field, part in (("where", where), ("when", when)):
        if len(part) > PLACE_MAX:
            raise Invalid("post.long", _("Raccourcissez à %(num)d signes.", num=PLACE_MAX), field=field)
    return replace(words, text=text, title=title, where=where, when=when, warning=warning)


def _with_poll(words: Words) -> Words:
    """A poll is what has a ballot; without one, of that kind, it lacks its choices."""
    if words.poll is None and words.kind == polls.KIND:
        return replace(words, poll=polls.check(polls.Ballot((), polls.SHORTEST)))
    return words if words.poll is None else replace(words, kind=polls.KIND, poll=polls.check(words.poll))


def sent_before(account: Account, words: Words) -> int | None:
    """The post that the same form made already. A sign that is over is forgotten (inside `commit()` alone)."""
    if not words.once:
        return None
    found: int | None = db.session.connection().scalar(_SENT, {"author_id": account.actor_id, "once": words.once})
    if found is None or words.once_lasts is None or ids.moment_of(found) > clock.now() - words.once_lasts:
        return found
    db.session.execute(update(Post).where(Post.id == found).values(once=None))
    return None


def _write(account: Account, home: Quartier | None, words: Words, audience: Audience, *, answered: Post | None) -> int:
    post_id = new_id()
    row: dict[str, Any] = {
        "id": post_id, "author_id": account.actor_id, "acted_by_id": account.id, "kind": words.kind,
        "state": FIRST_STATE[words.kind], "title": words.title, "text": words.text,
        "html": labels.html(account.id, words.title, words.text), "language": words.language, "scope": audience.scope,
        "is_public": audience.is_public, "home_id": home.id if home else None,
        "street": account.street if home else None, "is_nameless": False,
        "thread_id": answered.thread_id if answered else post_id, "reply_to_id": answered.id if answered else None,
        "once": words.once, "version": 1, "media_count": len(words.photos), "verdict": "visible",
        "details": words.details(), "warning": words.warning or "", "is_sensitive": bool(words.is_sensitive),
        "application_id": words.application_id, "quote_policy": words.quote_policy,
    }  # fmt: skip
    connection = db.session.connection()
    connection.execute(_NEW_POST, row)
    readers = [
        {"post_id": post_id, "circle_id": one, "passage_id": audience.through.get(one)}
        for one in sorted(audience.circles)
    ]
    if readers:
        connection.execute(_NEW_CIRCLES, readers)
    if audience.far:
        db.session.execute(insert(PostFar), [{"post_id": post_id, "group_id": one} for one in audience.far])
    connection.execute(_NEW_SEEN, {"post_id": post_id, "key": token(), "number": 0})
    if audience.scope == DIRECT:
        naming.keep_persons(post_id, audience.circles, account.actor_id)
    else:
        naming.keep(post_id, f"{words.title} {words.text}", is_public=audience.is_public)
    if audience.is_public:
        outside.show(account)
    if words.photos:
        media.attach(account.id, list(words.photos), post_id)
    if words.poll:
        asked = words.poll
        polls.create(post_id, asked.options, asked.is_multiple, asked.hides_totals, clock.now() + asked.lasts)
    tags.keep(post_id, tags.in_text(f"{words.title} {words.text}"))
    options = words.poll.options if words.poll else ()
    search.index_new(post_id, words.title, words.text, words.warning or "", words.where, words.when, *options)
    record(PostPublished(post_id))
    if words.quotes is not None:
        quotes.keep(post_id, account.actor_id, words.quotes, is_public=audience.is_public)
    bus.publish({"update": post_id})
    return post_id


def own(account: Account, post_id: int) -> Post:
    """The account's own post. Raises `NotFound` for anybody else's, whether it exists or not."""
    post = visibility.find(account.actor_id, post_id)
    if post is None or post.author_id != account.actor_id:
        raise NotFound
    return post


def edit(account: Account, post_id: int, words: Words, *, lives_in: int | None) -> Post:
    """New words for an own post; the old ones stay in its history. Not after a move (`lives_in` is elsewhere)."""
    post = own(account, post_id)
    if lives_in is None or (lives_in != post.home_id and post.scope != DIRECT):
        sentence = _("Vous n’habitez plus ce quartier : vous pouvez supprimer ce message, pas le modifier.")
        raise NotAllowed("post.moved", sentence)
    if post.scope in APART and not sits_in(circles_of(post.id), account.actor_id):
        sentence = _("Vous n’en faites plus partie : vous pouvez supprimer ce message, pas le modifier.")
        raise NotAllowed("post.left", sentence)
    if post.verdict != "visible":
        raise NotAllowed("post.judged", _("Ce message est entre les mains de la modération."))
    if post.kind == polls.KIND:  # what was asked, and what was answered, stays
        words = replace(words, kind="news", poll=None)
    words = check(words, is_reply=post.reply_to_id is not None)
    details = post.details
    if post.kind == "lost":
        since = {"since": details["since"]} if details and "since" in details else {}
        details = (words.details() or {}) | since or None
    warning = post.warning if words.warning is None else words.warning
    is_sensitive = post.is_sensitive if words.is_sensitive is None else words.is_sensitive
    said = (words.title, words.text, details, warning, is_sensitive)
    if said == (post.title, post.text, post.details, post.warning, post.is_sensitive):
        return post
    keep_version(post)
    post.title, post.text, post.warning, post.is_sensitive = words.title, words.text, warning, is_sensitive
    post.html = labels.html(account.id, words.title, words.text)
    post.details = details
    if post.scope != DIRECT:  # a message names its persons, whatever its words are
        db.session.execute(delete(Mention).where(Mention.post_id == post.id))
        naming.keep(post.id, f"{words.title} {words.text}", is_public=post.is_public)
    tags.renew(post.id, tags.in_text(f"{words.title} {words.text}"))
    search.keep(post)
    tell_others(post)
    return post


def keep_version(post: Post) -> None:
    """What `post` says goes into its history: it is about to say something else."""
    db.session.add(
        PostEdit(
            post_id=post.id, version=post.version, title=post.title, html=post.html, warning=post.warning,
            is_sensitive=post.is_sensitive, written_at=post.edited_at or moment_of(post),
        )
    )  # fmt: skip
    post.version += 1
    post.edited_at = clock.now()
    rewording.note(post)


def tell_others(post: Post) -> None:
    """What changed is known elsewhere too, if the post is; of a quartier's own words nothing is even noted."""
    bus.publish({"edit": post.id})
    if post.is_public or post.scope in {"neighbours", DIRECT}:
        record(PostEdited(post.id))


def moment_of(post: Post) -> datetime:
    """When the post was published: its id carries it."""
    return ids.moment_of(post.id)


def delete_own(account: Account, post_id: int) -> Post:
    """Delete an own post for good; possible after a move too."""
    post = own(account, post_id)
    wipe(post)
    return post


def wipe(post: Post) -> None:
    """Make of `post` an empty stone: no word, picture, edit, mark or thanks of it is left (threats.md F9)."""
    for table in (PostEdit, Thanks, Boost, Mention, PostLink, SeenMark, Seen, Bookmark, ProfilePin):
        db.session.execute(delete(table).where(table.post_id == post.id))
    db.session.execute(delete(WallEntry).where(WallEntry.post_id == post.id))
    media.remove_of(post.id)
    for forget in (polls.forget, tags.forget, search.forget, quotes.end):
        forget(post.id)
    outbox.forget_words(wire.uri(post))
    for activity in (post.details or {}).get("copies", []):
        incoming.forget_words(activity)
    waited, post.title, post.text, post.html = post.is_held, "", "", ""
    post.street, post.once, post.media_count, post.deleted_at = None, None, 0, clock.now()
    post.warning, post.details, post.quoted_uri, post.url, post.is_held = "", None, None, None, False
    post.is_sensitive, post.application_id = False, None
    post.version += 1
    db.session.flush()
    if post.reply_to_id is not None:
        refresh_walls(post.thread_id)
    db.session.execute(update(Post).where(Post.answer_id == post.id).values(answer_id=None, state="open"))
    record(PostDeleted(post.id))
    if not waited:
        bus.publish({"delete": post.id})


def refresh_walls(thread_id: int) -> None:
    """Put the time of a thread's last reply right on every wall, after a reply went away or came back."""
    for entry in db.session.scalars(select(WallEntry).where(WallEntry.post_id == thread_id)):
        named = select(PostCircle.post_id).where(PostCircle.circle_id == entry.circle_id)
        entry.last_id = db.session.scalars(
            select(func.max(Post.id)).where(
                Post.thread_id == thread_id,
                Post.deleted_at.is_(None),
                Post.verdict == "visible",
                ~Post.is_held,
                or_(Post.is_public, Post.id.in_(named)),
            )
        ).one() or thread_id  # fmt: skip


def thank(viewer: int, post: Post) -> None:
    """Say "Merci", or take it back. Nobody thanks themselves."""
    if post.author_id == viewer:
        return
    row = db.session.get(Thanks, (post.id, viewer))
    if row is None:
        db.session.add(Thanks(post_id=post.id, actor_id=viewer, at=clock.now()))
    else:
        db.session.delete(row)
    if post.uri is not None and post.is_public:
        record(Thanked(post.id, viewer, is_on=row is None))
    elif post.uri is None and row is None:
        record(ThanksReceived(post.id, viewer))


def pin(wall_id: int, post: Post) -> None:
    """Pin a post to a wall on which it stands, or take it down; the caller has checked the referent."""
    entry = db.session.get(WallEntry, (wall_id, post.id))
    if entry is None:
        raise NotFound
    entry.pinned_at = None if entry.pinned_at else clock.now()


def solve(account: Account, answer: Post, *, lives_in: int | None) -> Post:
    """Mark `answer` as the one that solved the account's own question, or unmark it. Not after a move."""
    question = own(account, answer.thread_id)
    if question.kind != "question" or answer.id == question.id or question.home_id != lives_in:
        raise NotFound
    is_same = question.answer_id == answer.id
    question.answer_id, question.state = (None, "open") if is_same else (answer.id, "solved")
    question.version += 1
    bus.publish({"edit": question.id})
    if question.scope == "neighbours":
        record(PostEdited(question.id))
    return question


def find_again(account: Account, post: Post, *, lives_in: int | None) -> Post:
    """« Retrouvé »: its author says that what was lost is found, or takes that back. Not after a move."""
    lost = own(account, post.id)
    if lost.kind != "lost" or lost.home_id != lives_in or lost.verdict != "visible":
        raise NotFound
    lost.state = "open" if lost.state == "found" else "found"
    lost.details = (lost.details or {}) | {"since": clock.now().isoformat()}
    lost.version += 1
    tell_others(lost)
    return lost


def sign_off(actor_id: int, quartier_id: int, *, nameless: bool) -> None:
    """After a move: the posts left on the old wall stay signed, or lose their name, as their author chose."""
    if nameless:
        is_known = or_(Post.is_public, Post.id.in_(select(PostFar.post_id)))
        spoken = (Post.author_id == actor_id) & (Post.home_id == quartier_id) & is_known
        for post_id in db.session.scalars(select(Post.id).where(spoken, Post.deleted_at.is_(None))):
            record(PostWithdrawn(post_id))  # elsewhere a name can not be taken away: the words go with it
        db.session.execute(
            update(Post)
            .where(Post.author_id == actor_id, Post.home_id == quartier_id)
            .values(is_nameless=True, street=None, version=Post.version + 1)
        )


def of_author(viewer: int | None, author_id: int, *, before: int | None = None, limit: int = 20) -> list[Post]:
    """Posts of an author that `viewer` may read, newest first; nameless ones are shown to their author alone.

    Private messages stand in their conversations.
    """
    query = select(Post).where(Post.author_id == author_id, Post.scope != DIRECT, visibility.readable())
    query = query.order_by(Post.id.desc()).limit(limit)
    if viewer != author_id:
        query = query.where(~Post.is_nameless)
    if before is not None:
        query = query.where(Post.id < before)
    return list(db.session.scalars(query, visibility.reader(viewer)))


def history(post: Post) -> list[PostEdit]:
    """Earlier words of a post, newest first."""
    rows = select(PostEdit).where(PostEdit.post_id == post.id)
    return list(db.session.scalars(rows.order_by(PostEdit.version.desc())))


def wipe_all_of(actor_id: int) -> None:
    """Delete every post of an account that is closed."""
    for post in db.session.scalars(select(Post).where(Post.author_id == actor_id, Post.deleted_at.is_(None))):
        wipe(post)
