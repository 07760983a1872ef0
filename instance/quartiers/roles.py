"""Roles: work, never sight. Giving and taking one is a line in the journal of the person concerned."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import bindparam, or_, select

from instance.accounts import service as accounts
from instance.accounts.models import Account, Actor
from instance.core import clock
from instance.core.db import BigId, db
from instance.core.errors import Invalid, NotAllowed
from instance.core.facts import record
from instance.core.web import settings
from instance.quartiers.facts import RoleGiven
from instance.quartiers.models import Membership, Quartier, Role

NAMES = ("admin", "verifier", "moderator", "referent")
# Asked for every page: built once (performance.md, rule 5).
_HELD = select(Role.name, Role.quartier_id).where(Role.account_id == bindparam("account_id", type_=BigId))
_BOARD_NAMES = (
    select(Role.name, Actor.shown_name)
    .join(Account, Account.id == Role.account_id)
    .join(Actor, Actor.id == Account.actor_id)
    .where(
        or_(Role.quartier_id == bindparam("quartier_id", type_=BigId), Role.quartier_id.is_(None)),
        ~accounts.apart(bindparam("viewer", type_=BigId), Actor.id),
    )
    .order_by(Role.name, Role.id)
)


def give(account: Account, name: str, quartier: Quartier | None, *, by: int | None) -> None:
    """Give `name` (for `quartier`, or for all) to `account`. Giving it twice changes nothing.

    Raises `NotAllowed` for a quartier's moderator or referent whose own proof is simple (product.md §4.1).
    """
    needs_none, needs_one = name == "admin", name in {"moderator", "referent"}
    if name not in NAMES or (needs_none and quartier is not None) or (needs_one and quartier is None):
        raise Invalid("role.quartier", _("Choisissez le quartier de ce rôle."), field="quartier")
    if has(account.id, name, quartier.id if quartier else None):
        return
    member = db.session.get(Membership, account.id)
    if name in {"moderator", "referent"} and member is not None and member.level == "simple":
        raise NotAllowed("role.level", _("Ce rôle demande une adresse prouvée par courrier ou au guichet."))
    quartier_id = quartier.id if quartier else None
    db.session.add(
        Role(account_id=account.id, name=name, quartier_id=quartier_id, given_by_id=by, given_at=clock.now())
    )
    accounts.note(account.id, "role_given", by=by, role=name, quartier=quartier.name if quartier else "")
    record(RoleGiven(account.id, name, quartier_id))
    db.session.flush()


def take(account_id: int, name: str, quartier: Quartier | None, *, by: int | None) -> None:
    """End a role. Raises `Invalid` when it would leave the instance without an admin."""
    row = db.session.scalar(
        select(Role).where(
            Role.account_id == account_id,
            Role.name == name,
            Role.quartier_id.is_not_distinct_from(quartier.id if quartier else None),
        )
    )
    if row is None:
        return
    if name == "admin" and len(holders("admin", None)) == 1:
        raise Invalid("role.last", _("Nommez d’abord quelqu’un d’autre : il faut au moins un administrateur."))
    db.session.delete(row)
    accounts.note(account_id, "role_taken", by=by, role=name, quartier=quartier.name if quartier else "")


def of(account_id: int) -> list[Role]:
    """The roles that the account holds."""
    return list(db.session.scalars(select(Role).where(Role.account_id == account_id)))


def held(account_id: int) -> list[tuple[str, int | None]]:
    """Name and quartier (None: the whole instance) of each of them, for every page."""
    return [(name, where) for name, where in db.session.connection().execute(_HELD, {"account_id": account_id})]


def need_second_factor(account_id: int) -> bool:
    """Whether the account's work asks for a second step of log-in: it holds a role, and the rule is in force."""
    return settings().roles_need_second_factor and bool(held(account_id))


def has(account_id: int, name: str, quartier_id: int | None = None) -> bool:
    """Whether the account holds the role for exactly this quartier (None: for the whole instance)."""
    return (
        db.session.scalar(
            select(Role.id).where(
                Role.account_id == account_id,
                Role.name == name,
                Role.quartier_id.is_not_distinct_from(quartier_id),
            )
        )
        is not None
    )


def serves(account_id: int, name: str, quartier_id: int | None) -> bool:
    """Whether the account holds the role for this quartier or for the whole instance."""
    here = or_(Role.quartier_id.is_(None), Role.quartier_id == quartier_id)
    return (
        db.session.scalar(select(Role.id).where(Role.account_id == account_id, Role.name == name, here).limit(1))
        is not None
    )


def served(account_id: int, name: str) -> list[int | None]:
    """Quartier ids for which the account holds the role; None stands for the whole instance."""
    return list(db.session.scalars(select(Role.quartier_id).where(Role.account_id == account_id, Role.name == name)))


def holders(name: str, quartier_id: int | None) -> list[Account]:
    """Accounts that hold the role for this quartier (None: for the whole instance), oldest first."""
    return list(
        db.session.scalars(
            select(Account)
            .join(Role, Role.account_id == Account.id)
            .where(Role.name == name, Role.quartier_id.is_not_distinct_from(quartier_id))
            .order_by(Role.id)
        )
    )


def board_of(quartier_id: int, viewer: int) -> list[tuple[str, Account]]:
    """Who holds which role in a quartier, those of the whole instance included: the quartier may see it.

    The actor `viewer` does not meet the names of those whom a block keeps apart.
    """
    rows = db.session.execute(
        select(Role.name, Account)
        .join(Account, Account.id == Role.account_id)
        .where(
            or_(Role.quartier_id == quartier_id, Role.quartier_id.is_(None)),
            ~accounts.apart(viewer, Account.actor_id),
        )
        .order_by(Role.name, Role.id)
    )
    return [(name, account) for name, account in rows]


def names_on_board(quartier_id: int, viewer: int) -> list[tuple[str, str]]:
    """Role and shown name of each of them, as the wall shows them to the actor `viewer`."""
    values = {"quartier_id": quartier_id, "viewer": viewer}
    return [(name, who) for name, who in db.session.connection().execute(_BOARD_NAMES, values)]
