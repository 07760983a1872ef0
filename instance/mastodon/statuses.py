"""/api/v1/statuses: writing, reading, changing, deleting. A program that says nothing posts to the quartier."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from instance.core import secrets
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotAllowed, NotFound
from instance.mastodon import filters, publishing, render, scheduled, wishes
from instance.mastodon.api import answer, bearer, bp, check_outside, flag, number, public, scope, sent, text, viewer
from instance.mastodon.bodies import Fields, rows
from instance.mastodon.publishing import Means, Published
from instance.mastodon.wishes import Wish
from instance.posts import changing, quotes, service, visibility
from instance.posts.changing import Picture
from instance.posts.models import Post
from instance.quartiers import service as quartiers
from instance.quartiers.access import residence
from instance.quartiers.models import Quartier

MANY = 40


@bp.post("/v1/statuses")
@scope("write:statuses")
def publish() -> Response:
    """A new post, or an answer; what comes back shows the audience that was kept. Or a post for later."""
    fields = sent()
    wish, due_at = publishing.meant(wishes.read(_with_usual(fields))), wishes.moment(fields)
    home = _home()
    if due_at is not None:
        return scheduled.plan(wish, due_at, _once())
    return _shown_to_author(_published(home, wish, _once()))


def _with_usual(fields: Fields) -> Fields:
    """What was sent; what was not is as the writer's profile says: the language, and whether pictures are covered."""
    me = bearer().account
    found = fields | {"language": text(fields, "language") or me.writes_in or me.language}
    if me.covers_pictures and fields.get("sensitive") is None and wishes.media_ids(fields):
        found["sensitive"] = True
    return found


def _published(home: Quartier, wish: Wish, once: str | None) -> Published:
    who = bearer()
    by = Means(who.application_id, who.may_publish_outside, once)
    account_id, home_id = who.account.id, home.id
    try:
        with commit():
            account, home = quartiers.writer(account_id, home_id)
            made = publishing.publish(account, home, wish, by)
            if made.is_narrowed and not who.told_kept_in:
                publishing.tell_kept_in(account, who.token_id, made.post_id)
            return made
    except IntegrityError:
        # PostgreSQL lets the second of two in until its row meets the first one's; SQLite has them wait at the door.
        db.session.rollback()
        found = service.sent_before(who.account, service.Words("", once=once))
        if found is None:
            raise
        return Published(found)


def _home() -> Quartier:
    here = residence()
    if here is None or not here.may_post:
        raise NotAllowed("post.closed", _("Votre quartier n’est pas encore ouvert, ou votre preuve a pris fin."))
    return here.quartier


def _once() -> str | None:
    """The sign of this very post: what a program sends twice is one post."""
    key = request.headers.get("Idempotency-Key")
    return f"api:{secrets.digest(key)[:40]}" if key else None


def _shown_to_author(made: Published) -> Response:
    """The post; of one for the neighbours too, with the quartiers that get it, as no preview has named them."""
    found = render.status(viewer(), made.post_id)  # nobody's filters look through their own words
    if found is None:
        raise NotFound
    if not made.recipients:
        return answer(found)
    document: dict[str, Any] = msgspec.json.decode(found)
    document["quartier"]["recipients"] = made.recipients
    return answer(document)


def shown(post_id: int) -> msgspec.Raw:
    """A Status entity for whoever speaks. Raises `NotFound` for what is hidden from them or absent."""
    found = render.status(viewer(), post_id, rules=filters.of_caller())
    if found is None:
        raise NotFound
    return found


def readable(post_id: int) -> Post:
    """The post, if whoever speaks may read it. Raises `NotFound` for what is hidden from them or absent."""
    post = visibility.find(viewer(), post_id)
    if post is None:
        raise NotFound
    return post


@bp.get("/v1/statuses")
@public("read:statuses")
def several() -> Response:
    """Those of `id[]` that may be read, in the order in which they were asked for."""
    asked = [number(one) for one in (request.args.getlist("id[]") or request.args.getlist("id"))[:MANY]]
    found = render.statuses(viewer(), asked, rules=filters.of_caller())
    return answer([found[one] for one in dict.fromkeys(asked) if one in found])


@bp.get("/v1/statuses/<int:post_id>")
@public("read:statuses")
def status(post_id: int) -> Response:
    """One post."""
    return answer(shown(post_id))


@bp.get("/v1/statuses/<int:post_id>/source")
@scope("read:statuses")
def source(post_id: int) -> Response:
    """The words as they were typed, for their author to change."""
    post = service.own(bearer().account, post_id)
    return answer({"id": str(post.id), "text": post.text, "spoiler_text": post.warning})


@bp.put("/v1/statuses/<int:post_id>")
@scope("write:statuses")
def edit_status(post_id: int) -> Response:
    """New words, pictures and warning for an own post; its readers stay what they were.

    A warning that is not sent is gone, as programs mean it; pictures that are not spoken of stay.
    """
    fields, here, me = sent(), residence(), bearer().account
    named = wishes.media_ids(fields)
    described = {number(one.get("id")): one for one in rows(fields.get("media_attributes"))}
    with commit():
        old = service.own(me, post_id)
        if old.is_public:
            check_outside(bearer())
        words = _new_words(fields, old)
        pictures = None if named is None else [_picture(one, described.get(one, {})) for one in named]
        if pictures is None and described:
            pictures = [_picture(one, described.get(one, {})) for one in changing.pictures_of(old.id)]
        if fields.get("quote_approval_policy"):
            quotes.choose_policy(old, quotes.check_policy(text(fields, "quote_approval_policy")))
        lives_in = here.quartier.id if here and here.writes else None
        changing.edit(me, post_id, words, pictures, lives_in=lives_in)
    return answer(shown(post_id))


def _new_words(fields: Fields, old: Post) -> service.Words:
    said = text(fields, "status")
    if fields.get("poll"):
        raise Invalid("poll.edit", _("Un sondage ne se change plus une fois publié."), field="poll")
    warning, details = text(fields, "spoiler_text") or "", old.details or {}
    return service.Words(
        old.text if said is None else said, old.title, old.kind, wishes.language(fields, old.language),
        may_be_untitled=True, where=details.get("where", ""), when=details.get("when", ""), warning=warning,
        is_sensitive=bool(flag(fields, "sensitive") or warning),
    )  # fmt: skip


def _picture(media_id: int, said: Fields) -> Picture:
    return Picture(media_id, text(said, "description"), wishes.focus(said))


@bp.delete("/v1/statuses/<int:post_id>")
@scope("write:statuses")
def remove_status(post_id: int) -> Response:
    """Delete an own post for good; the answer is the post as it was, with the words as they were typed."""
    me = bearer().account
    words = service.own(me, post_id).text
    was: dict[str, Any] = msgspec.json.decode(shown(post_id))
    with commit():
        service.delete_own(me, post_id)
    db.session.rollback()
    return answer(was | {"text": words})
