"""Whom strangers may know: nobody, until a resident speaks to everybody or asks to be seen; then « Prénom N. ».

What stands in `Actor.outside_name` is all that leaves: pages for strangers, feeds and documents read nothing else.
"""

from __future__ import annotations

from instance.accounts import keys, service
from instance.accounts.models import Account
from instance.accounts.profile import ProfileChanged
from instance.core.facts import record

REACHED_BY = ("anyone", "followed", "nobody")  # who may write to a resident from elsewhere


def is_shown_outside(account: Account) -> bool:
    """Whether strangers see a name, words and a picture, or a bare handle."""
    return account.shows_outside or account.spoke_outside


def is_known_outside(account: Account) -> bool:
    """Whether an account is there for other servers though it may live nowhere here: shown, or about to move in."""
    return is_shown_outside(account) or bool(account.also_known_as)


def show(account: Account) -> None:
    """The resident says something to everybody: from now on the words are signed « Prénom N. », for good."""
    if not account.spoke_outside:
        account.spoke_outside = True
        _name(account)


def choose(account: Account, *, shows: bool) -> None:
    """« Profil visible hors de Quartier Libre », ticked or not. Unticking changes nothing for who spoke publicly."""
    if account.shows_outside != shows:
        account.shows_outside = shows
        _name(account)
        if shows:
            keys.order([account.actor_id])  # a visitor has none yet


def _name(account: Account) -> None:
    """Never the name in full, whatever neighbours are shown."""
    identity = service.identity_of(account.id)
    short = service.short_name(identity.first_name, identity.last_name)
    account.actor.outside_name = short if is_shown_outside(account) else ""
    account.actor.version += 1
    record(ProfileChanged(account.id))
