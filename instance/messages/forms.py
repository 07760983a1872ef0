"""A private message being written: to whom, which servers were confirmed, and its sending."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from instance.accounts import lookup, throttle
from instance.accounts.models import Account, Actor
from instance.accounts.tries import come_back, count_try
from instance.core.db import commit
from instance.core.errors import DomainError
from instance.messages import persons, service
from instance.posts import service as posts
from instance.posts.compose import Form
from instance.posts.models import Post
from instance.quartiers.models import Quartier

BEGUN = throttle.Limit(30, timedelta(hours=1))  # conversations that one person begins
NAMES_MAX = 2000  # signs


@dataclass
class Letter:
    """The form and what a private message has beside it."""

    form: Form
    to: str = ""  # as typed
    others: list[Actor] = field(default_factory=list)  # whom that means
    confirmed: frozenset[str] = frozenset()  # servers whose names the page showed
    asks: tuple[str, ...] = ()  # servers that the page has to name now


def find_persons(letter: Letter, account: Account, home: Quartier) -> None:
    """Look up who is meant; a name that leads to nobody becomes an error of the form. May ask another server."""
    if len(letter.to) > NAMES_MAX:
        letter.form.errors["to"] = _("Vingt personnes au plus par conversation.")
        return
    found: dict[int, Actor] = {}
    for name in letter.to.replace(",", " ").split()[: persons.MOST + 1]:
        asks_others = "@" in name.lstrip("@") and count_try([lookup.asks_of(account.id)]) is None
        met = lookup.find(name, account.actor_id, asks_others=asks_others)
        is_self = bool(met) and met[0].id == account.actor_id
        if not met or not (is_self or persons.may_be_written_to(account.actor_id, home.id, met[0])):
            letter.form.errors["to"] = persons.unknown(name.lstrip("@")[:80]).sentence
            return
        found[met[0].id] = met[0]
    found.pop(account.actor_id, None)
    letter.others = list(found.values())
    if not found:
        letter.form.errors["to"] = _("Nommez la personne à qui vous écrivez, par exemple @salma.")


def send(letter: Letter, account: Account, home: Quartier | None, answered: Post | None = None) -> int | None:
    """Send; the message's id. None: `form.errors` says what to mend, or `asks` which servers must be confirmed."""
    form = letter.form
    if answered is None and (back_at := count_try([(throttle.subject("message", str(account.id)), BEGUN)])):
        form.errors[""], form.status = come_back(back_at), 429
        return None
    words = replace(form.words(), kind="news", may_be_untitled=True)
    try:
        with commit():
            persons.confirm(account.id, letter.confirmed)
            return service.send(account, home, words, letter.others, answered)
    except persons.Unconfirmed as refusal:
        letter.asks = refusal.hosts
    except DomainError as error:
        form.errors[error.field], form.status = error.sentence, error.status
    except IntegrityError:
        # The same form twice, at the same moment: it is one message (posts.compose does likewise).
        if (found := posts.sent_before(account, words)) is None:
            raise
        return found
    return None
