"""A resident goes on under an account elsewhere: followers are sent there; residency does not move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from federation import activities
from federation.errors import FederationError
from federation.urls import parse_handle
from instance.accounts import follows, keys, moves_in, remote
from instance.accounts.facts import AccountMoved
from instance.accounts.models import Account, Actor
from instance.core import clock, fed
from instance.core.db import commit, db
from instance.core.errors import Invalid
from instance.core.facts import record
from instance.peers import outbox

PAUSE = timedelta(days=30)
ALIASES_MAX = 10


def move(account: Account, target: str) -> Actor:
    """Send the followers of `account` to `target`, `@name@host` or an address; the actor there.

    Fetches first and opens its own `commit()` then, so it is called outside of one. Raises `Invalid` with what is
    missing: the other account must name this one among its former ones, and 30 days lie between two moves.
    """
    account_id, mine = account.id, fed.uri_of(account.actor.path or "")
    if account.moved_at is not None and clock.now() - account.moved_at < PAUSE:
        raise Invalid("move.soon", _("Vous avez déjà déménagé ce mois-ci. Attendez 30 jours."), field="target")
    db.session.rollback()
    try:
        document = fed.engine().fetch_actor(_address(target))
    except FederationError as error:
        raise Invalid("move.target", _silent(), field="target") from error
    if mine not in document.ids("alsoKnownAs"):
        sentence = _("Dans le nouveau compte, indiquez d’abord celui-ci comme ancien compte : %(uri)s", uri=mine)
        raise Invalid("move.alias", sentence, field="target")
    with commit():
        account = db.session.get_one(Account, account_id)
        try:
            new = remote.store(document)
        except FederationError as error:  # no usable actor, or one new server too many
            raise Invalid("move.target", _silent(), field="target") from error
        account.moved_to, account.moved_at = new.uri, clock.now()
        account.actor.version += 1
        moves_in.lead(account.actor, new)
        record(AccountMoved(account_id))
        new_id = new.id
    return db.session.get_one(Actor, new_id)


def _silent() -> str:
    return _("Ce compte ne répond pas. Vérifiez son adresse, par exemple @nom@exemple.org.")


def _address(target: str) -> str:
    target = target.strip()
    return target if target.startswith(("https://", "http://")) else fed.engine().lookup("@".join(parse_handle(target)))


def set_former(account: Account, typed: str) -> None:
    """Keep the former accounts that somebody names, an address or `@name@host` a line: they may then move in here.

    Looks names up elsewhere and opens its own `commit()` then. Raises `Invalid`.
    """
    account_id, lines = account.id, typed.split()
    db.session.rollback()
    if len(lines) > ALIASES_MAX:
        raise Invalid("alias.many", _("Indiquez %(num)d comptes au plus.", num=ALIASES_MAX), field="also_known_as")
    try:
        found = [fed.engine().fetch_actor(_address(line)).id for line in lines]
    except FederationError as error:
        sentence = _("Un de ces comptes ne répond pas. Vérifiez chaque adresse, par exemple @nom@exemple.org.")
        raise Invalid("alias.target", sentence, field="also_known_as") from error
    with commit():
        account = db.session.get_one(Account, account_id)
        account.also_known_as = "\n".join(dict.fromkeys(found))
        account.actor.version += 1
        if found:
            keys.order([account.actor_id])  # without one a visitor is nobody to the old server


def send_moved(facts: Sequence[AccountMoved]) -> None:
    """Reaction: Move, to the followers elsewhere."""
    for fact in facts:
        account = db.session.scalar(select(Account).where(Account.id == fact.account_id))
        if account is None or account.moved_to is None:
            continue
        number, activity_uri = outbox.new_uri()
        mine = fed.uri_of(account.actor.path or "")
        said = activities.move(id=activity_uri, actor=mine, target=account.moved_to, followers=f"{mine}/followers")
        outbox.send(
            said, outgoing_id=number, sender=account.actor, inboxes=follows.follower_inboxes(account.actor_id),
            object_uri=mine, is_public=True,
        )  # fmt: skip
