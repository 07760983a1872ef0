"""The end of an account: what it was goes, its handle stays taken, its actor stays as an empty shell.

Rooms above say here what they erase (`on_close`) and what must be settled first (`before_close`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, or_

from instance.accounts import erased
from instance.accounts.facts import AccountClosed
from instance.accounts.models import Account, Block, HostBlock, Mute
from instance.core import jobs
from instance.core.db import db
from instance.core.facts import record

Act = Callable[[Account], None]
_guards: list[Act] = []
_erasers: list[Act] = []


def before_close(guard: Act) -> None:
    """Have `guard` asked first; it raises `Invalid` with what must be settled before."""
    if guard not in _guards:
        _guards.append(guard)


def on_close(eraser: Act) -> None:
    """Have `eraser` called in the transaction that closes an account, while the account still stands."""
    if eraser not in _erasers:
        _erasers.append(eraser)


def check(account: Account) -> None:
    """Raises `Invalid` while something must be settled before `account` can close."""
    for guard in _guards:
        guard(account)


def close(account: Account) -> None:
    """Erase `account`, inside `commit()`: rows that name it go with it or let it go (foreign keys see to that)."""
    for eraser in _erasers:
        eraser(account)
    actor, account_id = account.actor, account.id
    db.session.execute(delete(Block).where(or_(Block.blocker_id == actor.id, Block.blocked_id == actor.id)))
    db.session.execute(delete(Mute).where(or_(Mute.muter_id == actor.id, Mute.muted_id == actor.id)))
    db.session.execute(delete(HostBlock).where(HostBlock.actor_id == actor.id))
    actor.shown_name = _("Compte supprimé")
    # Where strangers knew a name, a stone stays; where they knew none, there was nobody.
    actor.outside_name = actor.shown_name if actor.outside_name else ""
    actor.version += 1
    db.session.flush()
    db.session.execute(delete(Account).where(Account.id == account_id))
    db.session.expunge(account)
    record(AccountClosed(account_id))


def note_erased(facts: Sequence[AccountClosed]) -> None:
    """Reaction: the list in the data folder gets its line once the rows are gone for good."""
    for fact in facts:
        jobs.put("note_erased", {"account_id": str(fact.account_id)})


def write_erased(payload: dict[str, Any]) -> None:
    """Task: the line itself; a repeated task writes it once."""
    erased.note(int(payload["account_id"]))


def erase_again() -> int:
    """Erase whom a restored backup brought back, inside `commit()`; how many."""
    number = 0
    for account_id in sorted(erased.ids()):
        account = db.session.get(Account, account_id)
        if account is not None:
            close(account)
            number += 1
    return number
