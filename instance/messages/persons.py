"""To whom somebody may write: people they meet here, and people elsewhere once the server's name was confirmed.

Who is hidden, who has blocked the writer and who never was are refused with the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts import relations
from instance.accounts.models import Account, Actor, RemoteActor
from instance.core import clock, fed, markup
from instance.core.db import db
from instance.core.errors import Invalid
from instance.messages.models import WrittenHost
from instance.partners import agreements
from instance.peers import rules
from instance.posts import visibility
from instance.posts.models import Post
from instance.quartiers import profiles

MOST = 20  # persons beside the writer


class Unconfirmed(Invalid):
    """Words would go to servers whose names the writer has not confirmed yet."""

    def __init__(self, hosts: Sequence[str]) -> None:
        names = ", ".join(hosts)
        sentence = _(
            "Ce message partirait vers %(host)s, hors de Quartier Libre. Écrivez le premier depuis la page "
            "« Messages » : elle vous fera confirmer ce serveur.", host=names,
        )  # fmt: skip
        super().__init__("message.host", sentence, field="to")
        self.hosts = tuple(hosts)


def check(account: Account, home_id: int, others: Sequence[Actor]) -> None:
    """Raises `Invalid` unless `account`, who lives in `home_id`, may begin a conversation with `others`."""
    if not others:
        raise Invalid("message.nobody", _("Nommez la personne à qui vous écrivez, par exemple @salma."), field="to")
    if len(others) > MOST:
        raise Invalid("message.many", _("Vingt personnes au plus par conversation."), field="to")
    for one in others:
        if not may_be_written_to(account.actor_id, home_id, one):
            raise unknown(one.acct)
    check_hosts(account.id, others)


def unknown(name: str) -> Invalid:
    """The one refusal for who is absent, hidden or apart."""
    sentence = _("Vous ne pouvez pas écrire à @%(name)s : ce nom ne mène à personne que vous puissiez voir.", name=name)
    return Invalid("message.unknown", sentence, field="to")


def check_hosts(account_id: int, others: Iterable[Actor]) -> None:
    """Raises `Unconfirmed` where words would go to a server that is no partner and was not confirmed."""
    if hosts := unconfirmed(account_id, others):
        raise Unconfirmed(hosts)


def unconfirmed(account_id: int, others: Iterable[Actor]) -> list[str]:
    """Those servers, by name."""
    hosts = {one.host for one in others if one.host is not None}
    if not hosts:
        return []
    said = select(WrittenHost.host).where(WrittenHost.account_id == account_id, WrittenHost.host.in_(hosts))
    return sorted(host for host in hosts - set(db.session.scalars(said)) if not agreements.is_partner(host))


def confirm(account_id: int, hosts: Iterable[str]) -> None:
    """Keep that the writer said yes to these servers. Inside `commit()`."""
    for host in hosts:
        if db.session.get(WrittenHost, (account_id, host)) is None:
            db.session.add(WrittenHost(account_id=account_id, host=host, since=clock.now()))
    db.session.flush()


def may_be_written_to(writer: int, home_id: int, other: Actor) -> bool:
    """Whether `other` is a person whom the actor `writer` may meet and has in sight."""
    if other.id == writer or not relations.may_meet(writer, other):
        return False
    if other.uri is not None:
        return other.kind != "group" and _is_there(other)
    return other.kind == "person" and _is_in_sight(writer, home_id, other)


def may_hear(writer: int, other: Actor) -> bool:
    """Whether words of `writer` still reach `other`, with whom they share a conversation."""
    return relations.may_meet(writer, other) and (other.uri is None or _is_there(other))


def _is_there(other: Actor) -> bool:
    """Whether somebody elsewhere has not gone, nor their server been blocked."""
    known = db.session.get(RemoteActor, other.id)
    is_known = known is not None and known.gone_at is None
    return is_known and rules.current().severity(other.host or "") != "block"


def _is_in_sight(writer: int, home_id: int, other: Actor) -> bool:
    """A neighbour, somebody shown to everybody, or the author of words that the writer reads."""
    if profiles.seen(other.handle, writer, home_id) or profiles.seen_outside(other.handle, writer):
        return True
    if db.session.scalar(select(Account.id).where(Account.actor_id == other.id, Account.state == "active")) is None:
        return False
    words = select(Post.id).where(Post.author_id == other.id, ~Post.is_nameless, visibility.readable()).limit(1)
    return db.session.scalar(words, visibility.reader(writer)) is not None


def check_names(text: str, found: Sequence[Actor]) -> None:
    """Raises `Invalid` for a name in `text` that none of `found` has: as for somebody hidden, whom `check` refuses."""
    known = {(one.handle.lower(), one.host) for one in found}
    names = [(name, None if host == fed.host() else host) for name, host in markup.mentioned_far(text)]
    for name, host in [*((name, None) for name in markup.mentioned(text)), *names]:
        if (name, host) not in known:
            raise unknown(f"{name}@{host}" if host else name)


def named(text: str) -> list[Actor]:
    """The persons whom `text` names as @name or @name@host and who are known here, each once."""
    here, away = list(markup.mentioned(text)), []
    for name, host in markup.mentioned_far(text):
        if host == fed.host():
            here.append(name)
        else:
            away.append((name, host))
    ours = select(Actor).where(Actor.handle.in_(here), Actor.kind == "person", Actor.path.is_not(None))
    found = list(db.session.scalars(ours)) if here else []
    if away:
        rows = db.session.scalars(select(Actor).where(Actor.host.in_({host for _name, host in away})))
        found += [one for one in rows if (one.handle.lower(), one.host) in set(away) and one.kind != "group"]
    return found
