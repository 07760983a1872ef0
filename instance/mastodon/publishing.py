"""From a program's wish to a post: at once, or at its hour by the worker. The rights are those of that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update

from instance.accounts.models import Account
from instance.core import markup
from instance.core.db import db
from instance.core.errors import Invalid, NotFound
from instance.core.web import settings
from instance.groups import service as groups
from instance.groups.models import Group
from instance.mastodon import audiences
from instance.mastodon.models import Token
from instance.mastodon.wishes import Wish
from instance.media.models import Media
from instance.messages import persons
from instance.messages import service as messages
from instance.notifications import service as notices
from instance.notifications.service import News
from instance.posts import audience, boosts, service, visibility
from instance.posts.audience import DIRECT, GROUP
from instance.posts.models import Post
from instance.quartiers.models import Quartier

ONCE_LASTS = timedelta(hours=1)  # the same Idempotency-Key gives the first post back for so long


@dataclass(frozen=True)
class Means:
    """By what a post is sent: the application, whether it may speak to everybody, and the sign of this very post."""

    application_id: int
    may_outside: bool
    once: str | None


@dataclass(frozen=True)
class Published:
    """The post that was made, whether it stayed inside against what was asked, and the quartiers that get it too."""

    post_id: int
    is_narrowed: bool = False
    recipients: tuple[str, ...] = ()


def meant(wish: Wish) -> Wish:
    """`wish` with the posts that it answers and quotes: programs name the boost that showed them in a timeline."""
    reply_to, quotes = (one if one is None else boosts.behind(one) for one in (wish.reply_to, wish.quotes))
    return replace(wish, reply_to=reply_to, quotes=quotes)


def publish(account: Account, home: Quartier, wish: Wish, by: Means) -> Published:
    """Make the post that `wish` describes. Inside `commit()`. Raises `Invalid`, `NotFound`, `NotAllowed`."""
    words, may_outside = replace(words_of(account.id, wish, by.once), application_id=by.application_id), by.may_outside
    if wish.reply_to and (found := service.sent_before(account, words)):  # what it answered may be gone by now
        return Published(found)
    answered = answered_by(account.actor_id, wish)
    if answered is None:
        return _begin(account, home, wish, words, may_outside=may_outside)
    kept = audiences.for_reply(wish, answered, home, may_outside=may_outside)
    if kept.scope == DIRECT:
        return Published(_send(account, home, words, wish, answered))
    readers = audience.for_reply(kept.scope, answered, home, account.actor_id)
    return Published(service.reply(account, home, answered, words, readers), kept.is_narrowed)


def _begin(account: Account, home: Quartier, wish: Wish, words: service.Words, *, may_outside: bool) -> Published:
    is_open = wish.visibility != "direct" and wish.audience is None
    group = _named_group(account.actor_id, home, wish.text) if is_open else None
    kept = audiences.for_post(wish, home, may_outside=may_outside, names_group=group is not None)
    if kept.scope == DIRECT:
        return Published(_send(account, home, words, wish))
    if kept.scope == GROUP:
        group = group or groups.by_id(wish.group_id or 0, account.actor_id)
        return Published(service.publish(account, home, words, groups.audience(group, account)))
    readers = audience.for_post(kept.scope, home, kept.reach)
    names = (home.name, *kept.reach.names) if kept.reach else ()
    return Published(service.publish(account, home, words, readers), kept.is_narrowed, names)


def _send(account: Account, home: Quartier, words: service.Words, wish: Wish, answered: Post | None = None) -> int:
    found = persons.named(wish.text)
    if answered is None or messages.of_post(account.actor_id, answered) is None:
        persons.check_names(wish.text, found)
    return messages.send(account, home, words, found, answered)


def _named_group(actor_id: int, home: Quartier, text: str) -> Group | None:
    """The own group that the words name. One that the writer may join is no wall for them yet; of one that they may not
    even see, the name is a word like others."""
    try:
        return groups.named(text, actor_id)
    except NotFound:
        handles = set(markup.mentioned(text))
        if any(one.slug in handles for one in groups.in_sight(actor_id, home.id)):
            raise Invalid("status.group", _("Rejoignez d’abord ce groupe pour y écrire."), field="status") from None
        return None


def words_of(account_id: int, wish: Wish, once: str | None = None) -> service.Words:
    """What the room of posts takes."""
    return service.Words(
        wish.text, language=wish.language, once=once, once_lasts=ONCE_LASTS, photos=keys_of(account_id, wish.media_ids),
        may_be_untitled=True, poll=wish.poll, warning=wish.warning, is_sensitive=wish.is_sensitive,
        quotes=wish.quotes, quote_policy=wish.quote_policy,
    )  # fmt: skip


def keys_of(account_id: int, media_ids: Sequence[int]) -> tuple[str, ...]:
    """The keys of own pictures. Raises `Invalid` for others' and absent ones alike, and for those still being drawn."""
    if not media_ids:
        return ()
    rows = select(Media.id, Media.key, Media.state).where(Media.id.in_(media_ids), Media.owner_id == account_id)
    found = {row.id: row for row in db.session.execute(rows)}
    if any(one not in found or found[one].state == "none" for one in media_ids):
        raise Invalid("media.gone", _("Une photo n’est plus là. Ajoutez-la de nouveau."), field="media_ids")
    if any(found[one].state != "ready" for one in media_ids):
        raise Invalid("media.waiting", _("Une photo n’est pas prête. Réessayez dans un instant."), field="media_ids")
    return tuple(found[one].key for one in media_ids)


def answered_by(viewer: int, wish: Wish) -> Post | None:
    """The post that is answered. Raises `NotFound` for what the writer does not read."""
    if wish.reply_to is None:
        return None
    post = visibility.find(viewer, wish.reply_to)
    if post is None:
        raise NotFound
    return post


def tell_kept_in(account: Account, token_id: int, post_id: int) -> None:
    """Say once for each program, in the page, that what was meant for everybody stayed in the quartier."""
    first = update(Token).where(Token.id == token_id, ~Token.told_kept_in).values(told_kept_in=True)
    if db.session.scalar(first.returning(Token.id)) is not None:
        notices.tell([account.id], News("kept_in", f"/p/{post_id}", post_id), settings().timezone)
